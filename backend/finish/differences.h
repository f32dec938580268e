/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was corrected in the settings of a restored tree, line by line, as diff(1) -U0 tells it: each file against its original, which is kept
 * beside. */
#ifndef LIFEBOAT_FINISH_DIFFERENCES_H
#define LIFEBOAT_FINISH_DIFFERENCES_H

#include "../core/context.h"
#include "../core/macro.h"

/* The lines in *RET (a NULL-ended vector, the caller's; NULL: none) of the files at PATHS (NULL-ended, or NULL) below ROOT_FD, each file once;
 * one that was set aside is told as removed, one without an original as new. At most DIFFERENCES_MAX lines, then one that says so. What cannot be
 * told is left out, with a line in the log: the originals are there. 0, -ECANCELED or -ENOMEM. */
#define DIFFERENCES_MAX 400
MUST_CHECK int differences_collect(struct context *ctx, int root_fd, char *const *paths, char ***ret);

#endif
