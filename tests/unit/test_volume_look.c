/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables by which volumes that are not active are looked into. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/storage/volume_look.h"
#include "machine.h"
#include "quoted_json.h"

#define PART(disk) \
	"{'id':'disk:" disk "','type':'disk','on':[],'size':1000000000,'disk':{'logical_sector':512,'physical_sector':512,'table':'gpt'," \
	"'table_id':'1111111" disk "-2222-3333-4444-555555555555'}}," \
	"{'id':'part:" disk "','type':'partition','on':['disk:" disk "'],'size':900000256,'partition':{'number':1,'start':1048576," \
	"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','uuid':'aaaa000" disk "-0000-4000-8000-000000000001','role':'primary'}}," \
	"{'id':'pv:" disk "','type':'pv','on':['part:" disk "'],'size':900000256,'uuid':'PV-" disk "','properties':{'pe_start':'1048576'}}"
#define VOLUME(name, on, kind, properties) \
	"{'id':'lv:" name "','type':'lv','on':[" on "],'size':33554432,'uuid':'LV-" name "','label':'" name "','properties':{'vg_name':'box','kind':'" kind "'," \
	properties "}}"
#define SEGMENT(n, start, count, stripes) \
	"'segment_" n "_type':'striped','segment_" n "_start_extent':'" start "','segment_" n "_extent_count':'" count "','segment_" n "_stripes':'" stripes "'"
#define GROUP "{'id':'vg:0','type':'vg','on':['pv:0','pv:1'],'size':400000000,'uuid':'VG-1','label':'box','properties':{'extent_size':'4194304'}},"

static const char volumes[] = "[" PART("0") "," PART("1") "," GROUP
	VOLUME("pieces", "'vg:0'", "linear", "'segments':'2'," SEGMENT("0", "0", "3", "PV-0:5") "," SEGMENT("1", "3", "5", "PV-1:0")) ","
	VOLUME("striped", "'vg:0'", "striped", "'segments':'1'," SEGMENT("0", "0", "8", "PV-0:10 PV-1:20") ",'segment_0_stripe_size':'65536'") ","
	VOLUME("partly", "'vg:0'", "linear", "'segments':'30'," SEGMENT("0", "0", "8", "PV-0:10")) ","
	VOLUME("away", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "8", "PV-7:10")) ","
	VOLUME("data", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "8", "PV-0:30")) ","
	VOLUME("meta", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "1", "PV-1:40")) ","
	VOLUME("pool", "'lv:data','lv:meta'", "thin-pool", "'segments':'1','segment_0_type':'thin-pool','segment_0_pool':'data',"
	       "'segment_0_metadata':'meta','segment_0_chunk_size':'65536'") ","
	VOLUME("m0", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "1", "PV-0:0")) ","
	VOLUME("i0", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "8", "PV-0:1")) ","
	VOLUME("m1", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "1", "PV-1:0")) ","
	VOLUME("i1", "'vg:0'", "linear", "'segments':'1'," SEGMENT("0", "0", "8", "PV-1:1")) ","
	VOLUME("twice", "'lv:m0','lv:i0','lv:m1','lv:i1'", "raid1", "'segments':'1','segment_0_type':'raid1','segment_0_raids':'m0 i0 m1 i1'") ","
	VOLUME("thin", "'lv:pool'", "thin", "'segments':'1','segment_0_type':'thin','segment_0_thin_pool':'pool','segment_0_device_id':'3'") ","
	VOLUME("five", "'lv:data','lv:meta'", "raid5", "'segments':'1','segment_0_type':'raid5'") "]";

/* Where programs are that only say what they were given, without the names of devices, which are new each time. */
static char *put_program(const char *prefix)
{
	static const char script[] = "#!/bin/sh\necho \"$@\" | sed 's/lifeboat-look-[0-9]*/X/g' >>%s/ran\n[ $1 != create ] || sed 's/lifeboat-look-[0-9]*/X/g' >>%s/ran\n";
	AUTO_FREE char *text = text_format(script, prefix, prefix), *program = text_format("%s/bin/dmsetup", prefix);

	machine_write(prefix, "/bin/dmsetup", text, strlen(text));
	assert_int_equal(chmod(program, 0755), 0);
	return text_format("%s/bin:%s", prefix, getenv("PATH"));
}

