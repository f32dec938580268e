/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams on tapes: a drive is played on images of tapes, with an operator who puts in one after the other, and with what drives do wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/tape/tape_read.h"
#include "../../backend/tape/tape_write.h"
#include "../../backend/tape/volume.h"

#define BLOCK TAPE_BLOCK_MIN
#define IN "drive" /* the tape that is in the drive has this name, and its own where it is not */

/* What the drive does, and what the operator puts in when it ejects. */
static struct {
	const char *next[8]; /* tapes in the order in which they are put in, after the first */
	size_t count;
	const char *in;
	off_t capacity; /* bytes of a tape; 0: no end */
	unsigned reset_at; /* the bus is reset at this read; 0: never */
	unsigned reads;
	bool lost; /* since then, until it is rewound */
	int density, compression; /* as it was told; 0 where it was not */
	bool alone, open; /* one opens it at a time, as Linux has it; it is open */
	bool refuses; /* it does not know of them */
	bool fixed; /* it cannot write records of any length */
	int open_error;
	long flags; /* GMT_ flags to be told instead of the image's; 0 */
	unsigned looks; /* so many looks until these flags are gone; 0: for ever */
	struct context *ctx; /* cancelled where the operator has no tape left */
	char *said;
} play;

static int played_open(struct drive *drive)
{
	if (play.open_error || (play.alone && play.open))
		return play.open_error ? -play.open_error : -EBUSY;
	play.open = true;
	return drive_image.open(drive);
}

static void played_close(struct drive *drive)
{
	play.open = false;
	drive_image.close(drive);
}

/* What leaves the drive has its own name again. */
static int played_eject(struct drive *drive)
{
	int r = drive_image.move(drive, MTOFFL, 1);

	if (r < 0)
		return r;
	assert_int_equal(rename(IN, play.in), 0);
	play.in = play.next[play.count];
	if (!play.in) {
		context_cancel(play.ctx);
		return 0;
	}
	play.count++;
	/* The same tape once more is another one to the drive: it was out. */
	drive->ejected[0] = drive->ejected[1] = 0;
	assert_int_equal(rename(play.in, IN), 0);
	return 0;
}

static int played_move(struct drive *drive, short operation, int count)
{
	if (operation == MTREW)
		play.lost = false;
	if (play.lost)
		return -EIO;
	if ((operation == MTSETBLK && play.fixed) || ((operation == MTSETDENSITY || operation == MTCOMPRESSION) && play.refuses))
		return -EINVAL;
	if (operation == MTSETDENSITY)
		return (play.density = count, 0);
	if (operation == MTCOMPRESSION)
		return (play.compression = count ? 1 : -1, 0);
	return operation == MTOFFL ? played_eject(drive) : drive_image.move(drive, operation, count);
}

static int played_state(struct drive *drive, struct mtget *ret)
{
	int r = drive_image.state(drive, ret);

	if (play.flags)
		ret->mt_gstat = play.flags;
	if (play.fixed)
		ret->mt_dsreg = 512 << MT_ST_BLKSIZE_SHIFT | 0x58L << MT_ST_DENSITY_SHIFT;
	if (play.looks && --play.looks == 0)
		play.flags = 0;
	return r;
}

static ssize_t played_read(struct drive *drive, void *buffer, size_t length)
{
	if (play.reset_at && ++play.reads == play.reset_at)
		play.lost = true;
	return play.lost ? -EIO : drive_image.read(drive, buffer, length);
}

static ssize_t played_write(struct drive *drive, const void *data, size_t length)
{
	off_t at = lseek(drive->fd, 0, SEEK_CUR);

	return play.capacity && at + (off_t)length + 8 > play.capacity ? -ENOSPC : drive_image.write(drive, data, length);
}

static const struct drive_ops played = {
	.open = played_open,
	.move = played_move,
	.state = played_state,
	.read = played_read,
	.write = played_write,
};
static struct drive_ops ops; /* these */

