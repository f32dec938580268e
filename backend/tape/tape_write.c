/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tape_write.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "ring.h"
#include "volume.h"

#define RING_LEAST (8u << 20)
#define RING_MOST (256u << 20)
#define RATE_BYTES (64u << 20) /* after so many the rate is looked at again */

struct tape_writer {
	struct context ctx; /* of the thread */
	struct drive *drive; /* the thread's, while it runs */
	struct ring *ring;
	struct tape_label label; /* of the tape that is in; the rest is the thread's, too, and looked at when it has ended */
	uint64_t written; /* bytes of the stream that are on tapes */
	double writing; /* seconds that the drive took for them */
	uint64_t timed, timed_at; /* bytes of these, and when the rate was looked at */
	int error;
	pthread_t thread;
	bool runs, ended;
};

static size_t ring_size(const struct tape_options *options)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	size_t share = pages > 0 && page > 0 ? (size_t)pages / 16 * (size_t)page : 0;

	return options->ring ? options->ring : share < RING_LEAST ? RING_LEAST : share > RING_MOST ? RING_MOST : share;
}

/* ---- the thread ---- */

static int next_tape(struct tape_writer *writer)
{
	struct tape_end end = { .number = writer->label.number, .offset = writer->written };
	int r;

	memcpy(end.series, writer->label.series, sizeof(end.series));
	r = volume_end(&writer->ctx, writer->drive, &end, writer->label.block);
	if (r < 0)
		return r;
	if (writer->label.number == TAPES_MAX)
		return context_fail(&writer->ctx, EFBIG, "the recovery set needs more than %u tapes", TAPES_MAX);
	writer->label.number++;
	writer->label.offset = writer->written;
	return volume_begin_next(&writer->ctx, writer->drive, &writer->label);
}

static void count(struct tape_writer *writer, double seconds)
{
	writer->written += writer->label.block;
	writer->timed += writer->label.block;
	writer->writing += seconds;
	if (writer->timed - writer->timed_at < RATE_BYTES || writer->writing <= 0)
		return;
	writer->timed_at = writer->timed;
	ring_set_rate(writer->ring, (double)writer->timed / writer->writing);
}

static int write_block(struct tape_writer *writer, const void *block)
{
	double since = clock_now();
	int r = drive_write(&writer->ctx, writer->drive, block, writer->label.block);

	if (r == -ENOSPC) {
		r = next_tape(writer);
		since = clock_now();
		if (r == 0)
			r = drive_write(&writer->ctx, writer->drive, block, writer->label.block);
		if (r == -ENOSPC)
			r = context_fail(&writer->ctx, EIO,
					 "tape %u in %s has no room for anything behind its label: it is worn, or not of this drive's kind",
					 writer->label.number, writer->drive->path);
	}
	if (r == 0)
		count(writer, clock_now() - since);
	return r;
}

static int end_stream(struct tape_writer *writer)
{
	struct tape_end end = { .number = writer->label.number, .offset = writer->written, .last = true };
	int r;

	memcpy(end.series, writer->label.series, sizeof(end.series));
	r = volume_end(&writer->ctx, writer->drive, &end, writer->label.block);
	return r == 0 ? drive_rewind(&writer->ctx, writer->drive) : r;
}

static void *run(void *data)
{
	struct tape_writer *writer = data;
	const void *block;
	int r = 0;

	while (r == 0 && (block = ring_take(writer->ring))) {
		r = write_block(writer, block);
		ring_release(writer->ring);
	}
	/* A ring that was stopped is no end of the stream. */
	if (r == 0 && writer->ended)
		r = end_stream(writer);
	writer->error = r;
	ring_stop(writer->ring);
	return NULL;
}

/* ---- who puts ---- */

static int begin(struct context *ctx, const char *path, const struct tape_options *options, struct tape_writer *writer)
{
	uint32_t block = options->block ? options->block : TAPE_BLOCK;
	uuid_t id;
	int r;

	if (!tape_block_is_good(block))
		return context_fail(ctx, EINVAL, "Records on tape have a length that is a power of two from %u to %u bytes, not %u", TAPE_BLOCK_MIN,
				    TAPE_BLOCK_MAX, block);
	uuid_generate_random(id);
	uuid_unparse_lower(id, writer->label.series);
	writer->label.number = 1;
	writer->label.block = block;
	clock_rfc3339((time_t)clock_wall(), writer->label.created);
	r = drive_open(ctx, options->ops, path, &writer->drive);
	if (r < 0)
		return r;
	if (options->pause > 0)
		writer->drive->pause = options->pause;
	r = volume_begin_first(ctx, writer->drive, options->image, &writer->label);
	if (r < 0)
		return r;
	writer->ring = ring_new(ring_size(options), block);
	if (!writer->ring)
		return context_oom(ctx);
	r = pthread_create(&writer->thread, NULL, run, writer);
	writer->runs = r == 0;
	return r ? context_fail(ctx, r, "no thread can be started: %s", strerror(r)) : 0;
}

int tape_writer_open(struct context *ctx, const char *path, const struct tape_options *options, struct tape_writer **ret)
{
	struct tape_writer *writer = calloc(1, sizeof(*writer));
	int r;

	if (!writer)
		return context_oom(ctx);
	context_init_child(&writer->ctx, ctx);
	r = begin(ctx, path, options, writer);
	if (r < 0)
		tape_writer_close(writer);
	else
		*ret = writer;
	return r;
}

static void join(struct tape_writer *writer)
{
	if (writer->runs)
		pthread_join(writer->thread, NULL);
	writer->runs = false;
}

/* The thread has ended by an error. */
static int tell(struct context *ctx, struct tape_writer *writer)
{
	join(writer);
	if (writer->error == -ECANCELED)
		return context_cancelled(ctx);
	return context_fail(ctx, writer->error ? -writer->error : EIO, "%s",
			    *context_detail(&writer->ctx) ? context_detail(&writer->ctx) : strerror(EIO));
}

int tape_writer_put(struct context *ctx, struct tape_writer *writer, const void *data, size_t length)
{
	return ring_put(writer->ring, data, length) ? 0 : tell(ctx, writer);
}

int tape_writer_finish(struct context *ctx, struct tape_writer *writer, struct tape_written *ret)
{
	writer->ended = true;
	ring_end(writer->ring);
	join(writer);
	if (writer->error < 0)
		return tell(ctx, writer);
	*ret = (struct tape_written){ .tapes = writer->label.number,
				      .bytes = writer->written,
				      .rate = writer->writing > 0 ? (double)writer->timed / writer->writing : 0 };
	ret->underruns = ring_underruns(writer->ring, &ret->waited);
	return 0;
}

int tape_writer_fd(const struct tape_writer *writer)
{
	return writer->drive->fd;
}

void tape_writer_close(struct tape_writer *writer)
{
	if (!writer)
		return;
	context_cancel(&writer->ctx);
	if (writer->ring)
		ring_stop(writer->ring);
	join(writer);
	ring_free(writer->ring);
	drive_close(writer->drive);
	context_done(&writer->ctx);
	free(writer);
}
