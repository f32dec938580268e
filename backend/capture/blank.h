/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a stretch of a device hold anything? */
#ifndef LIFEBOAT_CAPTURE_BLANK_H
#define LIFEBOAT_CAPTURE_BLANK_H

#include <stdbool.h>
#include <stdint.h>

#define BLANK_WHOLE (1ull << 30) /* up to so many bytes all are looked at */

/* Whether SIZE bytes from OFFSET of the open device are zeros, as far as is looked: all of them up to BLANK_WHOLE; of more, the first 64 MiB,
 * the last 1 MiB, and 4096 blocks of 4 KiB spread evenly between. 1, 0, or -errno when they cannot be read. */
int content_is_blank(int fd, uint64_t offset, uint64_t size);
/* Whether any of a few blocks spread over the SIZE bytes of the open device can be read. */
bool content_can_be_read(int fd, uint64_t size);

#endif