static void hear(void *data, json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "text"));
	char *more = text_format("%s%s\n", play.said ? play.said : "", text ? text : "");

	(void)data;
	free(play.said);
	play.said = more;
}

static bool was_said(const char *words)
{
	if (play.said && strstr(play.said, words))
		return true;
	print_message("said: %s\n", play.said ? play.said : "nothing");
	return false;
}

/* A new drive with TAPES, blank ones, beside it; the first is in. */
static void begin(struct context *ctx, const char *const *tapes)
{
	free(play.said);
	memset(&play, 0, sizeof(play));
	ops = played;
	ops.close = played_close;
	context_init(ctx);
	ctx->listener = hear;
	play.ctx = ctx;
	play.in = tapes[0];
	for (size_t i = 0; tapes[i]; i++) {
		int fd = open(i ? tapes[i] : IN, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		close(fd);
		if (i)
			play.next[i - 1] = tapes[i];
	}
}

/* The first of them is in again, and these follow. */
static void insert(const char *const *tapes)
{
	if (play.in)
		assert_int_equal(rename(IN, play.in), 0);
	memset(play.next, 0, sizeof(play.next));
	play.in = tapes[0];
	play.count = 0;
	assert_int_equal(rename(play.in, IN), 0);
	for (size_t i = 1; tapes[i]; i++)
		play.next[i - 1] = tapes[i];
}

#define TAPES(...)                                                                                                                                   \
	(const char *const[])                                                                                                                        \
	{                                                                                                                                            \
		__VA_ARGS__, NULL                                                                                                                    \
	}

static unsigned char *pattern(size_t length)
{
	unsigned char *bytes = malloc(length);

	assert_non_null(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)(1 + (i * 2654435761u >> 7) % 250);
	return bytes;
}

static int write_stream(struct context *ctx, size_t length, struct tape_written *ret)
{
	struct tape_options options = { .ops = &ops, .block = BLOCK, .ring = 4 * BLOCK, .pause = 0.001 };
	AUTO_FREE unsigned char *bytes = pattern(length);
	struct tape_writer *writer;
	int r = tape_writer_open(ctx, IN, &options, &writer);

	if (r < 0)
		return r;
	for (size_t done = 0; r == 0 && done < length; done += 1000)
		r = tape_writer_put(ctx, writer, bytes + done, length - done < 1000 ? length - done : 1000);
	if (r == 0)
		r = tape_writer_finish(ctx, writer, ret);
	tape_writer_close(writer);
	return r;
}

static size_t filled_up(size_t length)
{
	return (length + BLOCK - 1) / BLOCK * BLOCK;
}

/* Reads to the end; bytes, of which *RET_WRONG are not those that were written. */
static ssize_t read_stream(struct context *ctx, struct tape_reader *reader, size_t length, size_t *ret_wrong)
{
	AUTO_FREE unsigned char *bytes = pattern(length);
	unsigned char buffer[3000];
	size_t done = 0;
	ssize_t n;

	*ret_wrong = 0;
	while ((n = tape_reader_read(ctx, reader, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < n; i++, done++)
			*ret_wrong += buffer[i] != (done < length ? bytes[done] : 0);
	return n < 0 ? n : (ssize_t)done;
}

/* All of the stream is on the tapes, and nothing else. */
static void read_whole(struct context *ctx, size_t length)
{
	struct tape_reader *reader;
	size_t wrong;

	if (tape_reader_open(ctx, &ops, IN, 0.001, &reader) < 0)
		fail_msg("%s", context_detail(ctx));
	assert_int_equal(read_stream(ctx, reader, length, &wrong), filled_up(length));
	assert_int_equal(wrong, 0);
	assert_int_equal(tape_reader_lost(reader), 0);
	tape_reader_close(reader);
}

/* ---- the drive ---- */

static void test_conditions(void **state)
{
	struct context ctx;
	struct drive *drive;
	struct drive_state found;

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), 0);
	drive->pause = 0.001;
	assert_int_equal(drive_look(&ctx, drive, &found), 0);
	assert_true(found.condition == DRIVE_READY && found.at_begin && !found.protected && !found.block);
	play.flags = (long)GMT_DR_OPEN(~0UL);
	assert_int_equal(drive_need_tape(&ctx, drive, false), -ENOMEDIUM);
	assert_non_null(strstr(context_detail(&ctx), "there is no tape in the drive"));
	context_clear(&ctx);
	/* Neither a tape nor none: it is being loaded, and then it is there. */
	play.flags = (long)GMT_IM_REP_EN(~0UL);
	play.looks = 3;
	assert_int_equal(drive_need_tape(&ctx, drive, true), 0);
	assert_int_equal(play.looks, 0);
	play.flags = (long)(GMT_ONLINE(~0UL) | GMT_WR_PROT(~0UL));
	assert_int_equal(drive_need_tape(&ctx, drive, false), 0);
	assert_int_equal(drive_need_tape(&ctx, drive, true), -EROFS);
	assert_non_null(strstr(context_detail(&ctx), "is write-protected"));
	context_clear(&ctx);
	play.flags = (long)(GMT_ONLINE(~0UL) | GMT_CLN(~0UL));
	assert_int_equal(drive_need_tape(&ctx, drive, true), 0);
	assert_true(was_said("wants to be cleaned"));
	play.open_error = EBUSY;
	assert_int_equal(drive_need_tape(&ctx, drive, true), -EBUSY);
	assert_non_null(strstr(context_detail(&ctx), "in use by another program"));
	drive_close(drive);
	context_clear(&ctx);
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), -EBUSY);
	context_clear(&ctx);
	assert_int_equal(drive_open(&ctx, NULL, "/dev/null", &drive), -EINVAL);
	assert_non_null(strstr(context_detail(&ctx), "is no tape drive"));
	context_clear(&ctx);
	assert_int_equal(drive_open(&ctx, NULL, "not there", &drive), -ENOENT);
	context_done(&ctx);
}

