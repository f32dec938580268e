/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outcome.h"

#include <stdarg.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/sentence.h"

#define LIST_MAX 100000

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

void outcome_end(struct outcome *outcome, enum end_state end, const char *format, ...)
{
	va_list arguments;

	if (outcome->end != END_NONE)
		return;
	outcome->end = end;
	va_start(arguments, format);
	outcome->reason = sentence_va(format, arguments);
	va_end(arguments);
}

void outcome_list(struct outcome *outcome, const char *format, ...)
{
	AUTO_FREE char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	line = sentence_va(format, arguments);
	va_end(arguments);
	if (!line || outcome->list_count >= LIST_MAX || strv_append_counted(&outcome->list, &outcome->list_count, line) < 0)
		outcome->list_lost++;
}

void outcome_list_all(struct outcome *outcome, char *const *lines)
{
	for (; lines && *lines; lines++)
		outcome_list(outcome, "%s", *lines);
}

void outcome_unlist(struct outcome *outcome, size_t count, size_t lost)
{
	while (outcome->list_count > count)
		free(TAKE_POINTER(outcome->list[--outcome->list_count]));
	outcome->list_lost = lost;
}

void outcome_clear_end(struct outcome *outcome)
{
	outcome->list = strv_free(outcome->list);
	outcome->list_count = outcome->list_lost = 0;
	free(TAKE_POINTER(outcome->reason));
	outcome->end = END_NONE;
}

void outcome_forget(struct outcome *outcome)
{
	outcome_clear_end(outcome);
	finish_result_done(&outcome->finish);
	*outcome = (struct outcome){ 0 };
}
