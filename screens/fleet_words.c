/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fleet_words.h"

#include <string.h>
#include <time.h>

#include "../ui/line.h"
#include "text.h"
#include "words.h"

static const struct {
	const char *name, *text;
	enum tone tone;
} states[] = {
	{ "not-restored", N_("not restored"), TONE_BAD },
	{ "not-bootable", N_("not bootable"), TONE_BAD },
	{ "partial", N_("partial"), TONE_BAD },
	{ "not-compared", N_("not compared"), TONE_BAD },
	{ "compared", N_("compared"), TONE_PLAIN },
	{ "silent", N_("silent"), TONE_CARE },
	{ "waits", N_("waits"), TONE_CARE },
	{ "running", N_("running"), TONE_PLAIN },
	{ "bootable", N_("restored"), TONE_GOOD },
};

const char *fleet_state(json_t *machine)
{
	const char *name = member_text(machine, "state");

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (!strcmp(states[i].name, name))
			return _(states[i].text);
	return name;
}

enum tone fleet_tone(json_t *machine)
{
	const char *name = member_text(machine, "state");

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (!strcmp(states[i].name, name))
			return states[i].tone;
	return TONE_BAD;
}

const char *fleet_address_of(json_t *machine)
{
	const char *mac = member_text(machine, "mac");

	return *mac ? mac : member_text(machine, "uuid");
}

const char *fleet_name(json_t *machine)
{
	const char *host = member_text(machine, "host");

	return *host ? host : fleet_address_of(machine);
}

char *fleet_percent(json_t *machine)
{
	json_t *fraction = json_object_get(machine, "fraction");

	return json_is_number(fraction) ? line_format(_("%.0f %%"), 100 * json_number_value(fraction)) : line_format("%s", "");
}

char *fleet_when(double when)
{
	time_t time_then = (time_t)when, time_now = time(NULL);
	struct tm then, now;
	char text[sizeof("2026-11-28 23:59")];

	if (!localtime_r(&time_then, &then) || !localtime_r(&time_now, &now) ||
	    !strftime(text, sizeof(text), then.tm_yday == now.tm_yday && then.tm_year == now.tm_year ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &then))
		return line_format("%s", "");
	return line_format("%s", text);
}

/* What is going on now, or how it ended. */
static char *now_text(json_t *machine)
{
	const char *phase = member_text(machine, "phase"), *state = member_text(machine, "state"), *question = member_text(machine, "question");
	AUTO_FREE char *percent = fleet_percent(machine);
	json_t *eta = json_object_get(machine, "eta");
	AUTO_FREE char *left = json_is_number(eta) ? words_duration(json_number_value(eta)) : NULL;
	AUTO_FREE char *rate = member_number(machine, "rate") > 0 ? words_size(member_number(machine, "rate")) : NULL;
	AUTO_FREE char *clock = fleet_when(member_number(machine, "since"));

	if (!json_is_null(json_object_get(machine, "status")))
		return line_format(_("Ended at %s, exit status %d: %s"), clock, (int)member_number(machine, "status"),
				   *words_end(state) ? words_end(state) : state);
	if (!strcmp(state, "silent"))
		return line_format(_("Nothing was heard of it since %s. It may be turned off, restarted, or cut off from the network; the last it said: %s %s"),
				   clock, words_phase(phase, phase), percent);
	if (*question)
		return line_format(_("Waits for a person since %s: question '%s'"), clock, question);
	if (rate && left)
		return line_format(_("%s, %s, %s/s, remaining %s"), words_phase(phase, phase), percent, rate, left);
	return *percent ? line_format("%s, %s", words_phase(phase, phase), percent) : line_format("%s", words_phase(phase, phase));
}

char *fleet_detail(json_t *machine)
{
	AUTO_FREE char *now = now_text(machine);
	const char *mac = member_text(machine, "mac"), *uuid = member_text(machine, "uuid"), *set = member_text(machine, "set");
	AUTO_FREE char *began = fleet_when(member_number(machine, "began")), *last = fleet_when(member_number(machine, "last"));

	return line_format(_("%s\nMode %s, begun at %s, last message at %s\nMAC %s, UUID %s\nSet %s"), now, member_text(machine, "mode"), began, last,
			   *mac ? mac : "-", *uuid ? uuid : "-", *set ? set : "-");
}

char *fleet_summary(json_t *machines)
{
	size_t urgent = 0, count = json_array_size(machines), i;
	AUTO_FREE char *all = line_format(ngettext("%zu machine", "%zu machines", count), count);
	json_t *machine;

	json_array_foreach(machines, i, machine)
		urgent += member_true(machine, "urgent");
	if (!urgent)
		return line_format("%s", all);
	return line_format(ngettext("%s, %zu needs a person", "%s, %zu need a person", urgent), all, urgent);
}
