/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools image: a squashfs of what a rescue can do without and is better off with - the whole module tree of the kernel, all firmware, operators'
 * programs. It lies beside the boot archive, which has its digest, and holds nothing that the boot archive has. media/tools.h uses it.
 */
#ifndef LIFEBOAT_IMAGE_TOOLS_IMAGE_H
#define LIFEBOAT_IMAGE_TOOLS_IMAGE_H

#include "contents.h"

/* Makes the image for kernel RELEASE as the file PATH, and puts its digest into CONTENTS, which are those of the boot archive and otherwise complete.
 * 0 or -errno with a sentence; -ENOENT, after a warning and with nothing made, where this machine lacks the program that makes it. */
int tools_image_make(struct context *ctx, struct contents *contents, const char *release, const char *path);

#endif
