/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole device, a disk or an array: a partition table with what its partitions carry, or one content. */
#ifndef LIFEBOAT_PROBE_PROBE_WHOLE_H
#define LIFEBOAT_PROBE_PROBE_WHOLE_H

#include "probe_nodes.h"

/* Looks into ON, the disk or array at PATH that is open as FD. INFO (the node's own, of a disk) has its kernel name and sectors, and gets what its
 * table says. 0 or -errno. */
int probe_whole(struct probe *probe, struct node *on, struct disk_info *info, const char *path, int fd);

#endif
