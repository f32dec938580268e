/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a machine's sets are kept, by the rules that restic and borg made usual: the newest of each of the last so many days, weeks, months and
 * years that have any. Each rule counts by itself, and a set that any of them keeps is kept. A rule that is not used up keeps the oldest set, too.
 * Days begin at midnight UTC, weeks on Mondays (ISO 8601).
 */
#ifndef LIFEBOAT_PLACES_RETENTION_H
#define LIFEBOAT_PLACES_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum retention_rule { KEEP_LAST, KEEP_DAILY, KEEP_WEEKLY, KEEP_MONTHLY, KEEP_YEARLY, KEEP_RULES };

struct retention {
	unsigned counts[KEEP_RULES]; /* 0: the rule keeps nothing */
};

/* "last", "daily", "weekly", "monthly", "yearly" */
extern const char *const retention_names[KEEP_RULES];

/* Whether there is a rule. */
bool retention_is_set(const struct retention *retention);
/* Sets RET_KEPT[i] to the rules (bits, 1 << KEEP_...) that keep the set made at TIMES[i]; TIMES are COUNT, newest first. Where there is a rule the
 * newest is kept. */
void retention_apply(const struct retention *retention, const time_t *times, size_t count, unsigned *ret_kept);

#endif
