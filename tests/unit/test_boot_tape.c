/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tapes that a machine starts from (OBDR): written, found again with the set behind, and looked at as a drive and firmware do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/tape/obdr.h"
#include "../../backend/tape/tape_read.h"
#include "../../backend/tape/tape_write.h"
#include "../../backend/tape/volume.h"

#define BLOCK TAPE_BLOCK_MIN
#define TAPE "tape" /* a file that stands for one */

#define SECTORS 60u

/* An image of a disc with a boot record, a catalog in sector 20 and a loader in sector 30; new, unlinked. */
static int make_image(size_t sectors)
{
	unsigned char *image = calloc(SECTORS, OBDR_IMAGE_BLOCK), *volume = image + 16 * OBDR_IMAGE_BLOCK;
	unsigned char *boot = image + 17 * OBDR_IMAGE_BLOCK, *catalog = image + 20 * OBDR_IMAGE_BLOCK;
	uint16_t sum = 0;
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_non_null(image);
	assert_true(fd >= 0);
	memcpy(volume, "\1CD001\1", 8);
	memcpy(volume + 40, "LIFEBOAT                        ", 32);
	volume[80] = SECTORS;
	memcpy(boot, "\0CD001\1EL TORITO SPECIFICATION", 30);
	boot[71] = 20;
	catalog[0] = 1;
	catalog[30] = 0x55;
	catalog[31] = 0xaa;
	catalog[32] = 0x88;
	catalog[40] = 30;
	/* The sum of the first entry's words is zero. */
	for (size_t i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + (catalog[i] | catalog[i + 1] << 8));
	catalog[28] = (unsigned char)(-sum & 0xff);
	catalog[29] = (unsigned char)((-sum >> 8) & 0xff);
	assert_int_equal(pwrite(fd, image, sectors * OBDR_IMAGE_BLOCK, 0), sectors * OBDR_IMAGE_BLOCK);
	free(image);
	return fd;
}

static void begin(struct context *ctx)
{
	int fd = open(TAPE, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	context_init(ctx);
}

static int check_boot(struct context *ctx, struct obdr_look *ret)
{
	struct drive *drive;
	int r;

	assert_int_equal(drive_open(ctx, NULL, TAPE, &drive), 0);
	r = obdr_check(ctx, drive, ret);
	drive_close(drive);
	return r;
}

/* The image is on the tape as a drive wants it, and the set behind it is found by what it is. */
static void test_boot_tape(void **state)
{
	struct context ctx;
	struct tape_options options = { .block = BLOCK, .ring = 4 * BLOCK, .pause = 0.001 };
	char bytes[5 * BLOCK], back[sizeof(bytes) + 1];
	struct tape_reader *reader;
	size_t done = 0;
	ssize_t n;
	struct tape_writer *writer;
	struct tape_written written;
	struct obdr_look look;
	struct drive *drive;
	int image = make_image(SECTORS);
	char record[OBDR_IMAGE_BLOCK];

	(void)state;
	begin(&ctx);
	memset(bytes, 'x', sizeof(bytes));
	options.image = &image;
	assert_int_equal(tape_writer_open(&ctx, TAPE, &options, &writer), 0);
	assert_int_equal(tape_writer_put(&ctx, writer, bytes, 5 * BLOCK), 0);
	assert_int_equal(tape_writer_finish(&ctx, writer, &written), 0);
	tape_writer_close(writer);
	assert_int_equal(drive_open(&ctx, NULL, TAPE, &drive), 0);
	assert_int_equal(drive_skip_records(&ctx, drive, OBDR_LABEL_RECORDS + 17), 0);
	assert_int_equal(drive_read(&ctx, drive, record, sizeof(record)), OBDR_IMAGE_BLOCK);
	assert_memory_equal(record, "\0CD001\1EL TORITO", 15);
	drive_close(drive);
	assert_int_equal(check_boot(&ctx, &look), 0);
	assert_int_equal(look.image_bytes, SECTORS * OBDR_IMAGE_BLOCK);
	assert_string_equal(look.volume, "LIFEBOAT");
	assert_int_equal(tape_reader_open(&ctx, NULL, TAPE, 0.001, &reader), 0);
	while ((n = tape_reader_read(&ctx, reader, back + done, sizeof(back) - done)) > 0)
		done += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(done, sizeof(bytes));
	assert_memory_equal(back, bytes, sizeof(bytes));
	tape_reader_close(reader);
	/* It is not taken for an empty one, though it begins with zeros. */
	assert_int_equal(tape_writer_open(&ctx, TAPE, &options, &writer), -EEXIST);
	assert_non_null(strstr(context_detail(&ctx), "it is number 1 of a recovery set"));
	close(image);
	context_done(&ctx);
}

/* Writes RECORDS zeroed ones of LABEL bytes, the image in records of SECTOR bytes, and a mark. */
static void write_boot(struct context *ctx, unsigned records, size_t label, int image, size_t sector)
{
	char data[2 * OBDR_IMAGE_BLOCK] = { 0 };
	struct drive *drive;
	ssize_t n;

	assert_int_equal(drive_open(ctx, NULL, TAPE, &drive), 0);
	assert_int_equal(drive_rewind(ctx, drive), 0);
	for (unsigned i = 0; i < records; i++)
		assert_int_equal(drive_write(ctx, drive, data, label), 0);
	for (off_t at = 0; (n = pread(image, data, sector, at)) > 0; at += n)
		assert_int_equal(drive_write(ctx, drive, data, (size_t)n), 0);
	assert_int_equal(drive_write_marks(ctx, drive, 1), 0);
	drive_close(drive);
}

static void expect_no_start(struct context *ctx, const char *why)
{
	struct obdr_look look;

	assert_int_equal(check_boot(ctx, &look), -EBADMSG);
	if (!strstr(context_detail(ctx), why))
		fail_msg("%s", context_detail(ctx));
	context_clear(ctx);
}

/* What no drive would start is told. */
static void test_boot_tapes_that_do_not_start(void **state)
{
	static const struct {
		off_t at;
		const char *why;
	} flips[] = {
		{ 16 * OBDR_IMAGE_BLOCK + 2, "no image of a disc" },
		{ 17 * OBDR_IMAGE_BLOCK + 9, "no boot record" },
		{ 17 * OBDR_IMAGE_BLOCK + 72, "the boot catalog of the image is not where" },
		{ 20 * OBDR_IMAGE_BLOCK + 4, "the boot catalog of the image is damaged" },
		{ 20 * OBDR_IMAGE_BLOCK + 32, "nothing is to be started" },
		{ 20 * OBDR_IMAGE_BLOCK + 41, "the loader lies behind the end" },
	};
	struct context ctx;
	struct obdr_look look;
	int image = make_image(SECTORS), cut = make_image(SECTORS - 1);

	(void)state;
	begin(&ctx);
	write_boot(&ctx, 20, 512, image, OBDR_IMAGE_BLOCK);
	assert_int_equal(check_boot(&ctx, &look), 0);
	write_boot(&ctx, 19, 512, image, OBDR_IMAGE_BLOCK);
	expect_no_start(&ctx, "20 records of 512 bytes");
	write_boot(&ctx, 5, 2048, image, OBDR_IMAGE_BLOCK);
	expect_no_start(&ctx, "20 records of 512 bytes");
	write_boot(&ctx, 20, 512, image, 2 * OBDR_IMAGE_BLOCK);
	expect_no_start(&ctx, "not in records of 2048 bytes");
	write_boot(&ctx, 20, 512, cut, OBDR_IMAGE_BLOCK);
	expect_no_start(&ctx, "cut short");
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		unsigned char before, flipped;

		assert_int_equal(pread(image, &before, 1, flips[i].at), 1);
		flipped = before ^ 0x40;
		assert_int_equal(pwrite(image, &flipped, 1, flips[i].at), 1);
		write_boot(&ctx, 20, 512, image, OBDR_IMAGE_BLOCK);
		expect_no_start(&ctx, flips[i].why);
		assert_int_equal(pwrite(image, &before, 1, flips[i].at), 1);
	}
	close(image);
	close(cut);
	context_done(&ctx);
}

