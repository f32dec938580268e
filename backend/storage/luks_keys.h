/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What opens encrypted containers while a machine is restored: kept in memory alone, and overwritten when the plan goes.
 */
#ifndef LIFEBOAT_STORAGE_LUKS_KEYS_H
#define LIFEBOAT_STORAGE_LUKS_KEYS_H

#include "target.h"

/* Of one container: the key as cryptsetup gets it, byte by byte, and its header with all key slots where the set has it. */
struct luks_key {
	char *id;                /* of target->result; owned */
	char *key, *header;      /* owned; HEADER may be NULL */
	size_t length, header_length;
};

/* Gives the container ID a copy of KEY, in place of one that it has; HEADER, which may be NULL, is stolen. 0 or -ENOMEM. */
MUST_CHECK int luks_keys_set(struct target *target, const char *id, const char *key, size_t length, char *header, size_t header_length);
/* NULL: it has none. */
const struct luks_key *luks_keys_of(const struct target *target, const char *id);
/* Overwrites and forgets all of them. */
void luks_keys_wipe(struct target *target);

/* Whether KEY opens the container NODE whose header is the LENGTH bytes of HEADER: 1, 0, or -errno with a sentence. It is put onto a sparse file;
 * nothing is written to a disk. */
int luks_keys_try(struct context *ctx, const struct target *target, const struct node *node, const char *header, size_t header_length,
		  const char *key, size_t length);
/* Part of a key file: BYTES from OFFSET on; 0: all of the rest. */
struct luks_key_file {
	int fd;
	uint64_t offset, bytes;
};

/* Has FILE open the container NODE, which is up, from now on, where it does not yet. 1: it does now; 0: it did before; -errno with a sentence. */
int luks_keys_enroll(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key_file *file);

#endif
