/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which present disk takes the place of which captured one: what is certain, what needs a person, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/layout/identity.h"
#include "../../backend/plan/map.h"
#include "machine.h"

#define GIB (UINT64_C(1) << 30)

struct world {
	struct context ctx;
	char *root;
	struct layout *captured, *present;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->root = machine_make(NULL);
	context_init(&world->ctx);
	world->ctx.prefix = world->root;
	machine_write(world->root, "/proc/self/mountinfo", "", 0);
	world->captured = layout_new();
	world->present = layout_new();
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	layout_free(world->captured);
	layout_free(world->present);
	context_done(&world->ctx);
	machine_remove(world->root);
	free(world);
	return 0;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* A disk without anything on it. */
static struct node *add_disk(struct layout *layout, const char *name, uint64_t size, const char *model, const char *serial,
			     const char *wwn)
{
	AUTO_FREE char *id = text_format("disk:%s", name);
	struct node *disk = layout_add(layout, NODE_DISK, id);

	disk->size = size;
	disk->disk.name = copy(name);
	disk->disk.model = copy(model);
	disk->disk.serial = copy(serial);
	disk->disk.wwn = copy(wwn);
	disk->disk.logical_sector = disk->disk.physical_sector = 512;
	return disk;
}

/* A GPT with one partition up to END and a filesystem on it; mounted at PATH when that is not NULL. */
static void add_system(struct layout *layout, struct node *disk, uint64_t end, const char *path)
{
	AUTO_FREE char *part_id = text_format("part:%s", disk->id), *fs_id = text_format("fs:%s", disk->id);
	AUTO_FREE char *mount_id = text_format("mount:%s", disk->id);
	struct node *node;

	disk->disk.table = strdup("gpt");
	disk->disk.table_id = strdup("11111111-2222-3333-4444-555555555555");
	node = layout_add(layout, NODE_PARTITION, part_id);
	strv_append(&node->on, disk->id);
	node->partition.number = 1;
	node->partition.start = 1 << 20;
	node->partition.kind = strdup("0FC63DAF-8483-4772-8E79-3D69D8477DE4");
	node->partition.role = strdup("primary");
	node->size = end - (1 << 20);
	node = layout_add(layout, NODE_FILESYSTEM, fs_id);
	strv_append(&node->on, part_id);
	node->filesystem.kind = strdup("ext4");
	node->size = end - (1 << 20);
	if (!path)
		return;
	node = layout_add(layout, NODE_MOUNT, mount_id);
	strv_append(&node->on, fs_id);
	node->mount.path = strdup(path);
}

/* The usual captured machine: one disk of 10 GiB with the system. */
static struct node *capture_one(struct world *world)
{
	struct node *disk = add_disk(world->captured, "vda", 10 * GIB, "QEMU DISK", "OLD-1", NULL);

	add_system(world->captured, disk, 10 * GIB - (1 << 20), "/");
	return disk;
}

static struct disk_map *propose(struct world *world, char *const *protected_disks, char *const *targets, int expected)
{
	struct disk_map *map = NULL;
	int r = disk_map_propose(&world->ctx, world->captured, world->present, protected_disks, targets, TARGET_OPTION_KERNEL, &map);

	if (r != expected)
		fail_msg("%d instead of %d: %s", r, expected, context_detail(&world->ctx));
	return map;
}

static void is_certain(struct disk_map *map, const char *source, const char *target)
{
	if (!map->certain)
		fail_msg("not certain: %s", map->reason);
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source)) {
			assert_non_null(map->pairs[i].target);
			assert_string_equal(map->pairs[i].target, target);
			return;
		}
	fail_msg("%s is not in the map", source);
}

static void is_doubtful(struct disk_map *map, const char *reason)
{
	assert_false(map->certain);
	if (!map->reason || !strstr(map->reason, reason))
		fail_msg("no \"%s\" in \"%s\"", reason, map->reason ? map->reason : "");
	disk_map_free(map);
}

static void says(struct world *world, const char *text)
{
	if (!strstr(context_detail(&world->ctx), text))
		fail_msg("no \"%s\" in \"%s\"", text, context_detail(&world->ctx));
}

