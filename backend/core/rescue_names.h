/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names by which rescue media and the rescue system that starts from them know each other: who makes them, and who finds them.
 */
#ifndef LIFEBOAT_CORE_RESCUE_NAMES_H
#define LIFEBOAT_CORE_RESCUE_NAMES_H

/* From the top of a medium: the sign that it is one. */
#define RESCUE_MARKER "boot/lifeboat-media"
/* From the top of a medium, or of a tree for network boot: the tools image. */
#define TOOLS_IMAGE_NAME "boot/tools.squashfs"
/* In the boot archive: a line "SHA256 BYTES", of the tools image that was made with it. */
#define TOOLS_DIGEST_PATH "/usr/share/lifeboat/tools-image"
/* In the tools image, beside /usr: RELEASE/modules.*, the indexes of the whole module tree. */
#define TOOLS_INDEXES "modules"

#endif
