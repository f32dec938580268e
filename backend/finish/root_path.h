/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way from the disks that are here up to the filesystems that a system starts from (/ and /usr): what its kernel and its initramfs need of
 * each thing on it - controllers, arrays, volumes, containers, filesystems.
 */
#ifndef LIFEBOAT_FINISH_ROOT_PATH_H
#define LIFEBOAT_FINISH_ROOT_PATH_H

#include "../core/macro.h"
#include "../plan/plan.h"

/* Module names ("virtio_blk", "raid1", "dm_mod", "ext4") of all drivers on the way, each once; those of disks as the kernel that runs here has them
 * as modules. NULL-ended in *RET, NULL when there is none. 0 or -ENOMEM. */
MUST_CHECK int root_path_drivers(const struct context *ctx, const struct plan *plan, char ***ret);
/* The program that something on the way is put together by and that the initramfs with the members NAMES (lines) has not: a constant; NULL: none. */
const char *root_path_lacking_program(const struct plan *plan, const char *names);
/* The words of a kernel command line by which dracut puts together what is on the way (dracut.cmdline(7): "rd.md.uuid=... rd.lvm.lv=box/root"):
 * without them it assembles nothing unless it is told to take all. New string, empty when nothing is put together; NULL when out of memory. */
char *root_path_words(const struct plan *plan);

#endif
