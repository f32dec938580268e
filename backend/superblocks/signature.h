/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stretch of blocks carries, by libblkid's low-level probing. */
#ifndef LIFEBOAT_SUPERBLOCKS_SIGNATURE_H
#define LIFEBOAT_SUPERBLOCKS_SIGNATURE_H

#include <stdbool.h>

#include "extent.h"

struct signature {
	char *type;              /* NULL: nothing known */
	char *usage;             /* "filesystem", "raid", "crypto", "other" */
	char *uuid, *label, *sub_uuid, *version;
	char *table;             /* partition table: "gpt", "dos", another, or NULL */
	bool unclear;            /* signatures that contradict each other, or unreadable: never blank */
};
enum signature_kind { SIGNATURE_SUPERBLOCK, SIGNATURE_TABLE };

/* Looks for superblocks or for partition tables. 0 or -ENOMEM; a warning says what is unclear (NAME is for people). */
int signature_read(struct context *ctx, const struct extent *extent, enum signature_kind kind, uint32_t sector, const char *name,
		   struct signature *ret);
void signature_done(struct signature *signature);

#endif
