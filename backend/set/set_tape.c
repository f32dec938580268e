/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that lies on tapes as a stream. They are read to their end once, which tells what is in the set and whether all of it is right; then they are
 * rewound for whoever wants segments. Those come about in the order in which they are wanted: the few that come too early are held.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/progress.h"
#include "../tape/tape_read.h"
#include "manifest.h"
#include "passed.h"
#include "stream_read.h"
#include "stream_table.h"

#define HELD_MAX 64u         /* segments */
#define HELD_BYTES (96u << 20)
#define STEP "tapes"

struct held {
	uint32_t number;
	void *data;
	size_t size;
};

struct tape {
	struct tape_reader *tapes;
	struct stream_reader *reader;
	char *place;
	bool counts;             /* they are read for the first time */
	uint64_t next;           /* how many members have passed since the tapes were rewound; UINT64_MAX: they are not at the beginning */
	struct held held[HELD_MAX];
	size_t held_count;
	uint64_t held_bytes;
};

static ssize_t read_tape(struct context *ctx, void *data, void *buffer, size_t length)
{
	struct tape *tape = data;
	ssize_t n = tape_reader_read(ctx, tape->tapes, buffer, length);

	/* Later, what is done with the segments is counted. */
	if (n > 0 && tape->counts)
		progress_add(ctx, (uint64_t)n, 0);
	return n;
}

static void drop_held(struct tape *tape, size_t i)
{
	tape->held_bytes -= tape->held[i].size;
	free(tape->held[i].data);
	tape->held[i] = tape->held[--tape->held_count];
}

static void drop_all_held(struct tape *tape)
{
	while (tape->held_count)
		drop_held(tape, 0);
}

/* Before the first member. */
static int go_back(struct context *ctx, struct tape *tape)
{
	int r = tape_reader_rewind(ctx, tape->tapes);

	drop_all_held(tape);
	stream_reader_free(tape->reader);
	tape->reader = stream_reader_new(read_tape, tape, tape->place);
	tape->next = 0;
	return r < 0 ? r : tape->reader ? 0 : -ENOMEM;
}

/* The SIZE bytes of the member that the reader stands in. */
static int read_member(struct context *ctx, struct tape *tape, size_t size, void **ret, size_t *ret_length)
{
	AUTO_FREE char *data = malloc(size + 1);
	size_t done = 0;
	ssize_t n;

	if (!data)
		return -ENOMEM;
	while (done < size && (n = stream_reader_data(ctx, tape->reader, data + done, size - done)) != 0) {
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	*ret_length = done;
	*ret = TAKE_POINTER(data);
	return 0;
}

/* A segment that comes before WANTED, and will be wanted later. Where there is no room, a rewind brings it again. */
static int hold(struct context *ctx, struct tape *tape, uint32_t number, uint32_t wanted, uint64_t size)
{
	struct held *held = tape->held + tape->held_count;
	int r;

	if (number >= SEGMENTS_LIMIT || number <= wanted || tape->held_count == HELD_MAX || size > HELD_BYTES - tape->held_bytes)
		return 0;
	r = read_member(ctx, tape, (size_t)size, &held->data, &held->size);
	if (r < 0)
		return r;
	held->number = number;
	tape->held_bytes += held->size;
	tape->held_count++;
	return 0;
}

static bool take_held(struct tape *tape, uint32_t number, void **ret, size_t *ret_length)
{
	for (size_t i = 0; i < tape->held_count; i++) {
		if (tape->held[i].number != number)
			continue;
		*ret = TAKE_POINTER(tape->held[i].data);
		*ret_length = tape->held[i].size;
		drop_held(tape, i);
		return true;
	}
	return false;
}

/* Reads on to the member that passed as PASSED, NAME in the set. */
static int go_to(struct context *ctx, struct tape *tape, const struct passed *passed, const char *name, uint32_t number, void **ret,
		 size_t *ret_length)
{
	const char *found;
	uint64_t size;
	uint32_t other;
	int r = tape->next > passed->place ? go_back(ctx, tape) : 0;

	while (r == 0) {
		r = stream_reader_next(ctx, tape->reader, &found, &size);
		/* What is damaged costs its member. */
		if (r == -EBADMSG) {
			context_clear(ctx);
			r = 0;
			continue;
		}
		if (r <= 0)
			return r < 0 ? r : -ENOENT;
		if (tape->next++ == passed->place)
			return !strcmp(found, name) && size == passed->size ? read_member(ctx, tape, (size_t)size, ret, ret_length) : -EIO;
		stream_member_name(found, &other);
		r = hold(ctx, tape, other, number, size);
	}
	return r;
}

static int tape_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	struct tape *tape = source->tape;
	const struct passed *passed;
	uint32_t number = SEGMENTS_LIMIT;
	int r = source_passed_type.load(ctx, source, name, limit, ret, ret_length);

	if (r != -ESPIPE)
		return r;
	stream_member_name(name, &number);
	passed = source_passed(source, number < SEGMENTS_LIMIT ? NULL : name, number);
	if (!passed)
		return -ENOENT;
	if (passed->size > limit)
		return -EFBIG;
	if (passed->kept) {
		*ret_length = (size_t)passed->size;
		return source_load_kept(source, passed, ret);
	}
	pthread_mutex_lock(&source->lock);
	r = take_held(tape, number, ret, ret_length) ? 0 : go_to(ctx, tape, passed, name, number, ret, ret_length);
	/* Where it stands after an error is not known. */
	if (r < 0)
		tape->next = UINT64_MAX;
	pthread_mutex_unlock(&source->lock);
	return r;
}

