/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares a tree with what a set says of it: type, mode, owner, mtime, size, content digest, xattrs, ACLs, capabilities, hard
 * links, holes, inode flags, device numbers; and what is there beyond the set.
 */
#ifndef LIFEBOAT_RESTORE_COMPARE_H
#define LIFEBOAT_RESTORE_COMPARE_H

#include <stdatomic.h>

#include "../core/macro.h"
#include "../set/set.h"
#include "../storage/image_map.h"
#include "captured_view.h"
#include "unmounted_trees.h"

enum difference_kind {
	DIFFERENCE_MISSING,
	DIFFERENCE_EXTRA,
	DIFFERENCE_CHANGED,
};

struct difference {
	enum difference_kind kind;
	const char *path;        /* bytes */
	const char *what;        /* "content", "mode", ...; several joined by ", "; "" for missing and extra */
};

/* What of each entry is compared. */
enum compare_part {
	COMPARE_ALL,
	COMPARE_CONTENTS,        /* contents and holes of the files that are there with their size; tells of nothing else */
	COMPARE_METADATA,        /* all else */
};

struct compare_options {
	enum compare_part part;
	char *const *paths;      /* as for extract; NULL: all */
	char *const *expected;   /* paths (NULL-ended) whose difference is meant (fstab and the like, after finishing); not reported */
	/* Filesystems that the tree does not show and where they are; of those below LAYOUT_UNMOUNTED that are not among them nothing is
	 * compared. NULL: the tree has them where the set has them. */
	const struct unmounted_trees *unmounted;
	char *const *closed;     /* mount points (absolute, NULL-ended) of filesystems that nobody can look into: not compared. NULL: none */
	/* The tree as captures see it, where it is in use: ROOT_FD is then VIEW's. What VIEW covers is not compared, but marked in it. NULL: the
	 * tree as it is. */
	struct captured_view *view;
	/* Images are on these (ended by one without a node), and of those that have none among them nothing is compared. NULL: their parts are
	 * files of the tree. */
	const struct image_device *images;
	bool extra;              /* also report what the set does not have */
	unsigned workers;        /* 0: one a core */
	atomic_uint_fast64_t *read; /* counts bytes of contents as they are read, for whoever looks meanwhile; NULL: nobody */
	/* Serialised; called for each difference. */
	void (*found)(void *data, const struct difference *difference);
	void *found_data;
};

struct compare_result {
	uint64_t entries, bytes; /* looked at */
	uint64_t differences;
};

/* 0 when the comparison was made (see result->differences), -errno with a sentence when it could not be made. */
MUST_CHECK int compare_tree(struct context *ctx, struct set *set, int root_fd, const struct compare_options *options,
		 struct compare_result *result);

#endif
