/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block devices as places where a recovery set may lie: which are there, what filesystem they carry, how to mount it without
 * changing a byte of it.
 */
#ifndef LIFEBOAT_MEDIA_DEVICE_H
#define LIFEBOAT_MEDIA_DEVICE_H

#include "../core/context.h"

struct media_device {
	char *path;              /* "/dev/sr0" */
	char *filesystem;        /* libblkid's TYPE */
	char *uuid, *label;      /* NULL: none */
	char *model;             /* of the drive, NULL: unknown */
	bool disc;               /* an optical drive */
};

struct media_devices {
	struct media_device *list;
	size_t count;
};

/* Every block device with a filesystem that may hold a set: discs first, then whole disks before their partitions. 0 or -errno. */
int devices_list(struct context *ctx, struct media_devices *ret);
/* The same of drives of discs, of what is removable, and of loop devices. */
int devices_list_removable(struct context *ctx, struct media_devices *ret);
void devices_done(struct media_devices *devices);
#define AUTO_DEVICES CLEANUP(devices_done)

enum device_state {
	DEVICE_THERE,            /* or nothing is known against it */
	DEVICE_GONE,             /* it is not connected */
	DEVICE_EMPTY,            /* the drive or the reader holds no medium */
	DEVICE_OPEN,             /* the tray is open */
	DEVICE_NOT_READY,        /* the drive has just taken the disc */
};
/* Of the device PATH ("/dev/sr0"), asked of the drive, and no open tray is drawn in. A medium that was put in is known to the kernel after this. */
enum device_state device_state(const struct context *ctx, const char *path);

/* Opens the tray of the drive PATH ("/dev/sr0"); nothing where it is none. 0 or -errno. */
int device_eject(struct context *ctx, const char *path);

/* "disc in QEMU DVD-ROM (/dev/sr0), LIFEBOAT". New string. */
char *device_describe(const struct media_device *device);

#endif
