/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a stretch of a device hold anything? */
#ifndef LIFEBOAT_CAPTURE_BLANK_H
#define LIFEBOAT_CAPTURE_BLANK_H

#include <stdint.h>

/* Whether SIZE bytes from OFFSET of the open device are zeros, as far as is looked: all of them up to 64 MiB; of more, the first 4 MiB,
 * the last 1 MiB, and 256 blocks of 4 KiB spread evenly between. 1, 0, or -errno when they cannot be read. */
int content_is_blank(int fd, uint64_t offset, uint64_t size);

#endif
