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

/* Directory below EFI/ that holds the system's loader: PREFERRED when it holds one, else the first that does; NULL
 * when none. New string. ESP: path of the EFI system partition in the tree. */
char *loader_uefi_id(int root_fd, const char *esp, const char *preferred);
/* Looks at the files of the EFI system partition: 0 when the fallback path and, when ID is not NULL, the loader of
 * ID start GRUB with a menu; 1 with the reason as a new sentence in *RET_WHY; -ENOMEM. */
MUST_CHECK int loader_uefi_check_files(const struct plan *plan, int root_fd, const char *esp, const char *id, char **ret_why);

#endif
