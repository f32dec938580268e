/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The medium that a set lies on, known well enough to ask for it by name when it is away: a disc, a stick, a disk, a server.
 */
#ifndef LIFEBOAT_MEDIA_MEDIUM_H
#define LIFEBOAT_MEDIA_MEDIUM_H

#include "device.h"

struct medium {
	char *device;            /* "/dev/sr0"; NULL: none, as of a server */
	char *where;             /* for people: "QEMU DVD-ROM (/dev/sr0)", "server:/backup at /mnt"; NULL: unknown */
	char *label;             /* of its filesystem; NULL: none */
	bool disc;               /* in an optical drive */
};

/* What the file or directory PATH lies on now. Best effort: what cannot be found out stays NULL. */
void medium_of_path(struct context *ctx, const char *path, struct medium *ret);
void medium_done(struct medium *medium);
/* What is to be done, for people: "No disc is in QEMU DVD-ROM (/dev/sr0). Insert the disc LIFEBOAT again". New string; NULL when nothing is known to
 * be wrong with the device, or out of memory. */
char *medium_explain(const struct medium *medium, enum device_state state);

#endif
