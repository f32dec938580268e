/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks: monotonic seconds for durations and deadlines, which no change of the wall clock moves, and the wall clock for what
 * people and files read. Nothing else in the engine asks the kernel for the time, but for stamps of files.
 */
#ifndef LIFEBOAT_CORE_CLOCK_H
#define LIFEBOAT_CORE_CLOCK_H

#include <pthread.h>
#include <time.h>

/* Monotonic seconds since a moment that stays the same while the machine runs. */
double clock_now(void);

/* Seconds since the epoch. */
double clock_wall(void);

/* Sleeps SECONDS; a signal may end it earlier. */
void clock_pause(double seconds);

/* MOMENT (clock_now() plus a wait) as pthread_cond_timedwait() takes it for a condition of clock_condition_init(). */
struct timespec clock_timespec(double moment);

/* Makes CONDITION, whose timed waits end by the monotonic clock. */
void clock_condition_init(pthread_cond_t *condition);

/* The day and time of WHEN, seconds since the epoch, in UTC. */
void clock_utc(time_t when, struct tm *ret);

#define RFC3339_SIZE sizeof("2026-01-01T00:00:00Z")

/* WHEN, seconds since the epoch, in UTC as RFC 3339 writes it, to the second. */
void clock_rfc3339(time_t when, char ret[RFC3339_SIZE]);

#endif
