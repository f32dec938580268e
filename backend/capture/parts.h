/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture under way: what its parts share. Only for capture/. */
#ifndef LIFEBOAT_CAPTURE_PARTS_H
#define LIFEBOAT_CAPTURE_PARTS_H

#include <pthread.h>
#include <sys/stat.h>

#include "../set/manifest.h"
#include "../sink/sink.h"
#include "../storage/volumes.h"
#include "capture.h"
#include "tables.h"

struct image_device;
struct link_table;
struct packers;
struct pool;
struct report;

struct capture {
	struct context *ctx;
	const struct capture_options *options;
	char *root;              /* real path of what is captured */
	int root_fd;
	struct capture_guard *guard; /* the caller's or OWN_GUARD */
	struct capture_guard *own_guard;
	struct sink *sink;       /* the guard's: where the set is written */
	struct stat output;      /* of the directory or file it lies in, which is not captured; 0: it lies elsewhere */
	uint64_t segment_bytes;
	uint64_t directories_bytes; /* of tar that a segment of directories aims at */
	uint32_t directories_reserved; /* segments with the first numbers are theirs */
	int level;
	unsigned workers;
	uint64_t job_bytes;      /* of memory that jobs may take at a time */
	struct mount_tree *mount_tree; /* the one picture of what is mounted, settled before anything below the root is looked at */
	struct volumes *volumes;
	struct unmounted *unmounted;
	char **exclude;          /* the patterns of the options, and of what is mounted of devices that are left out */
	struct image_device *images; /* ended by one without a node */
	size_t image_count;
	char **closed;           /* ids of nodes that were told of because no image of them could be made */
	struct link_table *links;
	struct pool *pool;
	struct packers *packers;
	struct tables tables;    /* rows of the index */

	pthread_mutex_t lock;    /* guards what follows */
	struct manifest *manifest; /* segments in order; capacity: next power of two */
	size_t segment_capacity;
	struct report *reports;
	size_t report_count;
	uint64_t lines_length;   /* of the manifest's lines of what is lost and left out, as JSON */
	struct capture_result *result;
};

#endif
