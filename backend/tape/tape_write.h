/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream onto as many tapes as it takes (docs/tape.md), through a ring that keeps the drive streaming. */
#ifndef LIFEBOAT_TAPE_TAPE_WRITE_H
#define LIFEBOAT_TAPE_TAPE_WRITE_H

#include "drive.h"
#include "label.h"

struct tape_writer;

struct tape_options {
	const struct drive_ops *ops; /* NULL: as the path is */
	uint32_t block; /* 0: TAPE_BLOCK */
	const int *image; /* descriptor of a disc's image that a machine is to start from (obdr.h), before all else on the first tape; NULL: none */
	size_t ring; /* bytes of memory; 0: as much as the machine can spare */
	double pause; /* seconds between two looks at a drive that is waited for; 0: one */
};

struct tape_written {
	uint32_t tapes;
	uint64_t bytes;
	double rate; /* bytes a second, while the drive wrote */
	unsigned underruns; /* how often it had to stop, because no data came */
	double waited; /* seconds that it stood still for that */
};

/* The tape in the drive PATH must be empty; it becomes the first. CTX must live until tape_writer_close(): what the operator has to do is said in it.
 * 0 or -errno with a sentence. */
MUST_CHECK int tape_writer_open(struct context *ctx, const char *path, const struct tape_options *options, struct tape_writer **ret);
/* All of DATA, after what was put before; by one thread at a time. 0 or -errno with a sentence. */
MUST_CHECK int tape_writer_put(struct context *ctx, struct tape_writer *writer, const void *data, size_t length);
/* The stream ends: 0 when all of it is on the tapes, and *RET tells of it; -errno with a sentence. */
MUST_CHECK int tape_writer_finish(struct context *ctx, struct tape_writer *writer, struct tape_written *ret);
/* Descriptor of what stands for the drive, borrowed, until something is put. */
int tape_writer_fd(const struct tape_writer *writer);
/* Without tape_writer_finish() before it what is on the tapes has no end. NULL is ignored. */
void tape_writer_close(struct tape_writer *writer);

#endif
