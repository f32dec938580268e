/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a stretch of a device hold anything? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "contents.h"

#include "../core/byte_order.h"

#define BLOCK (1u << 20)
#define WHOLE (64ull << 20)  /* up to here every byte is read */
#define HEAD (4ull << 20)
#define TAIL (1ull << 20)
#define SAMPLES 256
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
	uint64_t between = size > WHOLE ? size - HEAD - TAIL : 0;
	int r = block ? is_zero(fd, block, offset, between ? HEAD : size) : -ENOMEM;

	for (uint64_t i = 0; between && r == 1 && i < SAMPLES; i++)
		r = is_zero(fd, block, offset + HEAD + between / SAMPLES * i / SAMPLE * SAMPLE, SAMPLE);
	return between && r == 1 ? is_zero(fd, block, offset + size - TAIL, TAIL) : r;
}

bool content_is_unclean(const struct node *filesystem)
{
	static const uint64_t superblock = 1024; /* ext4/super.rst: s_state at 0x3A, bit 1: unmounted cleanly */
	AUTO_CLOSE int fd = strncmp(filesystem->filesystem.kind, "ext", 3) ? -1 : open(filesystem->device, O_RDONLY | O_CLOEXEC);
	unsigned char state[2];

	return fd >= 0 && pread(fd, state, sizeof(state), (off_t)(superblock + 0x3a)) == sizeof(state) && !(le16(state) & 1);
}
