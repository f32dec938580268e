/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystems that files of a tree are captured from, and compared with later. Each is read through a private copy of its mount with
 * nothing mounted on it: no path leads into what is left out, a file or directory with a mount on it is seen as the disk has it, and
 * mounts that come and go make no difference. Where the kernel gives no copy (without root) the mount itself is read, around its mount
 * points.
 */
#ifndef LIFEBOAT_STORAGE_VOLUMES_H
#define LIFEBOAT_STORAGE_VOLUMES_H

#include "../core/context.h"
#include "../devices/mount_tree.h"
#include "../layout/layout.h"

struct volume {
	const struct mount_point *point; /* NULL: one that volumes_add() added */
	const char *path;        /* of its root, relative to the captured directory; "." for itself */
	int fd;                  /* its root, O_PATH */
	bool is_private;         /* a copy: what other mounts cover shows in it */
	int error;               /* errno that kept it from being opened, else 0; ENOTDIR: a single file is mounted */
	char *left;              /* its files are captured elsewhere: the reason to leave it out; else NULL */
};

struct volumes;

/* Opens what TREE (borrowed, outlives the result) says is to be walked; ROOT_FD is the captured directory. A volume that cannot be opened
 * is there with its error. 0 or -errno with a sentence. */
int volumes_open(struct context *ctx, const struct mount_tree *tree, int root_fd, struct volumes **ret);
void volumes_free(struct volumes *volumes);

/* In the order of their paths, the captured directory first; NULL past the last. */
const struct volume *volumes_get(const struct volumes *volumes, size_t index);
/* Adds a filesystem that no mount shows, to be walked at PATH (borrowed, relative to the captured directory). TOP is borrowed. 0 or -errno. */
int volumes_add(struct volumes *volumes, const char *path, int top);
/* Leaves out the INDEXth volume; takes REASON. */
void volumes_leave(struct volumes *volumes, size_t index, char *reason);
/* The volume that shows the directory PATH of VOLUME (relative to the captured directory), because it is bound there; NULL: none. */
const struct volume *volumes_showing(const struct volumes *volumes, const struct volume *volume, const char *path);
/* The volume whose root is at PATH; NULL when there is none, or it is not walked. */
const struct volume *volumes_at(const struct volumes *volumes, const char *path);
/* Why what is mounted at POINT is not walked; text, borrowed. */
const char *volumes_why_left(const struct volumes *volumes, const struct mount_point *point);
/* The walked volume that has what PATH (relative to the captured directory) names. */
const struct volume *volumes_containing(const struct volumes *volumes, const char *path);
/* What PATH (relative to the captured directory) is called inside VOLUME; "." for its root. Borrowed from PATH. */
const char *volume_path(const struct volume *volume, const char *path);
/* Opens PATH (relative to the captured directory) in the volume that has it, as if that volume's root were "/". A descriptor, -errno. */
int volumes_open_file(const struct volumes *volumes, const char *path, int flags);
/* Bytes and files in use on all that are mounted, to measure progress by; 0 when the captured directory is only a part of a filesystem. */
void volumes_used(const struct volumes *volumes, uint64_t *ret_bytes, uint64_t *ret_files);

#endif
