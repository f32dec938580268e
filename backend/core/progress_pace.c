/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress_pace.h"

#include <math.h>

/* A skill is known half after so many seconds of it; programs after so many ordinary ones, as a few short ones tell little of the long. */
#define SHOWN_S 2.0
#define PROGRAMS_SHOWN_S 10.0
/* Where one skill is guessed from others, the ordinary machine counts as so much of one. */
#define ORDINARY_VOTE 0.3

void pace_add(struct pace *pace, double taken, double ordinary)
{
	pace->taken += taken;
	pace->ordinary += ordinary;
}

/* How well SKILL is known, from 0 to 1. */
static double evidence(const struct pace paces[SKILLS], enum skill skill)
{
	const struct pace *pace = &paces[skill];
	double enough = skill == PROGRAMS ? PROGRAMS_SHOWN_S : SHOWN_S, seen = skill == PROGRAMS ? pace->ordinary : pace->taken;

	return pace->ordinary > 0 && pace->taken > 0 ? seen / (seen + enough) : 0;
}

static double log_slowness(const struct pace *pace)
{
	return pace->ordinary > 0 && pace->taken > 0 ? log(pace->taken / pace->ordinary) : 0;
}

double pace_slowness(const struct pace paces[SKILLS], enum skill skill)
{
	double own = evidence(paces, skill), others = 0, weights = ORDINARY_VOTE;

	for (enum skill other = 0; other < SKILLS; other++) {
		if (other == skill)
			continue;
		others += evidence(paces, other) * log_slowness(&paces[other]);
		weights += evidence(paces, other);
	}
	return exp(own * log_slowness(&paces[skill]) + (1 - own) * others / weights);
}
