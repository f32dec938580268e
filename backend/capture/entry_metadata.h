/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metadata of a file into its entry. What cannot be read is reported, and the file is saved without it. */
#ifndef LIFEBOAT_CAPTURE_ENTRY_METADATA_H
#define LIFEBOAT_CAPTURE_ENTRY_METADATA_H

#include "../set/pax.h"

struct capture;

/* Mode, owner, time and number of ST into ENTRY, whose path is set. 0 or -ENOMEM. */
int entry_take_stat(struct capture *capture, const struct stat *st, struct pax_entry *entry);
/* Inode flags (of descriptors) and extended attributes into ENTRY, as metadata_xattrs(). What cannot be read is reported; for a PATH also
 * -ENOENT and -EINVAL: it is not there. */
int entry_take_attributes(struct capture *capture, int fd, const char *path, struct pax_entry *entry);

#endif
