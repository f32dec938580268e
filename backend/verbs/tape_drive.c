/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tape_drive.h"

#include <errno.h>
#include <string.h>

#include "../tape/drives.h"
#include "../set/stream_read.h"
#include "../tape/drive_words.h"
#include "../tape/tape_read.h"
#include "../tape/volume.h"

int verb_tape_drives(struct context *ctx, char ***ret)
{
	return tape_drives(ctx, ret);
}

int verb_tape_status(struct context *ctx, const char *drive, struct tape_status *ret)
{
	AUTO_DRIVE struct drive *opened = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct drive_state state;
	int r = drive_open(ctx, NULL, drive_path_of(drive), &opened);

	*ret = (struct tape_status){ .condition = TAPE_IS_IN_USE, .file = -1, .record = -1 };
	if (r == -EBUSY)
		return 0;
	if (r == 0)
		r = drive_look(ctx, opened, &state);
	if (r < 0)
		return context_scope_keep(&scope, r);
	*ret = (struct tape_status){
		.condition = state.condition == DRIVE_READY ? TAPE_IS_READY :
			     state.condition == DRIVE_EMPTY ? TAPE_IS_NOT_IN :
			     state.condition == DRIVE_BUSY  ? TAPE_IS_IN_USE :
							      TAPE_IS_LOADING,
		.protected = state.protected,
		.cleaning = state.cleaning,
		.at_begin = state.at_begin,
		.at_data_end = state.at_data_end,
		.block = state.block,
		.density = state.density,
		.density_name = drive_density_name(state.density),
		.file = state.file,
		.record = state.record,
	};
	return 0;
}

/* The drive with a tape in it. */
static int open_with_tape(struct context *ctx, const char *drive, bool write, struct drive **ret)
{
	int r = drive_open(ctx, NULL, drive_path_of(drive), ret);

	return r == 0 ? drive_need_tape(ctx, *ret, write) : r;
}

int verb_tape_rewind(struct context *ctx, const char *drive)
{
	AUTO_DRIVE struct drive *opened = NULL;
	int r = open_with_tape(ctx, drive, false, &opened);

	return r == 0 ? drive_rewind(ctx, opened) : r;
}

int verb_tape_eject(struct context *ctx, const char *drive)
{
	AUTO_DRIVE struct drive *opened = NULL;
	int r = open_with_tape(ctx, drive, false, &opened);

	return r == 0 ? drive_eject(ctx, opened) : r;
}

static void identify(const struct tape_label *label, enum tape_content content, struct tape_identity *ret)
{
	*ret = (struct tape_identity){ .blank = content == TAPE_BLANK || content == TAPE_NAMED,
				       .labelled = content == TAPE_NAMED || content == TAPE_OF_SET };
	if (!ret->labelled)
		return;
	ret->number = label->number;
	ret->block = label->block;
	snprintf(ret->series, sizeof(ret->series), "%s", label->series);
	snprintf(ret->name, sizeof(ret->name), "%s", label->name);
	snprintf(ret->created, sizeof(ret->created), "%s", label->created);
}

int verb_tape_identify(struct context *ctx, const char *drive, struct tape_identity *ret)
{
	AUTO_DRIVE struct drive *opened = NULL;
	struct tape_label label;
	enum tape_content content;
	int r = open_with_tape(ctx, drive, false, &opened);

	if (r == 0)
		r = volume_identify(ctx, opened, &content, &label);
	if (r == 0)
		r = drive_rewind(ctx, opened);
	if (r == 0)
		identify(&label, content, ret);
	return r;
}