static void test_records(void **state)
{
	struct context ctx;
	struct drive *drive;
	char buffer[100];

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), 0);
	assert_int_equal(drive_write(&ctx, drive, "odd", 3), 0);
	assert_int_equal(drive_write(&ctx, drive, "longer than that", 16), 0);
	assert_int_equal(drive_write_marks(&ctx, drive, 1), 0);
	assert_int_equal(drive_write(&ctx, drive, "last", 4), 0);
	assert_int_equal(drive_rewind(&ctx, drive), 0);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 3);
	assert_int_equal(drive_read(&ctx, drive, buffer, 8), -ENOMEM);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 0);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 4);
	assert_memory_equal(buffer, "last", 4);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 0);
	assert_int_equal(drive_rewind(&ctx, drive), 0);
	assert_int_equal(drive_skip_records(&ctx, drive, 1), 0);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 16);
	assert_int_equal(drive_rewind(&ctx, drive), 0);
	assert_int_equal(drive_skip_files(&ctx, drive, 1), 0);
	assert_int_equal(drive_read(&ctx, drive, buffer, 100), 4);
	/* What lay behind a place that is written to is gone. */
	assert_int_equal(drive_rewind(&ctx, drive), 0);
	assert_int_equal(drive_write(&ctx, drive, "new", 3), 0);
	assert_int_equal(drive_rewind(&ctx, drive), 0);
	assert_int_equal(drive_skip_files(&ctx, drive, 1), -EIO);
	context_clear(&ctx);
	play.fixed = true;
	assert_int_equal(drive_set_block(&ctx, drive, 4096), 0);
	assert_int_equal(drive_set_block(&ctx, drive, 4097), -EINVAL);
	drive_close(drive);
	context_done(&ctx);
}

