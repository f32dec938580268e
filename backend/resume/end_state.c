/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "end_state.h"

#include <string.h>

#include "../core/sentence.h"

static const struct {
	const char *state, *name;
	int status;
} ends[] = {
	[END_NONE] = { N_("not restored"), "not-restored", 5 },
	[END_BOOTABLE] = { N_("restored, bootable"), "bootable", 0 },
	[END_NOT_BOOTABLE] = { N_("restored, not bootable"), "not-bootable", 3 },
	[END_PARTIAL] = { N_("partial"), "partial", 4 },
	[END_NOT_RESTORED] = { N_("not restored"), "not-restored", 5 },
	[END_COMPARED] = { N_("compared"), "compared", 0 },
	[END_NOT_COMPARED] = { N_("not compared"), "not-compared", 6 },
};

const char *end_state_name(enum end_state end)
{
	return ends[end].state;
}

int end_state_status(enum end_state end)
{
	return ends[end].status;
}

enum end_state end_state_parse(const char *name)
{
	for (size_t i = END_BOOTABLE; name && i < ARRAY_LENGTH(ends); i++)
		if (!strcmp(ends[i].name, name))
			return (enum end_state)i;
	return END_NONE;
}

const char *end_state_program_name(enum end_state end)
{
	return ends[end].name;
}
