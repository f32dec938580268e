/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the captured disks hold that will not come back: which lines it becomes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../backend/capture/blank.h"
#include "../../backend/capture/contents.h"
#include "../../backend/capture/parts.h"
#include "../../backend/devices/mount_picture.h"
#include "machine.h"

#define MIB (1ull << 20)

struct fixture {
	struct context ctx;
	char *machine;
	struct capture capture;
	struct capture_result result;
};

static void set_up(struct fixture *f, const char *layout, const char *mountinfo)
{
	AUTO_FREE char *line = text_format("file /proc/self/mountinfo %s", mountinfo);
	json_t *array = json_loads(layout, 0, NULL);

	*f = (struct fixture){ .machine = machine_make(NULL) };
	context_init(&f->ctx);
	f->ctx.prefix = f->machine;
	machine_line(f->machine, line);
	machine_line(f->machine, (char[]){ "file /sys/devices/virtual/block/dm-0/dm/name vg-root" });
	machine_line(f->machine, (char[]){ "file /sys/devices/virtual/block/dm-0/dm/uuid LVM-abcdef" });
	machine_line(f->machine, (char[]){ "link /sys/dev/block/253:0 ../../devices/virtual/block/dm-0" });
	machine_line(f->machine, (char[]){ "link /sys/class/block/dm-0 ../../devices/virtual/block/dm-0" });
	machine_line(f->machine, (char[]){ "link /sys/class/block/vda2/holders/dm-0 x" });
	f->capture = (struct capture){ .ctx = &f->ctx, .result = &f->result, .root = strdup("/"), .manifest = calloc(1, sizeof(struct manifest)) };
	pthread_mutex_init(&f->capture.lock, NULL);
	assert_non_null(array);
	assert_int_equal(layout_from_json(&f->ctx, array, &f->capture.manifest->layout), 0);
	json_decref(array);
	for (size_t i = 0; i < f->capture.manifest->layout->count; i++) {
		struct node *node = f->capture.manifest->layout->nodes[i];
		const char *place = node->type == NODE_PARTITION ? node->id : node->on && node->type != NODE_LUKS ? node->on[0] : "";

		node->device = !strncmp(place, "part:0.", 7) ? text_format("/dev/vda%s", place + 7) : NULL;
	}
	assert_int_equal(mount_tree_read(&f->ctx, "/", &f->capture.mount_tree), 0);
	assert_int_equal(contents_tell(&f->capture), 0);
}

static void tear_down(struct fixture *f)
{
	mount_tree_free(f->capture.mount_tree);
	manifest_free(f->capture.manifest);
	pthread_mutex_destroy(&f->capture.lock);
	free(f->capture.root);
	context_done(&f->ctx);
	machine_remove(f->machine);
}

static void lost(const struct fixture *f, size_t i, const char *line)
{
	assert_true(i < f->capture.manifest->lost_count);
	assert_string_equal(f->capture.manifest->lost[i], line);
}

#define DISK "{\"id\":\"disk:0\",\"type\":\"disk\",\"on\":[],\"size\":1073741824,\"disk\":{\"name\":\"vda\",\"logical_sector\":512," \
	     "\"physical_sector\":512,\"table\":\"gpt\",\"table_id\":\"0b5f3c0e-6ac1-4c4f-9d0a-6c1d4d7c2a11\"}}"
#define PARTITION(number, start) \
	"{\"id\":\"part:0." number "\",\"type\":\"partition\",\"on\":[\"disk:0\"],\"size\":104857600,\"partition\":{\"number\":" number \
	",\"start\":" start ",\"kind\":\"0FC63DAF-8483-4772-8E79-3D69D8477DE4\",\"role\":\"primary\"}}"

