/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs LVM's commands on some devices and no others. LVM closes every descriptor that it did not open itself, so it gets block nodes of the numbers
 * that are held, in a directory of its own below /dev, and looks nowhere else; it keeps no archive, list or hint of what it did.
 */
#ifndef LIFEBOAT_STACK_LVM_RUN_H
#define LIFEBOAT_STACK_LVM_RUN_H

#include "../core/context.h"

struct lvm_devices {
	char *directory;         /* owned; NULL: no device was added that is open */
	int lock;
	char **paths;            /* of each, in the order in which they were added; owned */
	bool trial;              /* the kernel's device mapper is not asked */
};

/* Adds DEVICE ("/dev/vda2": its name for people), open as FD; FD -1, as in a dry run: by its name. 0 or -errno with a sentence. */
int lvm_devices_add(struct context *ctx, struct lvm_devices *devices, int fd, const char *device);
void lvm_devices_done(struct lvm_devices *devices);
#define AUTO_LVM_DEVICES CLEANUP(lvm_devices_done)

/* Runs "lvm WORDS..." (NULL-ended) on DEVICES, on all that are there where none was added. RELEASES: it lets go of what is held, so a cancel does not
 * end it. 0 or -errno with a sentence. */
int lvm_run(struct context *ctx, const struct lvm_devices *devices, bool releases, const char *const *words);

#endif
