/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables, through libfdisk; it opens the device read-only. */
#ifndef LIFEBOAT_PROBE_PROBE_TABLE_H
#define LIFEBOAT_PROBE_PROBE_TABLE_H

#include "probe_nodes.h"

/* Reads the partition table of ON at PATH into INFO; adds a node a partition. 1: read, 0: it cannot be described, and a warning says why;
 * -errno. */
int probe_table(struct probe *probe, struct node *on, struct disk_info *info, const char *path);

#endif
