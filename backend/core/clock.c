/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "clock.h"

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double clock_wall(void)
{
	return seconds(CLOCK_REALTIME);
}

struct timespec clock_timespec(double moment)
{
	struct timespec time = { .tv_sec = (time_t)moment };

	time.tv_nsec = (long)((moment - (double)time.tv_sec) * 1e9);
	return time;
}

void clock_pause(double seconds)
{
	struct timespec time = clock_timespec(seconds);

	nanosleep(&time, NULL);
}

void clock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

void clock_utc(time_t when, struct tm *ret)
{
	/* A year that no clock shows is none. */
	if (!gmtime_r(&when, ret))
		*ret = (struct tm){ 0 };
}

void clock_rfc3339(time_t when, char ret[RFC3339_SIZE])
{
	struct tm parts;

	/* No year beyond 9999 comes from a clock; one from a file must not overflow. */
	if (!gmtime_r(&when, &parts) || !strftime(ret, RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
		*ret = '\0';
}
