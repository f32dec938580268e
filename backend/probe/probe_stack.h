/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the disks upwards: an array, an opened container or an active logical volume is a block device with contents of its own. Which one it
 * is, sysfs tells: md in holders/ of the members, device mapper in dm/uuid. Nothing is assembled, unlocked or activated here.
 */
#ifndef LIFEBOAT_PROBE_PROBE_STACK_H
#define LIFEBOAT_PROBE_PROBE_STACK_H

#include "probe_nodes.h"

/* Adds what arrays, containers and volume groups on the disks make, as far as the kernel has assembled it, one on the other. 0 or -errno. */
int probe_stack(struct probe *probe);

#endif
