/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unified kernel images: EFI programs with a kernel, its initramfs and its command line inside (systemd-stub(7), the UAPI group's specification
 * "Unified Kernel Image"). They may be signed, and only the program that made one makes it again: it is told which of them name what only the old
 * machine had.
 */
#ifndef LIFEBOAT_FINISH_UNIFIED_IMAGES_H
#define LIFEBOAT_FINISH_UNIFIED_IMAGES_H

#include "job.h"

/* Looks at those in EFI/Linux of the partition with the loaders, and at their addons; the system's settings were corrected before. 0 or -errno. */
MUST_CHECK int unified_images_finish(struct finish_job *job);

#endif
