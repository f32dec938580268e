/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names in a directory, in the order of their inodes: so files lie on the disk, mostly. */
#ifndef LIFEBOAT_CAPTURE_LISTING_H
#define LIFEBOAT_CAPTURE_LISTING_H

#include <stddef.h>
#include <sys/types.h>

struct listed_name {
	char *name;
	ino_t inode;
	unsigned char type;      /* DT_*, of the name itself whatever is mounted on it */
};

/* All names but "." and "..", each once. Takes FD, also on failure. 0 or -errno. */
int directory_list(int fd, struct listed_name **ret, size_t *ret_count);
/* Puts NAMES into order and drops those that are there twice: so filesystems give what is recreated while they are asked. How many
 * are left. */
size_t listed_names_order(struct listed_name *names, size_t count);
void listed_names_free(struct listed_name *names, size_t count);

#endif
