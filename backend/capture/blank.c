/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/macro.h"

#define BLOCK (1u << 20)
#define HEAD (64ull << 20)
#define TAIL (1ull << 20)
#define SAMPLES 4096
#define SAMPLE 4096u

/* 1 when LENGTH bytes at OFFSET are zeros, 0 when not, -errno. */
static int is_zero(int fd, char *block, uint64_t offset, uint64_t length)
{
	while (length > 0) {
		size_t n = length < BLOCK ? (size_t)length : BLOCK;
		ssize_t got = pread(fd, block, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		if (block[0] || memcmp(block, block + 1, (size_t)got - 1))
			return 0;
		offset += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return 1;
}

int content_is_blank(int fd, uint64_t offset, uint64_t size)
{
	AUTO_FREE char *block = malloc(BLOCK);
	uint64_t between = size > BLANK_WHOLE ? size - HEAD - TAIL : 0;
	int r = block ? is_zero(fd, block, offset, between ? HEAD : size) : -ENOMEM;

	for (uint64_t i = 0; between && r == 1 && i < SAMPLES; i++)
		r = is_zero(fd, block, offset + HEAD + between / SAMPLES * i / SAMPLE * SAMPLE, SAMPLE);
	return between && r == 1 ? is_zero(fd, block, offset + size - TAIL, TAIL) : r;
}

bool content_can_be_read(int fd, uint64_t size)
{
	char block[SAMPLE];

	for (uint64_t i = 0; i < 16; i++)
		if (pread(fd, block, sizeof(block), (off_t)(size / 16 * i / SAMPLE * SAMPLE)) > 0)
			return true;
	return false;
}
