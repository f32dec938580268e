/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervise.h"

#define WINDOW_S 10
#define DELAY_S 5

void restarts_note(struct restarts *restarts, double now)
{
	restarts->at[restarts->next] = now;
	restarts->next = (restarts->next + 1) % RESTARTS_COUNTED;
	if (restarts->known < RESTARTS_COUNTED)
		restarts->known++;
}

static double last_start(const struct restarts *restarts)
{
	return restarts->at[(restarts->next + RESTARTS_COUNTED - 1) % RESTARTS_COUNTED];
}

bool restarts_are_many(const struct restarts *restarts, double now)
{
	double last = last_start(restarts);

	/* With all places taken, the next to be overwritten is the oldest. */
	return restarts->known == RESTARTS_COUNTED && last - restarts->at[restarts->next] < WINDOW_S && now - last < WINDOW_S;
}

double restarts_due(const struct restarts *restarts, double now)
{
	return restarts_are_many(restarts, now) ? last_start(restarts) + DELAY_S - now : 0;
}
