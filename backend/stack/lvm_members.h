/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The physical volumes of a group, open: those on the target disks, or stand-ins for a trial.
 */
#ifndef LIFEBOAT_STACK_LVM_MEMBERS_H
#define LIFEBOAT_STACK_LVM_MEMBERS_H

#include "../storage/loop_device.h"
#include "lvm_run.h"
#include "../storage/target.h"

struct lvm_members {
	struct lvm_devices devices;
	size_t count;
	int *fds;                /* of each; -1 in a dry run */
	char **names;            /* kernel names of those that are open */
	struct loop_device *loops; /* of a trial; NULL */
};

/* Opens those of GROUP, of target->result, in its order; ERASE: what lies on them goes. RET is zeroed before, and released in any case. 0 or -errno
 * with a sentence. */
int lvm_members_open(struct context *ctx, const struct target *target, const struct node *group, bool erase, struct lvm_members *ret);
/* The same with loop devices over sparse files of their sizes. The files end with them. */
int lvm_members_try(struct context *ctx, const struct target *target, const struct node *group, struct lvm_members *ret);
void lvm_members_done(struct lvm_members *members);
#define AUTO_LVM_MEMBERS CLEANUP(lvm_members_done)

/* The physical volume number I of GROUP; what it lies on. */
const struct node *lvm_pv(const struct target *target, const struct node *group, size_t i);
const struct node *lvm_pv_holder(const struct target *target, const struct node *group, size_t i);

#endif