static void test_one_blank_disk(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_two_blank_disks(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	add_disk(world->present, "sdb", 30 * GIB, "NEW", "N-2", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "lifeboat.target=");
	map = propose(world, NULL, (char *[]){ "N-2", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	disk_map_free(map);
	is_doubtful(propose(world, NULL, (char *[]){ "blank", NULL }, 0), "equally well");
}

static void test_captured_disk_itself(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;

	capture_one(world);
	/* It carries data, another disk is blank: identity goes first. */
	disk = add_disk(world->present, "sdb", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	add_system(world->present, disk, 10 * GIB - (1 << 20), NULL);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	disk_map_free(map);
	/* The same serial number with another model is another disk. */
	free(disk->disk.model);
	disk->disk.model = strdup("OTHER");
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_wwn_decides(void **state)
{
	struct world *world = *state;
	struct node *source = capture_one(world), *disk;
	struct disk_map *map;

	source->disk.wwn = strdup("0x5000c500a1b2c3d4");
	disk = add_disk(world->present, "sda", 10 * GIB, "QEMU DISK", "OLD-1", "0x5000c500ffffffff");
	add_system(world->present, disk, 5 * GIB, NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "neither blank nor the disk that was captured");
	free(disk->disk.wwn);
	disk->disk.wwn = strdup("0x5000c500a1b2c3d4");
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_same_identity_twice(void **state)
{
	struct world *world = *state;

	capture_one(world);
	add_disk(world->present, "sda", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	add_disk(world->present, "sdb", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "2 disks here have the identity");
	/* A name that both have names none of them. */
	is_doubtful(propose(world, NULL, (char *[]){ "OLD-1", NULL }, 0), "Several disks here are called \"OLD-1\"");
}

/* A serial number that many disks have counts where size and contents agree too. */
static void test_shared_identity(void **state)
{
	struct world *world = *state;
	struct node *source = capture_one(world), *disk;
	struct disk_map *map;

	free(source->disk.serial);
	source->disk.serial = strdup("QM00001");
	disk = add_disk(world->present, "sda", 10 * GIB, "QEMU DISK", "QM00001", NULL);
	add_system(world->present, disk, 10 * GIB - (1 << 20), NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
	/* Another system. */
	disk->disk.table_id[0] = '2';
	is_doubtful(propose(world, NULL, NULL, 0), "many disks share such an identity");
	disk->disk.table_id[0] = '1';
	/* Another size. */
	disk->size = 11 * GIB;
	is_doubtful(propose(world, NULL, NULL, 0), "many disks share such an identity");
	/* Who names it, means it. */
	map = propose(world, NULL, (char *[]){ "QM00001", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

/* A copy of the captured disk beside it is a doubt, also when only one of the two could be used. */
static void test_twin_of_the_captured_disk(void **state)
{
	struct world *world = *state;
	struct node *twin;
	struct disk_map *map;

	capture_one(world);
	add_disk(world->present, "sda", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	twin = add_disk(world->present, "sdb", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, NULL, 0), "2 disks here have the identity");
	twin->disk.read_only = true;
	is_doubtful(propose(world, NULL, NULL, 0), "2 disks here have the identity");
	/* The place tells them apart. */
	world->present->nodes[0]->disk.by_path = strdup("pci-0000:00:05.0");
	map = propose(world, NULL, (char *[]){ "pci-0000:00:05.0", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

/* The same of a blank target: it would be confirmed by an identity that the medium's disk has too. */
static void test_twin_of_a_blank_disk(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;

	capture_one(world);
	disk = add_disk(world->present, "sda", 20 * GIB, "NEW", "N-0001", NULL);
	add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-0001", NULL);
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, NULL, 0), "nobody can tell which one is meant");
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, (char *[]){ "blank", NULL }, 0), "nobody can tell which one is meant");
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, (char *[]){ "N-0001", NULL }, 0), "Several disks here are called");
	disk->disk.by_path = strdup("pci-0000:00:05.0");
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, NULL, 0), "name it by lifeboat.target=pci-0000:00:05.0");
	map = propose(world, (char *[]){ "sdb", NULL }, (char *[]){ "pci-0000:00:05.0", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_not_blank(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;

	capture_one(world);
	disk = add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	add_system(world->present, disk, 20 * GIB - (1 << 20), NULL);
	map = propose(world, NULL, NULL, 0);
	/* A person gets it proposed, with the name that would allow it. */
	assert_string_equal(map->pairs[0].target, "disk:sda");
	is_doubtful(map, "lifeboat.target=N-1");
	is_doubtful(propose(world, NULL, (char *[]){ "blank", NULL }, 0), "not among the disks that may be erased");
	map = propose(world, NULL, (char *[]){ "N-1", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_boot_code_is_content(void **state)
{
	struct world *world = *state;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL)->disk.boot_code = true;
	is_doubtful(propose(world, NULL, NULL, 0), "neither blank");
}

static void test_removable_disks_wait(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_disk(world->present, "sda", 12 * GIB, "STICK", "S-1", NULL)->disk.removable = true;
	is_doubtful(propose(world, NULL, NULL, 0), "STICK");
	add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	disk_map_free(map);
}

static void test_protected_disk(void **state)
{
	struct world *world = *state;
	char *const protected_disks[] = { "sda", NULL };

	capture_one(world);
	/* Even when it is named, and even when it is the captured disk itself. */
	add_disk(world->present, "sda", 20 * GIB, "QEMU DISK", "OLD-1", NULL);
	assert_null(propose(world, protected_disks, NULL, -ENODEV));
	says(world, "holds the recovery set");
	context_clear(&world->ctx);
	assert_null(propose(world, protected_disks, (char *[]){ "OLD-1", NULL }, -ENODEV));
	says(world, "holds the recovery set");
	context_clear(&world->ctx);
	add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-1", NULL);
	is_doubtful(propose(world, protected_disks, (char *[]){ "OLD-1", NULL }, 0), "\"OLD-1\" cannot be used. It holds the recovery set");
}

static void test_no_disk(void **state)
{
	struct world *world = *state;

	capture_one(world);
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "This machine has no disk that could be the target disk of the saved disk (QEMU DISK, serial OLD-1");
}

static void test_plain_tree(void **state)
{
	struct world *world = *state;

	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "only files");
}

static void test_size(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;
	uint64_t end = 10 * GIB - (1 << 20);

	capture_one(world);
	disk = add_disk(world->present, "sda", end + 33 * 512 - 512, "NEW", "N-1", NULL);
	assert_null(propose(world, NULL, NULL, -ENOSPC));
	says(world, "It is too small");
	context_clear(&world->ctx);
	/* Smaller than the captured disk, but what was on it fits, the second GPT included. */
	disk->size = end + 33 * 512;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

/* The captured filesystem, 2 GiB of it in use. */
static struct node *use_some(struct world *world, const char *kind)
{
	struct node *filesystem = layout_find(world->captured, "fs:disk:vda");

	filesystem->used = 2 * GIB;
	free(filesystem->filesystem.kind);
	filesystem->filesystem.kind = strdup(kind);
	return filesystem;
}

static void test_smaller_disk_for_what_is_used(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;

	capture_one(world);
	use_some(world, "ext4");
	disk = add_disk(world->present, "sda", 2 * GIB, "NEW", "N-1", NULL);
	assert_null(propose(world, NULL, NULL, -ENOSPC));
	says(world, "It is too small");
	context_clear(&world->ctx);
	disk->size = 5 * GIB;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
	/* A disk of full size goes before it. */
	add_disk(world->present, "sdb", 10 * GIB, "NEW", "N-2", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	disk_map_free(map);
}

static void test_smaller_disk_waits_where_files_may_share_blocks(void **state)
{
	static char *const named[] = { (char *)"N-1", NULL };
	struct world *world = *state;

	capture_one(world);
	use_some(world, "btrfs");
	add_disk(world->present, "sda", 5 * GIB, "NEW", "N-1", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "not certain that all files fit");
	is_doubtful(propose(world, NULL, named, 0), "becomes smaller");
}

static void test_sectors(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	node_property_set(use_some(world, "xfs"), "block_size", "1024");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL)->disk.logical_sector = 4096;
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "has blocks of 1024 bytes, and the target disk's sectors have 4096");
	context_clear(&world->ctx);
	node_property_set(use_some(world, "ext4"), "block_size", "4096");
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_read_only_and_busy(void **state)
{
	struct world *world = *state;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL)->disk.read_only = true;
	add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-2", NULL);
	machine_line(world->root, (char[]){ "link /sys/dev/block/8:16 ../../devices/sdb" });
	machine_line(world->root, (char[]){ "file /proc/self/mountinfo 22 1 8:16 / /data rw - ext4 /dev/sdb rw" });
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "It can only be read.");
	says(world, "It is in use: sdb is mounted at /data");
}

static void test_kernel_names_are_refused(void **state)
{
	static const char *const names[] = { "sda", "/dev/sda", "vda", "nvme0n1", "/dev/nvme0n1p2", "mmcblk0", "/dev/mapper/x", "sda1" };
	struct world *world = *state;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		assert_null(propose(world, NULL, (char *[]){ (char *)names[i], NULL }, -EINVAL));
		says(world, "is a kernel name");
		if (i < 2)
			says(world, "here: N-1");
		context_clear(&world->ctx);
	}
}

static void test_unknown_name(void **state)
{
	struct world *world = *state;

	capture_one(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	is_doubtful(propose(world, NULL, (char *[]){ "N-7", NULL }, 0), "No disk here is called \"N-7\"");
	/* One good name beside a bad one is a doubt all the same. */
	is_doubtful(propose(world, NULL, (char *[]){ "N-7", "N-1", NULL }, 0), "No disk here is called \"N-7\"");
}

static void capture_two(struct world *world)
{
	struct node *disk;

	capture_one(world);
	disk = add_disk(world->captured, "vdb", 20 * GIB, "QEMU DISK", "OLD-2", NULL);
	add_system(world->captured, disk, 20 * GIB - (1 << 20), "/srv");
}

static void test_two_disks_by_size(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_two(world);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	add_disk(world->present, "sdb", 10 * GIB, "NEW", "N-2", NULL);
	map = propose(world, NULL, NULL, 0);
	/* Only one way fits. */
	is_certain(map, "disk:vda", "disk:sdb");
	is_certain(map, "disk:vdb", "disk:sda");
	disk_map_free(map);
}

static void test_two_disks_by_order_of_names(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_two(world);
	add_disk(world->present, "sda", 40 * GIB, "NEW", "N-1", NULL);
	add_disk(world->present, "sdb", 40 * GIB, "NEW", "N-2", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	map = propose(world, NULL, (char *[]){ "N-2", "N-1", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	is_certain(map, "disk:vdb", "disk:sda");
	disk_map_free(map);
}

static void test_data_disk_left_out(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_two(world);
	add_disk(world->present, "sda", 12 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	assert_string_equal(map->pairs[0].target, "disk:sda");
	assert_null(map->pairs[1].target);
	is_doubtful(map, "would not be restored");
}

static void test_system_disk_is_needed(void **state)
{
	struct world *world = *state;

	capture_two(world);
	add_disk(world->present, "sda", 5 * GIB, "NEW", "N-1", NULL);
	assert_null(propose(world, NULL, NULL, -ENOSPC));
	says(world, "serial OLD-1");
}

static void test_one_disk_for_two(void **state)
{
	struct world *world = *state;

	capture_two(world);
	add_disk(world->present, "sda", 40 * GIB, "NEW", "N-1", NULL);
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "needed for another captured disk");
}

static void test_many_disks_end(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	/* More captured disks than there are present ones of their size: no search without end. */
	for (unsigned i = 0; i < 20; i++) {
		AUTO_FREE char *name = text_format("c%u", i), *other = text_format("p%u", i);

		add_system(world->captured, add_disk(world->captured, name, 10 * GIB, NULL, name, NULL), 9 * GIB, i ? NULL : "/");
		if (i < 19)
			add_disk(world->present, other, 20 * GIB, NULL, other, NULL);
	}
	assert_null(propose(world, NULL, NULL, -ENODEV));
	context_clear(&world->ctx);
	add_disk(world->present, "last", 20 * GIB, NULL, "last", NULL);
	map = propose(world, NULL, NULL, 0);
	is_doubtful(map, "equally well");
}

static struct disk_map *choose(struct world *world, const char *pairs, char *const *protected_disks, int expected)
{
	json_t *json = json_loads(pairs, 0, NULL);
	struct disk_map *map = NULL;
	int r;

	context_clear(&world->ctx);
	r = disk_map_from_json(&world->ctx, json, world->captured, world->present, protected_disks, &map);
	if (r != expected)
		fail_msg("%s: %d instead of %d: %s", pairs, r, expected, context_detail(&world->ctx));
	json_decref(json);
	return map;
}

static void test_a_person_chooses(void **state)
{
	struct world *world = *state;
	char *const protected_disks[] = { "sdc", NULL };
	struct disk_map *map;
	json_t *json;
	char *text;

	capture_two(world);
	add_system(world->present, add_disk(world->present, "sda", 40 * GIB, "NEW", "N-1", NULL), 9 * GIB, NULL);
	add_disk(world->present, "sdb", 12 * GIB, "NEW", "N-2", NULL);
	add_disk(world->present, "sdc", 40 * GIB, "NEW", "N-3", NULL);
	map = choose(world, "{\"disk:vda\":\"disk:sda\",\"disk:vdb\":null}", protected_disks, 0);
	is_certain(map, "disk:vda", "disk:sda");
	json = disk_map_to_json(map);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, "{\"disk:vda\":\"disk:sda\",\"disk:vdb\":null}");
	free(text);
	json_decref(json);
	disk_map_free(map);
	assert_null(choose(world, "{\"disk:vda\":\"disk:sdc\"}", protected_disks, -EINVAL));
	says(world, "holds the recovery set");
	assert_null(choose(world, "{\"disk:vda\":\"disk:sda\",\"disk:vdb\":\"disk:sdb\"}", protected_disks, -ENOSPC));
	says(world, "too small");
	assert_null(choose(world, "{\"disk:vda\":\"disk:sda\",\"disk:vdb\":\"disk:sda\"}", NULL, -EINVAL));
	assert_null(choose(world, "{\"disk:vdb\":\"disk:sda\"}", NULL, -EINVAL));
	says(world, "holds the system");
	assert_null(choose(world, "{}", NULL, -EINVAL));
	assert_null(choose(world, "[]", NULL, -EINVAL));
	assert_null(choose(world, "{\"disk:vda\":\"sda\"}", NULL, -EINVAL));
	assert_null(choose(world, "{\"disk:vda\":7}", NULL, -EINVAL));
	assert_null(choose(world, "{\"disk:vdx\":\"disk:sda\"}", NULL, -EINVAL));
	assert_null(choose(world, "{\"part:disk:vda\":\"disk:sda\"}", NULL, -EINVAL));
}

static void test_candidates(void **state)
{
	struct world *world = *state;
	struct node *source = capture_one(world);
	struct disk_candidate *candidates;
	size_t count;

	add_disk(world->present, "sda", 5 * GIB, "NEW", "N-1", NULL);
	add_system(world->present, add_disk(world->present, "sdb", 40 * GIB, "NEW", "N-2", NULL), 9 * GIB, NULL);
	add_disk(world->present, "sdc", 40 * GIB, "NEW", "N-3", NULL);
	add_disk(world->present, "sdd", 20 * GIB, "NEW", "N-4", NULL);
	add_disk(world->present, "sde", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	assert_int_equal(disk_candidates(&world->ctx, world->captured, source, world->present, NULL, &candidates, &count), 0);
	assert_int_equal(count, 5);
	/* The captured disk, then the closest blank ones, then the others, then what cannot serve. */
	assert_string_equal(candidates[0].disk->id, "disk:sde");
	assert_true(candidates[0].same_identity);
	assert_string_equal(candidates[1].disk->id, "disk:sdd");
	assert_string_equal(candidates[2].disk->id, "disk:sdc");
	assert_string_equal(candidates[3].disk->id, "disk:sdb");
	assert_false(candidates[3].blank);
	assert_string_equal(candidates[4].disk->id, "disk:sda");
	assert_true(!candidates[4].usable && candidates[4].too_small);
	assert_non_null(strstr(candidates[4].reason, "too small"));
	disk_candidates_free(candidates, count);
}

static void test_names(void **state)
{
	struct world *world = *state;
	struct node *ata = add_disk(world->present, "sda", GIB, "Samsung SSD  870", "S6PT NM", "0x5002538f41234567");
	struct node *virtio = add_disk(world->present, "vda", GIB, NULL, "LB-01", NULL);
	struct node *nvme = add_disk(world->present, "nvme0n1", GIB, "KINGSTON A", "5002", "eui.0026b7785abcdef5");
	struct node *usb = add_disk(world->present, "sdb", GIB, "SanDisk Ultra", "4C53", NULL);
	struct node *scsi = add_disk(world->present, "sdc", GIB, "QEMU QEMU HARDDISK", "SC-7", NULL);
	static const char *const of_ata[] = {
		"S6PT NM", "0x5002538f41234567", "5002538F41234567", "wwn-0x5002538f41234567", "Samsung SSD  870:S6PT NM",
		"ata-Samsung_SSD_870_S6PT_NM", "/dev/disk/by-id/ata-Samsung_SSD_870_S6PT_NM", "/dev/disk/by-id/wwn-0x5002538f41234567",
		"scsi-35002538f41234567", "pci-0000:00:1f.2-ata-2.0", "pci-0000:00:1f.2-ata-2", "/dev/disk/by-path/pci-0000:00:1f.2-ata-2",
	};
	static const char *const of_nobody[] = {
		"", "S6PT", "S6PT NMX", "wwn-", "0x5002538f", "ata-Samsung_SSD_870_", "/dev/disk/by-id/", "pci-0000:00:1f.2", "virtio-",
		"Samsung SSD  870", "Samsung SSD  870:",
	};

	ata->disk.by_path = strdup("pci-0000:00:1f.2-ata-2.0");
	virtio->disk.by_path = strdup("pci-0000:00:04.0");
	for (size_t i = 0; i < ARRAY_LENGTH(of_ata); i++)
		if (!disk_is_called(ata, of_ata[i]) || disk_is_called(virtio, of_ata[i]))
			fail_msg("%s", of_ata[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(of_nobody); i++)
		if (disk_is_called(ata, of_nobody[i]) || disk_is_called(virtio, of_nobody[i]))
			fail_msg("%s", of_nobody[i]);
	assert_true(disk_is_called(virtio, "virtio-LB-01"));
	assert_true(disk_is_called(virtio, "/dev/disk/by-path/virtio-pci-0000:00:04.0"));
	nvme->disk.by_path = strdup("pci-0000:03:00.0-nvme-2");
	assert_true(disk_is_called(nvme, "nvme-KINGSTON_A_5002"));
	assert_true(disk_is_called(nvme, "nvme-KINGSTON_A_5002_2"));
	assert_false(disk_is_called(nvme, "nvme-KINGSTON_A_5002_1"));
	assert_true(disk_is_called(nvme, "nvme-eui.0026b7785abcdef5"));
	assert_true(disk_is_called(usb, "usb-SanDisk_Ultra_4C53-0:0"));
	assert_true(disk_is_called(scsi, "scsi-0QEMU_QEMU_HARDDISK_SC-7"));
	/* A name for the kernel's command line: no spaces, nobody else's. */
	{
		AUTO_FREE char *best = disk_best_name(world->present, ata), *other = disk_best_name(world->present, virtio);

		assert_string_equal(best, "0x5002538f41234567");
		assert_string_equal(other, "LB-01");
		free(usb->disk.serial);
		usb->disk.serial = strdup("LB-01");
	}
	{
		AUTO_FREE char *other = disk_best_name(world->present, virtio);

		assert_string_equal(other, "pci-0000:00:04.0");
		assert_null(disk_best_name(world->present, usb));
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_blank_disk), TEST(test_two_blank_disks), TEST(test_captured_disk_itself), TEST(test_wwn_decides),
		TEST(test_same_identity_twice), TEST(test_shared_identity),
		TEST(test_twin_of_the_captured_disk), TEST(test_twin_of_a_blank_disk), TEST(test_not_blank), TEST(test_boot_code_is_content),
		TEST(test_removable_disks_wait), TEST(test_protected_disk), TEST(test_no_disk), TEST(test_plain_tree), TEST(test_size),
		TEST(test_smaller_disk_for_what_is_used),
		TEST(test_smaller_disk_waits_where_files_may_share_blocks),
		TEST(test_sectors), TEST(test_read_only_and_busy), TEST(test_kernel_names_are_refused), TEST(test_unknown_name),
		TEST(test_two_disks_by_size), TEST(test_two_disks_by_order_of_names), TEST(test_data_disk_left_out),
		TEST(test_system_disk_is_needed), TEST(test_one_disk_for_two), TEST(test_many_disks_end),
		TEST(test_a_person_chooses), TEST(test_candidates), TEST(test_names),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