/* What is mapped of the volume NAME, on DEVICES; "": it cannot be. */
static void expect_on(const char *const devices[2], const char *name, const char *expected)
{
	AUTO_FREE char *prefix = machine_make(NULL), *path = put_program(prefix), *before = strdup(getenv("PATH")), *ran = text_format("%s/ran", prefix);
	AUTO_FREE char *id = text_format("lv:%s", name), *device = NULL, *text = NULL;
	AUTO_LAYOUT struct layout *layout = NULL;
	json_t *json = quoted_json(volumes);
	struct context ctx;
	int fd;

	context_init(&ctx);
	if (layout_from_json(&ctx, json, &layout) < 0)
		fail_msg("%s", context_detail(&ctx));
	json_decref(json);
	layout_find(layout, "part:0")->device = strdup(devices[0]);
	layout_find(layout, "part:1")->device = strdup(devices[1]);
	assert_int_equal(volume_look_can(layout, layout_find(layout, id)), *expected != '\0');
	if (*expected) {
		assert_int_equal(setenv("PATH", path, 1), 0);
		/* The program made nothing. */
		assert_true(volume_look(&ctx, layout, layout_find(layout, id), &fd, &device) < 0);
		assert_int_equal(setenv("PATH", before, 1), 0);
		if (file_read(AT_FDCWD, ran, 4096, &text, NULL) < 0)
			text = strdup("nothing");
		assert_string_equal(text, expected);
	}
	context_done(&ctx);
	machine_remove(TAKE_POINTER(prefix));
}

static void expect(const char *name, const char *expected)
{
	expect_on((const char *const[]){ "/dev/vda1", "/dev/vdb1" }, name, expected);
}

static void test_linear_and_striped(void **state)
{
	(void)state;
	expect("pieces", "create X --readonly\n0 24576 linear /dev/vda1 43008\n24576 40960 linear /dev/vdb1 2048\nremove --deferred X\n");
	expect("striped", "create X --readonly\n0 65536 striped 2 128 /dev/vda1 83968 /dev/vdb1 165888\nremove --deferred X\n");
}

static void test_thin(void **state)
{
	(void)state;
	expect("thin", "create X --readonly\n0 8192 linear /dev/vdb1 329728\ncreate X\n0 65536 linear /dev/vda1 247808\n"
		       "create X\n0 65536 thin-pool /dev/mapper/X /dev/mapper/X 128 0 1 read_only\n"
		       "create X --readonly\n0 65536 thin /dev/mapper/X 3\n"
		       "remove --deferred X\nremove --deferred X\nremove --deferred X\nremove --deferred X\n");
}

/* A file as a device on which the first extent begins with the superblock of a RAID image. */
static char *put_image(const char *prefix, const char *name, unsigned char events, unsigned char failed, unsigned char recovered)
{
	unsigned char block[48] = { 'D', 'm', 'R', 'd', [16] = events, [24] = failed };
	AUTO_FREE char *text = calloc(1, (1 << 20) + sizeof(block)), *path = text_format("/%s", name);

	memset(block + 32, recovered, 8);
	memcpy(text + (1 << 20), block, sizeof(block));
	machine_write(prefix, path, text, (1 << 20) + sizeof(block));
	return text_format("%s/%s", prefix, name);
}

/* One image of the mirror is as told, the other one is whole. */
static void expect_image(unsigned char events, unsigned char failed, unsigned char recovered, int expected)
{
	AUTO_FREE char *prefix = machine_make(NULL), *one = put_image(prefix, "one", 7, 0, 0xff), *two = put_image(prefix, "two", events, failed, recovered);
	AUTO_FREE char *text = text_format("create X --readonly\n0 65536 linear %s 10240\nremove --deferred X\n", expected ? two : one);

	expect_on((const char *const[]){ one, two }, "twice", text);
	machine_remove(TAKE_POINTER(prefix));
}

static void test_mirror(void **state)
{
	(void)state;
	expect_image(7, 0, 0xff, 0);
	expect_image(9, 0, 0xff, 1);
	expect_image(9, 2, 0xff, 0); /* failed */
	expect_image(9, 0, 0, 0);    /* is rebuilt */
	expect("twice", "nothing");
}

static void test_what_cannot_be_looked_into(void **state)
{
	(void)state;
	/* More segments than the layout tells; a kind whose parts keep states; what is no device. */
	expect("partly", "");
	expect("five", "");
	expect("pool", "");
	expect("away", "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_linear_and_striped), cmocka_unit_test(test_thin), cmocka_unit_test(test_mirror),
					    cmocka_unit_test(test_what_cannot_be_looked_into) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