/* What stands behind a drive's name is taken from it, and tapes are written so. */
static void test_options(void **state)
{
	static const struct {
		const char *path, *said;
	} wrong[] = {
		{ IN "?density=x", "is a code from 0 to 0xff" },
		{ IN "?density=0x100", "is a code from 0 to 0xff" },
		{ IN "?compression=yes", "is 'on' or 'off'" },
		{ IN "?compression=on&speed=2", "'speed=2' is no option of a tape drive" },
		{ IN "?speed=2", "there is no tape drive" },
	};
	struct context ctx;
	struct drive *drive;

	(void)state;
	begin(&ctx, TAPES("a"));
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_true(drive_open(&ctx, NULL, wrong[i].path, &drive) < 0);
		assert_non_null(strstr(context_detail(&ctx), wrong[i].said));
		context_clear(&ctx);
	}
	assert_int_equal(drive_open(&ctx, &ops, IN "?density=0x46&changer=none&compression=off", &drive), 0);
	assert_string_equal(drive->path, IN);
	assert_true(drive->changer_known && !drive->changer);
	assert_int_equal(drive_set_density(&ctx, drive), 0);
	assert_true(play.density == 0x46 && play.compression == -1);
	play.refuses = true;
	assert_int_equal(drive_set_density(&ctx, drive), -EINVAL);
	assert_non_null(strstr(context_detail(&ctx), "does not write with the density 0x46"));
	context_clear(&ctx);
	drive_close(drive);
	/* A drive that nothing was said of is left as it is. */
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), 0);
	assert_int_equal(drive_set_density(&ctx, drive), 0);
	drive_close(drive);
	context_done(&ctx);
}

/* ---- labels ---- */

static void test_labels(void **state)
{
	struct tape_label label = { .series = "7f2b3c4d-0000-4000-8000-000000000001",
				    .number = 3,
				    .offset = 1234567890123,
				    .block = BLOCK,
				    .name = "Monday 7",
				    .created = "2026-01-02T03:04:05Z" };
	struct tape_end end = { .series = "7f2b3c4d-0000-4000-8000-000000000001", .number = 3, .offset = 77, .last = true };
	struct tape_label found;
	struct tape_end found_end;
	AUTO_FREE char *record = tape_label_print(&label), *behind = tape_end_print(&end, BLOCK);

	(void)state;
	assert_int_equal(tape_label_parse(record, BLOCK, &found), 1);
	assert_true(found.number == 3 && found.offset == label.offset && found.block == BLOCK && !strcmp(found.series, label.series));
	assert_true(!strcmp(found.name, label.name) && !strcmp(found.created, label.created));
	assert_int_equal(tape_end_parse(behind, BLOCK, &found_end), 1);
	assert_true(found_end.last && found_end.number == 3 && found_end.offset == 77);
	assert_int_equal(tape_end_parse(record, BLOCK, &found_end), 0);
	assert_int_equal(tape_label_parse(behind, BLOCK, &found), 0);
	/* Of another length than it says, and with something behind it. */
	assert_int_equal(tape_label_parse(record, BLOCK / 2, &found), 0);
	record[BLOCK - 1] = 1;
	assert_int_equal(tape_label_parse(record, BLOCK, &found), 0);
	record[BLOCK - 1] = 0;
	*strstr(record, "7f2b3c4d") = 'g';
	assert_int_equal(tape_label_parse(record, BLOCK, &found), 0);
	assert_true(tape_block_is_good(65536) && !tape_block_is_good(65535) && !tape_block_is_good(2048) && !tape_block_is_good(8u << 20));
}

/* ---- streams ---- */

static void test_one_tape(void **state)
{
	static const size_t lengths[] = { 1, BLOCK, BLOCK + 1, 37 * BLOCK - 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
		struct tape_written written;
		struct context ctx;

		begin(&ctx, TAPES("a"));
		assert_int_equal(write_stream(&ctx, lengths[i], &written), 0);
		assert_true(written.tapes == 1 && written.bytes == filled_up(lengths[i]));
		read_whole(&ctx, lengths[i]);
		assert_int_equal(ctx.warnings, 0);
		context_done(&ctx);
	}
}

