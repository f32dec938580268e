/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key slots of a container's header: whether a key opens one, and one more.
 */
#ifndef LIFEBOAT_STACK_LUKS_SLOTS_H
#define LIFEBOAT_STACK_LUKS_SLOTS_H

#include "../storage/target.h"

/* Whether KEY opens the container NODE whose header is the LENGTH bytes of HEADER: 1, 0, or -errno with a sentence. It is put onto a sparse file;
 * nothing is written to a disk. */
int luks_slots_try(struct context *ctx, const struct target *target, const struct node *node, const char *header, size_t header_length,
		  const char *key, size_t length);

/* Part of a key file: BYTES from OFFSET on; 0: all of the rest. */
struct luks_key_file {
	int fd;
	uint64_t offset, bytes;
};

/* Has FILE open the container NODE, which is up, from now on, where it does not yet. 1: it does now; 0: it did before; -errno with a sentence. */
int luks_slots_enroll(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key_file *file);

#endif
