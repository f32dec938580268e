/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much memory a capture, a verification or a restore takes, whatever the set is, and how it is shared out. */
#ifndef LIFEBOAT_CORE_MEMORY_H
#define LIFEBOAT_CORE_MEMORY_H

#include <stdint.h>

/* What --low-memory asks for, in bytes. */
#define MEMORY_LOW (128ull << 20)

/* Bytes of one run in all: 256 MiB, or MEMORY_LOW on a machine that has less than 1 GiB. */
uint64_t memory_limit(void);
/* How many of WANTED threads may work that take EACH bytes: at most half of LIMIT is theirs. At least 1. */
unsigned memory_workers(uint64_t limit, unsigned wanted, uint64_t each);
/* What data on their way may take of LIMIT beside the program itself and KEPT bytes: at least 16 MiB, without which nothing moves. */
uint64_t memory_left(uint64_t limit, uint64_t kept);
/* To be called once, before there are threads: a large block goes back to the system when it is freed. By itself malloc() would keep a few for each
 * thread. */
void memory_return_blocks(void);

#endif
