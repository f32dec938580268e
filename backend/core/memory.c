/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <malloc.h>
#include <unistd.h>

#define ALL (256ull << 20)
#define SMALL_MACHINE (1ull << 30)
#define PROGRAM (32ull << 20) /* its text, libraries and small buffers */
#define LEAST (16ull << 20)
#define LARGE_BLOCK (1 << 20)

uint64_t memory_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	return pages > 0 && page > 0 && (uint64_t)pages * (uint64_t)page < SMALL_MACHINE ? MEMORY_LOW : ALL;
}

unsigned memory_workers(uint64_t limit, unsigned wanted, uint64_t each)
{
	uint64_t most = limit / 2 / each;

	return most == 0 ? 1 : wanted < most ? wanted : (unsigned)most;
}

uint64_t memory_left(uint64_t limit, uint64_t kept)
{
	return limit > PROGRAM + kept + LEAST ? limit - PROGRAM - kept : LEAST;
}

void memory_return_blocks(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
}
