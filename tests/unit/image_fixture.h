/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty file that stands for a disk or a partition, and a context. */
#ifndef LIFEBOAT_TESTS_IMAGE_FIXTURE_H
#define LIFEBOAT_TESTS_IMAGE_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../backend/core/context.h"

struct image {
	struct context ctx;
	char path[32];
	int fd;
};

static inline int image_set_up(void **state)
{
	struct image *image = calloc(1, sizeof(*image));

	context_init(&image->ctx);
	strcpy(image->path, "/tmp/lifeboat-test-XXXXXX");
	image->fd = mkostemp(image->path, O_CLOEXEC);
	assert_true(image->fd >= 0);
	*state = image;
	return 0;
}

static inline int image_tear_down(void **state)
{
	struct image *image = *state;

	close(image->fd);
	unlink(image->path);
	context_done(&image->ctx);
	free(image);
	return 0;
}

#endif
