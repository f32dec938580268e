/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks the tree: directories parents first, each opened from its volume's root by its path, so that neither the depth nor the number of
 * open descriptors matters. Before a name is looked at the picture of mounts is asked. */
#ifndef LIFEBOAT_CAPTURE_WALK_H
#define LIFEBOAT_CAPTURE_WALK_H

struct capture;

/* Writes the segments of directories and fills the pool with all else. 0 or -errno with a sentence. */
int walk_tree(struct capture *capture);

#endif
