/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ISO image that is being made, for the files that make it: one image, or one a disc of several. Only for iso*.c. */
#ifndef LIFEBOAT_IMAGE_ISO_INSIDE_H
#define LIFEBOAT_IMAGE_ISO_INSIDE_H

#include "image.h"
#include "iso_set.h"
#include "loader.h"

struct iso {
	struct context *ctx;
	const struct image_options *options;
	char *work;
	char *kernel, *release, *initramfs;
	struct menu menu;
	struct loader loader;
	struct iso_set set;
	struct grafts grafts;
	bool burns;              /* options->output is a drive */
	double percent;          /* what xorriso said last */
	uint64_t written;        /* bytes of files in the image that it writes */
};

/* "LIFEBOAT_0A1B2C3D", of the set's id; without a set "LIFEBOAT". New string; NULL when out of memory. */
char *iso_label(const struct iso *iso);
/* Puts what starts the rescue system onto ISO->grafts. 0 or -errno with a sentence. */
MUST_CHECK int iso_add_system(struct iso *iso);
/* Whether the filesystem behind FD has room for BYTES of files in an image at PATH. 0 or -ENOSPC with a sentence. */
MUST_CHECK int iso_check_space(struct context *ctx, int fd, const char *path, uint64_t bytes);
/* Runs xorriso: GRAFTS as the new file OUTPUT with LABEL; STARTS: with the boot records. 0 or -errno with a sentence. */
MUST_CHECK int iso_write(struct iso *iso, const struct grafts *grafts, const char *label, bool starts, const char *output);
/* Tells that PATH is there, and on what it starts. */
void iso_tell(struct iso *iso, const char *path);
/* The images of a set on several discs, at names made of options->output. 0 or -errno with a sentence. */
MUST_CHECK int iso_make_discs(struct iso *iso);

#endif
