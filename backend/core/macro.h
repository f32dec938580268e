/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small helpers of the whole engine: scope-bound cleanup, ownership transfer, array length.
 * Every cleanup function takes NULL and half-built objects.
 */
#ifndef LIFEBOAT_CORE_MACRO_H
#define LIFEBOAT_CORE_MACRO_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs FUNC(&variable) when the variable leaves its scope. */
#define CLEANUP(func) __attribute__((cleanup(func)))

/* Local variables that release themselves. */
#define AUTO_FREE CLEANUP(cleanup_free)
#define AUTO_CLOSE CLEANUP(cleanup_close)
#define AUTO_FCLOSE CLEANUP(cleanup_fclose)
#define AUTO_CLOSEDIR CLEANUP(cleanup_closedir)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Gives the value away: evaluates to the pointer and leaves NULL behind. */
#define TAKE_POINTER(p) \
	({ \
		__typeof__(p) taken_ = (p); \
		(p) = NULL; \
		taken_; \
	})

/* Gives the descriptor away: evaluates to it and leaves -1 behind. */
#define TAKE_FD(fd) \
	({ \
		int taken_ = (fd); \
		(fd) = -1; \
		taken_; \
	})

/* The result must be looked at: 0 or -errno whose loss nobody else would tell. */
#define MUST_CHECK __attribute__((warn_unused_result))

#define PRINTF_LIKE(string, first) __attribute__((__format__(__printf__, string, first)))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#endif
