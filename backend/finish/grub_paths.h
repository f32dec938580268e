/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths as GRUB's menu writes them: below a filesystem it searched for, on btrfs from its top, subvolumes included. Where
 * they lead in the restored tree, in which the filesystems are mounted.
 */
#ifndef LIFEBOAT_FINISH_GRUB_PATHS_H
#define LIFEBOAT_FINISH_GRUB_PATHS_H

#include "../plan/plan.h"

/* True when PATH is a file with content on FILESYSTEM of plan->target.result (NULL: the one that holds /boot). What a variable
 * holds is known only to GRUB: such a path counts as there. */
bool grub_path_is_there(const struct plan *plan, int root_fd, const struct node *filesystem, const char *path);

#endif
