/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a program that ended is started again: at once, but after five starts within ten seconds only every five seconds. */
#ifndef LIFEBOAT_INIT_SUPERVISE_H
#define LIFEBOAT_INIT_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

#define RESTARTS_COUNTED 5

struct restarts {
	double at[RESTARTS_COUNTED]; /* seconds of the last starts, oldest overwritten first */
	size_t next;
	size_t known;
};

/* A start happens at NOW (seconds of any clock that only rises). */
void restarts_note(struct restarts *restarts, double now);
/* Seconds to wait before the next start; 0 or less: now. */
double restarts_due(const struct restarts *restarts, double now);
/* True when it was started so often lately that the next start is held back. */
bool restarts_are_many(const struct restarts *restarts, double now);

#endif
