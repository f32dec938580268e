/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captured layouts (tests/data/layouts, made by tests/data/make-layout) onto other disks: the same, larger, smaller, with other sectors, one fewer, all onto
 * one, under other names, in another order. Each comes out whole, or with the sentence that the table has. */
#include <dirent.h>

#include "../../backend/fit/map.h"
#include "../../backend/plan/plan.h"
#include "machine.h"
#include "shapes_case.h"

#define DIRECTORY "tests/data/layouts/"

enum onto { SAME, LARGER, SMALLER, BIG_SECTORS, ONE_FEWER, ONTO_ONE, OTHER_NAMES, SWAPPED, ONTO_COUNT };
static const char *const onto_names[ONTO_COUNT] = { "the same", "larger", "smaller", "big sectors", "one fewer", "onto one", "other names", "swapped" };

/* What is expected; NULL: it comes out whole. "": there is nothing to try. */
static const struct row {
	const char *name;
	const char *expected[ONTO_COUNT];
} rows[] = {
	{ "laptop-gpt", { [ONE_FEWER] = "no disk", [ONTO_ONE] = "", [SWAPPED] = "" } },
	{ "server-mbr", { [ONE_FEWER] = "no disk", [ONTO_ONE] = "", [SWAPPED] = "" } },
	{ "btrfs-two-disks", { [SMALLER] = "too small", [ONE_FEWER] = "No disk here can be" } },
	{ "system-and-data", { [ONE_FEWER] = "would not be restored" } },
};

struct world {
	struct fixture f;
	char *root;
	json_t *wishes;
	struct disk_map *map;
};

static int start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	context_init(&world->f.ctx);
	world->root = machine_make(NULL);
	world->f.ctx.prefix = world->root;
	machine_write(world->root, "/proc/self/mountinfo", "", 0);
	*state = world;
	return 0;
}

static void forget(struct world *world)
{
	struct fixture *f = &world->f;

	layout_free(TAKE_POINTER(f->captured));
	layout_free(TAKE_POINTER(f->wanted));
	layout_free(TAKE_POINTER(f->present));
	layout_free(TAKE_POINTER(f->result));
	json_decref(TAKE_POINTER(world->wishes));
	disk_map_free(TAKE_POINTER(world->map));
	context_clear(&f->ctx);
}

static int end(void **state)
{
	struct world *world = *state;

	forget(world);
	context_done(&world->f.ctx);
	machine_remove(world->root);
	free(world);
	return 0;
}

/* ---- disks that are here ---- */

static void add_here(struct world *world, const char *name, uint64_t size, uint32_t sector)
{
	AUTO_FREE char *id = text_format("disk:here-%s", name);
	struct node *disk = layout_add(world->f.present, NODE_DISK, id);

	disk->size = size / sector * sector;
	disk->disk.logical_sector = disk->disk.physical_sector = sector;
	disk->disk.name = strdup(name);
	disk->device = text_format("/dev/%s", name);
}

static uint64_t size_here(const struct node *disk, enum onto target)
{
	return target == LARGER ? 2 * disk->size : target == SMALLER ? disk->size / 10 * 7 : disk->size;
}

/* The disks of this machine for TARGET, and the wishes that go with them. */
static void arrange(struct world *world, enum onto target)
{
	const struct layout *captured = world->f.captured;
	const struct node *disks[16], *first = NULL;
	uint64_t all = 0;
	size_t count = 0;

	world->f.present = layout_new();
	world->wishes = json_object();
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK && count < ARRAY_LENGTH(disks)) {
			disks[count++] = captured->nodes[i];
			all += captured->nodes[i]->size;
		}
	first = disks[0];
	for (size_t i = 0; i < count; i++) {
		const struct node *disk = disks[target == SWAPPED ? count - 1 - i : i];
		AUTO_FREE char *name = target == OTHER_NAMES ? text_format("nvme%zun1", i) : text_format("sd%c", 'a' + (char)i);

		if (target == ONTO_ONE && disk != first)
			json_object_set_new(world->wishes, disk->id, json_pack("{ss}", "onto", first->id));
		if ((target == ONTO_ONE && i) || (target == ONE_FEWER && i + 1 == count))
			continue;
		add_here(world, name, target == ONTO_ONE ? all : size_here(disk, target), target == BIG_SECTORS ? 4096 : 512);
	}
}

