/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tape_read.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "volume.h"

#define LOST 0xff /* a byte in the place of one that is lost: zeros would end the stream */
#define STOP_S 0.5 /* a drive that no record is asked of for so long has read ahead as far as it can, and stops */
#define BAD_IN_A_ROW 16u /* records: then the tape is given up */

struct tape_reader {
	struct drive *drive;
	struct tape_label label; /* of the tape that is in */
	char **names; /* of the tapes that were in, from the first; NULL-ended */
	char *record;
	size_t have, at; /* bytes of the record; those that were given */
	uint64_t position; /* in the stream, of what comes behind the record */
	uint32_t number; /* records of this tape that were read */
	uint64_t gap; /* bytes that are missing before what comes next */
	uint64_t overlap; /* bytes at the beginning of this tape that were on the one before, too */
	uint64_t lost;
	double asked; /* when the last record of this tape was read; 0: none was */
	unsigned stops; /* how often the drive stopped meanwhile, on this tape */
	double stood; /* seconds */
	unsigned bad; /* records in a row that could not be read */
	bool whole; /* the stream's own end was read */
	bool ended;
};

const struct tape_label *tape_reader_label(const struct tape_reader *reader)
{
	return &reader->label;
}

uint64_t tape_reader_lost(const struct tape_reader *reader)
{
	return reader->lost;
}

void tape_reader_is_whole(struct tape_reader *reader)
{
	reader->whole = true;
}

static void stand_at_begin(struct tape_reader *reader)
{
	reader->have = reader->at = 0;
	reader->position = reader->gap = reader->overlap = reader->lost = 0;
	reader->number = reader->bad = 0;
	reader->whole = reader->ended = false;
}

static struct tape_wanted wanted(const struct tape_reader *reader, uint32_t number)
{
	return (struct tape_wanted){ .series = reader->label.series,
				     .created = reader->label.created,
				     .name = number <= strv_length(reader->names) ? reader->names[number - 1] : NULL,
				     .number = number };
}

/* LABEL is that of the tape that is in now. */
static int take_label(struct context *ctx, struct tape_reader *reader, const struct tape_label *label)
{
	if (label->number == strv_length(reader->names) + 1 && strv_append(&reader->names, label->name) < 0)
		return context_oom(ctx);
	reader->label = *label;
	return 0;
}

static int check_ready(struct context *ctx, struct drive *drive)
{
	struct drive_state state;
	int r = drive_look(ctx, drive, &state);

	if (r < 0 || state.condition == DRIVE_READY)
		return r;
	return context_fail(ctx, EAGAIN, "the tape drive %s has no tape that can be read now", drive->path);
}

static int open_reader(struct context *ctx, const struct drive_ops *ops, const char *path, double pause, bool asks, struct tape_reader **ret)
{
	struct tape_label label;
	struct tape_reader *reader = calloc(1, sizeof(*reader));
	int r = reader ? drive_open(ctx, ops, path, &reader->drive) : context_oom(ctx);

	if (r == 0 && pause > 0)
		reader->drive->pause = pause;
	if (r == 0 && !asks)
		r = check_ready(ctx, reader->drive);
	if (r == 0)
		r = volume_find_first(ctx, reader->drive, asks, &label);
	if (r == 0)
		r = take_label(ctx, reader, &label);
	if (r == 0 && !(reader->record = malloc(reader->label.block)))
		r = context_oom(ctx);
	if (r == 0)
		*ret = reader;
	else
		tape_reader_close(reader);
	return r;
}

int tape_reader_open(struct context *ctx, const struct drive_ops *ops, const char *path, double pause, struct tape_reader **ret)
{
	return open_reader(ctx, ops, path, pause, true, ret);
}

int tape_reader_glance(struct context *ctx, const char *path, struct tape_reader **ret)
{
	return open_reader(ctx, NULL, path, 0, false, ret);
}

