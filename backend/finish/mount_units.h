/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units of systemd that mount, or swap to, what is not there after the restore: the start would wait for the device, a minute and a half by
 * default, and where local-fs.target requires the unit it would end in the emergency shell. Such a unit is switched off, as 'systemctl disable'
 * does it: its links in NAME.wants and NAME.requires go, and the unit itself stays. Drop-ins of a unit (NAME.d) count as it does.
 */
#ifndef LIFEBOAT_FINISH_MOUNT_UNITS_H
#define LIFEBOAT_FINISH_MOUNT_UNITS_H

#include "job.h"

/* Looks at the units in /etc/systemd/system. 0, also when a link could not be removed, which is then a reason; -errno. */
MUST_CHECK int mount_units_finish(struct context *ctx, struct finish_job *job);

#endif
