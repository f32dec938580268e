/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <string.h>

#include "fleet_view.h"
#include "fleet_words.h"
#include "text.h"
#include "words.h"

#define LOOK_MS 500
/* Many that report at once are looked at together. */
#define GATHER_MS 100

/* What is told of a machine: what it does and where. Another text is a change. New string. */
static char *told_of(json_t *machine)
{
	const char *phase = member_text(machine, "phase"), *question = member_text(machine, "question");

	return text_format("%s%s%s", fleet_state(machine), *phase ? ", " : "", *question ? question : words_phase(phase, phase));
}

static void tell_changes(json_t *machines, json_t *told)
{
	json_t *machine;
	size_t i;

	json_array_foreach(machines, i, machine) {
		AUTO_FREE char *text = told_of(machine);
		const char *before = json_string_value(json_object_get(told, fleet_address_of(machine)));
		char clock[WORDS_CLOCK_SIZE];

		if (!text || (before && !strcmp(before, text)))
			continue;
		json_object_set_new(told, fleet_address_of(machine), json_string(text));
		words_clock(member_number(machine, "last"), clock);
		printf("%s %s %s: %s\n", clock, fleet_address_of(machine), fleet_name(machine), text);
	}
	fflush(stdout);
}

void fleet_lines(struct context *ctx, struct fleet *fleet)
{
	struct pollfd poller = { .fd = fleet_news(fleet), .events = POLLIN };
	json_auto_t *told = json_object();

	while (!context_is_cancelled(ctx)) {
		json_auto_t *machines = NULL;

		if (poll(&poller, 1, LOOK_MS) > 0)
			poll(NULL, 0, GATHER_MS);
		machines = fleet_table(fleet);
		tell_changes(machines, told);
	}
}
