/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GRUB can read by itself: it takes its menu and modules, a kernel and an initramfs from /boot, before any driver of Linux is there.
 * It knows arrays, most volumes of LVM and encrypted containers, but no thin volume, and no key slot of LUKS2 that is guarded by argon2
 * (GRUB 2.06 and 2.12, grub-core/disk/lvm.c and luks2.c).
 */
#ifndef LIFEBOAT_FINISH_GRUB_READS_H
#define LIFEBOAT_FINISH_GRUB_READS_H

#include "../core/macro.h"
#include "../plan/plan.h"

/* Why GRUB, which KNOWS_ARGON2 or not, cannot read /boot as PLAN makes it: a new sentence in *RET_WHY; NULL: it can. 0 or -ENOMEM. */
MUST_CHECK int grub_reads_boot(const struct plan *plan, bool knows_argon2, char **ret_why);

#endif
