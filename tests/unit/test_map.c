/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which present disk takes the place of which captured one: what is certain, what needs a person, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/fit/map.h"
#include "../../backend/layout/identity.h"
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

/* Bare paths to one disk: which one is meant is no question, and nothing is erased through one of them. */
static void test_bare_paths(void **state)
{
	struct world *world = *state;
	struct node *source = capture_one(world);

	add_disk(world->present, "sda", 20 * GIB, "LUN", "800SE?F0Ewwp", "0x600a098038303053453f463045727770");
	add_disk(world->present, "sdb", 20 * GIB, "LUN", "800SE?F0Ewwp", "0x600a098038303053453f463045727770");
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, NULL, 0), "are paths to one disk");
	is_doubtful(propose(world, (char *[]){ "sdb", NULL }, (char *[]){ "blank", NULL }, 0), "start multipathd");
	source->disk.wwn = strdup("0x600a098038303053453f463045727770");
	is_doubtful(propose(world, NULL, NULL, 0), "start multipathd");
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
	add_disk(world->present, "sdb", 41 * GIB, "NEW", "N-2", NULL);
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

/* The system gets it; whether the data may stay away is for a person to say. */
static void test_one_disk_for_two(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_two(world);
	add_disk(world->present, "sda", 40 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	assert_string_equal(map->pairs[0].target, "disk:sda");
	assert_null(map->pairs[1].target);
	is_doubtful(map, "serial OLD-2, 20.0 GiB), which would not be restored");
	/* Nor may the system stay away for the data. */
	free(layout_find(world->captured, "mount:disk:vda")->mount.path);
	layout_find(world->captured, "mount:disk:vda")->mount.path = strdup("/boot");
	free(layout_find(world->captured, "mount:disk:vdb")->mount.path);
	layout_find(world->captured, "mount:disk:vdb")->mount.path = strdup("/");
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "needed for another captured disk");
}

static void test_many_disks_end(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	/* More captured disks than there are present ones of their size: no search without end. */
	for (unsigned i = 0; i < 20; i++) {
		AUTO_FREE char *name = text_format("c%u", i), *other = text_format("p%u", i), *path = text_format("/%u", i);

		add_system(world->captured, add_disk(world->captured, name, 10 * GIB, NULL, name, NULL), 9 * GIB, i ? path : "/");
		if (i < 19)
			add_disk(world->present, other, (20 + i) * GIB, NULL, other, NULL);
	}
	is_doubtful(propose(world, NULL, NULL, 0), "would not be restored");
	add_disk(world->present, "last", 20 * GIB, NULL, "last", NULL);
	map = propose(world, NULL, NULL, 0);
	is_doubtful(map, "equally well");
}

/* ---- equal disks ---- */

static struct node *add_content(struct layout *layout, enum node_type type, const char *id, const char *on, uint64_t size)
{
	struct node *node = layout_add(layout, type, id);

	assert_non_null(node);
	assert_int_equal(strv_append(&node->on, on), 0);
	node->size = size;
	return node;
}

/* A disk of the captured machine with a partition that is a member of an array, and a swap space beside it. */
static struct node *add_member(struct world *world, const char *name, uint64_t size)
{
	AUTO_FREE char *id = text_format("disk:%s", name), *part = text_format("part:%s.1", name), *other = text_format("part:%s.2", name);
	AUTO_FREE char *swap = text_format("swap:%s", name), *serial = text_format("OLD-%s", name);
	struct node *disk = add_disk(world->captured, name, 10 * GIB, "OLD", serial, NULL);

	disk->disk.table = strdup("gpt");
	disk->disk.table_id = text_format("11111111-2222-3333-4444-5555555555%02x", (unsigned char)name[2]);
	for (unsigned i = 1; i <= 2; i++) {
		struct node *node = add_content(world->captured, NODE_PARTITION, i == 1 ? part : other, id, i == 1 ? size : GIB);

		node->partition.number = i;
		node->partition.start = i == 1 ? 1 << 20 : 8 * GIB;
		node->partition.kind = strdup("A19D880F-05FC-4D3B-A006-743F0F84911E");
		node->partition.role = strdup("primary");
		node->partition.uuid = text_format("%s-%u", name, i);
	}
	add_content(world->captured, NODE_SWAP, swap, other, GIB)->uuid = strdup(name);
	return disk;
}