static int tape_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	return source_passed_type.read(ctx, source, name, offset, buffer, length);
}

static void tape_free(struct tape *tape)
{
	if (!tape)
		return;
	drop_all_held(tape);
	stream_reader_free(tape->reader);
	tape_reader_close(tape->tapes);
	free(tape->place);
	free(tape);
}

static void tape_close(struct set_source *source)
{
	if (source->passed)
		source_passed_type.close(source);
	tape_free(source->tape);
}

static const struct source_type tape_type = {
	.load = tape_load,
	.read = tape_read,
	.close = tape_close,
	.patient = true,
};

static void let_go(struct tape *tape)
{
	tape_reader_let_go(tape->tapes);
	tape->next = UINT64_MAX;
}

static void is_whole(struct tape *tape)
{
	tape_reader_is_whole(tape->tapes);
}

static int pass(struct context *ctx, struct set_source *source, struct tape *tape)
{
	const char *name;
	uint64_t size;
	int r = stream_reader_next(ctx, tape->reader, &name, &size);

	if (r < 0)
		return r;
	if (r == 0 || (strcmp(name, STREAM_BEGIN_NAME) && strcmp(name, MANIFEST_NAME)))
		return context_fail(ctx, EBADMSG, "there is no recovery set on %s: its tapes hold something else, or are damaged from their beginning", tape->place);
	context_info(ctx, "Lifeboat reads the tapes of the recovery set to their end: then it is known what is in it, and whether all of it can be read");
	if (ctx->progress && progress_plan(ctx->progress, STEP, N_("Reading the tapes"), PROGRESS_CHECK, 0, 0) < 0)
		return -ENOMEM;
	progress_begin(ctx, STEP, 0, 0);
	tape->counts = true;
	r = source_pass_stream(ctx, source, tape->reader, tape->place, name, size);
	tape->counts = false;
	progress_end(ctx);
	return r;
}

int source_open_tape(struct context *ctx, const struct location *location, struct set_source *source)
{
	struct tape *tape;
	int r;

	if (!*location->path)
		return context_fail(ctx, EINVAL, "Name the tape drive, as in tape:/dev/nst0; 'lifeboat tape status' lists the drives");
	tape = source->tape = calloc(1, sizeof(*tape));
	if (!tape)
		return -ENOMEM;
	source->tape_is_whole = is_whole;
	source->let_go = let_go;
	tape->next = UINT64_MAX;
	tape->place = location_show(location);
	r = tape->place ? tape_reader_open(ctx, NULL, location->path, 0, &tape->tapes) : -ENOMEM;
	if (r == 0)
		tape->reader = stream_reader_new(read_tape, tape, tape->place);
	if (r == 0)
		r = tape->reader ? pass(ctx, source, tape) : -ENOMEM;
	/* Also what is left half done is closed by it. */
	source->type = &tape_type;
	return r;
}
