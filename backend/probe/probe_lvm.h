/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume groups and their logical volumes, from the metadata texts that were read of the physical volumes: nothing need be active. */
#ifndef LIFEBOAT_PROBE_PROBE_LVM_H
#define LIFEBOAT_PROBE_PROBE_LVM_H

#include "../superblocks/extent.h"
#include "probe_nodes.h"

/* Remembers what the physical volume NODE says, and takes its properties. 0; -EINVAL when it makes no sense, -EIO, -ENOMEM. */
int probe_pv(struct probe *probe, const struct extent *extent, struct node *node);
/* Adds the volume groups whose physical volumes were all met, with their logical volumes; INCOMPLETE: the next one that lacks some, too. 1:
 * some were added; 0; -errno. */
int probe_groups(struct probe *probe, bool incomplete);
/* Releases what was remembered. */
void probe_lvm_done(struct probe *probe);

#endif
