/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk that becomes a rescue stick: named twice, removable, used by nothing, and held alone by one descriptor from then on to the end.
 */
#ifndef LIFEBOAT_STICK_STICK_DISK_H
#define LIFEBOAT_STICK_STICK_DISK_H

#include <sys/types.h>

#include "../layout/layout.h"

struct stick_disk {
	int fd;                  /* to be read and written, alone (O_EXCL); -1: none */
	struct layout *layout;   /* holds NODE; partitions are added to it */
	struct node *node;       /* what it is */
};
#define STICK_DISK_NONE { .fd = -1 }

/* Opens the disk that the node PATH ("/dev/sdb") is and that SERIAL names, too. 0, or -errno with a sentence, and nothing was written. */
MUST_CHECK int stick_disk_open(struct context *ctx, const char *path, const char *serial, struct stick_disk *ret);
/* All LENGTH bytes of DATA at OFFSET. 0 or -errno with a sentence. */
MUST_CHECK int stick_disk_write(struct context *ctx, const struct stick_disk *disk, const void *data, size_t length, uint64_t offset);
/* What was written is on the disk, and from here on is read from there, not from memory. 0 or -errno with a sentence. */
MUST_CHECK int stick_disk_settle(struct context *ctx, const struct stick_disk *disk);
/* LENGTH bytes at OFFSET. 0 or -errno with a sentence. */
MUST_CHECK int stick_disk_read(struct context *ctx, const struct stick_disk *disk, void *data, size_t length, uint64_t offset);
void stick_disk_done(struct stick_disk *disk);
#define AUTO_STICK_DISK CLEANUP(stick_disk_done)

#endif
