/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which medium this is and what it boots: the file RESCUE_MARKER of rescue media. A second file of the same content, its name followed by '-' and the
 * id of the medium, is how a loader tells its medium from all others.
 */
#ifndef LIFEBOAT_IMAGE_MARKER_H
#define LIFEBOAT_IMAGE_MARKER_H

#include "menu.h"

/* Its text, as JSON, in a new string: MENU's medium and set, the kernel RELEASE, and the SHA-256 of the files KERNEL and INITRAMFS. 0 or -errno
 * with a sentence. */
int marker_print(struct context *ctx, const struct menu *menu, const char *release, const char *kernel, const char *initramfs, char **ret);

#endif
