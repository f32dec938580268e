/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a partition or disk, filesystem or swap space: making ready for one, and whether it is there.
 */
#ifndef LIFEBOAT_STORAGE_CONTENT_H
#define LIFEBOAT_STORAGE_CONTENT_H

#include "../core/mount_open.h"
#include "target.h"

/* All devices that CONTENT lies on, none open (-1), ended by one without a name; NULL: out of memory. Freed by content_devices_free(). */
struct mount_device *content_devices(const struct target *target, const struct node *content);
/* Opens them for reading, each checked to be the planned one. 0 or -errno with a sentence; what is open is closed when they are freed. */
int content_devices_open(struct context *ctx, const struct target *target, const struct node *content, struct mount_device *devices);
/* Closes what is open. Takes NULL. */
void content_devices_free(struct mount_device *devices);

/* Before a content is made: the partition or disk HOLDER, which it will lie on, is still the planned one, and old signatures on it are gone. *RET_FD
 * is its descriptor (-1 in a dry run), to be inherited by the program that makes the content and closed by the caller. */
int content_prepare_holder(struct context *ctx, const struct target *target, const struct node *holder, int *ret_fd);
/* Whether libblkid finds this kind of content with this UUID and this LABEL (each NULL: any) on the device open as FD: 1, 0 or -errno.
 * KIND as blkid names it ("ext4", "swap"). */
int content_is_there(int fd, const char *kind, const char *uuid, const char *label);
/* The same of CONTENT where TARGET has it, on all devices. 1, 0, or -errno with a sentence. */
int content_is_made(struct context *ctx, const struct target *target, const struct node *content, const char *kind);

#endif
