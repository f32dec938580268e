/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kind of thing is mounted: on a disk, from another machine, served by a program, an image. */
#ifndef LIFEBOAT_DEVICES_MOUNT_KINDS_H
#define LIFEBOAT_DEVICES_MOUNT_KINDS_H

#include "mounts.h"

/* A filesystem on local block devices that holds files of the machine. */
bool mount_is_on_disk(const struct mount_entry *entry);
bool mount_is_network(const struct mount_entry *entry);
bool mount_is_served_by_program(const struct mount_entry *entry);
/* Either of these: it must not be looked into. */
bool mount_is_blind(const struct mount_entry *entry);
/* True when paths in the mount may be looked at: what serves it is this kernel, so an answer is certain. Network filesystems, FUSE and
 * automount points are none of these. */
bool mount_answers(const struct mount_entry *entry);
/* Whether what is mounted comes from an image file that is no disk: one below ROOT, or of a kind that is only ever an image. */
bool mount_is_image(const struct context *ctx, const struct mount_entry *entry, const char *root);

#endif
