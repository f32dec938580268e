/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tape drive that plays a CD-ROM drive is made a tape drive again; all others are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "../../backend/machine/cd_mode.h"
#include "machine.h"

#define ADDRESS "3:0:1:0"

/* The drive. */
static struct {
	char *root;
	uint8_t page;            /* by which it is changed */
	uint8_t flags;           /* byte 2 of that */
	uint8_t descriptors;     /* bytes of block descriptors that it gives unasked */
	bool refuses, stays, never_comes;
	unsigned senses, selects;
	uint8_t selected[12];
} drive;

static void come_back(void)
{
	AUTO_FREE char *path = text_format("%s/sys/class/scsi_device/" ADDRESS "/device/scsi_tape/st0", drive.root);

	assert_int_equal(make_directories(path, 0755), 0);
}

static int command(int fd, const uint8_t *cdb, size_t length, void *data, size_t data_length, bool out)
{
	uint8_t *bytes = data;

	(void)fd;
	assert_int_equal(length, 6);
	if (cdb[0] == 0x1a) {
		assert_false(out);
		drive.senses++;
		if ((cdb[2] & 0x3f) != drive.page)
			return -EREMOTEIO;
		memset(bytes, 0, data_length);
		bytes[3] = drive.descriptors;
		if (drive.descriptors > 24)
			return 0;
		bytes += 4 + drive.descriptors;
		bytes[0] = 0x80 | drive.page;
		bytes[1] = drive.page == 0x3e ? 2 : 4;
		bytes[2] = drive.flags;
		return 0;
	}
	assert_int_equal(cdb[0], 0x15);
	assert_int_equal(cdb[1], 0x10);
	assert_int_equal(cdb[4], data_length);
	assert_true(out);
	drive.selects++;
	memcpy(drive.selected, bytes, data_length < sizeof(drive.selected) ? data_length : sizeof(drive.selected));
	if (drive.refuses)
		return -EREMOTEIO;
	if (!drive.never_comes)
		come_back();
	return 0;
}

static const struct cd_mode_wire wire = { .command = command, .wait_s = 0.05, .pause_s = 0.01 };

static char said[2000];

static void hear(void *data, json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "text"));
	size_t length = strlen(said);

	(void)data;
	snprintf(said + length, sizeof(said) - length, "%s\n", text ? text : "");
}

/* Whether the kernel was told to look for the device afresh. */
static bool found_again(void)
{
	AUTO_FREE char *path = text_format("%s/sys/class/scsi_host/host3/scan", drive.root);
	char text[32] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	if (!fgets(text, sizeof(text), file))
		*text = '\0';
	fclose(file);
	return !strcmp(text, "0 1 0");
}

static void line(const char *text)
{
	AUTO_FREE char *copy = strdup(text);

	machine_line(drive.root, copy);
}

/* INQUIRY as the drive gives it: TYPE, and SIGNATURE at byte 43. */
static void begin(struct context *ctx, uint8_t type, const char *signature, uint8_t page, uint8_t flags)
{
	char inquiry[56] = { 0 };

	memset(&drive, 0, sizeof(drive));
	*said = '\0';
	drive.root = machine_make(NULL);
	drive.page = page;
	drive.flags = flags;
	inquiry[0] = (char)type;
	memcpy(inquiry + 8, "HP      Ultrium 2-SCSI  ", 24);
	memcpy(inquiry + 43, signature, strlen(signature));
	line("dir /sys/devices/host3/" ADDRESS "/block/sr0");
	line("link /sys/block/sr0 ../devices/host3/" ADDRESS "/block/sr0");
	line("link /sys/devices/host3/" ADDRESS "/block/sr0/device ../../../" ADDRESS);
	machine_write(drive.root, "/sys/devices/host3/" ADDRESS "/inquiry", inquiry, sizeof(inquiry));
	machine_write(drive.root, "/sys/class/scsi_device/" ADDRESS "/device/delete", "", 0);
	machine_write(drive.root, "/sys/class/scsi_host/host3/scan", "", 0);
	machine_write(drive.root, "/dev/sr0", "", 0);
	context_init(ctx);
	ctx->prefix = drive.root;
	ctx->listener = hear;
}

static int end(struct context *ctx)
{
	int r = cd_mode_leave(ctx, &wire);

	context_done(ctx);
	machine_remove(drive.root);
	return r;
}

static void test_leaves(void **state)
{
	struct context ctx;
	const uint8_t expected[] = { 0, 0, 0, 0, 0x3e, 2, 0x02, 0 };

	(void)state;
	/* The bit that keeps it from becoming a tape drive by itself stays as it was. */
	begin(&ctx, 5, "$DR-10", 0x3e, 0x03);
	assert_int_equal(cd_mode_leave(&ctx, &wire), 0);
	assert_int_equal(drive.selects, 1);
	assert_memory_equal(drive.selected, expected, sizeof(expected));
	assert_true(found_again());
	assert_non_null(strstr(said, "it is a tape drive again"));
	context_done(&ctx);
	machine_remove(drive.root);
}

static void test_leaves_by_the_other_page(void **state)
{
	struct context ctx;
	const uint8_t expected[] = { 0, 0, 0, 0, 0x3c, 4, 0, 0, 0, 0 };

	(void)state;
	begin(&ctx, 5, "$DR-10", 0x3c, 0x01);
	drive.descriptors = 8;
	assert_int_equal(end(&ctx), 0);
	assert_int_equal(drive.selects, 1);
	assert_memory_equal(drive.selected, expected, sizeof(expected));
}

static void test_leaves_alone(void **state)
{
	struct context ctx;

	(void)state;
	/* A drive of discs; a tape drive; one that plays nothing. */
	begin(&ctx, 5, "", 0x3e, 0x01);
	assert_int_equal(end(&ctx), 0);
	assert_int_equal(drive.senses, 0);
	begin(&ctx, 1, "$DR-10", 0x3e, 0x01);
	assert_int_equal(end(&ctx), 0);
	assert_int_equal(drive.senses, 0);
	begin(&ctx, 5, "$DR-10", 0x3e, 0x02);
	assert_int_equal(end(&ctx), 0);
	assert_int_equal(drive.selects, 0);
	/* What it gives is not believed. */
	begin(&ctx, 5, "$DR-10", 0x3e, 0x01);
	drive.descriptors = 200;
	assert_int_equal(end(&ctx), 0);
	assert_null(strstr(said, "again"));
}

static void test_what_fails_is_told(void **state)
{
	struct context ctx;

	(void)state;
	begin(&ctx, 5, "$DR-10", 0x3e, 0x01);
	drive.refuses = true;
	assert_int_equal(end(&ctx), 0);
	assert_non_null(strstr(said, "does not let itself be changed (it refuses)"));
	begin(&ctx, 5, "$DR-10", 0x3e, 0x01);
	drive.never_comes = true;
	assert_int_equal(end(&ctx), 0);
	assert_non_null(strstr(said, "did not come back"));
	begin(&ctx, 5, "$DR-10", 0x3e, 0x01);
	drive.never_comes = true;
	context_cancel(&ctx);
	assert_int_equal(end(&ctx), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_leaves_by_the_other_page),
		cmocka_unit_test(test_leaves_alone),
		cmocka_unit_test(test_what_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
