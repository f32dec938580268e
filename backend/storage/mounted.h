/* Mounting what was checked, and nothing else: kind and UUID are looked for on an open descriptor of the device right before,
 * and what is mounted is the device of that descriptor, and is looked at again afterwards and before it is unmounted.
 */
#ifndef LIFEBOAT_STORAGE_MOUNTED_H
#define LIFEBOAT_STORAGE_MOUNTED_H

#include "../layout/layout.h"

/* Mounts FILESYSTEM, whose device is open as FD (-1, in a dry run: nothing is compared), at TARGET. 0, or -errno with a sentence;
 * then nothing is mounted. -ESTALE: the device holds another filesystem, or another one was mounted, and was unmounted again. */
int mounted_mount(struct context *ctx, int fd, const struct node *filesystem, const char *target, unsigned long flags,
		  const char *data);
/* Whether TARGET is the root of a mount of the device open as FD: 1, 0, or -errno. KIND as blkid names it. */
int mounted_is(struct context *ctx, int fd, const char *kind, const char *target);
/* Writes back what is left, with its errors, unmounts, and syncs the device. -ESTALE with a sentence, and nothing is unmounted,
 * when TARGET shows something else than the device open as FD. */
int mounted_unmount(struct context *ctx, int fd, const struct node *filesystem, const char *target);

#endif