static void test_root_on_a_volume(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "[" DISK "," PARTITION("1", "1048576") "," PARTITION("2", "105906176") ","
	       "{\"id\":\"luks:a\",\"type\":\"luks\",\"on\":[\"part:0.1\"],\"size\":104857600,\"uuid\":\"aaaa-1\"},"
	       "{\"id\":\"pv:b\",\"type\":\"pv\",\"on\":[\"part:0.2\"],\"size\":104857600},"
	       "{\"id\":\"vg:b\",\"type\":\"vg\",\"on\":[\"pv:b\"],\"label\":\"vg\"},"
	       "{\"id\":\"lv:b\",\"type\":\"lv\",\"on\":[\"vg:b\"],\"size\":104857600,\"label\":\"root\",\"properties\":{\"vg_name\":\"vg\","
	       "\"kind\":\"linear\",\"status\":\"READ WRITE VISIBLE\"}},"
	       "{\"id\":\"fs:r\",\"type\":\"filesystem\",\"on\":[\"lv:b\"],\"size\":104857600,\"filesystem\":{\"kind\":\"ext4\"}},"
	       "{\"id\":\"mount:0\",\"type\":\"mount\",\"on\":[\"fs:r\"],\"mount\":{\"path\":\"/\"}},"
	       "{\"id\":\"lv:c\",\"type\":\"lv\",\"on\":[\"vg:b\"],\"size\":104857600,\"label\":\"before\",\"properties\":{\"vg_name\":\"vg\","
	       "\"kind\":\"snapshot\",\"status\":\"READ\"}},"
	       "{\"id\":\"fs:s\",\"type\":\"filesystem\",\"on\":[\"lv:c\"],\"size\":104857600,\"filesystem\":{\"kind\":\"ext4\"}},"
	       "{\"id\":\"lv:d\",\"type\":\"lv\",\"on\":[\"vg:b\"],\"size\":104857600,\"label\":\"off\",\"properties\":{\"vg_name\":\"vg\","
	       "\"kind\":\"linear\",\"status\":\"READ VISIBLE\"}},"
	       "{\"id\":\"lv:e\",\"type\":\"lv\",\"on\":[\"vg:b\"],\"size\":104857600,\"label\":\"part_of_it\",\"properties\":{\"status\":\"READ\"}}]",
	       "25 1 253:0 / / rw - ext4 /dev/mapper/vg-root rw");
	lost(&f, 0, "/dev/vda1, encrypted container (LUKS), UUID aaaa-1, 100.0 MiB: not open, so what is in it is not in the set: open it, mount what is "
	     "in it, and capture again, or copy it with another tool (dd, or one of its own)");
	lost(&f, 1, "/dev/vg, LVM volume group \"vg\", 0 bytes: LVM refuses its name or its UUID: its place stays empty; the set describes it for a later "
	     "version, and holds the files of the filesystems on it");
	lost(&f, 2, "/dev/vg/root, ext4 filesystem, 100.0 MiB: it lies on LVM logical volume vg/root (linear), 100.0 MiB, which Lifeboat cannot recreate: LVM "
	     "refuses its name or its UUID: no machine can be restored from this set, only files into a directory (lifeboat restore --to)");
	lost(&f, 3, "/dev/vg/before, ext4 filesystem, 100.0 MiB: it lies on an LVM snapshot and is not mounted, so its files are not in the set: to have them, "
	     "mount it, and capture again");
	lost(&f, 4, "/dev/vg/off, LVM logical volume \"off\", 100.0 MiB: not active, so what is on it is not in the set: activate it, mount what is on it, and "
	     "capture again, or copy it with another tool (dd, or one of its own)");
	assert_int_equal(f.capture.manifest->lost_count, 5);
	assert_int_equal(f.result.lost, 5);
	tear_down(&f);
}

static void test_kinds_that_cannot_be_made(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "[" DISK "," PARTITION("1", "1048576") "," PARTITION("2", "105906176") "," PARTITION("3", "210763776") ","
	       "{\"id\":\"fs:a\",\"type\":\"filesystem\",\"on\":[\"part:0.1\"],\"size\":104857600,\"filesystem\":{\"kind\":\"ext4\"},\"properties\":{}},"
	       "{\"id\":\"fs:b\",\"type\":\"filesystem\",\"on\":[\"part:0.2\"],\"size\":104857600,\"used\":1048576,\"label\":\"games\","
	       "\"filesystem\":{\"kind\":\"ntfs\"},\"properties\":{}},"
	       "{\"id\":\"fs:c\",\"type\":\"filesystem\",\"on\":[\"part:0.3\"],\"size\":104857600,\"filesystem\":{\"kind\":\"unknown\"},\"properties\":{}},"
	       "{\"id\":\"mount:0\",\"type\":\"mount\",\"on\":[\"fs:a\"],\"mount\":{\"path\":\"/\"}}]",
	       "25 1 252:1 / / rw - ext4 /dev/vda1 rw");
	lost(&f, 0, "/dev/vda2, ntfs filesystem \"games\", 100.0 MiB, 1.0 MiB used: not mounted, and Lifeboat cannot recreate ntfs filesystems: it does "
	     "not come back; copy it with another tool (dd, or one of its own)");
	lost(&f, 1, "/dev/vda3, unrecognized data, 100.0 MiB: not mounted, and Lifeboat does not recognize its contents: it does not come back; copy "
	     "it with another tool (dd, or one of its own)");
	assert_int_equal(f.capture.manifest->lost_count, 2);
	tear_down(&f);
}

