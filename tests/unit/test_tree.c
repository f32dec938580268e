/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layout in the order of a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/layout/tree.h"

static struct node *add(struct layout *layout, enum node_type type, const char *id, const char *const *on, uint64_t size)
{
	struct node *node = layout_add(layout, type, id);

	assert_non_null(node);
	node->size = size;
	node->on = calloc(4, sizeof(char *));
	for (size_t i = 0; on && on[i]; i++)
		node->on[i] = strdup(on[i]);
	return node;
}

static void set(struct node *node, const char *key, const char *value)
{
	assert_int_equal(node_property_set(node, key, value), 0);
}

#define ON(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void add_volume(struct layout *layout, const char *id, const char *label, const char *kind, const char *on, bool hidden)
{
	struct node *node = add(layout, NODE_LV, id, ON(on), 1 << 30);

	node->label = strdup(label);
	set(node, "vg_name", "data");
	set(node, "kind", kind);
	set(node, "status", hidden ? "READ,WRITE" : "READ,WRITE,VISIBLE");
}

/* Two disks, an array over both, a container on it, a volume group in that with a pool and a thin volume. */
static struct layout *machine(void)
{
	struct layout *layout = layout_new();
	struct node *node;

	assert_non_null(layout);
	add(layout, NODE_DISK, "disk:0", NULL, 4ull << 30)->disk.model = strdup("FIRST");
	add(layout, NODE_DISK, "disk:1", NULL, 4ull << 30)->disk.model = strdup("SECOND");
	add(layout, NODE_PARTITION, "part:0.1", ON("disk:0"), 2ull << 30)->partition.number = 1;
	add(layout, NODE_PARTITION, "part:1.1", ON("disk:1"), 2ull << 30)->partition.number = 1;
	set(add(layout, NODE_RAID, "md:0", ON("part:0.1", "part:1.1"), 2ull << 30), "level", "raid1");
	add(layout, NODE_LUKS, "luks:0", ON("md:0"), 2ull << 30);
	add(layout, NODE_PV, "pv:0", ON("luks:0"), 2ull << 30);
	add(layout, NODE_VG, "vg:0", ON("pv:0"), 2ull << 30)->label = strdup("data");
	add_volume(layout, "lv:data_tdata", "pool_tdata", "linear", "vg:0", true);
	add_volume(layout, "lv:pool", "pool", "thin-pool", "lv:data_tdata", false);
	add_volume(layout, "lv:thin", "thin", "thin", "lv:pool", false);
	node = add(layout, NODE_FILESYSTEM, "fs:0", ON("lv:thin"), 1 << 30);
	node->filesystem.kind = strdup("ext4");
	node->label = strdup("srv\33");
	add(layout, NODE_MOUNT, "mount:0", ON("fs:0"), 0)->mount.path = strdup("/srv");
	return layout;
}

static void expect_rows(json_t *rows, const char *const *expected)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		char line[200];

		snprintf(line, sizeof(line), "%lld %s%s", json_integer_value(json_object_get(row, "depth")),
			 json_string_value(json_object_get(row, "text")), json_is_true(json_object_get(row, "again")) ? " again" : "");
		assert_non_null(expected[i]);
		assert_string_equal(line, expected[i]);
	}
	assert_null(expected[i]);
}

/* What lies on two disks is told below each of them, and what stands on it once; a pool's hidden parts not at all. */
static void test_rows(void **state)
{
	AUTO_LAYOUT struct layout *layout = machine();
	json_t *disks = layout_tree_rows(layout);

	(void)state;
	assert_int_equal(json_array_size(disks), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(disks, 0), "disk")), "disk:0");
	assert_string_equal(json_string_value(json_object_get(json_array_get(disks, 0), "text")), "FIRST, 4.0 GiB");
	expect_rows(json_object_get(json_array_get(disks, 0), "rows"),
		    ON("1 partition 1, 2.0 GiB", "2 raid1 RAID array, 2.0 GiB", "3 encrypted container (LUKS), 2.0 GiB",
		       "4 LVM physical volume, 2.0 GiB", "5 LVM volume group data, 2.0 GiB", "6 LVM logical volume data/pool (thin-pool), 1.0 GiB",
		       "7 LVM logical volume data/thin (thin), 1.0 GiB", "8 ext4 filesystem \"srv%1B\", 1.0 GiB"));
	expect_rows(json_object_get(json_array_get(disks, 1), "rows"), ON("1 partition 1, 2.0 GiB", "2 raid1 RAID array, 2.0 GiB again"));
	json_decref(disks);
}

struct ends {
	size_t places, last;
};

static int count_ends(void *data, const struct tree_place *place)
{
	struct ends *ends = data;

	ends->places++;
	ends->last += place->last;
	return place->node->type == NODE_VG ? -7 : 0;
}

/* Who is told the places may stop it. */
static void test_stops(void **state)
{
	AUTO_LAYOUT struct layout *layout = machine();
	struct ends ends = { 0 };

	(void)state;
	assert_int_equal(layout_tree(layout, count_ends, &ends), -7);
	assert_int_equal(ends.places, 6);
	assert_int_equal(ends.last, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_stops) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