/* The root on a mirror of two disks, in their places 1 and 0. */
static void capture_mirror(struct world *world, const char *level)
{
	struct node *array, *filesystem;

	add_member(world, "vda", 5 * GIB);
	add_member(world, "vdb", 5 * GIB);
	array = add_content(world->captured, NODE_RAID, "raid:0", "part:vda.1", 5 * GIB - (1 << 20));
	assert_int_equal(strv_append(&array->on, "part:vdb.1"), 0);
	node_property_set(array, "level", level);
	node_property_set(array, "raid_disks", "2");
	node_property_set(array, "member_0_role", "1");
	node_property_set(array, "member_1_role", "0");
	filesystem = add_content(world->captured, NODE_FILESYSTEM, "fs:root", "raid:0", array->size);
	filesystem->filesystem.kind = strdup("ext4");
	add_content(world->captured, NODE_MOUNT, "mount:root", "fs:root", 0)->mount.path = strdup("/");
}

static void test_mirror_onto_two_equal_disks(void **state)
{
	struct world *world = *state;
	struct node *other;
	struct disk_map *map;

	capture_mirror(world, "raid1");
	add_disk(world->present, "nvme0n1", 20 * GIB, "NEW", "N-1", NULL);
	other = add_disk(world->present, "mmcblk0", 20 * GIB, "OTHER", "N-2", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:nvme0n1");
	is_certain(map, "disk:vdb", "disk:mmcblk0");
	disk_map_free(map);
	map = propose(world, NULL, (char *[]){ "blank", NULL }, 0);
	is_certain(map, "disk:vda", "disk:nvme0n1");
	disk_map_free(map);
	/* Members that are alike may go anywhere. */
	other->size = 30 * GIB;
	map = propose(world, NULL, NULL, 0);
	assert_string_not_equal(map->pairs[0].target, map->pairs[1].target);
	is_certain(map, "disk:vda", map->pairs[0].target);
	disk_map_free(map);
	/* One more than needed, whatever its size. */
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-3", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	other->size = 20 * GIB;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
}

/* Something on one of them that is not on the other makes it a question which disk that gets. */
static void test_members_that_differ(void **state)
{
	struct world *world = *state;
	struct node *last, *part;
	struct disk_map *map;

	capture_mirror(world, "raid1");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	last = add_disk(world->present, "sdb", 30 * GIB, "NEW", "N-2", NULL);
	part = layout_find(world->captured, "part:vdb.1");
	part->partition.start += 1 << 20;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	part->partition.start -= 1 << 20;
	layout_find(world->captured, "disk:vdb")->disk.boot_code = true;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	layout_find(world->captured, "disk:vdb")->disk.boot_code = false;
	node_property_set(layout_find(world->captured, "raid:0"), "member_0_data_offset", "1048576");
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	/* On equal disks that is no matter. */
	last->size = 20 * GIB;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vdb", "disk:sdb");
	disk_map_free(map);
	last->disk.logical_sector = 4096;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
}

/* A disk with data is not taken, whatever the others are. */
static void test_mirror_with_a_disk_in_use(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_mirror(world, "raid1");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	add_system(world->present, add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-2", NULL), 9 * GIB, NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "serial N-2, 20.0 GiB is neither blank nor the disk that was captured");
	/* One member that is here itself settles the other. */
	add_disk(world->present, "sdc", 10 * GIB, "OLD", "OLD-vdb", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vdb", "disk:sdc");
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
}

static void test_mirror_needs_a_member(void **state)
{
	struct world *world = *state;

	capture_mirror(world, "raid1");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "would not be restored");
	node_property_set(layout_find(world->captured, "raid:0"), "level", "raid0");
	assert_null(propose(world, NULL, NULL, -ENODEV));
	says(world, "No disk here can be the target disk of the saved disk (OLD");
	context_clear(&world->ctx);
	node_property_set(layout_find(world->captured, "raid:0"), "level", "raid1");
	world->present->nodes[0]->size = GIB;
	assert_null(propose(world, NULL, NULL, -ENOSPC));
}

static void test_different_disks_onto_equal_ones(void **state)
{
	struct world *world = *state;
	struct node *disk;
	struct disk_map *map;

	capture_two(world);
	add_disk(world->present, "vda", 40 * GIB, "NEW", "N-1", NULL);
	disk = add_disk(world->present, "vdb", 40 * GIB, "NEW", "N-2", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:vda");
	is_certain(map, "disk:vdb", "disk:vdb");
	disk_map_free(map);
	disk->disk.physical_sector = 4096;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	disk->disk.physical_sector = 512;
	/* A blank disk that another one shares its identity with is a doubt still. */
	free(disk->disk.serial);
	disk->disk.serial = strdup("N-1");
	is_doubtful(propose(world, NULL, NULL, 0), "nobody can tell which one is meant");
}

/* Numbers that many disks have are no reason to erase one, but among disks that are equal they keep their order. */
static void test_weak_numbers_keep_their_order(void **state)
{
	static const char *const numbers[] = { "QM00003", "QM00001", "QM00002" };
	struct world *world = *state;
	struct disk_map *map;

	for (unsigned i = 0; i < 3; i++) {
		AUTO_FREE char *name = text_format("sd%c", 'a' + (char)i), *serial = text_format("QM0000%u", i + 1), *path = text_format("/%u", i);

		add_system(world->captured, add_disk(world->captured, name, 10 * GIB, "QEMU HARDDISK", serial, NULL), (7 + i) * GIB, i ? path : "/");
		add_disk(world->present, name, 10 * GIB, "QEMU HARDDISK", numbers[i], NULL);
	}
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:sda", "disk:sdb");
	is_certain(map, "disk:sdb", "disk:sdc");
	is_certain(map, "disk:sdc", "disk:sda");
	disk_map_free(map);
}

static void test_many_equal_disks(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	for (unsigned i = 0; i < 24; i++) {
		AUTO_FREE char *name = text_format("c%u", i), *other = text_format("p%u", i), *path = text_format("/%u", i);

		add_system(world->captured, add_disk(world->captured, name, 10 * GIB, NULL, name, NULL), (8 + i % 2) * GIB, i ? path : "/");
		add_disk(world->present, other, (20 + i % 3 / 2) * GIB, NULL, other, NULL);
	}
	/* Three kinds of disks there, two here. */
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	for (size_t i = 0; i < world->present->count; i++)
		world->present->nodes[i]->size = 20 * GIB;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:c23", "disk:p23");
	disk_map_free(map);
}

/* ---- places ---- */

static void connect(struct node *disk, const char *place)
{
	free(disk->disk.by_path);
	disk->disk.by_path = copy(place);
}

static void test_same_place(void **state)
{
	struct world *world = *state;
	struct node *source, *first, *second;
	struct disk_map *map;

	capture_two(world);
	source = layout_find(world->captured, "disk:vda");
	connect(source, "pci-0000:00:1f.2-ata-1.0");
	first = add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	second = add_disk(world->present, "sdb", 10 * GIB + (100 << 20), "NEW", "N-2", NULL);
	add_disk(world->present, "sdc", 21 * GIB, "NEW", "N-3", NULL);
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	/* It takes the disk of its size in its place. */
	connect(second, "pci-0000:00:1f.2-ata-1.0");
	connect(layout_find(world->captured, "disk:vdb"), "pci-0000:00:1f.2-ata-2.0");
	connect(first, "pci-0000:00:1f.2-ata-2.0");
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sdb");
	is_certain(map, "disk:vdb", "disk:sda");
	disk_map_free(map);
	/* A name that the operator gave goes before that. */
	map = propose(world, NULL, (char *[]){ "N-1", "N-3", NULL }, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
	/* A disk of quite another size is another disk. */
	second->size = 15 * GIB;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
	/* The place says nothing of whose data are on a disk. */
	second->size = 10 * GIB;
	first->size = 40 * GIB;
	second->disk.boot_code = true;
	is_doubtful(propose(world, NULL, NULL, 0), "equally well");
}

static void test_identity_goes_before_the_place(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_system(world->captured, add_disk(world->captured, "vdb", 10 * GIB, "QEMU DISK", "OLD-2", NULL), 9 * GIB, "/srv");
	connect(layout_find(world->captured, "disk:vda"), "pci-0000:00:04.0");
	connect(layout_find(world->captured, "disk:vdb"), "pci-0000:00:05.0");
	connect(add_disk(world->present, "vda", 10 * GIB, "QEMU DISK", "OLD-2", NULL), "pci-0000:00:04.0");
	connect(add_disk(world->present, "vdb", 10 * GIB, "QEMU DISK", "OLD-1", NULL), "pci-0000:00:05.0");
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:vdb");
	is_certain(map, "disk:vdb", "disk:vda");
	disk_map_free(map);
}

/* ---- whatever the disks ---- */

static uint64_t below(uint64_t *state, uint64_t end)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % end;
}

/* Disks of few sizes, numbers and places, so that many are alike. */
static void add_random_disks(struct world *world, struct layout *layout, uint64_t *state, bool captured)
{
	static const char *const numbers[] = { NULL, "QM00001", "QM00002", "WD-WX51A8", "WD-WX51A9", "S6PTNM0T1" };
	static const char *const places[] = { NULL, "pci-0000:00:04.0", "pci-0000:00:05.0", "pci-0000:00:06.0" };
	uint64_t count = captured ? 1 + below(state, 4) : below(state, 6);

	for (uint64_t i = 0; i < count; i++) {
		AUTO_FREE char *name = text_format("sd%c", 'a' + (char)i), *path = text_format("/%llu", (unsigned long long)i);
		AUTO_FREE char *mount = text_format("mount:disk:%s", name);
		struct node *disk = add_disk(layout, name, (5 + 5 * below(state, 3)) * GIB, "MODEL", numbers[below(state, ARRAY_LENGTH(numbers))], NULL);

		connect(disk, places[below(state, ARRAY_LENGTH(places))]);
		disk->disk.removable = !below(state, 8);
		if (!captured && below(state, 3))
			continue;
		add_system(layout, disk, (2 + below(state, 3)) * GIB, !captured ? NULL : i ? path : "/");
		disk->disk.table_id[0] = (char)('1' + (char)below(state, 2));
		if (i && captured)
			layout_find(world->captured, mount)->mount.empty = !below(state, 3);
	}
}

static void check_random_map(struct world *world, const struct disk_map *map, uint64_t seed)
{
	size_t targets = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct node *source = layout_find(world->captured, map->pairs[i].source);
		const struct node *target = map->pairs[i].target ? layout_find(world->present, map->pairs[i].target) : NULL;

		if (!i && !target)
			fail_msg("seed %llu: no disk for the system", (unsigned long long)seed);
		if (!target && map->certain && map->pairs[i].loses)
			fail_msg("seed %llu: files are lost without a question", (unsigned long long)seed);
		targets += target != NULL;
		for (size_t k = 0; target && k < world->present->count; k++) {
			const struct node *other = world->present->nodes[k];

			if (other->type == NODE_DISK && other != target && map->certain && disk_claims_same(&target->disk, &other->disk))
				fail_msg("seed %llu: %s has a twin", (unsigned long long)seed, target->id);
		}
		for (size_t k = 0; target && k < i; k++)
			if (map->pairs[k].target && !strcmp(map->pairs[k].target, target->id))
				fail_msg("seed %llu: %s is taken twice", (unsigned long long)seed, target->id);
		if (target && map->certain && target->disk.table && !disk_claims_same(&source->disk, &target->disk))
			fail_msg("seed %llu: %s is neither blank nor the captured disk", (unsigned long long)seed, target->id);
		if (target && !strcmp(target->id, "disk:sdd"))
			fail_msg("seed %llu: the medium is taken", (unsigned long long)seed);
	}
	assert_true(targets);
}

static void mix(struct layout *layout, uint64_t *state)
{
	for (size_t i = layout->count; i > 1; i--) {
		size_t k = below(state, i);
		struct node *node = layout->nodes[i - 1];

		layout->nodes[i - 1] = layout->nodes[k];
		layout->nodes[k] = node;
	}
	assert_int_equal(layout_sort(layout), 0);
}

/* Each disk is taken once, none that is protected or another machine's without a doubt, and the order in which the kernel found them says
 * nothing of how certain the map is. */
static void test_whatever_the_disks(void **state)
{
	static char *const medium[] = { (char *)"sdd", NULL };
	struct world *world = *state;
	unsigned certain = 0, doubtful = 0, refused = 0;

	for (uint64_t seed = 1; seed <= 4000; seed++) {
		struct disk_map *map = NULL, *again = NULL;
		uint64_t chance = seed;
		int r;

		layout_free(world->captured);
		layout_free(world->present);
		world->captured = layout_new();
		world->present = layout_new();
		for (int i = 0; i < 8; i++)
			below(&chance, 2);
		add_random_disks(world, world->captured, &chance, true);
		add_random_disks(world, world->present, &chance, false);
		context_clear(&world->ctx);
		r = disk_map_propose(&world->ctx, world->captured, world->present, medium, NULL, TARGET_OPTION_KERNEL, &map);
		if (r)
			assert_true(strlen(context_detail(&world->ctx)) > 20);
		else
			check_random_map(world, map, seed);
		mix(world->present, &chance);
		context_clear(&world->ctx);
		if (disk_map_propose(&world->ctx, world->captured, world->present, medium, NULL, TARGET_OPTION_KERNEL, &again) != r ||
		    (!r && map->certain != again->certain))
			fail_msg("seed %llu: another order, another answer: %s%s", (unsigned long long)seed, !r && map->reason ? map->reason : "",
				 again && again->reason ? again->reason : "");
		*(r ? &refused : map->certain ? &certain : &doubtful) += 1;
		disk_map_free(map);
		disk_map_free(again);
	}
	if (certain < 200 || doubtful < 200 || refused < 200)
		fail_msg("%u certain, %u doubtful, %u refused: not much was tried", certain, doubtful, refused);
}

/* ---- disks that are not restored ---- */

static const char *why_left_out(const struct disk_map *map, const char *source)
{
	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source)) {
			assert_null(map->pairs[i].target);
			return map->pairs[i].left_out ? map->pairs[i].left_out : "";
		}
	fail_msg("%s is not in the map", source);
	return NULL;
}

