/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings up disks that are reached by several paths where nobody else does: in a rescue system, which runs neither udev nor multipathd. Nothing is
 * written; a path that is in use is left alone.
 */
#ifndef LIFEBOAT_MACHINE_MULTIPATH_UP_H
#define LIFEBOAT_MACHINE_MULTIPATH_UP_H

#include "../core/context.h"

/* Combines SCSI disks of one WWN, serial number, model and size to a map each, adds paths that came later to maps made so, and maps the partitions of
 * all of them. Does nothing but in a rescue system, whose pid 1 tells device mapper to do without udev: elsewhere multipathd does it. What cannot
 * be combined is a warning if it is to be TOLD. The number of maps that are up now, or -errno (-ECANCELED, -ENOMEM) with a sentence. */
int multipath_bring_up(struct context *ctx, bool told);

#endif