void tape_reader_let_go(struct tape_reader *reader)
{
	drive_let_go(reader->drive);
}

void tape_reader_close(struct tape_reader *reader)
{
	if (!reader)
		return;
	drive_close(reader->drive);
	strv_free(reader->names);
	free(reader->record);
	free(reader);
}

/* How often who reads let the drive wait, which then has to go back and take a run. */
static void count_stop(struct tape_reader *reader)
{
	double waited = reader->asked > 0 ? clock_now() - reader->asked : 0;

	if (waited < STOP_S)
		return;
	reader->stops++;
	reader->stood += waited;
}

static void tell_stops(struct context *ctx, struct tape_reader *reader)
{
	if (reader->stops)
		context_info(ctx, "The drive %s stopped %u times while tape %u was read, for %.0f seconds in all: what was done with the data was slower than it",
			     reader->drive->path, reader->stops, reader->label.number, reader->stood);
	reader->stops = 0;
	reader->stood = reader->asked = 0;
}

int tape_reader_rewind(struct context *ctx, struct tape_reader *reader)
{
	uint32_t block = reader->label.block;
	struct tape_wanted first = wanted(reader, 1);
	struct tape_label label;
	int r;

	tell_stops(ctx, reader);
	r = volume_find(ctx, reader->drive, &first, reader->label.number != 1, &label);
	if (r == 0 && label.block != block)
		return context_fail(ctx, EIO, "the tape in %s was written again: its records have another length now", reader->drive->path);
	if (r == 0) {
		reader->label = label;
		stand_at_begin(reader);
	}
	return r;
}

/* ---- one tape to the next ---- */

static void miss(struct context *ctx, struct tape_reader *reader, uint64_t to)
{
	uint64_t missing = to - reader->position;

	context_warn(ctx, "%llu bytes of the recovery set are missing behind record %u of tape %u: the tape was cut short, or written to later",
		     (unsigned long long)missing, reader->number, reader->label.number);
	reader->gap += missing;
	reader->lost += missing;
	reader->position = to;
}

static int next_tape(struct context *ctx, struct tape_reader *reader, bool known)
{
	uint32_t number = reader->label.number + 1, block = reader->label.block;
	struct tape_wanted next = wanted(reader, number);
	struct tape_label label;
	int r;

	if (!known)
		context_warn(ctx,
			     "Tape %u ends without saying whether the recovery set goes on. It was full, or it is not whole. If there is "
			     "no tape %u, the set is not whole: stop "
			     "here",
			     number - 1, number);
	r = volume_find(ctx, reader->drive, &next, true, &label);
	if (r < 0)
		return r;
	if (label.block != block)
		return context_fail(ctx, EIO, "tape %u does not belong to the others: its records have another length", number);
	if (label.offset > reader->position)
		miss(ctx, reader, label.offset);
	reader->overlap = reader->position - label.offset;
	reader->number = 0;
	return take_label(ctx, reader, &label);
}

/* Behind the mark that ends a tape's data stands what tells whether another tape follows. */
static int end_of_data(struct context *ctx, struct tape_reader *reader)
{
	struct error_scope scope = context_scope_begin(ctx);
	ssize_t n = drive_read(ctx, reader->drive, reader->record, reader->label.block);
	struct tape_end end;
	bool known = n > 0 && tape_end_parse(reader->record, (size_t)n, &end) && !strcmp(end.series, reader->label.series) &&
		     end.number == reader->label.number;

	context_scope_end(&scope);
	tell_stops(ctx, reader);
	reader->have = reader->at = 0;
	if (known && end.offset > reader->position)
		miss(ctx, reader, end.offset);
	reader->ended = known ? end.last : reader->whole;
	return reader->ended ? 0 : next_tape(ctx, reader, known);
}

/* ---- records ---- */

