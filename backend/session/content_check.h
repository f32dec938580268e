/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the contents of what was restored while programs of the new system work for long: the greater part of the verification, done on another
 * processor. What they change meanwhile is known afterwards (finish_result.changed); all but contents is compared then.
 */
#ifndef LIFEBOAT_SESSION_CONTENT_CHECK_H
#define LIFEBOAT_SESSION_CONTENT_CHECK_H

#include "../core/macro.h"
#include "../restore/compare.h"

struct content_check;

/* What was written goes to the disks, and memory forgets it: what is verified is read from the disks. */
void content_forget_cached(struct context *ctx);

/* A descriptor of the tree at ROOT as it is mounted now: what is mounted in it later is not seen there. It keeps the filesystems from being
 * unmounted. -ENOSYS where the kernel (before Linux 5.12) or a container offers none. */
int content_check_view(const char *root);
/* Of the tree below the open directory VIEW and of IMAGES, which are taken over (also on failure), against SET, which is borrowed until the end. 0 or
 * -ENOMEM. */
MUST_CHECK int content_check_new(struct context *ctx, struct set *set, int view, struct image_device *images, struct content_check **ret);
/* Starts to read; DATA is a struct content_check. What cannot be started is left to content_check_finish(). */
void content_check_start(void *data);
/* Whether it was started. NULL was not. */
bool content_check_runs(const struct content_check *check);
/* Waits for its end, counting on the present step of the progress of CTX; then compares all else of the tree at ROOT_FD by OPTIONS, and reports each
 * path that differs once. As compare_tree(). */
MUST_CHECK int content_check_finish(struct context *ctx, struct content_check *check, int root_fd, const struct compare_options *options,
				    struct compare_result *result);
/* Stops it, wherever it is, and lets go of the tree. NULL is ignored. */
void content_check_free(struct content_check *check);

#endif
