/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be written to each filesystem of a plan, from rows of an index: which filesystem an entry lands on, and what it costs there.
 */
#include <errno.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/restore/room_table.h"
#include "quoted_json.h"

#define MIB (1ULL << 20)

/* Single quotes stand for double ones. */
static const char layout_text[] =
"[{'id':'disk:0','type':'disk','on':[],'size':1073741824,'disk':{'logical_sector':512,'physical_sector':512,'table':'gpt',"
"'table_id':'11111111-2222-3333-4444-555555555555'}},"
"{'id':'part:1','type':'partition','on':['disk:0'],'size':104857600,'partition':{'number':1,'start':1048576,"
"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}},"
"{'id':'part:2','type':'partition','on':['disk:0'],'size':104857600,'partition':{'number':2,'start':209715200,"
"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}},"
"{'id':'part:3','type':'partition','on':['disk:0'],'size':104857600,'partition':{'number':3,'start':419430400,"
"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}},"
"{'id':'fs:ext','type':'filesystem','on':['part:1'],'size':104857600,'filesystem':{'kind':'ext4'},'properties':{'block_size':'4096'}},"
"{'id':'fs:fat','type':'filesystem','on':['part:2'],'size':104857600,'filesystem':{'kind':'vfat'},'properties':{'sector_size':'512',"
"'cluster_sectors':'8'}},"
"{'id':'fs:btrfs','type':'filesystem','on':['part:3'],'size':104857600,'filesystem':{'kind':'btrfs'},'properties':{'sector_size':'4096',"
"'mount_options':'rw,compress=zstd:3'}},"
"{'id':'sub:1','type':'subvolume','on':['fs:btrfs'],'subvolume':{'path':'@a','number':256}},"
"{'id':'sub:2','type':'subvolume','on':['fs:btrfs'],'subvolume':{'path':'@b','number':257}},"
"{'id':'m:1','type':'mount','on':['fs:ext'],'mount':{'path':'/'}},"
"{'id':'m:2','type':'mount','on':['fs:fat'],'mount':{'path':'/boot/efi'}},"
"{'id':'m:3','type':'mount','on':['sub:1'],'mount':{'path':'/srv'}},"
"{'id':'m:4','type':'mount','on':['sub:2'],'mount':{'path':'/srv/b%FF'}}]";

struct fixture {
	struct context ctx;
	struct plan plan;
	struct segment segments[1];
	struct manifest manifest;
	struct room_table table;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	json_t *json = quoted_json(layout_text);

	context_init(&f->ctx);
	if (layout_from_json(&f->ctx, json, &f->plan.target.result))
		fail_msg("%s", context_detail(&f->ctx));
	json_decref(json);
	f->segments[0] = (struct segment){ .bytes = 100 * MIB, .stored = 25 * MIB };
	f->manifest = (struct manifest){ .segments = f->segments, .segment_count = 1 };
	assert_int_equal(room_table_init(&f->table, &f->manifest, &f->plan), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	room_table_done(&f->table);
	layout_free(f->plan.target.result);
	context_done(&f->ctx);
	free(f);
	return 0;
}

static const struct room *room_of(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->table.count; i++)
		if (!strcmp(f->table.rooms[i].filesystem->id, id))
			return &f->table.rooms[i];
	fail_msg("no room %s", id);
	return NULL;
}

static void add(struct fixture *f, const char *path, mode_t mode, uint64_t size, uint64_t data)
{
	struct index_row row = { .path = (char *)path, .mode = mode, .size = size, .data = data };

	assert_int_equal(room_table_add(&f->table, &row), 0);
}

static void test_entries_land_on_the_mount_around_them(void **state)
{
	struct fixture *f = *state;

	add(f, ".", S_IFDIR | 0755, 0, 0);
	add(f, "boot", S_IFDIR | 0755, 0, 0);
	add(f, "boot/efi", S_IFDIR | 0755, 0, 0);
	add(f, "srv", S_IFDIR | 0755, 0, 0);
	add(f, "srv/b\xff", S_IFDIR | 0755, 0, 0);
	add(f, "srv/b\xff/file", S_IFREG | 0644, 1, 1);
	add(f, "srvx", S_IFREG | 0644, 1, 1);
	add(f, "boot/efi/EFI", S_IFREG | 0644, 1, 1);
	add(f, "boot/efix", S_IFREG | 0644, 1, 1);
	/* A disk that is not restored: what was mounted there is around nothing. */
	add(f, "data/file", S_IFREG | 0644, 1, 1);
	assert_int_equal(room_of(f, "fs:ext")->files, 5);
	assert_int_equal(room_of(f, "fs:fat")->files, 2);
	assert_int_equal(room_of(f, "fs:btrfs")->files, 3);
}

static void test_contents_take_whole_blocks_and_no_holes(void **state)
{
	struct fixture *f = *state;
	struct index_row second = { .path = (char *)"again", .mode = S_IFREG, .size = 5000, .hard_link = (char *)"a" };

	add(f, "a", S_IFREG | 0644, 5000, 5000);
	add(f, "sparse", S_IFREG | 0644, 1ULL << 40, 4096);
	assert_int_equal(room_table_add(&f->table, &second), 0);
	assert_int_equal(room_of(f, "fs:ext")->least, 8192 + 4096);
	assert_true(room_of(f, "fs:ext")->likely >= room_of(f, "fs:ext")->least);
	assert_int_equal(room_of(f, "fs:ext")->files, 2);
	/* vfat has none. */
	add(f, "boot/efi/sparse", S_IFREG | 0644, 10000, 1);
	assert_int_equal(room_of(f, "fs:fat")->least, 12288);
}

static void test_compression_is_bounded_by_that_of_the_set(void **state)
{
	struct fixture *f = *state;
	const struct room *room = room_of(f, "fs:btrfs");

	add(f, "srv/log", S_IFREG | 0644, 100 * MIB, 100 * MIB);
	assert_true(room->compresses);
	assert_in_range(room->least, 10 * MIB, 25 * MIB);
	assert_in_range(room->likely, 25 * MIB, 50 * MIB);
}

static void test_what_a_filesystem_cannot_store_is_named(void **state)
{
	struct fixture *f = *state;
	const struct room *room = room_of(f, "fs:fat");

	add(f, "boot/efi/fine", S_IFREG | 0644, 1, 1);
	assert_int_equal(room->misfits, 0);
	add(f, "boot/efi/link", S_IFLNK | 0777, 0, 0);
	add(f, "boot/efi/large", S_IFREG | 0644, 4ULL << 30, 0);
	assert_int_equal(room->misfits, 2);
	assert_non_null(strstr(room->misfit, "/boot/efi/link"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entries_land_on_the_mount_around_them),
		TEST(test_contents_take_whole_blocks_and_no_holes),
		TEST(test_compression_is_bounded_by_that_of_the_set),
		TEST(test_what_a_filesystem_cannot_store_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
