/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/macro.h"

const char *phase_state_name(enum phase_state state)
{
	static const char *const names[] = {
		[PHASE_WAITING] = "waiting", [PHASE_RUNNING] = "running", [PHASE_DONE] = "done",
		[PHASE_SKIPPED] = "skipped", [PHASE_FAILED] = "failed",
	};

	return names[state];
}

int walk_init(struct walk *walk, const struct phase *table, size_t count)
{
	*walk = (struct walk){ .table = table, .count = count, .states = calloc(count, sizeof(*walk->states)),
			       .texts = calloc(count, sizeof(*walk->texts)) };
	return walk->states && walk->texts ? 0 : -ENOMEM;
}

void walk_done(struct walk *walk)
{
	for (size_t i = 0; walk->texts && i < walk->count; i++)
		free(walk->texts[i]);
	free(walk->texts);
	free(walk->states);
	free(walk->note);
	*walk = (struct walk){ 0 };
}

ssize_t walk_find(const struct walk *walk, const char *name)
{
	for (size_t i = 0; i < walk->count; i++)
		if (!strcmp(walk->table[i].name, name))
			return (ssize_t)i;
	return -1;
}
