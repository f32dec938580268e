/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Automount points of the machine's own disks: an EFI system partition, or whatever fstab or a unit of systemd mounts on demand. They are set off
 * on purpose, and with a deadline, so that what they mount is in the picture of mounts. All others are never touched.
 */
#ifndef LIFEBOAT_CAPTURE_AUTOMOUNTS_H
#define LIFEBOAT_CAPTURE_AUTOMOUNTS_H

#include "../storage/volumes.h"

/* Sets off those in TREE that are on local disks, by what VOLUMES say of them. 1 when there were any: then TREE is of the past. 0 or
 * -errno with a sentence. */
int automounts_set_off(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes);
/* Warns of those that are not mounted though they were set off. TREE is the new one. */
void automounts_check(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes);

/* The name that systemd gives the unit that mounts PATH, relative to the root: "boot/efi" -> "boot-efi.mount" (systemd.unit(5), string
 * escaping). New string; NULL when out of memory. */
char *automount_unit_name(const char *path);
/* True for what fstab(5) or a unit calls a block device of this machine: "UUID=...", "/dev/...", but not a server's directory. */
bool automount_is_local(const char *source);

#endif
