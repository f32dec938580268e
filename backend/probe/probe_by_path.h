/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a disk is plugged in, by the name udev's path_id builtin gives it; the rescue system has no udev. The forms are those of
 * systemd's udev-builtin-path_id as described in systemd.net-naming-scheme(7) and seen in /dev/disk/by-path. */
#ifndef LIFEBOAT_PROBE_PROBE_BY_PATH_H
#define LIFEBOAT_PROBE_PROBE_BY_PATH_H

#include "../core/context.h"

/* The name udev's path_id gives the disk with DIRECTORY in /sys ("pci-0000:00:04.0-scsi-0:0:1:0"). New string; NULL when it gives none. */
char *probe_by_path(const struct context *ctx, const char *directory);

#endif
