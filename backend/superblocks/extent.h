/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open block devices, and stretches of them. */
#ifndef LIFEBOAT_SUPERBLOCKS_EXTENT_H
#define LIFEBOAT_SUPERBLOCKS_EXTENT_H

#include <stddef.h>
#include <stdint.h>

#include "../core/context.h"

/* A stretch of an open device. */
struct extent {
	int fd;
	uint64_t offset, size;   /* bytes */
};

/* Opens DEVICE ("/dev/vda1") below the prefix for reading, its path in *RET_PATH (may be NULL); -1 with errno when it cannot be. Never waits for
 * a medium. */
int block_open(const struct context *ctx, const char *device, char **ret_path);
/* Reads exactly LENGTH bytes at OFFSET of the extent. 0; -EIO past its end, -errno. */
int extent_read(const struct extent *extent, uint64_t offset, void *data, size_t length);

#endif
