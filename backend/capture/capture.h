/* Captures a running machine or a tree into a recovery set: walks each filesystem once, packs segments on all cores, writes
 * the manifest last. A capture that is killed leaves a directory without lifeboat.json: no reader takes it for a set.
 */
#ifndef LIFEBOAT_CAPTURE_CAPTURE_H
#define LIFEBOAT_CAPTURE_CAPTURE_H

#include "../core/context.h"

struct capture_options {
	const char *output;      /* directory, made when missing; refused when it holds anything */
	const char *root;        /* tree to capture; NULL: "/", the running machine */
	char *const *exclude;    /* patterns (fnmath, relative to root; a leading '/' anchors), NULL-ended, or NULL */
	const char *label;       /* name for people; NULL: host and date */
	unsigned workers;        /* 0: one a core */
	int level;               /* zstd level; 0: 3 */
	uint64_t segment_bytes;  /* content bytes a segment aims at; 0: 16 MiB */
};

struct capture_result {
	uint64_t files, bytes, stored;
	uint64_t changed;        /* files that changed or vanished while they were read */
	uint64_t unreadable;     /* files that could not be read at all: the set is not complete */
	uint64_t lost;           /* filesystems and other parts of the machine that are not in the set: it is not complete */
	char set_id[37];
};

/* 0 when every file was captured as it was (result->changed may be above 0: see docs for the exit status), -errno otherwise. */
int capture_run(struct context *ctx, const struct capture_options *options, struct capture_result *result);

#endif