/* Label zones and marks as others write them: the set is found behind them; where there is none, the tape is somebody's. */
static void test_label_zones_of_others(void **state)
{
	struct context ctx;
	struct tape_label label = { .series = "7f2b3c4d-0000-4000-8000-000000000001", .number = 1, .block = BLOCK, .created = "2026-01-02T03:04:05Z" };
	int image = make_image(SECTORS);

	(void)state;
	for (unsigned marks = 0; marks < 3; marks++) {
		AUTO_FREE void *record = tape_label_print(&label);
		enum tape_content content;
		struct tape_label found;
		struct drive *drive;

		begin(&ctx);
		write_boot(&ctx, 20, 512, image, OBDR_IMAGE_BLOCK);
		assert_int_equal(drive_open(&ctx, NULL, TAPE, &drive), 0);
		assert_int_equal(volume_identify(&ctx, drive, &content, &found), 0);
		assert_int_equal(content, TAPE_FOREIGN);
		assert_int_equal(drive_rewind(&ctx, drive), 0);
		assert_int_equal(drive_skip_files(&ctx, drive, 1), 0);
		for (unsigned i = 0; i < marks; i++) {
			assert_int_equal(drive_write(&ctx, drive, "something", 9), 0);
			assert_int_equal(drive_write_marks(&ctx, drive, 1), 0);
		}
		assert_int_equal(drive_write(&ctx, drive, record, BLOCK), 0);
		assert_int_equal(drive_write_marks(&ctx, drive, 2), 0);
		assert_int_equal(volume_identify(&ctx, drive, &content, &found), 0);
		assert_int_equal(content, TAPE_OF_SET);
		assert_string_equal(found.series, label.series);
		drive_close(drive);
		context_done(&ctx);
	}
	close(image);
}

/* ---- where it is done ---- */

static int in_directory(void **state)
{
	char name[] = "/tmp/lifeboat-tape-XXXXXX";

	(void)state;
	return !mkdtemp(name) || chdir(name) < 0 || !(*state = strdup(name)) ? -1 : 0;
}

static int remove_directory(void **state)
{
	unlink(TAPE);
	if (chdir("/") < 0 || rmdir(*state) < 0)
		return -1;
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_tape),
		cmocka_unit_test(test_boot_tapes_that_do_not_start),
		cmocka_unit_test(test_label_zones_of_others),
	};

	return cmocka_run_group_tests(tests, in_directory, remove_directory);
}
