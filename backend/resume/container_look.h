/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted containers that are only looked into: opened read-only, so that no byte of them changes; on a mirror that is not assembled, too, where
 * they are read on one of its members.
 */
#ifndef LIFEBOAT_RESUME_CONTAINER_LOOK_H
#define LIFEBOAT_RESUME_CONTAINER_LOOK_H

#include "../core/context.h"
#include "../layout/layout.h"

/* Opens CONTAINER of PRESENT as /dev/mapper/NAME by KEY, and notes that it is up (stack/brought_up.h). 1, with the note in *RET_NOTE; 0: KEY does
 * not open it; -ENODEV: what it lies on is not up; -errno; these with a sentence. */
MUST_CHECK int container_look(struct context *ctx, const struct layout *present, const struct node *container, const char *name, const char *key,
			      size_t length, int *ret_note);
/* Closes it; takes NOTE. 0 or -errno with a sentence. */
int container_look_end(struct context *ctx, const char *name, int note);

#endif
