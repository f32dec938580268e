/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is copied into memory so that a medium can be taken away, and whether there is room for it.
 */
#ifndef LIFEBOAT_MEDIA_MEMORY_H
#define LIFEBOAT_MEDIA_MEMORY_H

#include "../set/set.h"

/* A filesystem in memory of its own; it outlives the engine. */
#define MEMORY_DIRECTORY "/run/lifeboat/memory"
#define MEMORY_SET MEMORY_DIRECTORY "/set"

/* Bytes that may be put into memory, with enough left for a restore; *RET_AVAILABLE, unless NULL: what the kernel says is available. */
uint64_t memory_for_copies(struct context *ctx, uint64_t *ret_available);
/* 0, or -ENOSPC with a sentence that names both numbers: WHAT, of SIZE bytes, does not fit. */
int memory_check(struct context *ctx, const char *what, uint64_t size);
/* Bytes of all members of SET. */
uint64_t memory_set_size(const struct set *set);
/* Copies SET, which is no stream, into the new directory DIRECTORY: the digest of each member is checked while it is copied, the manifest comes last.
 * Counted in the running step of the progress. On failure nothing is left of it. 0 or -errno with a sentence. */
int memory_copy_set(struct context *ctx, struct set *set, const char *directory);
/* The same to MEMORY_SET, on a filesystem that is made for it. */
int memory_take_set(struct context *ctx, struct set *set);

#endif
