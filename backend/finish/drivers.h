/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernel drivers the way to a disk needs on the machine that is here, read from sysfs, and whether a kernel of
 * the restored system has them built in or its initramfs carries them.
 */
#ifndef LIFEBOAT_FINISH_DRIVERS_H
#define LIFEBOAT_FINISH_DRIVERS_H

#include "../core/bytes.h"
#include "../core/context.h"

/* Module names ("virtio_blk", "ahci") of every driver between DEVICE ("/dev/vda1") and the root of the device tree,
 * as far as the running kernel has them as modules, of all paths to it where it has several: NULL-ended in *RET, NULL when there is none. Reads
 * below the context's prefix. 0 or -ENOMEM. */
MUST_CHECK int drivers_of_device(const struct context *ctx, const char *device, char ***ret);
/* True when LIST, lines that end in paths of modules (modules.builtin, modules.dep, an initramfs' table of
 * contents), has the module NAME in any compression; '-' and '_' are the same in module names. */
bool drivers_are_listed(const char *list, const char *name);

#endif
