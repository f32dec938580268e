/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices that are built of disks: partitions of an md array, and members of pools that are only described. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../backend/layout/stretch.h"
#include "../../backend/probe/probe.h"
#include "gpt_fixture.h"
#include "lvm_fixture.h"
#include "machine.h"
#include "md_fixture.h"
#include "zfs_fixture.h"

#define MIB (1u << 20)
#define DISK (16u * MIB)
#define ARRAY (12u * MIB)
#define POOL_DISK (64u * MIB)     /* libblkid looks for no smaller ones */
#define FIRST 4096u                  /* sector of the partition */
#define LAST 20479u
#define RAID "raid:" MD_UUID
#define PARTITION "part:" MD_UUID ".1"
#define SWAP "swap:66666666-0000-0000-0000-000000000009"

static void same(const char *expected, const char *found)
{
	if (!expected != !found || (expected && strcmp(expected, found)))
		fail_msg("\"%s\" instead of \"%s\"", found ? found : "nothing", expected ? expected : "nothing");
}

static void set_up(struct seen *seen)
{
	seen_begin(seen, NULL);
	machine_write(seen->root, "/proc/self/mountinfo", "", 0);
	machine_write(seen->root, "/proc/swaps", "", 0);
}

static void write_at(int fd, const void *data, size_t length, uint64_t offset)
{
	assert_int_equal(pwrite(fd, data, length, (off_t)offset), (ssize_t)length);
}

/* mkswap's header (union swap_header of the kernel's include/linux/swap.h) at OFFSET, of SIZE bytes. */
static void make_swap(int fd, uint64_t offset, uint64_t size)
{
	unsigned char header[4096] = { 0 };

	md_put(header + 1024, 1, 4);
	md_put(header + 1028, size / 4096 - 1, 4);
	memset(header + 1036, 0x66, 4);
	header[1036 + 15] = 9;
	memcpy(header + 1052, "swap1", 5);
	memcpy(header + 4096 - 10, "SWAPSPACE2", 10);
	write_at(fd, header, sizeof(header), offset);
}

/* A RAID1 of vda and vdb; SUPERBLOCK: where it lies. */
static void make_mirror(struct seen *seen, uint64_t superblock)
{
	static const char *const disks[] = { "vda", "vdb" };
	static const uint16_t roles[] = { 0, 1 };
	const struct md_array array = { .name = "srv:0", .level = 1, .disks = 2, .sectors = ARRAY / 512, .roles = roles, .role_count = 2 };

	for (unsigned i = 0; i < ARRAY_LENGTH(disks); i++) {
		AUTO_CLOSE int fd = machine_device(seen->root, disks[i], DISK);
		unsigned char sb[4096];

		md_superblock(sb, &array, i, superblock);
		write_at(fd, sb, sizeof(sb), superblock);
	}
}

/* The kernel has assembled it: md127. Its image, open. */
static int assemble(struct seen *seen)
{
	int fd = machine_device(seen->root, "md127", ARRAY);

	machine_stand(seen->root, "md127", "vda");
	machine_stand(seen->root, "md127", "vdb");
	machine_attribute(seen->root, "md127", "queue/logical_block_size", "512\n");
	return fd;
}

/* A layout that was stored is the same when it is read. */
static struct layout *stored(struct seen *seen, const struct layout *layout)
{
	struct layout *again = NULL;
	json_t *json = layout_to_json(layout);

	assert_int_equal(layout_from_json(&seen->ctx, json, &again), 0);
	json_decref(json);
	return again;
}

static void check_partition(const struct layout *layout)
{
	const struct node *raid = seen_find(layout, RAID), *partition = seen_find(layout, PARTITION), *swap = seen_find(layout, SWAP);

	assert_int_equal(strv_length(raid->on), 2);
	assert_int_equal(raid->size, ARRAY);
	same("md127", node_property(raid, "opened_as"));
	same("gpt", node_property(raid, "table"));
	same(GPT_DISK_UUID, node_property(raid, "table_id"));
	same("512", node_property(raid, "logical_sector"));
	same("128", node_property(raid, "table_entries"));
	same("17408", node_property(raid, "first_usable"));
	same(NULL, node_property(raid, "mbr"));
	assert_int_equal(strv_length(partition->on), 1);
	same(RAID, partition->on[0]);
	assert_int_equal(partition->partition.number, 1);
	assert_int_equal(partition->partition.start, FIRST * 512);
	assert_int_equal(partition->size, (LAST - FIRST + 1) * 512);
	same(GPT_LINUX, partition->partition.kind);
	same(GPT_PARTITION_UUID, partition->partition.uuid);
	same("primary", partition->partition.role);
	same(PARTITION, swap->on[0]);
	same("swap1", swap->label);
	assert_int_equal(swap->size, partition->size);
}

