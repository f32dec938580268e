/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot archive put together; used for itself and by the ISO image. */
#ifndef LIFEBOAT_IMAGE_INITRAMFS_H
#define LIFEBOAT_IMAGE_INITRAMFS_H

#include "image.h"
#include "contents.h"

/* About what making the boot archive costs, in bytes, for planning progress; its step is named "initramfs". */
#define INITRAMFS_WEIGHT (256ull << 20)

/* Writes the boot archive for kernel RELEASE to FD. WORK is an existing directory for temporary files. TOOLS: the file to make the tools image as
 * that belongs to it; NULL, or with the option no_tools: none. *RET_TOOLS, unless NULL: whether there is one now. 0 or -errno with a sentence. */
int initramfs_write(struct context *ctx, const struct image_options *options, const char *release, const char *work, int fd,
		    struct contents_totals *totals, const char *tools, bool *ret_tools);
/* Plans the progress of that: the steps "initramfs" and, with TOOLS, "tools". 0 or -errno with a sentence. */
int initramfs_plan(struct context *ctx, bool tools);

#endif
