/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an initramfs holds, read from the file itself, so that no program has to be there or believed for it: cpio
 * archives (newc), one after the other, with zeros between; the last may be compressed (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef LIFEBOAT_FINISH_INITRAMFS_LIST_H
#define LIFEBOAT_FINISH_INITRAMFS_LIST_H

#include "../core/bytes.h"
#include "../core/context.h"

/* Appends "/" and the name of every member, a line each, to NAMES, and reads the archive to its end; a crypttab without an entry and an mdadm.conf
 * that names no array are as good as none. FD is at the start of the file. 0, -ENOMEM, or -EBADMSG with half a sentence: what is wrong with it. */
MUST_CHECK int initramfs_list(struct context *ctx, int fd, struct buffer *names);
/* Whether a member's path in the lines NAMES ends in PATH, which begins with '/'. */
bool initramfs_has_member(const char *names, const char *path);

#endif
