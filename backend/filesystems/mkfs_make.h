/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the programs that make a filesystem, on the target and on a sparse file alike. */
#ifndef LIFEBOAT_FILESYSTEMS_MKFS_MAKE_H
#define LIFEBOAT_FILESYSTEMS_MKFS_MAKE_H

#include "mkfs.h"

/* Makes REQUEST by KIND's program, and sets it up by the second one where there is one (not when dry). 0 or -errno with a sentence. */
int mkfs_make(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request);

/* Whether LABEL (may be NULL) has no letters beyond ASCII, which programs may need a locale for. */
bool mkfs_label_is_ascii(const char *label);

#endif
