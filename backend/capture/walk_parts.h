/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk through the tree: what its parts share. Only for walk*.c. */
#ifndef LIFEBOAT_CAPTURE_WALK_PARTS_H
#define LIFEBOAT_CAPTURE_WALK_PARTS_H

#include "job.h"
#include "parts.h"

struct swap_files;
struct walk_mounts;
struct walk_ways;

struct walker {
	struct capture *capture;
	struct segment_writer *directories;
	struct job *job;         /* being filled */
	struct pending_list *pending; /* directories still to be read */
	struct swap_files *swaps;
	uint64_t *matched;       /* entries left out, by pattern */
	struct walk_ways *ways;
	struct walk_mounts *mounts;
};

/* A name in the directory that is being read. */
struct visited {
	const struct volume *volume;
	int dir_fd;
	const char *name;
	const char *path;        /* relative to the captured directory */
	unsigned char type;      /* as readdir(3) tells it, DT_UNKNOWN when it does not */
};

#endif