/* The partition by a node of its own, and read through the array where there is none. */
static void test_partitions_of_an_array(void **state)
{
	static const char swaps[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/md127p1 partition\t8188\t\t12\t\t-2\n";

	(void)state;
	for (int has_node = 0; has_node < 2; has_node++) {
		struct layout *layout, *again;
		struct seen seen;
		int fd;

		set_up(&seen);
		make_mirror(&seen, 4096);
		fd = assemble(&seen);
		gpt_make(fd, ARRAY, FIRST, LAST);
		make_swap(fd, FIRST * 512, (LAST - FIRST + 1) * 512);
		if (has_node) {
			AUTO_CLOSE int partition = machine_device(seen.root, "md127p1", (LAST - FIRST + 1) * 512);

			make_swap(partition, 0, (LAST - FIRST + 1) * 512);
			machine_write(seen.root, "/proc/swaps", swaps, strlen(swaps));
		}
		layout = seen_probe(&seen);
		again = stored(&seen, layout);
		assert_null(seen.warnings);
		check_partition(layout);
		check_partition(again);
		same(has_node ? "/dev/md127p1" : NULL, seen_find(layout, PARTITION)->device);
		same("/dev/md127", seen_find(layout, RAID)->device);
		/* Swap in use is found by the partition's name. */
		assert_int_equal(seen_find(layout, SWAP)->used, has_node ? 12 * 1024 : 0);
		layout_free(again);
		layout_free(layout);
		close(fd);
		seen_end(&seen);
	}
}

/* A member with its superblock at the end shows the array's table: its disk is a member all the same, and the partition there is once. */
static void test_members_show_the_table(void **state)
{
	const uint64_t superblock = (DISK - 8192) & ~4095u;
	struct layout *layout;
	struct seen seen;
	int fd;

	(void)state;
	set_up(&seen);
	make_mirror(&seen, superblock);
	for (unsigned i = 0; i < 2; i++) {
		AUTO_FREE char *path = text_format("%s/dev/vd%c", seen.root, 'a' + i);
		AUTO_CLOSE int disk = open(path, O_RDWR | O_CLOEXEC);

		gpt_make(disk, ARRAY, FIRST, LAST);
	}
	fd = assemble(&seen);
	gpt_make(fd, ARRAY, FIRST, LAST);
	layout = seen_probe(&seen);
	same("1.0", node_property(seen_find(layout, RAID), "metadata"));
	assert_int_equal(layout_count_children(layout, "disk:0", NODE_PARTITION), 0);
	assert_int_equal(layout_count_children(layout, "disk:1", NODE_PARTITION), 0);
	assert_int_equal(layout_count_children(layout, RAID, NODE_PARTITION), 1);
	assert_null(seen_find(layout, "disk:0")->disk.table);
	layout_free(layout);
	close(fd);
	seen_end(&seen);
}

/* An array that is not assembled is known by its members, and nothing on it is made up. */
static void test_an_array_at_rest(void **state)
{
	struct layout *layout;
	struct seen seen;

	(void)state;
	set_up(&seen);
	make_mirror(&seen, 4096);
	layout = seen_probe(&seen);
	same(NULL, seen_find(layout, RAID)->device);
	same(NULL, node_property(seen_find(layout, RAID), "opened_as"));
	same(NULL, node_property(seen_find(layout, RAID), "table"));
	assert_null(layout_child(layout, RAID, NODE_TYPE_COUNT, 0));
	layout_free(layout);
	seen_end(&seen);
}

#define PV_UUID "aaaaaa-0000-0000-0000-0000-0000-000000"
#define VG_UUID "cccccc-0000-0000-0000-0000-0000-000002"
#define LV_UUID "dddddd-0000-0000-0000-0000-0000-000003"
#define DATA MIB                     /* where members have the array's data */

static const char group_text[] =
	"box {\nid = \"" VG_UUID "\"\nseqno = 3\nformat = \"lvm2\"\nstatus = [\"RESIZEABLE\", \"READ\", \"WRITE\"]\nflags = []\nextent_size = 2048\nmax_lv = 0\n"
	"max_pv = 0\nmetadata_copies = 0\nphysical_volumes {\npv0 {\nid = \"" PV_UUID "\"\ndevice = \"/dev/md127\"\nstatus = [\"ALLOCATABLE\"]\nflags = []\n"
	"dev_size = 24576\npe_start = 2048\npe_count = 11\n}\n}\nlogical_volumes {\nroot {\nid = \"" LV_UUID "\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\n"
	"flags = []\nsegment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 4\ntype = \"striped\"\nstripe_count = 1\nstripes = [\n\"pv0\", 2\n]\n}\n}\n}\n"
	"}\ncontents = \"Text Format Volume Group\"\nversion = 1\n";

/* The start of a physical volume, where the disk NAME, a member, has the array's data. */
static void put_volume(struct seen *seen, const char *name)
{
	static unsigned char start[MIB];
	AUTO_FREE char *path = text_format("%s/dev/%s", seen->root, name);
	AUTO_CLOSE int pv = memfd_create("pv", MFD_CLOEXEC), disk = open(path, O_WRONLY | O_CLOEXEC);

	lvm_make(pv, PV_UUID, ARRAY, group_text, sizeof(group_text), 512);
	assert_true(pread(pv, start, sizeof(start), 0) > 0);
	write_at(disk, start, sizeof(start), DATA);
}

/* A physical volume on a mirror that is not assembled is read on one member; so a linear volume can be looked at where it lies. */
static void test_a_group_on_an_array_at_rest(void **state)
{
	const struct node *group, *volume;
	struct layout *layout;
	struct stretch stretch;
	struct seen seen;

	(void)state;
	set_up(&seen);
	make_mirror(&seen, 4096);
	put_volume(&seen, "vda");
	put_volume(&seen, "vdb");
	layout = seen_probe(&seen);
	same(NULL, seen_find(layout, RAID)->device);
	same(RAID, seen_find(layout, "pv:" PV_UUID)->on[0]);
	same(NULL, seen_find(layout, "pv:" PV_UUID)->device);
	group = seen_find(layout, "vg:" VG_UUID);
	same("box", group->label);
	volume = layout_child(layout, group->id, NODE_LV, 0);
	assert_non_null(volume);
	assert_true(layout_stretch(layout, volume, &stretch));
	assert_int_equal(stretch.start, DATA + MIB + 2 * MIB);
	assert_int_equal(stretch.size, 4 * MIB);
	assert_int_equal(stretch.holder->type, NODE_DISK);
	layout_free(layout);
	seen_end(&seen);
}

/* What holds a member, and what a device of device mapper is, must be known: else what is on them would be missing in silence. */
static void test_what_cannot_be_read(void **state)
{
	static const struct {
		const char *line, *sentence;
	} rows[] = {
		{ "file /sys/block/vda/holders x", "what is built of vda cannot be read from /sys: " },
		{ "dir /sys/block/dm-0/dm/uuid", "what is built of dm-0 cannot be read from /sys: " },
		{ "dir /proc/swaps", "the table of swap in use cannot be read: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_FREE char *line = strdup(rows[i].line);
		struct layout *layout = NULL;
		struct seen seen;

		seen_begin(&seen, NULL);
		machine_write(seen.root, "/proc/self/mountinfo", "", 0);
		make_mirror(&seen, 4096);
		machine_line(seen.root, line);
		assert_true(layout_probe(&seen.ctx, &(struct probe_options){ 0 }, &layout) < 0);
		assert_null(layout);
		if (strncmp(context_detail(&seen.ctx), rows[i].sentence, strlen(rows[i].sentence)))
			fail_msg("%s: \"%s\"", rows[i].line, context_detail(&seen.ctx));
		seen_end(&seen);
	}
}

static void check_pool(const struct layout *layout)
{
	static const char *const members[] = { "1111111111111111111", "2222222222222222222" };

	for (unsigned i = 0; i < ARRAY_LENGTH(members); i++) {
		AUTO_FREE char *disk = text_format("disk:%u", i);
		const struct node *member = layout_child(layout, disk, NODE_FILESYSTEM, 0);

		assert_non_null(member);
		same("zfs_member", member->filesystem.kind);
		same("1234567890123456789", member->uuid);
		same("tank", member->label);
		same("5000", node_property(member, "version"));
		same(members[i], node_property(member, "member_uuid"));
		assert_int_equal(strv_length(member->on), 1);
		assert_int_equal(member->size, POOL_DISK);
	}
}

/* Each member tells which pool it belongs to, and which of it it is; nothing of it takes another one's place. */
static void test_members_of_a_pool(void **state)
{
	static const char *const disks[] = { "vda", "vdb" };
	static const uint64_t numbers[] = { 1111111111111111111u, 2222222222222222222u };
	struct layout *layout, *again;
	struct seen seen;

	(void)state;
	set_up(&seen);
	for (unsigned i = 0; i < ARRAY_LENGTH(disks); i++) {
		AUTO_CLOSE int fd = machine_device(seen.root, disks[i], POOL_DISK);

		zfs_make(fd, POOL_DISK, "tank", 1234567890123456789u, numbers[i]);
	}
	layout = seen_probe(&seen);
	again = stored(&seen, layout);
	assert_null(seen.warnings);
	check_pool(layout);
	check_pool(again);
	layout_free(again);
	layout_free(layout);
	seen_end(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partitions_of_an_array),
		cmocka_unit_test(test_members_show_the_table),
		cmocka_unit_test(test_an_array_at_rest),
		cmocka_unit_test(test_a_group_on_an_array_at_rest),
		cmocka_unit_test(test_what_cannot_be_read),
		cmocka_unit_test(test_members_of_a_pool),
	};

	return cmocka_run_group_tests_name("probe_stack", tests, NULL, NULL);
}
