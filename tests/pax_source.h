/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pax reader's source in memory, which gives at most STEP bytes at a time (0: as many as are wanted). */
#ifndef LIFEBOAT_TESTS_PAX_SOURCE_H
#define LIFEBOAT_TESTS_PAX_SOURCE_H

#include <string.h>
#include <sys/types.h>

#include "../backend/core/bytes.h"
#include "../backend/core/context.h"

struct source {
	const char *data;
	size_t length, at, step;
};

static inline ssize_t read_source(struct context *ctx, void *data, void *buffer, size_t length)
{
	struct source *source = data;
	size_t n = source->length - source->at;

	(void)ctx;
	if (n > length)
		n = length;
	if (source->step && n > source->step)
		n = source->step;
	memcpy(buffer, source->data + source->at, n);
	source->at += n;
	return (ssize_t)n;
}

static inline int write_buffer(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

#endif
