/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB for machines that start by UEFI: the loader below EFI/ID of the EFI system partition, the firmware's boot entry
 * where the rescue system can write it, and always the fallback path EFI/BOOT/BOOTX64.EFI (UEFI specification 2.10,
 * section 3.5), which starts the system on firmware that knows no entry of it.
 */
#ifndef LIFEBOAT_FINISH_LOADER_UEFI_H
#define LIFEBOAT_FINISH_LOADER_UEFI_H

#include "../core/macro.h"
#include "job.h"

/* Installs; the tree is entered. NEEDED: this machine starts by UEFI, so that a failure breaks the job. */
MUST_CHECK int loader_uefi_finish(struct context *ctx, struct finish_job *job, bool needed);
/* The last look at the EFI system partition. */
MUST_CHECK int loader_uefi_verify(struct context *ctx, struct finish_job *job, bool needed);

#endif
