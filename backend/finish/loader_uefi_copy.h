/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader of one EFI system partition, on another one that is new.
 */
#ifndef LIFEBOAT_FINISH_LOADER_UEFI_COPY_H
#define LIFEBOAT_FINISH_LOADER_UEFI_COPY_H

#include "../core/macro.h"
#include "job.h"

/* Copies what the machine's own system partition has below EFI/BOOT and in the loader's directory to that of MOUNT, where these files are not there
 * yet. *RET_ID: the loader's directory, a new string; untouched where there is no loader to copy. The tree is entered. 0 or -errno. */
MUST_CHECK int loader_uefi_copy_own(struct context *ctx, struct finish_job *job, const struct node *mount, char **ret_id);

#endif