/* 0; -EEXIST with a sentence. A tape that cannot be read is no empty one. */
static int check_empty(struct context *ctx, struct drive *drive)
{
	struct tape_label label;
	enum tape_content content;
	int r = volume_identify(ctx, drive, &content, &label);

	if (r < 0 || content == TAPE_BLANK || content == TAPE_NAMED)
		return r;
	if (content == TAPE_OF_SET)
		return context_fail(ctx, EEXIST, "the tape in %s is number %u of a recovery set that was written at %s: --overwrite gives that up",
				    drive->path, label.number, label.created);
	return context_fail(ctx, EEXIST, "the tape in %s holds something that Lifeboat did not write: --overwrite gives that up", drive->path);
}

int verb_tape_label(struct context *ctx, const char *drive, const char *name, uint32_t block, bool overwrite)
{
	AUTO_DRIVE struct drive *opened = NULL;
	struct tape_label label = { .block = block ? block : TAPE_BLOCK };
	uuid_t id;
	int r;

	if (!tape_name_is_good(name))
		return context_fail(ctx, EINVAL, "The name of a tape has at most %u bytes, and no control characters", TAPE_NAME_MAX);
	if (!tape_block_is_good(label.block))
		return context_fail(ctx, EINVAL, "Records on tape have a length that is a power of two from %u to %u bytes, not %u", TAPE_BLOCK_MIN,
				    TAPE_BLOCK_MAX, label.block);
	uuid_generate_random(id);
	uuid_unparse_lower(id, label.series);
	memcpy(label.name, name, strlen(name) + 1);
	clock_rfc3339((time_t)clock_wall(), label.created);
	r = open_with_tape(ctx, drive, true, &opened);
	if (r == 0 && !overwrite)
		r = check_empty(ctx, opened);
	if (r == 0)
		r = volume_write_label(ctx, opened, &label);
	if (r == 0)
		r = drive_write_marks(ctx, opened, 1);
	return r == 0 ? drive_rewind(ctx, opened) : r;
}

struct reading {
	struct tape_reader *tapes;
	uint64_t bytes;
};

static ssize_t read_counted(struct context *ctx, void *data, void *buffer, size_t length)
{
	struct reading *reading = data;
	ssize_t n = tape_reader_read(ctx, reading->tapes, buffer, length);

	reading->bytes += n > 0 ? (uint64_t)n : 0;
	return n;
}

/* Member after member, for the stream itself says where it ends. What is damaged counts as lost already, or is found by its digest, not here. */
static int read_members(struct context *ctx, struct tape_reader *tapes, struct stream_reader *stream)
{
	uint64_t size, behind;
	const char *name;
	int r;

	do {
		context_clear(ctx);
		r = stream_reader_next(ctx, stream, &name, &size);
	} while (r == 1 || r == -EBADMSG);
	if (r < 0)
		return r;
	tape_reader_is_whole(tapes);
	return stream_reader_drain(ctx, stream, &behind);
}

static int read_all(struct context *ctx, struct tape_reader *tapes, const char *drive, struct tape_check *ret)
{
	struct reading reading = { .tapes = tapes };
	struct stream_reader *stream = stream_reader_new(read_counted, &reading, drive);
	double since = clock_now();
	int r = stream ? read_members(ctx, tapes, stream) : context_oom(ctx);

	stream_reader_free(stream);
	ret->bytes = reading.bytes;
	ret->seconds = clock_now() - since;
	ret->lost = tape_reader_lost(tapes);
	identify(tape_reader_label(tapes), TAPE_OF_SET, &ret->identity);
	if (r == 0 && ret->lost)
		return context_fail(ctx, EBADMSG,
				    "%llu bytes of the recovery set are missing from its tapes, or cannot be read. 'lifeboat verify' says what that costs",
				    (unsigned long long)ret->lost);
	return r;
}

int verb_tape_check(struct context *ctx, const char *drive, struct tape_check *ret)
{
	struct tape_reader *reader = NULL;
	int r = tape_reader_open(ctx, NULL, drive_path_of(drive), 0, &reader);

	*ret = (struct tape_check){ 0 };
	if (r == 0)
		r = read_all(ctx, reader, drive_path_of(drive), ret);
	tape_reader_close(reader);
	return r;
}
