/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file carries beside its content: extended attributes, inode flags, holes; and opening it without a trace. */
#ifndef LIFEBOAT_CAPTURE_METADATA_H
#define LIFEBOAT_CAPTURE_METADATA_H

#include "../set/pax.h"

/* Opens for reading without touching the access time where that is allowed, without blocking, without following the last name. */
int open_quietly(int root_fd, const char *path, int flags);

/* Adds the extended attributes that are kept, sorted by name: user, trusted, security and POSIX ACLs, without XFS's second view of
 * ACLs. By descriptor, or (PATH not NULL) of the path itself, symbolic links not followed. FAT has none. 0 or
 * -errno. */
int metadata_xattrs(int fd, const char *path, struct pax_entry *entry);
/* The inode flags that are kept; 0 in *RET where the filesystem has none. 0 or -errno. */
int metadata_flags(int fd, unsigned long *ret);
/* The data extents of a file of SIZE bytes into *RET (not NULL with a count of 0: one hole); *RET is NULL when it has no holes or
 * the filesystem does not tell. 0 or -ENOMEM. */
int metadata_extents(int fd, uint64_t size, struct pax_extent **ret, size_t *ret_count);
/* Copies mode, owner, time and (devices) number of ST. */
void metadata_stat(const struct stat *st, struct pax_entry *entry);

#endif
