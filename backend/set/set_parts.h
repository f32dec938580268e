/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an open set is, for the files that open and read it. Only for set.c and set_open.c. */
#ifndef LIFEBOAT_SET_SET_PARTS_H
#define LIFEBOAT_SET_SET_PARTS_H

#include "set.h"
#include "set_source.h"

struct set {
	struct set_source *source;
	struct manifest *manifest;
	struct manifest *beginning; /* of a stream that has arrived: what MANIFEST was until then, for who looks at it still; NULL */
	char *location;          /* for set_open() */
	char *place;             /* for people */
	int index_fd;            /* of a stream, and of a set on several discs once it was wanted: the index; -1 */
	struct member_state file; /* what the manifest lies in, when it was opened; not of a stream */
	char file_sha256[DIGEST_HEX]; /* of the manifest's bytes */
	void **attachments;      /* of a stream: those that are kept, in the manifest's order; NULL */
	set_ask_disc *ask;     /* for another volume; NULL */
	void *ask_data;
};

void set_forget_attachments(struct set *set);
/* Keeps the index of a set whose place has it once, or not at any time. 0 or -errno with a sentence. */
MUST_CHECK int set_keep_index(struct context *ctx, struct set *set);

#endif
