/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the operator wants otherwise than it was captured: the third input of a plan, beside the layout and the map of disks. As JSON, by ids of
 * nodes of the set's layout; an absent member changes nothing:
 * {"part:0.2": {"size": 8589934592}, "fs:UUID": {"kind": "xfs"}, "swap:UUID": {"drop": true}, "disk:0": {"table": "gpt"}}
 * size: of a partition, a volume, or of what lies on one, in bytes or as a text. drop: it and all that lies on it is not made. kind: a
 * filesystem is made as another one. plain: a container or an array is not made, and what lies on it lies on what that lay on. onto: what is on a
 * disk lies on that of another one, too. members, spares: of an array. spread: a volume group lies on so many disks more. table: of a disk with a
 * partition table, "gpt" or "dos"; the layout that wishes are applied to has it already (wanted.h).
 */
#ifndef LIFEBOAT_WANTED_WISHES_H
#define LIFEBOAT_WANTED_WISHES_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* A copy of CAPTURED as WISHES (NULL: none) want it: the layout that is mapped and fitted onto disks, which may have fewer or more of them.
 * Partitions whose size was chosen are marked as fixed, those behind them move; what becomes another kind keeps identity, label and used bytes, the
 * rest is left to the program that makes it. 0; -EINVAL with a sentence that names the node for a wish that cannot be fulfilled on any disk,
 * -ENOSPC for a size below what the contents need, -ENOMEM. */
MUST_CHECK int wishes_apply(struct context *ctx, json_t *wishes, const struct layout *captured, struct layout **ret);

#endif
