/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the files of a set into a tree: segments are verified whole, then unpacked by several workers relative to directory
 * descriptors. Directories first, hard links after their targets, directory times and inode flags last. Nothing leaves the root:
 * no path of the set is trusted, no symlink on the way is followed.
 */
#ifndef LIFEBOAT_RESTORE_EXTRACT_H
#define LIFEBOAT_RESTORE_EXTRACT_H

#include "../core/macro.h"
#include "../set/set.h"
#include "../storage/image_map.h"

struct extract_options {
	char *const *paths;      /* only these (bytes, relative or absolute as captured) and what lies below; NULL: all */
	unsigned workers;        /* 0: one a core */
	uint64_t memory;         /* bytes that it may take in all; 0: as memory_limit() finds */
	/* Images go onto these (ended by one without a node), and those that have none among them are left out. NULL: their parts are files of the
	 * tree. */
	const struct image_device *images;
	bool salvage;            /* damage of the set costs only the files it lies in: they are listed, all others restored */
	bool check_content;      /* the content of every file is held against the index: for who does not compare afterwards */
	bool skip_owner;         /* not root: owners and trusted.* attributes are left out, with one warning; devices fail */
	/* Called after a segment is wholly on the tree, as it was saved: nothing of it is listed as failed; from any worker. May be NULL. */
	void (*segment_done)(void *data, const struct segment *segment);
	void *segment_done_data;
	const bool *done;        /* segments that an earlier run finished, by place in the manifest's table; NULL: none */
	/* Directories (as captured, NULL-ended) below which nothing is there any more, whatever is done; or NULL. */
	char *const *emptied;
	/* True for a path that is not on the tree as it was restored, whatever is done; or NULL. */
	bool (*again)(void *data, const char *path);
	void *again_data;
};

struct extract_result {
	uint64_t files, bytes;
	char **failed;           /* what is not on the tree as saved, one line each: path and reason; NULL when all is well */
	char **damaged;          /* with salvage: what is wrong with the set, a sentence each, of which each was a warning already; NULL: nothing */
	bool set_failed;         /* what ended it (-EBADMSG, -EIO, -ENOMEDIUM) came of reading the set, not of the target */
	uint64_t damages;        /* parts of the set that are damaged, with salvage; each has a line too */
};

/* Extracts below ROOT_FD. 0 when everything is there and was what the set's index says; -ENODATA when some entries failed (listed), -EBADMSG
 * when the set is damaged (the segment is named) and that is not salvaged, -ENOSPC, -EIO, -ECANCELED otherwise. No file is left that is
 * only partly what was saved. Counts bytes on the running progress step. */
MUST_CHECK int extract_set(struct context *ctx, struct set *set, int root_fd, const struct extract_options *options,
		struct extract_result *result);
void extract_result_done(struct extract_result *result);

#endif
