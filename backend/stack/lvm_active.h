/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume groups that are there: by name on this machine, on their devices, held by a restore.
 */
#ifndef LIFEBOAT_STACK_LVM_ACTIVE_H
#define LIFEBOAT_STACK_LVM_ACTIVE_H

#include "../storage/target.h"

/* Whether this machine has the name of GROUP, of target->result, or the device of one of its volumes already, on other disks than the targets. 0, or
 * -EBUSY with a sentence. */
int lvm_check_names(struct context *ctx, const struct target *target, const struct node *group);
/* Whether the physical volumes of GROUP, open as FDS, one each in the group's order, say that they are its own, and the newest of their texts has
 * its name and all of its volumes that are made: 1, 0 or -errno. */
int lvm_group_is_there(const struct layout *layout, const struct node *group, const int *fds);
/* Whether a volume of GROUP is held (hold_made()). */
bool lvm_is_held(const struct target *target, const struct node *group);
/* Lets go of the volumes of GROUP, and gives back the note of it; -1: none. */
int lvm_release(struct target *target, const struct node *group);

#endif
