/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a filesystem on a sparse file exactly as it will be made on the target, before anything is erased.
 */
#ifndef LIFEBOAT_FILESYSTEMS_FILESYSTEM_TRIAL_H
#define LIFEBOAT_FILESYSTEMS_FILESYSTEM_TRIAL_H

#include "../storage/target.h"
#include "mkfs.h"

/* Runs KIND's programs with REQUEST's arguments on a sparse file of the same size, looks at the result, and has the
 * kernel mount it as planned. A filesystem whose making would write too much into memory is shown by the program only,
 * and made in a smaller size. 0, or -errno with a sentence. */
int filesystem_try(struct context *ctx, const struct target *target, const struct mkfs_kind *kind,
		   const struct mkfs_request *request);

/* Whether the programs of this machine would make NODE of LAYOUT again, as far as its arguments tell: they are run on a sparse file of its
 * size. What cannot be told - no such program here, no room for the file - counts as yes. 0 with *RET_WHY NULL, or with a new sentence that
 * names what is refused; -ECANCELED, -ENOMEM with a sentence. */
int filesystem_try_here(struct context *ctx, const struct layout *layout, const struct node *node, char **ret_why);

#endif
