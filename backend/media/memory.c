/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "tools.h"

/* What a restore takes at its height: segments and their contents in several threads, the index, an initramfs being made. */
#define RESERVE (384ull << 20)

static uint64_t available_bytes(struct context *ctx)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/meminfo"), *text = NULL;
	const char *line;

	if (!path || file_read(AT_FDCWD, path, 1u << 20, &text, NULL) < 0)
		return 0;
	line = strstr(text, "MemAvailable:");
	return line ? strtoull(line + strlen("MemAvailable:"), NULL, 10) * 1024 : 0;
}

uint64_t memory_for_copies(struct context *ctx, uint64_t *ret_available)
{
	uint64_t available = available_bytes(ctx);

	if (ret_available)
		*ret_available = available;
	return available > RESERVE ? available - RESERVE : 0;
}

int memory_check(struct context *ctx, const char *what, uint64_t size)
{
	uint64_t available;
	AUTO_FREE char *needed = NULL, *there = NULL, *reserve = bytes_print_size(RESERVE);

	if (memory_for_copies(ctx, &available) >= size)
		return 0;
	needed = bytes_print_size(size);
	there = bytes_print_size(available);
	return context_fail(ctx, ENOSPC, "%s does not fit into memory: it takes %s and a restore another %s, and %s are available", what,
			    needed ? needed : "?", reserve ? reserve : "?", there ? there : "?");
}
