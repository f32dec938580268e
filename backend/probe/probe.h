/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the storage of the running machine (or of a captured /sys below the context's prefix) into a layout: libblkid for
 * contents, libfdisk for tables, sysfs for identities, mountinfo for mounts. Reads only; never writes to a device.
 */
#ifndef LIFEBOAT_PROBE_PROBE_H
#define LIFEBOAT_PROBE_PROBE_H

#include "../layout/layout.h"
#include "mount_tree.h"

struct probe_options {
	const char *root;        /* only what is mounted at or below this directory, and what lies beneath it, with mount paths
	                            relative to it ("/" for itself); NULL: every disk of the machine */
	const struct mount_tree *mounts; /* the picture of what is mounted at and below ROOT; NULL: it is read again */
	bool used;               /* fill in used bytes of filesystems that are mounted (statvfs) */
	const char *const *devices; /* also these block devices ("/dev/loop3"), NULL-ended, as disks: loop devices are not listed
	                            otherwise unless something below root lies on them; NULL: none */
	bool only_devices;       /* nothing but DEVICES, and what lies on them: identity is read again right before a write */
};

/* 0 or -errno with a sentence. A disk that cannot be read is in the result with a warning said, carrying a filesystem of
 * kind FILESYSTEM_UNKNOWN, as does all content that is there but unclear: such a disk is not blank. A ROOT that is no mount point of
 * a block device is a plain tree: the layout is empty. */
int layout_probe(struct context *ctx, const struct probe_options *options, struct layout **ret);

/* Adds the subvolumes of the btrfs FILESYSTEM of LAYOUT, and its profiles, as seen through its top directory at PATH. 0 or -errno with a
 * sentence. */
int layout_probe_subvolumes(struct context *ctx, struct layout *layout, struct node *filesystem, const char *path);

/* Whether what is mounted comes from an image file that is no disk: one below ROOT, or of a kind that is only ever an image. */
bool mount_is_image(const struct context *ctx, const struct mount_entry *entry, const char *root);

/* True when the device is, holds, or lies beneath something mounted, used as swap, or held by another device; the reason as a
 * new sentence in *RET_WHY (may be NULL). */
bool disk_is_busy(struct context *ctx, const struct node *disk, char **ret_why);
/* The disks (kernel names, NULL-ended) beneath the filesystem PATH lies on, or beneath the device node PATH, through device mapper, md
 * and files behind loop devices; NULL when there is none (tmpfs, network). */
char **disks_beneath_path(struct context *ctx, const char *path);

#endif
