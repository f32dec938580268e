/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories that the walk has still to read: the one that was found last is read first. */
#ifndef LIFEBOAT_CAPTURE_PENDING_H
#define LIFEBOAT_CAPTURE_PENDING_H

#include <sys/stat.h>

#include "../storage/volumes.h"

struct pending {
	const struct volume *volume;
	char *path;
	dev_t device;
	ino_t inode;
};

struct pending_list;

/* NULL when out of memory. */
struct pending_list *pending_new(void);
void pending_free(struct pending_list *list);
/* PATH is taken, also on failure. 0 or -ENOMEM. */
int pending_push(struct pending_list *list, const struct volume *volume, char *path, const struct stat *st);
/* The next one into *RET, whose path is the caller's to free; false when there is none. */
bool pending_take(struct pending_list *list, struct pending *ret);

#endif
