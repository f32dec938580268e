/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of action a plan is made of, one file each. The rows are borrowed constants.
 */
#ifndef LIFEBOAT_STORAGE_ACTIONS_H
#define LIFEBOAT_STORAGE_ACTIONS_H

#include "action.h"

/* action->node is the disk: everything that says what was on it goes. */
extern const struct action_type action_wipe;
/* action->node is the disk: GPT or MBR with all its partitions, in one write. */
extern const struct action_type action_table;
/* action->node is the filesystem: mkfs with the captured identity and features. */
extern const struct action_type action_filesystem;
/* action->node is the swap space. */
extern const struct action_type action_swap;
/* action->node is the btrfs filesystem: all its subvolumes, parents first, and the default one. */
extern const struct action_type action_subvolumes;
/* action->node is the mount. */
extern const struct action_type action_mount;

/* Before a content is made: its partition or disk is still the planned one, and old signatures on it are gone. *RET_FD is its
 * descriptor (-1 in a dry run), to be inherited by the program that makes the content and closed by the caller. */
int content_prepare(struct context *ctx, const struct target *target, const struct node *content, int *ret_fd);
/* Whether libblkid finds this kind of content with this UUID and this LABEL (each NULL: any) on the device open as FD: 1, 0 or -errno.
 * KIND as blkid names it ("ext4", "swap"). */
int content_is_there(int fd, const char *kind, const char *uuid, const char *label);
/* The same of CONTENT where TARGET has it. 1, 0, or -errno with a sentence. */
int content_is_made(struct context *ctx, const struct target *target, const struct node *content, const char *kind);

#endif