#define LENGTH (60 * BLOCK + 100) /* over three tapes of so many bytes: */
#define CAPACITY (25 * (BLOCK + 8) + 100)

static void write_three(struct context *ctx)
{
	struct tape_written written;

	begin(ctx, TAPES("a", "b", "c"));
	play.capacity = CAPACITY;
	if (write_stream(ctx, LENGTH, &written) < 0)
		fail_msg("%s", context_detail(ctx));
	assert_int_equal(written.tapes, 3);
	assert_true(was_said("Put in an empty tape, which becomes tape 3"));
}

static void test_three_tapes(void **state)
{
	struct tape_reader *reader;
	struct context ctx;
	size_t wrong;

	(void)state;
	write_three(&ctx);
	insert(TAPES("a", "b", "c", "a", "b", "c"));
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(wrong, 0);
	assert_int_equal(tape_reader_label(reader)->number, 3);
	assert_int_equal(tape_reader_rewind(&ctx, reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(wrong, 0);
	tape_reader_close(reader);
	context_done(&ctx);
}

/* The second tape first, the first twice, and one of another set between them. */
static void test_wrong_tapes(void **state)
{
	struct tape_written written;
	struct tape_reader *reader;
	struct context ctx;
	size_t wrong;

	(void)state;
	begin(&ctx, TAPES("other"));
	assert_int_equal(write_stream(&ctx, BLOCK, &written), 0);
	assert_int_equal(rename(IN, "other"), 0);
	context_done(&ctx);
	write_three(&ctx);
	insert(TAPES("b", "other", "a", "a", "c", "other", "b", "c"));
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(wrong, 0);
	assert_int_equal(play.count, 7);
	assert_true(was_said("belongs to another recovery set"));
	assert_true(was_said("is number 1 of the recovery set, and number 2 is needed"));
	assert_true(was_said("is number 3 of the recovery set, and number 2 is needed"));
	tape_reader_close(reader);
	context_done(&ctx);
}

/* No tape that holds anything is written on, and not the same one twice. */
static void test_tapes_with_something(void **state)
{
	struct tape_written written;
	struct context ctx;
	struct drive *drive;

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(write_stream(&ctx, BLOCK, &written), 0);
	assert_int_equal(write_stream(&ctx, BLOCK, &written), -EEXIST);
	assert_non_null(strstr(context_detail(&ctx), "is number 1 of a recovery set"));
	context_clear(&ctx);
	read_whole(&ctx, BLOCK);
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), 0);
	assert_int_equal(drive_write(&ctx, drive, "whatever", 8), 0);
	drive_close(drive);
	assert_int_equal(write_stream(&ctx, BLOCK, &written), -EEXIST);
	assert_non_null(strstr(context_detail(&ctx), "something that Lifeboat did not write"));
	context_done(&ctx);
	begin(&ctx, TAPES("a", "b", "c"));
	play.capacity = CAPACITY;
	memcpy(play.next, (const char *[8]){ "a", "b", "b", "c" }, sizeof(play.next));
	assert_int_equal(write_stream(&ctx, LENGTH, &written), 0);
	assert_true(was_said("is number 1 of this very recovery set"));
	insert(TAPES("a", "b", "c"));
	read_whole(&ctx, LENGTH);
	context_done(&ctx);
}

static void test_names(void **state)
{
	struct tape_label label = { .series = "7f2b3c4d-0000-4000-8000-000000000001", .block = BLOCK, .name = "Monday" };
	struct tape_written written;
	struct tape_reader *reader;
	struct context ctx;
	struct drive *drive;

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(drive_open(&ctx, &ops, IN, &drive), 0);
	assert_int_equal(volume_write_label(&ctx, drive, &label), 0);
	drive_close(drive);
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), -EMEDIUMTYPE);
	context_clear(&ctx);
	assert_int_equal(write_stream(&ctx, BLOCK, &written), 0);
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_string_equal(tape_reader_label(reader)->name, "Monday");
	tape_reader_close(reader);
	context_done(&ctx);
}

