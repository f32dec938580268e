/* Which filesystems below the captured root are walked into: local ones on block devices, each once. Pseudo filesystems,
 * network mounts and second views of the same files are left out, each with its reason.
 */
#ifndef LIFEBOAT_CAPTURE_MOUNTS_H
#define LIFEBOAT_CAPTURE_MOUNTS_H

#include <stdint.h>

#include "../core/context.h"

struct mounts;

/* Reads mountinfo below the context's prefix; ROOT is the real path of the captured directory. 0 or -errno with a sentence. */
int mounts_read(struct context *ctx, const char *root, struct mounts **ret);
void mounts_free(struct mounts *mounts);

enum mount_choice {
	MOUNT_NONE,              /* nothing is mounted there */
	MOUNT_DESCEND,
	MOUNT_LEAVE,             /* its mount point is kept, what is mounted there is not */
	MOUNT_VIEW,              /* nothing is mounted there, but what is in it is captured elsewhere */
};
/* PATH is relative to the captured root. *RET_REASON (with MOUNT_LEAVE and MOUNT_VIEW) is borrowed from MOUNTS. */
enum mount_choice mounts_choose(const struct mounts *mounts, const char *path, const char **ret_reason);
/* Bytes and files in use on what will be walked, to measure progress by; 0 when the root is only a part of a filesystem. */
void mounts_used(const struct mounts *mounts, uint64_t *ret_bytes, uint64_t *ret_files);

#endif
