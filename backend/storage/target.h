/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine that is restored, as an action sees it: what was saved, what is here, what will be, and the disks that are held open.
 * plan/ fills it; storage/ reads it, and keeps the held disks in it.
 */
#ifndef LIFEBOAT_STORAGE_TARGET_H
#define LIFEBOAT_STORAGE_TARGET_H

#include "../layout/layout.h"

struct disk_hold;
struct made_hold;
struct luks_key;

struct target {
	struct layout *captured; /* what was saved; owned: nothing is borrowed from a manifest */
	struct layout *wanted;   /* the same as the operator wants it: without what is left out, with kinds and sizes that were chosen; owned */
	struct layout *present;  /* what is here; owned */
	struct layout *result;   /* what will be: the captured layout with target devices and solved sizes; owned */
	char *root;              /* where the new system is mounted while it is restored; owned */
	struct disk_hold *holds; /* the target disks, while they are held open (hold.h); NULL: they are not */
	size_t hold_count;
	struct made_hold *made;  /* what was made of them and is a device of its own, while it is held open */
	size_t made_count;
	struct luks_key *keys;   /* of encrypted containers (luks_keys.h): secrets */
	size_t key_count;
};

/* Lets go of the disks, overwrites keys and frees what TARGET owns. */
void target_done(struct target *target);

#endif
