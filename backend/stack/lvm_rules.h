/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which volume groups and logical volumes of LVM can be recreated, as far as the layout alone tells.
 */
#ifndef LIFEBOAT_STACK_LVM_RULES_H
#define LIFEBOAT_STACK_LVM_RULES_H

#include "../layout/layout.h"

/* Whether the volume group GROUP of LAYOUT can be recreated, whatever becomes of its volumes. Why not, as a new string, the end of a sentence ("it
 * lacks ..."), in *RET_WHY. */
bool lvm_can_make_group(const struct layout *layout, const struct node *group, char **ret_why);
/* The same of the logical VOLUME, with the volumes that it is made of; its group is not asked. */
bool lvm_can_make_volume(const struct layout *layout, const struct node *volume, char **ret_why);
/* Whether VOLUME comes back with its group: one that can be recreated, or a hidden part of such a one. */
bool lvm_is_made(const struct layout *layout, const struct node *volume);
/* Whether its place is taken by the volume that was made of it: the origin of a cached one. */
bool lvm_is_absorbed(const struct layout *layout, const struct node *volume);
/* Whether VOLUME is a device that is used: hidden parts and pools are not. */
bool lvm_has_device(const struct layout *layout, const struct node *volume);
/* What the kernel calls VOLUME: "/dev/mapper/vg-root", '-' in names doubled. New string; NULL when out of memory. */
char *lvm_device(const struct layout *layout, const struct node *volume);

#endif