/* ---- faults ---- */

static void test_reset(void **state)
{
	struct tape_written written;
	struct context ctx;

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(write_stream(&ctx, 20 * BLOCK, &written), 0);
	play.reset_at = 9;
	read_whole(&ctx, 20 * BLOCK);
	assert_true(play.reads > 9 && !play.lost);
	context_done(&ctx);
}

static void damage(const char *tape, off_t at, const void *bytes, size_t length)
{
	int fd = open(tape, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0 && pwrite(fd, bytes, length, at) == (ssize_t)length);
	close(fd);
}

/* Where record NUMBER of a tape's data lies in its image: behind the label and its mark. */
static off_t place_of(unsigned number)
{
	return (off_t)(number + 1) * (BLOCK + 8) + 4;
}

static void test_unreadable_record(void **state)
{
	unsigned char length[4] = { 0, BLOCK >> 8, 0, 0x80 };
	struct tape_written written;
	struct tape_reader *reader;
	struct context ctx;
	size_t wrong;

	(void)state;
	begin(&ctx, TAPES("a"));
	assert_int_equal(write_stream(&ctx, 20 * BLOCK, &written), 0);
	damage(IN, place_of(7), length, sizeof(length));
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, 20 * BLOCK, &wrong), 20 * BLOCK);
	assert_int_equal(wrong, BLOCK);
	assert_int_equal(tape_reader_lost(reader), BLOCK);
	assert_true(was_said("Record 7 of tape 1 cannot be read"));
	tape_reader_close(reader);
	for (unsigned i = 0; i < 20; i++)
		damage(IN, place_of(i), length, sizeof(length));
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, 20 * BLOCK, &wrong), -EIO);
	tape_reader_close(reader);
	context_done(&ctx);
}

/* The second of three tapes lost its end: the third proves how much. The last one did: nothing says that the stream ends. */
static void test_cut_short(void **state)
{
	struct tape_reader *reader;
	struct context ctx;
	size_t wrong;

	(void)state;
	write_three(&ctx);
	insert(TAPES("a", "b", "c"));
	assert_int_equal(truncate("b", place_of(10)), 0);
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(wrong, tape_reader_lost(reader));
	assert_int_equal(wrong % BLOCK, 0);
	assert_true(wrong > 5 * BLOCK && was_said("are missing behind record 10 of tape 2"));
	tape_reader_close(reader);
	insert(TAPES("a", "b", "c"));
	assert_int_equal(truncate("c", place_of(3)), 0);
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), -ECANCELED);
	assert_true(was_said("Tape 3 ends without saying whether the recovery set goes on"));
	tape_reader_close(reader);
	context_done(&ctx);
}

/* The operator stops while a next tape is waited for. */
static void test_no_next_tape(void **state)
{
	struct tape_written written;
	struct context ctx;

	(void)state;
	begin(&ctx, TAPES("a"));
	play.capacity = CAPACITY;
	assert_int_equal(write_stream(&ctx, LENGTH, &written), -ECANCELED);
	context_done(&ctx);
	/* A tape that cannot take a record. */
	begin(&ctx, TAPES("a", "b"));
	play.capacity = BLOCK + 100;
	assert_int_equal(write_stream(&ctx, LENGTH, &written), -EIO);
	assert_non_null(strstr(context_detail(&ctx), "no room for anything behind its label"));
	context_done(&ctx);
}

