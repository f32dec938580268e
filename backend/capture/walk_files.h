/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is no directory becomes items of jobs for the pool. */
#ifndef LIFEBOAT_CAPTURE_WALK_FILES_H
#define LIFEBOAT_CAPTURE_WALK_FILES_H

#include "walk_parts.h"

struct link_group;

/* A regular file. ENTRY's contents are taken on success. 0 or -errno. */
int walk_file(struct walker *walker, const struct volume *volume, struct pax_entry *entry, const struct stat *st,
	      struct link_group *group);
/* Anything else. */
int walk_other(struct walker *walker, const struct visited *visited, struct pax_entry *entry, struct link_group *group);
/* The item for a new entry, in a job that has room for WEIGHT more bytes; NULL with *RET_ERROR. */
struct item *walk_item(struct walker *walker, uint64_t weight, int *ret_error);
/* Hands over the items gathered. */
int walk_push_job(struct walker *walker);

#endif
