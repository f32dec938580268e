/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of inodes that have several: the first carries content and metadata, the further ones are kept for the end. */
#ifndef LIFEBOAT_CAPTURE_LINK_TABLE_H
#define LIFEBOAT_CAPTURE_LINK_TABLE_H

#include <sys/stat.h>

#include "../set/pax.h"
#include "../storage/volumes.h"

/* Names of one inode that has several. */
struct link_group {
	dev_t device;
	ino_t inode;
	char *first;             /* the name that carries content and metadata */
	bool saved;              /* it is in the set */
	struct link_group *next; /* in the same bucket */
};

/* A name that is not the first of its inode. */
struct further_name {
	struct link_group *group; /* NULL: it became the first, or was lost */
	const struct volume *volume;
	struct pax_entry entry;
};

struct link_table {
	struct link_group **buckets;
	size_t bucket_count, group_count;
	struct further_name *further;
	size_t count, capacity;
};

/* NULL when out of memory. */
struct link_table *link_table_new(void);
void link_table_free(struct link_table *table);
/* The group of the inode, made when it is new; *RET_FIRST tells. NULL when out of memory. */
struct link_group *link_table_find(struct link_table *table, const struct stat *st, const char *path, bool *ret_first);
/* Remembers an additional name; takes ENTRY's contents. 0 or -ENOMEM. */
int link_table_add(struct link_table *table, struct link_group *group, const struct volume *volume, struct pax_entry *entry);

#endif
