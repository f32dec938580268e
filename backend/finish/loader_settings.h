/* What the restored system's loader and initramfs are told about storage: root= and resume= in etc/default/grub,
 * etc/kernel/cmdline, initramfs-tools' conf.d/resume and the entries of the Boot Loader Specification
 * (boot/loader/entries/NAME.conf). Names that only the old machine had are replaced; originals are kept beside.
 */
#ifndef LIFEBOAT_FINISH_LOADER_SETTINGS_H
#define LIFEBOAT_FINISH_LOADER_SETTINGS_H

#include "job.h"

/* The whole step. Sets job->loader_settings_changed when the menu has to be made anew. */
int loader_settings_finish(struct context *ctx, struct finish_job *job);

#endif
