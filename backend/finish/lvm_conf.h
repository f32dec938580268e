/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeps LVM of the restored system from the disks that are here: filters in lvm.conf(5) that reject a physical volume by its name, and the
 * devices file (lvmdevices(8)), which knows disks of the old machine. Without them LVM takes every device.
 */
#ifndef LIFEBOAT_FINISH_LVM_CONF_H
#define LIFEBOAT_FINISH_LVM_CONF_H

#include "../core/macro.h"
#include "job.h"

/* lvm.conf with the filters as comments that reject a physical volume that was restored, in OUT. How many, or -ENOMEM. */
MUST_CHECK int lvm_conf_correct(const struct plan *plan, const char *text, struct buffer *out);
/* Whether every entry of the devices file TEXT still finds its physical volume: by what it lies on, or by a disk that is here. */
bool lvm_devices_fit(const struct plan *plan, const char *text);
/* The whole step on the job's tree. */
MUST_CHECK int lvm_conf_finish(struct context *ctx, struct finish_job *job);

#endif
