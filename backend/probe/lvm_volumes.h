/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logical volumes, and what each is made of. */
#ifndef LIFEBOAT_PROBE_LVM_VOLUMES_H
#define LIFEBOAT_PROBE_LVM_VOLUMES_H

#include "lvm_parts.h"

/* Adds the logical volumes of GROUP. 0 or -errno; what contradicts itself is warned of. */
int lvm_add_volumes(struct lvm_group *group);

#endif
