/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the restored system's loaders, initramfs and mount units are told about storage: root=, resume= and numbers of btrfs subvolumes in
 * the settings of GRUB and of what makes an initramfs, in the entries of the Boot Loader Specification, and in the configuration of
 * other loaders; a table in the .c names every file. Names that only the old machine had are replaced; originals are kept beside.
 */
#ifndef LIFEBOAT_FINISH_LOADER_SETTINGS_H
#define LIFEBOAT_FINISH_LOADER_SETTINGS_H

#include "../core/macro.h"
#include "job.h"

/* The whole step. Sets job->loader_settings_changed when the menu has to be rebuilt. */
MUST_CHECK int loader_settings_finish(struct context *ctx, struct finish_job *job);

#endif
