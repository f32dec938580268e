/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which volume groups and logical volumes of LVM can be recreated, as far as the layout alone tells.
 */
#ifndef LIFEBOAT_STORAGE_LVM_RULES_H
#define LIFEBOAT_STORAGE_LVM_RULES_H

#include "../layout/layout.h"

/* Whether the volume group GROUP of LAYOUT can be recreated, whatever becomes of its volumes. Why not, as a new string, the end of a sentence ("it
 * lacks ..."), in *RET_WHY. */
bool lvm_can_make_group(const struct layout *layout, const struct node *group, char **ret_why);
/* The same of the logical VOLUME, with the volumes that it is made of; its group is not asked. */
bool lvm_can_make_volume(const struct layout *layout, const struct node *volume, char **ret_why);
/* Whether VOLUME comes back with its group: one that can be recreated, or a hidden part of such a one. */
bool lvm_is_made(const struct layout *layout, const struct node *volume);
/* What the kernel calls VOLUME: "/dev/mapper/vg-root", '-' in names doubled. New string; NULL when out of memory. */
char *lvm_device(const struct layout *layout, const struct node *volume);
/* The volume group that VOLUME belongs to, directly or by the volumes that it is made of; NULL: the layout contradicts itself. */
const struct node *lvm_group_of(const struct layout *layout, const struct node *volume);
/* The I-th volume of GROUP, hidden ones too, in the layout's order; NULL past the last. *AT is 0 at the first call and kept by the caller. */
struct node *lvm_next_volume(const struct layout *layout, const struct node *group, size_t *at);

#endif
