/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures a running machine or a tree into a recovery set: walks each filesystem once, packs segments on all cores, writes
 * the manifest last. A capture that is killed leaves a directory without lifeboat.json: no reader takes it for a set.
 */
#ifndef LIFEBOAT_CAPTURE_CAPTURE_H
#define LIFEBOAT_CAPTURE_CAPTURE_H

#include "../core/context.h"

struct capture_options {
	const char *output;      /* as location_parse() takes it: a directory here or on a server, made when missing; refused when it holds
				  * anything (see CLEAN) */
	const char *root;        /* tree to capture; NULL: "/", the running machine */
	char *const *exclude;    /* patterns (fnmatch, relative to root; a leading '/' anchors), NULL-ended, or NULL */
	char *const *exclude_devices; /* device files: what is on them is left out; NULL-ended, or NULL */
	const char *label;       /* name for people; NULL: host and date */
	unsigned workers;        /* 0: one a core */
	uint64_t memory;         /* bytes that it may take in all; 0: as memory_limit() finds */
	int level;               /* zstd level; 0: 3 */
	uint64_t segment_bytes;  /* content bytes a segment aims at; 0: 16 MiB */
	bool luks_headers;       /* copies of the headers of encrypted containers come along: they hold keys */
	uint64_t directories_bytes; /* bytes of tar a segment of directories aims at; 0: 4 GiB */
	bool clean;              /* the rest of an interrupted capture in OUTPUT is removed */
	uint32_t tape_block;     /* OUTPUT on tape: bytes of a record; 0: 64 KiB */
	double patience;         /* seconds for which the server of OUTPUT, mounted, may be silent; 0: as file_server.h says */
	struct capture_guard *guard; /* of the caller; NULL: none is wanted */
};

struct capture_result {
	uint64_t files, bytes, stored;
	uint64_t changed;        /* files that changed or vanished while they were read */
	uint64_t unreadable;     /* files that could not be read at all: the set is not complete */
	uint64_t lost;           /* filesystems and other parts of the machine that are not in the set: it is not complete */
	char set_id[37];
};

/* Lets another thread remove what a capture has written, when the capture itself does not come to it. For one capture. */
struct capture_guard *capture_guard_new(void);
void capture_guard_free(struct capture_guard *guard);
/* Removes it and forbids further writing: true, and the process may end at once. False: the set is complete but for its last name, the capture
 * ends by itself. From any thread. */
bool capture_guard_abandon(struct capture_guard *guard);

/* Whether a set can be written to OUTPUT, as far as its text tells: a directory, no address that this version cannot write to. 0 or -errno with a
 * sentence. */
int capture_check_output(struct context *ctx, const char *output);
/* OUTPUT for people: without a password. New string; NULL: out of memory, or it is none. */
char *capture_place_name(const char *output);
/* True when OUTPUT holds what an interrupted capture leaves, nothing else, and no capture is writing to it now. */
bool capture_is_rest(const char *output);

/* 0 when every file was captured as it was (result->changed may be above 0: see docs for the exit status), -errno otherwise. */
int capture_run(struct context *ctx, const struct capture_options *options, struct capture_result *result);

#endif