/* Where a limit is set, nobody waits for ever for who is to put in a tape. */
static void test_wait_has_an_end(void **state)
{
	char path[] = "/tmp/lifeboat-tape-XXXXXX";
	AUTO_CLOSE int fd = mkstemp(path);
	struct drive *drive;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_true(fd >= 0);
	assert_int_equal(drive_open(&ctx, NULL, path, &drive), 0);
	assert_int_equal(drive_eject(&ctx, drive), 0);
	drive->pause = 0.05;
	ctx.put_in_s = 1;
	assert_int_equal(drive_wait_for_tape(&ctx, drive), -ETIMEDOUT);
	assert_non_null(strstr(context_detail(&ctx), "no tape was put into the drive"));
	drive_close(drive);
	unlink(path);
	context_done(&ctx);
}

/* Who reads lets others have the drive, and begins again with the first tape, whatever is in it then. */
static void test_let_go(void **state)
{
	struct tape_written written;
	struct tape_reader *reader;
	struct drive *other;
	struct context ctx;
	size_t wrong;

	(void)state;
	begin(&ctx, TAPES("a", "b", "c"));
	play.capacity = CAPACITY;
	assert_int_equal(write_stream(&ctx, LENGTH, &written), 0);
	insert(TAPES("a", "b", "c", "a", "b", "c"));
	play.alone = true;
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(drive_open(&ctx, &ops, IN, &other), -EBUSY);
	context_clear(&ctx);
	tape_reader_let_go(reader);
	assert_int_equal(drive_open(&ctx, &ops, IN, &other), 0);
	drive_close(other);
	assert_int_equal(tape_reader_rewind(&ctx, reader), 0);
	assert_int_equal(read_stream(&ctx, reader, LENGTH, &wrong), filled_up(LENGTH));
	assert_int_equal(wrong, 0);
	tape_reader_close(reader);
	assert_false(play.open);
	context_done(&ctx);
}

/* A tape that is full to its last record has no room for the one that ends it: who reads and knows the stream to be whole is asked for no other. */
static void test_no_room_for_end(void **state)
{
	struct tape_written written;
	struct tape_reader *reader;
	struct context ctx;
	char buffer[BLOCK];

	(void)state;
	begin(&ctx, TAPES("a"));
	/* Label, mark, and as many records as the stream has. */
	play.capacity = (BLOCK + 8) + 4 + (off_t)(filled_up(LENGTH) / BLOCK) * (BLOCK + 8);
	assert_int_equal(write_stream(&ctx, LENGTH, &written), 0);
	assert_int_equal(written.tapes, 1);
	assert_true(was_said("has no room for the record that ends it"));
	assert_int_equal(tape_reader_open(&ctx, &ops, IN, 0.001, &reader), 0);
	for (size_t left = filled_up(LENGTH); left; left -= BLOCK)
		assert_int_equal(tape_reader_read(&ctx, reader, buffer, BLOCK), BLOCK);
	tape_reader_is_whole(reader);
	assert_int_equal(tape_reader_read(&ctx, reader, buffer, BLOCK), 0);
	assert_false(context_is_cancelled(&ctx));
	tape_reader_close(reader);
	context_done(&ctx);
}

static int in_directory(void **state)
{
	char name[] = "/tmp/lifeboat-tape-XXXXXX";

	(void)state;
	return !mkdtemp(name) || chdir(name) < 0 || !(*state = strdup(name)) ? -1 : 0;
}

static int remove_directory(void **state)
{
	static const char *const names[] = { IN, "a", "b", "c", "other" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		unlink(names[i]);
	free(play.said);
	if (chdir("/") < 0 || rmdir(*state) < 0)
		return -1;
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_one_tape),
		cmocka_unit_test(test_three_tapes),
		cmocka_unit_test(test_wrong_tapes),
		cmocka_unit_test(test_tapes_with_something),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_unreadable_record),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_no_next_tape),
		cmocka_unit_test(test_wait_has_an_end),
		cmocka_unit_test(test_no_room_for_end),
		cmocka_unit_test(test_let_go),
	};

	return cmocka_run_group_tests(tests, in_directory, remove_directory);
}
