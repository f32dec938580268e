/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB for machines that start by BIOS: installed by the system's own grub-install (the rescue system's when it has
 * none) into the MBR and the gap or BIOS boot partition of every disk that had boot code, and then read back. Offsets
 * in the boot sector are those of GRUB 2's include/grub/i386/pc/boot.h.
 */
#ifndef LIFEBOAT_FINISH_LOADER_BIOS_H
#define LIFEBOAT_FINISH_LOADER_BIOS_H

#include "../core/macro.h"
#include "job.h"

/* Installs; the tree is entered. NEEDED: this machine starts by BIOS, so that a failure breaks the job. */
MUST_CHECK int loader_bios_finish(struct context *ctx, struct finish_job *job, bool needed);
/* The last look at disks and modules. */
MUST_CHECK int loader_bios_verify(struct context *ctx, struct finish_job *job, bool needed);

/* True when the disk that PLAN makes the system start from has a place for GRUB's core image: a gap before the first
 * partition (MBR) or a BIOS boot partition (GPT). Needs no more than the plan. */
bool loader_bios_has_room(const struct plan *plan);

/* Reads DEVICE (also an image file): 0 when its MBR starts a GRUB core image that is there; 1 with the reason as a
 * new sentence in *RET_WHY when not; -ENOMEM. */
MUST_CHECK int loader_bios_check_device(const char *device, char **ret_why);

#endif
