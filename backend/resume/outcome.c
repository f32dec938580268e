/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outcome.h"

#include <stdarg.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/sentence.h"

#define LIST_MAX 100000

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
