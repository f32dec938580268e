/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identifiers that a plan will give a second time: a UUID of a filesystem, swap space, array, partition or table that some block device
 * of this machine carries already. Two of one kind confuse the restored system, which finds its filesystems by UUID and puts arrays
 * together by theirs; two btrfs damage each other.
 */
#ifndef LIFEBOAT_PLAN_TWINS_H
#define LIFEBOAT_PLAN_TWINS_H

#include "../core/macro.h"
#include "plan.h"

/* Looks through every block device that is neither a target disk of PLAN nor on one: disks, partitions, arrays, volumes, loop devices.
 * What a person must decide on is said as a warning and kept in plan->doubts, a sentence for each disk that carries any of them. 0;
 * -EEXIST with a sentence for what cannot be made beside its twin: btrfs, xfs that is mounted. Reads
 * plan->target.present, plan->map and plan->target.result. */
MUST_CHECK int twins_find(struct context *ctx, struct plan *plan);

#endif
