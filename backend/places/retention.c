/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "retention.h"

#include <stdio.h>

#include "../core/clock.h"

const char *const retention_names[KEEP_RULES] = { "last", "daily", "weekly", "monthly", "yearly" };

bool retention_is_set(const struct retention *retention)
{
	for (int rule = 0; rule < KEEP_RULES; rule++)
		if (retention->counts[rule])
			return true;
	return false;
}

/* A number that is the same for all moments of one day, week, month or year. */
static long long period_of(enum retention_rule rule, time_t when, size_t place)
{
	struct tm tm = { 0 };
	char week[16];
	int year = 0, number = 0;

	clock_utc(when, &tm);
	switch (rule) {
	case KEEP_DAILY:
		return (tm.tm_year + 1900) * 1000LL + tm.tm_yday;
	case KEEP_WEEKLY:
		strftime(week, sizeof(week), "%G %V", &tm);
		sscanf(week, "%d %d", &year, &number);
		return year * 100LL + number;
	case KEEP_MONTHLY:
		return (tm.tm_year + 1900) * 100LL + tm.tm_mon;
	case KEEP_YEARLY:
		return tm.tm_year + 1900;
	default:
		return (long long)place;
	}
}

static void apply_rule(enum retention_rule rule, unsigned left, const time_t *times, size_t count, unsigned *kept)
{
	long long before = -1;

	for (size_t i = 0; i < count && left; i++) {
		long long period = period_of(rule, times[i], i);

		if (period == before && i + 1 < count)
			continue;
		kept[i] |= 1u << rule;
		before = period;
		left--;
	}
}

void retention_apply(const struct retention *retention, const time_t *times, size_t count, unsigned *ret_kept)
{
	for (size_t i = 0; i < count; i++)
		ret_kept[i] = 0;
	for (int rule = 0; rule < KEEP_RULES; rule++)
		apply_rule(rule, retention->counts[rule], times, count, ret_kept);
}
