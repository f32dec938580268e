/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "compare": what differs between a set and a tree, or this machine, its storage included. */
#ifndef LIFEBOAT_VERBS_COMPARE_SET_H
#define LIFEBOAT_VERBS_COMPARE_SET_H

#include "../core/context.h"

struct compare_request {
	const char *set;         /* where it lies */
	const char *tree;        /* directory to look at; NULL: "/", this machine */
	char *const *paths;      /* only these and what lies below them; NULL: all, and the settings of disks and filesystems */
	unsigned workers;        /* 0: one a processor */
	bool extra;              /* also what the set does not have */
	const char *title;       /* of the one step of the progress */
	/* Called for each difference, one at a time: KIND is "missing", "extra", "changed" or "storage"; PATH is escaped, NULL for storage; WHAT
	 * says what differs, "" where that is the kind itself. */
	void (*found)(void *data, const char *kind, const char *path, const char *what);
	void *data;
};

struct compare_summary {
	uint64_t entries, bytes; /* looked at */
	uint64_t differences;
	char **unmounted;        /* sentences: filesystems that could not be compared; NULL: none */
	char **covered;          /* escaped paths that could not be compared, because something is mounted on them; NULL: none */
};

/* 0 when the comparison was made, -errno with a sentence when it could not be. SUMMARY is for compare_summary_done() in any case. */
MUST_CHECK int verb_compare(struct context *ctx, const struct compare_request *request, struct compare_summary *summary);
void compare_summary_done(struct compare_summary *summary);

#endif
