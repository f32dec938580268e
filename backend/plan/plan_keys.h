/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passphrases and key files of the encrypted containers that a plan makes or opens.
 */
#ifndef LIFEBOAT_PLAN_PLAN_KEYS_H
#define LIFEBOAT_PLAN_PLAN_KEYS_H

#include "plan.h"

enum container_fate {
	CONTAINER_NEW, /* it gets a new key, which the passphrase opens from now on */
	CONTAINER_HEADER, /* its header is in the set: a passphrase that was valid then opens it, be it there already or not */
	CONTAINER_KEPT, /* an interrupted restore made it with a new key, and its passphrase opens it; it is made again where it does not serve */
};

/* The container number I (from 0) of PLAN, borrowed, and what becomes of it; NULL past the last. */
const struct node *plan_container(const struct plan *plan, size_t i, enum container_fate *ret_fate);
/* The header that an interrupted restore made of NODE, as it lies on a target disk: new memory, to be overwritten; NULL where it cannot be read
 * before what it lies on is up. */
char *plan_read_header(const struct plan *plan, const struct node *node, size_t *ret_length);
/* Whether KEY opens NODE, a container of PLAN, with this HEADER: 1, 0, or -errno with a sentence. No disk is written. */
int plan_try_key(struct context *ctx, const struct plan *plan, const struct node *node, const char *header, size_t header_length, const char *key,
		 size_t length);
/* Gives NODE a copy of KEY, which is overwritten with the plan; HEADER, which may be NULL, is stolen. 0 or -ENOMEM. */
MUST_CHECK int plan_give_key(struct plan *plan, const struct node *node, const char *key, size_t length, char *header, size_t header_length);
/* Has the file open as FD - BYTES of it (0: all) from OFFSET on - open NODE from now on, where it does not yet. 1: it does now; 0: it did before;
 * -errno with a sentence. The plan's disks are held. */
int plan_enroll_key(struct context *ctx, const struct plan *plan, const struct node *node, int fd, uint64_t offset, uint64_t bytes);

#endif
