/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What files carry beside the flags of chattr(1): how XFS shall allocate their blocks, flags that only FS_IOC_FSGETXATTR knows, and the
 * project id (linux/fs.h, struct fsxattr; xfs_io(8), chattr and extsize). In sets as one text: flags in hex, the two sizes and the project in
 * decimal, a blank between each.
 */
#ifndef LIFEBOAT_SET_HINTS_H
#define LIFEBOAT_SET_HINTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct hints {
	uint32_t flags;          /* FS_XFLAG_*, of those that are kept */
	uint32_t extent_size;    /* bytes */
	uint32_t cow_extent_size;
	uint32_t project;
};

/* "%x %u %u %u" and a NUL. */
#define HINTS_TEXT_SIZE 44

static inline bool hints_are_none(const struct hints *hints)
{
	return !hints->flags && !hints->extent_size && !hints->cow_extent_size && !hints->project;
}

static inline bool hints_are_same(const struct hints *a, const struct hints *b)
{
	return a->flags == b->flags && a->extent_size == b->extent_size && a->cow_extent_size == b->cow_extent_size && a->project == b->project;
}

/* Does the kernel take them of a file of this type? */
bool hints_fit_type(const struct hints *hints, mode_t mode);
/* Of an open file or directory; none where the filesystem knows no such thing. 0 or -errno. */
int hints_get(int fd, struct hints *ret);
/* Gives them to an open file or directory, in place of those it has. A file with data takes no other extent size. 0 or -errno. */
int hints_set(int fd, const struct hints *hints);

void hints_print(const struct hints *hints, char text[HINTS_TEXT_SIZE]);
/* Strict: only what hints_print() gives, and never none. 0 or -EBADMSG. */
int hints_parse(const char *text, struct hints *ret);

#endif
