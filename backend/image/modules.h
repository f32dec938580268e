/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel modules of the boot archive: every driver a rescue may need, by rules over their paths, closed under all that
 * they depend on, with the firmware they name.
 */
#ifndef LIFEBOAT_IMAGE_MODULES_H
#define LIFEBOAT_IMAGE_MODULES_H

#include "contents.h"

/* True when the module file PATH, relative to its release's directory ("kernel/fs/ext4/ext4.ko"), is one to take for its own
 * sake. */
bool modules_is_wanted(const char *path);

/* Adds the modules of kernel RELEASE with new indexes made by depmod(8) to CONTENTS. WORK is an existing empty directory; its
 * contents must stay until the archive is written. 0 or -errno with a sentence. */
int modules_add(struct context *ctx, struct contents *contents, const char *release, const char *work);

#endif
