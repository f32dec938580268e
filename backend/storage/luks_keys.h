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

#endif
