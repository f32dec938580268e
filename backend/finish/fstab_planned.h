/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of etc/fstab for filesystems that a plan adds to what was captured: EFI system partitions. */
#ifndef LIFEBOAT_FINISH_FSTAB_PLANNED_H
#define LIFEBOAT_FINISH_FSTAB_PLANNED_H

#include "../core/macro.h"
#include "fstab.h"

/* Appends to OUT a line for each filesystem that PLAN planned in and FSTAB, as it was, does not mount. How many, or -ENOMEM. */
MUST_CHECK int fstab_add_planned(const struct plan *plan, const struct fstab *fstab, struct buffer *out);

#endif