/* The medium was mounted when the machine was captured, and is here. */
static void test_medium_was_captured(void **state)
{
	static char *const medium[] = { (char *)"sdb", NULL };
	struct world *world = *state;
	struct node *mount;
	struct disk_map *map;

	capture_one(world);
	add_system(world->captured, add_disk(world->captured, "sdb", 32 * GIB, "STICK", "ST-1", NULL), 31 * GIB, "/mnt/stick");
	mount = layout_find(world->captured, "mount:disk:sdb");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	add_system(world->present, add_disk(world->present, "sdb", 32 * GIB, "STICK", "ST-1", NULL), 31 * GIB, NULL);
	/* Files that the set has of it are on it, too. */
	for (int empty = 0; empty < 2; empty++) {
		mount->mount.empty = empty;
		map = propose(world, medium, NULL, 0);
		is_certain(map, "disk:vda", "disk:sda");
		assert_non_null(strstr(why_left_out(map, "disk:sdb"), "holds the recovery set"));
		disk_map_free(map);
	}
	/* Without a number its size and table say so, and nothing else. */
	for (int captured = 0; captured < 2; captured++) {
		struct node *stick = layout_find(captured ? world->captured : world->present, "disk:sdb");

		free(stick->disk.serial);
		stick->disk.serial = NULL;
	}
	map = propose(world, medium, NULL, 0);
	assert_non_null(strstr(why_left_out(map, "disk:sdb"), "holds the recovery set"));
	assert_false(map->pairs[1].loses);
	disk_map_free(map);
	mount->mount.empty = false;
	layout_find(world->present, "disk:sdb")->disk.table_id[0] = '7';
	map = propose(world, medium, NULL, 0);
	assert_true(map->pairs[1].loses);
	is_doubtful(map, "would not be restored");
	layout_find(world->present, "disk:sdb")->disk.table_id[0] = '1';
	/* A blank disk that is left over is not for the copy of a medium that is here. */
	add_disk(world->present, "sdc", 40 * GIB, "NEW", "N-2", NULL)->disk.read_only = true;
	map = propose(world, medium, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
	/* A system that lies on the medium is not restored without it. */
	free(mount->mount.path);
	mount->mount.path = strdup("/boot");
	assert_null(propose(world, medium, NULL, -ENODEV));
}

/* It is not here any more. */
static void test_disks_without_files(void **state)
{
	struct world *world = *state;
	struct node *stick, *mount;
	struct disk_map *map;

	capture_one(world);
	stick = add_disk(world->captured, "sdb", 32 * GIB, "STICK", "ST-1", NULL);
	add_system(world->captured, stick, 31 * GIB, "/mnt/stick");
	mount = layout_find(world->captured, "mount:disk:sdb");
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	/* Files of the set lie on it alone. */
	is_doubtful(propose(world, NULL, NULL, 0), "would not be restored");
	mount->mount.empty = true;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	assert_non_null(strstr(why_left_out(map, "disk:sdb"), "has no files of it"));
	disk_map_free(map);
	/* Where a disk is free it comes back, but neither by erasing one that is not blank nor where a choice would have to be made. */
	add_system(world->present, add_disk(world->present, "sdb", 40 * GIB, "NEW", "N-2", NULL), 31 * GIB, NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	assert_non_null(why_left_out(map, "disk:sdb"));
	disk_map_free(map);
	add_disk(world->present, "sdc", 40 * GIB, "NEW", "N-3", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	is_certain(map, "disk:sdb", "disk:sdc");
	disk_map_free(map);
	/* A medium gets none, and what lies on it now is not erased. */
	stick->disk.transport = strdup("usb");
	add_system(world->present, add_disk(world->present, "sdd", 32 * GIB, "STICK", "ST-1", NULL), 31 * GIB, NULL);
	layout_find(world->present, "disk:sdc")->size = 15 * GIB;
	layout_find(world->present, "disk:sdc")->disk.read_only = true;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	assert_non_null(strstr(why_left_out(map, "disk:sdb"), "plugged in when the machine was captured"));
	disk_map_free(map);
	/* With files of the set it is a disk like any other. */
	mount->mount.empty = false;
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:sdb", "disk:sdd");
	disk_map_free(map);
}

/* It makes nobody choose. */
static void test_disk_without_files_is_no_question(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_system(world->captured, add_disk(world->captured, "vdb", 10 * GIB, "QEMU DISK", "OLD-2", NULL), 9 * GIB, "/scratch");
	layout_find(world->captured, "mount:disk:vdb")->mount.empty = true;
	add_disk(world->present, "sda", 10 * GIB, "QEMU DISK", "OLD-1", NULL);
	add_disk(world->present, "sdb", 20 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vdb", "disk:sdb");
	disk_map_free(map);
	add_disk(world->present, "sdc", 30 * GIB, "NEW", "N-2", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	assert_non_null(strstr(why_left_out(map, "disk:vdb"), "no files of it"));
	disk_map_free(map);
	/* Where there is a question all the same, it is among what is proposed. */
	layout_find(world->captured, "disk:vda")->disk.model[0] = 'X';
	map = propose(world, NULL, NULL, 0);
	assert_non_null(map->pairs[1].target);
	is_doubtful(map, "equally well");
}

/* What the set has of it block by block is nowhere else. */
static void test_disk_with_an_image(void **state)
{
	struct world *world = *state;
	struct node *image;
	struct disk_map *map;

	capture_one(world);
	add_system(world->captured, add_disk(world->captured, "vdb", 10 * GIB, "QEMU DISK", "OLD-2", NULL), 9 * GIB, NULL);
	image = layout_find(world->captured, "fs:disk:vdb");
	add_disk(world->present, "sda", 20 * GIB, "QEMU DISK", "OLD-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	disk_map_free(map);
	assert_int_equal(node_property_set(image, "image", "win"), 0);
	map = propose(world, NULL, NULL, 0);
	assert_non_null(strstr(why_left_out(map, "disk:vdb"), "block by block does not come back"));
	is_doubtful(map, "would not be restored");
}

static void test_blank_captured_disk(void **state)
{
	struct world *world = *state;
	struct disk_map *map;

	capture_one(world);
	add_disk(world->captured, "vdb", 40 * GIB, "QEMU DISK", "OLD-2", NULL);
	add_disk(world->present, "sda", 20 * GIB, "NEW", "N-1", NULL);
	map = propose(world, NULL, NULL, 0);
	is_certain(map, "disk:vda", "disk:sda");
	assert_string_equal(why_left_out(map, "disk:vdb"), "");
	disk_map_free(map);
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

/* Of two blank disks the one of which nobody can tell whether it is in use may be the one that is meant; a disk that was named, or is the captured
 * one, is not doubted for it. */
static void test_disk_that_nobody_can_tell_of(void **state)
{
	struct world *world = *state;
	char *const named[] = { (char *)"NEW-2", NULL };
	struct disk_map *map;

	capture_one(world);
	add_disk(world->present, "vdb", 20 * GIB, "QEMU DISK", "NEW-1", NULL)->device = strdup("/dev/vdb");
	add_disk(world->present, "vdc", 20 * GIB, "QEMU DISK", "NEW-2", NULL)->device = strdup("/dev/vdc");
	/* A file in the place of a directory: reading fails, and not with "there is none". */
	machine_write(world->root, "/sys/block/vdb/holders", "", 0);
	map = propose(world, NULL, NULL, 0);
	assert_string_equal(map->pairs[0].target, "disk:vdc");
	assert_false(map->certain);
	assert_non_null(strstr(map->reason, "NEW-1"));
	assert_non_null(strstr(map->reason, "may be the disk that is meant"));
	disk_map_free(map);
	map = propose(world, NULL, named, 0);
	assert_string_equal(map->pairs[0].target, "disk:vdc");
	assert_true(map->certain);
	disk_map_free(map);
	free(world->present->nodes[1]->disk.serial);
	world->present->nodes[1]->disk.serial = strdup("OLD-1");
	map = propose(world, NULL, NULL, 0);
	assert_string_equal(map->pairs[0].target, "disk:vdc");
	assert_true(map->certain);
	disk_map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_blank_disk), TEST(test_two_blank_disks), TEST(test_captured_disk_itself), TEST(test_wwn_decides),
		TEST(test_same_identity_twice), TEST(test_bare_paths), TEST(test_shared_identity), TEST(test_disk_that_nobody_can_tell_of),
		TEST(test_twin_of_the_captured_disk), TEST(test_twin_of_a_blank_disk), TEST(test_not_blank), TEST(test_boot_code_is_content),
		TEST(test_removable_disks_wait), TEST(test_protected_disk), TEST(test_no_disk), TEST(test_plain_tree), TEST(test_size),
		TEST(test_smaller_disk_for_what_is_used),
		TEST(test_smaller_disk_waits_where_files_may_share_blocks),
		TEST(test_sectors), TEST(test_read_only_and_busy), TEST(test_kernel_names_are_refused), TEST(test_unknown_name),
		TEST(test_two_disks_by_size), TEST(test_two_disks_by_order_of_names), TEST(test_data_disk_left_out),
		TEST(test_system_disk_is_needed), TEST(test_one_disk_for_two), TEST(test_many_disks_end),
		TEST(test_mirror_onto_two_equal_disks), TEST(test_members_that_differ), TEST(test_mirror_with_a_disk_in_use),
		TEST(test_mirror_needs_a_member), TEST(test_different_disks_onto_equal_ones), TEST(test_many_equal_disks), TEST(test_whatever_the_disks), TEST(test_weak_numbers_keep_their_order), TEST(test_same_place),
		TEST(test_identity_goes_before_the_place), TEST(test_medium_was_captured), TEST(test_disks_without_files),
		TEST(test_disk_without_files_is_no_question), TEST(test_disk_with_an_image), TEST(test_blank_captured_disk),
		TEST(test_a_person_chooses), TEST(test_candidates), TEST(test_names),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