/* A running machine without a disk of its own, a container for example. */
static void test_machine_without_disks(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "[]", "25 1 0:40 / / rw - overlay overlay rw");
	assert_int_equal(f.capture.manifest->lost_count, 1);
	assert_memory_equal(f.capture.manifest->lost[0], "/: the root filesystem lies on overlay", 38);
	tear_down(&f);
}

static void put(int fd, uint64_t at)
{
	assert_int_equal(pwrite(fd, "x", 1, (off_t)at), 1);
}

static void zero(int fd, uint64_t at)
{
	assert_int_equal(pwrite(fd, "", 1, (off_t)at), 1);
}

static void test_blank(void **state)
{
	/* Where one byte is found, in a stretch of SIZE bytes from 1 MiB. */
	static const struct {
		uint64_t size, at;
		int blank;
	} rows[] = {
		{ 0, 0, 1 },			       { 4096, 4095, 0 },	    { 4096, 4096, 1 },
		{ 1024 * MIB, 33 * MIB + 12345, 0 },   { 1025 * MIB, 0, 0 },	    { 1025 * MIB, 64 * MIB - 1, 0 },
		{ 1025 * MIB, 1024 * MIB, 0 },	       { 1025 * MIB, 1025 * MIB - 1, 0 }, { 1025 * MIB, 1025 * MIB, 1 },
		/* The first sample, and a byte between two of them. */
		{ 1025 * MIB, 64 * MIB + 4095, 0 },    { 1025 * MIB, 64 * MIB + 4096, 1 },
	};
	char path[] = "/tmp/lifeboat-blank-XXXXXX";
	AUTO_CLOSE int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(ftruncate(fd, (off_t)(1027 * MIB)), 0);
	put(fd, MIB - 1);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		put(fd, MIB + rows[i].at);
		assert_int_equal(content_is_blank(fd, MIB, rows[i].size), rows[i].blank);
		zero(fd, MIB + rows[i].at);
		assert_int_equal(content_is_blank(fd, MIB, rows[i].size), 1);
	}
	assert_true(content_is_blank(fd, 1026 * MIB, 2 * MIB) < 0);
}

/* What is open, and holds nothing with a name, may hold anything: of volumes alone the hidden ones are parts of others. */
static void test_what_may_be_unrecognized(void **state)
{
	static const struct {
		enum node_type type;
		bool open;
		const char *status;
		bool may;
	} rows[] = {
		{ NODE_LUKS, true, NULL, true },  { NODE_LUKS, false, NULL, false }, { NODE_RAID, true, NULL, true },
		{ NODE_LV, true, "READ WRITE VISIBLE", true }, { NODE_LV, true, "READ WRITE", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_LAYOUT struct layout *layout = layout_new();
		struct node *node = layout_add(layout, rows[i].type, "x");

		node->device = rows[i].open ? strdup("/dev/x") : NULL;
		if (rows[i].status)
			assert_int_equal(node_property_set(node, "status", rows[i].status), 0);
		assert_int_equal(content_may_be_unrecognized(layout, node), rows[i].may);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_on_a_volume),
		cmocka_unit_test(test_kinds_that_cannot_be_made),
		cmocka_unit_test(test_machine_without_disks),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_what_may_be_unrecognized),
	};

	return cmocka_run_group_tests_name("contents", tests, NULL, NULL);
}
