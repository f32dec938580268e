/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contents of the boot archive, in memory: an ordered tree of paths, each a directory, a link, a device, a text or a file
 * of this machine, and its writing as a compressed newc archive that is the same for the same contents.
 * The archive is usr-merged whatever the machine is: /bin, /sbin, /lib and /lib64 are links into /usr.
 */
#ifndef LIFEBOAT_IMAGE_CONTENTS_H
#define LIFEBOAT_IMAGE_CONTENTS_H

#include <stdint.h>
#include <sys/types.h>

#include "../core/context.h"

struct contents;

struct contents_totals {
	uint64_t entries;
	uint64_t bytes;          /* contents of all files: what the archive takes in memory once unpacked */
	uint64_t compressed;     /* length of the archive */
};

/* NULL when out of memory. */
struct contents *contents_new(void);
void contents_free(struct contents *contents);
static inline void cleanup_contents(struct contents **contents)
{
	contents_free(*contents);
}
#define AUTO_CONTENTS CLEANUP(cleanup_contents)

/* Where a path of the machine lies in the archive: the same, but for /bin/x, /sbin/x, /lib/x and /lib64/x, which become
 * /usr/bin/x and so on. New string; NULL when out of memory. */
char *contents_merged(const char *path);
/* True when the archive holds PATH (merged first). */
bool contents_has(const struct contents *contents, const char *path);

/* All that add: parents are made on the way (mode 0755); what is there already stays and counts as success. PATH is absolute.
 * 0 or -ENOMEM. */
int contents_directory(struct contents *contents, const char *path, mode_t mode);
int contents_link(struct contents *contents, const char *path, const char *target);
int contents_text(struct contents *contents, const char *path, mode_t mode, const char *text);
int contents_character_device(struct contents *contents, const char *path, mode_t mode, unsigned major, unsigned minor);
/* The regular file SOURCE of the machine as PATH; read when the archive is written. */
int contents_file(struct contents *contents, const char *path, mode_t mode, const char *source);
/* A file of the machine under its own name: a symbolic link is added as a link to what it ends at, and that too.
 * *RET_SOURCE, when not NULL, is the real file's path, a new string. 0, -ENOENT, or another -errno with a sentence. */
int contents_take(struct context *ctx, struct contents *contents, const char *path, char **ret_source);

/* Sum of the lengths of all files, as they are now. */
uint64_t contents_bytes(const struct contents *contents);
/* Writes the archive to FD: newc format, one zstd frame. Owners, times and order do not depend on the machine. TOTALS may
 * be NULL. 0 or -errno with a sentence. */
int contents_write(struct context *ctx, const struct contents *contents, int fd, struct contents_totals *totals);
/* The same as an uncompressed tar, without what OTHER has already. */
int contents_write_tar(struct context *ctx, const struct contents *contents, const struct contents *other, int fd, struct contents_totals *totals);

#endif
