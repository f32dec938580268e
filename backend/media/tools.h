/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools image of rescue media (image/tools_image.h) put to use: the file that was checked, whole, against the digest in the boot archive is the
 * very one that is mounted. What the boot archive lacks - drivers, firmware, programs, libraries - is then found under its usual name, through links
 * into the image; what the boot archive has stays its own, so that nothing it can do depends on the medium.
 */
#ifndef LIFEBOAT_MEDIA_TOOLS_H
#define LIFEBOAT_MEDIA_TOOLS_H

#include <stdint.h>

#include "../core/context.h"
#include "../core/digest.h"

#define TOOLS_DIRECTORY "/run/lifeboat/tools"

struct tools_wanted {
	char sha256[DIGEST_HEX];
	uint64_t size;
};

/* Which image belongs to this boot archive: TOOLS_DIGEST_PATH below the context's prefix. 0; -ENOENT without a sentence: none was made; -EBADMSG with
 * one. */
int tools_read_wanted(struct context *ctx, struct tools_wanted *ret);
/* The image at PATH, open for reading once all of it was found to be WANTED's; with TO_MEMORY, a copy of it in memory, of which that was found. A
 * descriptor; -ENOSPC: it does not fit into memory; -EBADMSG: it is damaged, or another's; -errno; each with a sentence. */
int tools_open(struct context *ctx, const struct tools_wanted *wanted, const char *path, bool to_memory);
/* The same of ADDRESS (http, https), always into memory. */
int tools_fetch(struct context *ctx, const struct tools_wanted *wanted, const char *address);
/* Mounts what is open as FD, read-only, at DIRECTORY (made when it is not there). 0 or -errno with a sentence. */
int tools_mount(struct context *ctx, int fd, const char *directory);
/* Whether an image is mounted at DIRECTORY. */
bool tools_is_mounted(const char *directory);
/* Links what DIRECTORY/usr has and ROOT/usr lacks into ROOT/usr, a whole directory by one link; replaces the indexes of the module tree by those of
 * the whole one. *RET_COUNT: links made. 0 or -errno with a sentence. */
int tools_link(struct context *ctx, const char *directory, const char *root, size_t *ret_count);

#endif
