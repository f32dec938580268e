/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the boot archive holds beside modules: the rescue system's directories, configuration, terminals and programs. */
#ifndef LIFEBOAT_IMAGE_SKELETON_H
#define LIFEBOAT_IMAGE_SKELETON_H

#include "programs.h"

/* Directories, /init, /etc, terminal descriptions and the like. 0 or -errno with a sentence. */
int skeleton_add(struct context *ctx, struct contents *contents, const char *catalogues);
/* The programs of the rescue system, and busybox under every name that is still free. A missing program without which a
 * rescue cannot work is an error that names its Debian package; others are said in the log. */
int tools_add(struct context *ctx, struct contents *contents, struct programs *programs);

/* The I-th program without which no rescue system is made, and Debian's package that has it; NULL past the last. */
const char *tools_required(size_t i, const char **ret_package);
/* Debian's package that has COMMAND; COMMAND itself when it is none of the rescue system's programs. */
const char *tools_package(const char *command);

#endif