/* Stands the drive before record NUMBER of the same tape: after a reset it has lost its place. */
static int stand_at(struct context *ctx, struct tape_reader *reader, uint32_t number)
{
	struct tape_wanted same = wanted(reader, reader->label.number);
	struct tape_label label;
	int r = volume_find(ctx, reader->drive, &same, false, &label);

	return r == 0 ? drive_skip_records(ctx, reader->drive, number) : r;
}

/* The record at which reading failed, once more from the tape's beginning. Bytes, or -errno with a sentence. */
static ssize_t read_again(struct context *ctx, struct tape_reader *reader)
{
	int r = stand_at(ctx, reader, reader->number);

	return r < 0 ? r : drive_read(ctx, reader->drive, reader->record, reader->label.block);
}

/* The record is lost: what takes its place is no header of anything. */
static ssize_t give_up_record(struct context *ctx, struct tape_reader *reader, const char *why)
{
	int r;

	if (++reader->bad > BAD_IN_A_ROW)
		return context_fail(ctx, EIO, "tape %u in %s cannot be read from record %u on: %s", reader->label.number, reader->drive->path,
				    reader->number, why);
	context_warn(ctx, "Record %u of tape %u cannot be read: %s. What lies in it is lost", reader->number, reader->label.number, why);
	r = stand_at(ctx, reader, reader->number + 1);
	if (r < 0)
		return r;
	memset(reader->record, LOST, reader->label.block);
	reader->lost += reader->label.block;
	return (ssize_t)reader->label.block;
}

/* As drive_read(), of a drive that loses its place or a tape with spots that cannot be read. */
static ssize_t read_record(struct context *ctx, struct tape_reader *reader)
{
	struct error_scope scope = context_scope_begin(ctx);
	ssize_t n = drive_read(ctx, reader->drive, reader->record, reader->label.block);
	bool bad = false;

	if (n == -EIO) {
		context_scope_end(&scope);
		scope = context_scope_begin(ctx);
		n = read_again(ctx, reader);
		bad = n == -EIO;
	}
	if (n == -ENOMEM)
		n = context_fail(ctx, EIO,
				 "record %u of tape %u is longer than the tape's label says: something else was written to the tape later",
				 reader->number, reader->label.number);
	if (bad) {
		AUTO_FREE char *why = strdup(context_detail(ctx));

		context_scope_end(&scope);
		return why ? give_up_record(ctx, reader, why) : context_oom(ctx);
	}
	reader->bad = 0;
	return n < 0 ? context_scope_keep(&scope, (int)n) : (context_scope_end(&scope), n);
}

/* A record with bytes to give, or the end. */
static int load(struct context *ctx, struct tape_reader *reader)
{
	while (reader->at == reader->have && !reader->ended && !reader->gap) {
		ssize_t n = context_check_cancel(ctx);

		if (n == 0) {
			count_stop(reader);
			n = read_record(ctx, reader);
			reader->asked = clock_now();
		}
		if (n < 0)
			return (int)n;
		if (n == 0) {
			int r = end_of_data(ctx, reader);

			if (r < 0)
				return r;
			continue;
		}
		reader->number++;
		reader->have = (size_t)n;
		reader->at = reader->overlap < (uint64_t)n ? (size_t)reader->overlap : (size_t)n;
		reader->position += reader->have - reader->at;
		reader->overlap -= reader->at;
	}
	return 0;
}

ssize_t tape_reader_read(struct context *ctx, struct tape_reader *reader, void *buffer, size_t length)
{
	size_t n;
	int r = load(ctx, reader);

	if (r < 0)
		return r;
	if (reader->at < reader->have) {
		n = reader->have - reader->at < length ? reader->have - reader->at : length;
		memcpy(buffer, reader->record + reader->at, n);
		reader->at += n;
		return (ssize_t)n;
	}
	n = reader->gap < length ? (size_t)reader->gap : length;
	memset(buffer, LOST, n);
	reader->gap -= n;
	return (ssize_t)n;
}
