/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metadata of a volume group as LVM reads them (lvm_text.h), made of the nodes of a layout: the way back of probe/lvm_values.h.
 */
#ifndef LIFEBOAT_STACK_LVM_METADATA_H
#define LIFEBOAT_STACK_LVM_METADATA_H

#include "../core/macro.h"
#include "lvm_extents.h"

/* The text of GROUP with those of its volumes that lvm_is_made(), their segments where EXTENTS has them. A new string in *RET. 0; -EINVAL: a value
 * is none, or two volumes have one name; -ENOMEM. */
MUST_CHECK int lvm_metadata(const struct layout *layout, const struct node *group, const struct lvm_extents *extents, char **ret);

#endif
