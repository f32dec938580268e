/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of a set that lies where no program reads files from: xorriso(1) takes files of this machine only. */
#ifndef LIFEBOAT_IMAGE_ISO_SET_COPY_H
#define LIFEBOAT_IMAGE_ISO_SET_COPY_H

#include "../set/set.h"

/* The members of SET into the new directory DIRECTORY, each checked against the manifest. Refused where there is no room. 0 or -errno with a
 * sentence. */
MUST_CHECK int iso_set_copy(struct context *ctx, struct set *set, const char *directory);

#endif
