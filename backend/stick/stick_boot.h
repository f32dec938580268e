/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rescue stick starts: its files, made from this machine, packed into the FAT that its boot partition gets, and written with the loaders, so
 * that what makes the stick start comes last, after all else was read back.
 */
#ifndef LIFEBOAT_STICK_STICK_BOOT_H
#define LIFEBOAT_STICK_STICK_BOOT_H

#include "../image/loader.h"
#include "stick_table.h"

struct stick_boot {
	struct menu menu;
	struct loader loader;
	char *work;              /* directory of what is made */
	char *kernel, *release;
	char **names, **sources; /* of files: paths on the stick and here, pair by pair */
	uint64_t bytes;          /* that their FAT needs */
	char *image;             /* of the boot partition, from its start to the last byte in use */
	uint64_t image_bytes;
};

/* Makes the files. SET_ID: of the only set on the stick, NULL: it has none, or several; borrowed. 0 or -errno with a sentence. */
MUST_CHECK int stick_boot_make(struct context *ctx, const struct image_options *options, const char *set_id, struct stick_boot *boot);
/* Packs them for a boot partition of PART. 0 or -errno with a sentence. */
MUST_CHECK int stick_boot_pack(struct context *ctx, struct stick_boot *boot, const struct stick_part *part);
/* Writes them. 0 or -errno with a sentence. */
MUST_CHECK int stick_boot_write(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_table *table);
void stick_boot_done(struct stick_boot *boot);

/* Bytes that the boot partition of a new stick gets: with room for boot archives to come. Of one that is not made yet: at least. */
uint64_t stick_boot_room(const struct stick_boot *boot);
/* Whether what was made fits into the partitions of TABLE. 0, or -ENOSPC with a sentence. */
MUST_CHECK int stick_boot_fits(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_table *table);

#endif
