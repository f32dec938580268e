/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What opened encrypted containers that a session looked into, so that it asks once: in memory alone, and overwritten at the end.
 */
#ifndef LIFEBOAT_SESSION_LOOKED_KEYS_H
#define LIFEBOAT_SESSION_LOOKED_KEYS_H

#include <stddef.h>

struct looked_keys {
	struct looked_key {
		char *uuid, *data;       /* owned; a passphrase or the content of a key file */
		size_t length;
	} *list;
	size_t count;
};

/* What opened the container with UUID (may be NULL); NULL: nothing did. Borrowed. */
const struct looked_key *looked_keys_find(const struct looked_keys *keys, const char *uuid);
/* DATA, which is stolen, opened the container with UUID (may be NULL). Out of memory it is asked for again. */
void looked_keys_add(struct looked_keys *keys, const char *uuid, char *data, size_t length);
/* Overwrites and forgets all of them. */
void looked_keys_wipe(struct looked_keys *keys);

#endif
