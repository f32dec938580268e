/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the storage of the running machine (or of a captured /sys below the context's prefix) into a layout: libblkid for
 * contents, libfdisk for tables, sysfs for identities, mountinfo for mounts. Reads only; never writes to a device.
 */
#ifndef LIFEBOAT_PROBE_PROBE_H
#define LIFEBOAT_PROBE_PROBE_H

#include "../devices/mount_tree.h"
#include "../layout/layout.h"

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

#endif
