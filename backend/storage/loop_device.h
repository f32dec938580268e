/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices for trials, and for reading what must not be written to.
 */
#ifndef LIFEBOAT_STORAGE_LOOP_DEVICE_H
#define LIFEBOAT_STORAGE_LOOP_DEVICE_H

#include "../core/context.h"

struct loop_device {
	int fd;             /* closed by loop_device_done() */
	char *path;         /* owned */
	char *backing_file; /* what the kernel calls the file behind it; owned */
};

/* A loop device over the file or device open as IMAGE, with sectors of SECTOR bytes. It ends with the last of its users: RET and mounts.
 * Locked, so that udev leaves it alone. READ_ONLY: nothing can be written through it, whoever tries. 0 or -errno; says nothing in a context. */
int loop_device_open(int image, uint32_t sector, bool read_only, struct loop_device *ret);
/* The same over the SIZE bytes from START on of what is open as DEVICE, read-only. */
int loop_device_open_part(int device, uint32_t sector, uint64_t start, uint64_t size, struct loop_device *ret);
/* The same, to be written through. */
int loop_device_open_part_to_write(int device, uint32_t sector, uint64_t start, uint64_t size, struct loop_device *ret);
/* Gives it back to those that still use it: mounts. */
void loop_device_leave(struct loop_device *loop);
/* Gives it back, and waits up to ten seconds until it is gone: what it showed must not be taken for another's. */
void loop_device_done(struct loop_device *loop);
#define AUTO_LOOP_DEVICE CLEANUP(loop_device_done)
#define LOOP_DEVICE_NONE ((struct loop_device){ .fd = -1 })

#endif
