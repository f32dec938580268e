/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the walk hands over for one segment: the items that become its entries. */
#ifndef LIFEBOAT_CAPTURE_JOB_H
#define LIFEBOAT_CAPTURE_JOB_H

#include <sys/stat.h>

#include "../set/pax.h"
#include "../storage/volumes.h"

struct image_device;
struct large;
struct link_group;

/* Something that will be an entry. */
struct item {
	struct pax_entry entry;  /* regular files: path and what the walk saw; all else: complete */
	const struct volume *volume; /* regular files: where it is read */
	dev_t device;
	ino_t inode;
	bool swap;               /* active swap: only its first page is read */
	struct link_group *group; /* NULL when it has one name */
	struct large *large;     /* it is a piece of this; a reference */
	const struct image_device *image; /* it is a part of this */
	size_t piece;            /* which piece or part, from 0 */
};

/* Items of one segment. */
struct job {
	uint32_t number;         /* of the segment, given when it is pushed */
	struct item *items;
	size_t count, capacity;
	uint64_t weight;         /* bytes it will take in its segment, about */
};

/* NULL when out of memory. */
struct job *job_new(void);
void job_free(struct job *job);
/* An empty item at the job's end; NULL when out of memory. */
struct item *job_add(struct job *job);
/* Bytes of memory that it takes until it is done, about: its items, and the piece or part that a packer reads whole. */
uint64_t job_memory(const struct job *job);
void item_done(struct item *item);

#endif