/* ---- what must be true ---- */

/* Nothing of what was wanted is lost, and nothing lies outside of what it lies on. */
static void check_result(struct world *world, enum onto target)
{
	struct fixture *f = &world->f;

	if (layout_check(&f->ctx, f->result))
		fail_msg("%s", context_detail(&f->ctx));
	for (size_t i = 0; i < f->captured->count; i++) {
		const struct node *before = f->captured->nodes[i], *now = layout_find(f->result, before->id);

		if (before->type == NODE_DISK || (before->type == NODE_PARTITION && !strcmp(before->partition.role, "extended")))
			continue;
		if (!now)
			fail_msg("%s is lost", before->id);
		if (before->type == NODE_PARTITION && !strncmp(layout_disk_of(f->result, now)->disk.name, "nvme", 4))
			assert_non_null(strstr(now->device, "n1p"));
		if (before->type == NODE_FILESYSTEM && target != SMALLER && target != BIG_SECTORS)
			assert_true(now->size + MIB >= before->size);
		assert_true(now->size >= now->used);
	}
}

/* 0, or -errno with a sentence in the context. */
static int lay(struct world *world)
{
	struct fixture *f = &world->f;
	int r = wishes_apply(&f->ctx, world->wishes, f->captured, &f->wanted);

	if (r == 0)
		r = disk_map_propose(&f->ctx, f->wanted, f->present, NULL, NULL, TARGET_OPTION_KERNEL, &world->map);
	for (size_t i = 0; r == 0 && i < world->map->count; i++)
		if (world->map->pairs[i].loses)
			r = context_fail(&f->ctx, ENODEV, "%s", world->map->reason);
	return r == 0 ? fit_layout(&f->ctx, f->wanted, f->present, world->map, &f->result) : r;
}

static void try(struct world *world, const struct row *row, enum onto target)
{
	AUTO_FREE char *path = text_format(DIRECTORY "%s.json", row->name);
	json_auto_t *json = json_load_file(path, 0, NULL);
	const char *expected = row->expected[target], *detail;
	int r;

	forget(world);
	if (layout_from_json(&world->f.ctx, json, &world->f.captured))
		fail_msg("%s: %s", path, context_detail(&world->f.ctx));
	if (expected && !*expected)
		return;
	arrange(world, target);
	r = lay(world);
	detail = context_detail(&world->f.ctx);
	if (r == 0 && expected)
		fail_msg("%s, %s: it comes out whole, instead of \"%s\"", row->name, onto_names[target], expected);
	if (r < 0 && (!expected || !strstr(detail, expected)))
		fail_msg("%s, %s: %s", row->name, onto_names[target], detail);
	if (r == 0)
		check_result(world, target);
}

static void test_every_layout_onto_every_target(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		for (enum onto target = 0; target < ONTO_COUNT; target++)
			try(*state, &rows[i], target);
}

/* A layout that somebody adds gets its row. */
static void test_every_layout_has_a_row(void **state)
{
	DIR *directory = opendir(DIRECTORY);
	struct dirent *entry;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		bool found = entry->d_name[0] == '.';

		for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
			found |= !strncmp(entry->d_name, rows[i].name, strlen(rows[i].name)) && !strcmp(entry->d_name + strlen(rows[i].name), ".json");
		if (!found)
			fail_msg("%s has no row in the table", entry->d_name);
	}
	closedir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_layout_onto_every_target, start, end),
		cmocka_unit_test(test_every_layout_has_a_row),
	};

	return cmocka_run_group_tests_name("layouts", tests, NULL, NULL);
}
