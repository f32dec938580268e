/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sets on a rescue stick: an ext4 on its third partition, reached through the descriptor that holds the stick, in mounts that nobody else sees.
 */
#ifndef LIFEBOAT_STICK_STICK_SETS_H
#define LIFEBOAT_STICK_STICK_SETS_H

#include "../image/iso_set.h"
#include "stick_table.h"

struct stick_sets {
	char **names, **ids;     /* of the sets: directory and id, pair by pair; NULL: none. An id may be "", of a set that cannot be used */
	uint64_t free;           /* bytes */
};

/* Makes the filesystem, which holds nothing then. 0 or -errno with a sentence. */
MUST_CHECK int stick_sets_format(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part);
/* What is there. 0 or -errno with a sentence. */
MUST_CHECK int stick_sets_list(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, struct stick_sets *ret);
/* Bytes for sets on a filesystem that is to be made on PART, at least. */
uint64_t stick_sets_room(const struct stick_part *part);
/* Whether SET fits into FREE bytes. 0, or -ENOSPC with a sentence. */
MUST_CHECK int stick_sets_fits(struct context *ctx, const struct set *set, const struct stick_disk *disk, uint64_t free);
/* Copies SET, which lies at FROM, and reads it back from the stick. *RET_NAME: of its directory there, new. 0 or -errno with a sentence: then there
 * is no set of it. */
MUST_CHECK int stick_sets_put(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, const char *from, struct set *set,
			      char **ret_name);
void stick_sets_done(struct stick_sets *sets);
#define AUTO_STICK_SETS CLEANUP(stick_sets_done)

#endif
