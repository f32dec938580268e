/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays: which ones can be made, who takes which place, and what mdadm is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/fit/sizes.h"
#include "../../backend/plan/twins.h"
#include "../../backend/stack/raid_arguments.h"
#include "../../backend/stack/recreate.h"
#include "../../backend/storage/actions.h"
#include "../../backend/storage/device.h"
#include "machine.h"

struct fixture {
	struct layout *layout;
	struct node *array;
};

/* An array of LEVEL and ALGORITHM with PLACES, on as many partitions as ROLES says. */
static void begin(struct fixture *f, const char *level, unsigned algorithm, unsigned places, const char *const roles[])
{
	struct node *disk;

	f->layout = layout_new();
	disk = layout_add(f->layout, NODE_DISK, "disk:0");
	disk->disk.table = strdup("gpt");
	f->array = NULL;
	for (unsigned i = 0; roles[i]; i++) {
		char id[] = "part:0.0";
		struct node *partition;

		id[7] = (char)('1' + i);
		partition = layout_add(f->layout, NODE_PARTITION, id);
		partition->partition.number = i + 1;
		assert_int_equal(strv_append(&partition->on, "disk:0"), 0);
	}
	f->array = layout_add(f->layout, NODE_RAID, "raid:1");
	f->array->uuid = strdup("11223344-5566-7788-99aa-bbccddeeff00");
	assert_int_equal(node_property_set(f->array, "level", level), 0);
	assert_int_equal(node_property_set(f->array, "metadata", "1.2"), 0);
	assert_int_equal(node_property_set(f->array, "name", "box:data"), 0);
	assert_int_equal(node_number_set(f->array, "raid_disks", places), 0);
	assert_int_equal(node_number_set(f->array, "chunk_size", 65536), 0);
	assert_int_equal(node_number_set(f->array, "component_size", 8 << 20), 0);
	if (algorithm)
		assert_int_equal(node_number_set(f->array, "algorithm", algorithm), 0);
	for (unsigned i = 0; roles[i]; i++) {
		char id[] = "part:0.0", key[] = "member_0_role", offset[] = "member_0_data_offset";

		id[7] = (char)('1' + i);
		key[7] = offset[7] = (char)('0' + i);
		assert_int_equal(strv_append(&f->array->on, id), 0);
		assert_int_equal(node_property_set(f->array, key, roles[i]), 0);
		assert_int_equal(node_number_set(f->array, offset, 1 << 20), 0);
	}
}

static void end(struct fixture *f)
{
	layout_free(f->layout);
}

/* The command line, one blank between its words. */
static char *line_of(const struct node *node, bool trial)
{
	struct raid_places AUTO_RAID_PLACES places = { 0 };
	AUTO_STRV char **argv = NULL;
	struct buffer line = { 0 };

	assert_int_equal(raid_places(node, &places), 0);
	assert_int_equal(raid_arguments(node, &places, "/dev/md127", trial, &argv), 0);
	for (char **word = argv; *word; word++) {
		assert_int_equal(buffer_append(&line, word == argv ? "" : " ", word == argv ? 0 : 1), 0);
		assert_int_equal(buffer_append(&line, *word, strlen(*word)), 0);
	}
	return line.data;
}

static void told(const char *level, unsigned algorithm, unsigned places, const char *const roles[], const char *expected)
{
	struct fixture f;
	AUTO_FREE char *line = NULL, *why = NULL;

	begin(&f, level, algorithm, places, roles);
	assert_true(can_recreate(f.layout, f.array, &why));
	line = line_of(f.array, false);
	assert_string_equal(line, expected);
	end(&f);
}

#define COMMON(level, devices) "mdadm --create /dev/md127 --run --level=" level " --metadata=1.2 --raid-devices=" devices
#define NAMED " --uuid=11223344:55667788:99aabbcc:ddeeff00 --homehost=box --name=data"

static void test_levels(void **state)
{
	static const char *const two[] = { "0", "1", NULL }, *const three[] = { "2", "0", "1", NULL }, *const four[] = { "0", "1", "2", "3", NULL };

	(void)state;
	told("raid1", 0, 2, two, COMMON("raid1", "2") NAMED " --size=8192 --data-offset=1024 --bitmap=none");
	told("raid0", 2, 2, two, COMMON("raid0", "2") NAMED " --layout=alternate --chunk=64 --data-offset=1024");
	told("linear", 0, 2, two, COMMON("linear", "2") NAMED " --chunk=64 --data-offset=1024");
	told("raid5", 2, 3, three, COMMON("raid5", "3") NAMED " --layout=left-symmetric --chunk=64 --size=8192 --data-offset=1024 --bitmap=none");
	told("raid6", 10, 4, four, COMMON("raid6", "4") NAMED " --layout=ddf-N-continue --chunk=64 --size=8192 --data-offset=1024 --bitmap=none");
	told("raid10", 0x102, 2, two, COMMON("raid10", "2") NAMED " --layout=n2 --chunk=64 --size=8192 --data-offset=1024 --bitmap=none");
	told("raid10", 0x201, 2, two, COMMON("raid10", "2") NAMED " --layout=f2 --chunk=64 --size=8192 --data-offset=1024 --bitmap=none");
	told("raid10", 0x10201, 2, two, COMMON("raid10", "2") NAMED " --layout=o2 --chunk=64 --size=8192 --data-offset=1024 --bitmap=none");
}

/* A trial is nobody's array: it has no identity that another one may have, too. */
static void test_a_trial_has_no_identity(void **state)
{
	static const char *const two[] = { "0", "1", NULL };
	struct fixture f;
	AUTO_FREE char *line = NULL;

	(void)state;
	begin(&f, "raid1", 0, 2, two);
	line = line_of(f.array, true);
	assert_null(strstr(line, "--uuid"));
	assert_non_null(strstr(line, "--assume-clean"));
	end(&f);
}

static void test_places(void **state)
{
	static const char *const roles[] = { "spare", "2", "0", NULL }, *const spare[] = { "1", "spare", "0", NULL }, *const twice[] = { "1", "1", NULL };
	struct fixture f;
	AUTO_FREE char *why = NULL;

	(void)state;
	/* Place 1 was empty: the spare takes it. */
	begin(&f, "raid5", 2, 3, roles);
	{
		struct raid_places AUTO_RAID_PLACES places = { 0 };

		assert_int_equal(raid_places(f.array, &places), 0);
		assert_int_equal(places.members[0], 2);
		assert_int_equal(places.members[1], 0);
		assert_int_equal(places.members[2], 1);
		assert_int_equal(places.missing, 0);
		assert_int_equal(places.spares, 0);
	}
	end(&f);
	begin(&f, "raid1", 0, 2, spare);
	{
		struct raid_places AUTO_RAID_PLACES places = { 0 };

		assert_int_equal(raid_places(f.array, &places), 0);
		assert_int_equal(places.spares, 1);
		assert_int_equal(places.members[2], 1);
	}
	end(&f);
	begin(&f, "raid1", 0, 2, twice);
	assert_false(can_recreate(f.layout, f.array, &why));
	assert_non_null(strstr(why, "not known"));
	end(&f);
}

static void refused(const char *level, unsigned algorithm, unsigned places, const char *const roles[], const char *key, const char *expected)
{
	struct fixture f;
	AUTO_FREE char *why = NULL;

	begin(&f, level, algorithm, places, roles);
	if (key)
		assert_int_equal(node_property_set(f.array, key, "1"), 0);
	assert_false(can_recreate(f.layout, f.array, &why));
	if (!strstr(why, expected))
		fail_msg("%s", why);
	end(&f);
}

static void refused_metadata(const char *level, const char *metadata, const char *const roles[])
{
	struct fixture f;
	AUTO_FREE char *why = NULL;

	begin(&f, level, 0, 2, roles);
	assert_int_equal(node_property_set(f.array, "metadata", metadata), 0);
	assert_false(can_recreate(f.layout, f.array, &why));
	assert_non_null(strstr(why, metadata));
	end(&f);
}

static void test_what_is_not_made(void **state)
{
	static const char *const one[] = { "0", NULL }, *const two[] = { "0", "1", NULL }, *const none[] = { "faulty", NULL },
		*const stray[] = { "0", "journal", "1", NULL };

	(void)state;
	refused("multipath", 0, 2, two, NULL, "multipath");
	refused_metadata("raid0", "0.90", two);
	refused("unknown", 0, 2, two, NULL, "unknown");
	refused("raid5", 7, 2, two, NULL, "how the chunks");
	refused("raid10", 0x20201, 2, two, NULL, "how the chunks");
	refused("raid1", 0, 2, two, "reshape", "reshape");
	refused("raid5", 2, 2, two, "journal", "journal");
	refused("raid0", 0, 2, one, NULL, "1 of 2");
	refused("raid5", 2, 3, one, NULL, "2 of 3");
	refused("raid6", 2, 3, two, NULL, "not known");
	refused("raid1", 0, 5000, none, NULL, "not known");
	refused("raid1", 0, 0, none, NULL, "not known");
	refused("raid1", 0, 2, stray, NULL, "not known");
}

/* Files of a machine that starts from an array come back elsewhere, or not at all: no array is made for them. */
static void test_a_machine_starts_from_one(void **state)
{
	static const char *const two[] = { "0", "1", NULL };
	static const char *const paths[] = { "/srv", "/", "/boot", "/usr" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
		struct fixture f;
		struct node *filesystem, *mount;
		AUTO_FREE char *why = NULL;

		begin(&f, "raid1", 0, 2, two);
		filesystem = layout_add(f.layout, NODE_FILESYSTEM, "fs:1");
		filesystem->filesystem.kind = strdup("ext4");
		assert_int_equal(strv_append(&filesystem->on, "raid:1"), 0);
		mount = layout_add(f.layout, NODE_MOUNT, "mount:1");
		mount->mount.path = strdup(paths[i]);
		assert_int_equal(strv_append(&mount->on, "fs:1"), 0);
		assert_true(can_recreate(f.layout, filesystem, &why));
		end(&f);
	}
}

static struct node *add_node(struct layout *layout, enum node_type type, const char *id, const char *on)
{
	struct node *node = layout_add(layout, type, id);

	if (on)
		assert_int_equal(strv_append(&node->on, on), 0);
	return node;
}

/* Half of a mirror that is still here would be taken into the array of the same UUID: a person decides. Not so where the array is not made. */
static void test_a_twin_of_an_array(void **state)
{
	static const char *const two[] = { "0", "1", NULL };

	(void)state;
	for (int made = 0; made < 2; made++) {
		char *prefix = machine_make(NULL);
		struct context ctx;
		struct fixture f;
		struct disk_map map = { 0 };
		struct action action = { .type = &action_raid };
		AUTO_LAYOUT struct layout *present = layout_new();
		struct plan plan = { .target = { .present = present }, .map = &map, .actions = &action, .count = (size_t)made };
		AUTO_FREE char *block = NULL;

		context_init(&ctx);
		ctx.prefix = prefix;
		block = text_format("%s/sys/class/block", prefix);
		assert_int_equal(make_directories(block, 0755), 0);
		begin(&f, "raid1", 0, 2, two);
		plan.target.result = f.layout;
		action.node = f.array;
		add_node(present, NODE_DISK, "disk:8", NULL)->disk.name = strdup("sdb");
		add_node(present, NODE_RAID, "raid:8", "disk:8")->uuid = strdup(f.array->uuid);
		assert_int_equal(twins_find(&ctx, &plan), 0);
		assert_int_equal(strv_length(plan.doubts), made);
		if (made)
			assert_non_null(strstr(plan.doubts[0], "RAID array"));
		strv_free(plan.doubts);
		end(&f);
		context_done(&ctx);
		machine_remove(prefix);
	}
}

/* Copies that the members do not share out evenly: the array keeps its size, since half a chunk more or less is no size to plan with. */
static void test_uneven_copies_keep_their_size(void **state)
{
	static const char *const three[] = { "0", "1", "2", NULL }, *const four[] = { "0", "1", "2", "3", NULL };

	(void)state;
	for (unsigned places = 3; places <= 4; places++) {
		struct fixture f;
		struct node *filesystem;

		begin(&f, "raid10", 0x102, places, places == 3 ? three : four);
		filesystem = add_node(f.layout, NODE_FILESYSTEM, "fs:1", "raid:1");
		filesystem->filesystem.kind = strdup("ext4");
		assert_int_equal(sizes_can_grow(f.layout, f.array), places == 4);
		end(&f);
	}
}

/* A layout of one partition with a filesystem, and one that is a member of an array, whose node stands where AT says. */
static json_t *fingerprint_of(bool array_first, const char *label)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *disk = layout_add(layout, NODE_DISK, "disk:0"), *array, *filesystem;

	for (unsigned i = 0; i < 2; i++) {
		struct node *partition = layout_add(layout, NODE_PARTITION, i ? "part:0.2" : "part:0.1");

		partition->partition.number = i + 1;
		assert_int_equal(strv_append(&partition->on, "disk:0"), 0);
	}
	array = array_first ? layout_add(layout, NODE_RAID, "raid:1") : NULL;
	filesystem = layout_add(layout, NODE_FILESYSTEM, "fs:1");
	filesystem->filesystem.kind = strdup("ext4");
	filesystem->label = strdup(label);
	assert_int_equal(strv_append(&filesystem->on, "part:0.1"), 0);
	if (!array)
		array = layout_add(layout, NODE_RAID, "raid:1");
	array->uuid = strdup("11223344-5566-7788-99aa-bbccddeeff00");
	assert_int_equal(strv_append(&array->on, "part:0.2"), 0);
	return device_fingerprint(layout, disk);
}

/* Looked at alone, a disk shows its arrays elsewhere in the layout than among all disks: it is still the same disk. */
static void test_an_array_elsewhere_is_no_other_disk(void **state)
{
	json_t *among_all = fingerprint_of(true, "data"), *alone = fingerprint_of(false, "data"), *other = fingerprint_of(false, "other");

	(void)state;
	assert_true(json_equal(among_all, alone));
	assert_false(json_equal(alone, other));
	json_decref(among_all);
	json_decref(alone);
	json_decref(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_a_trial_has_no_identity),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_what_is_not_made),
		cmocka_unit_test(test_a_machine_starts_from_one),
		cmocka_unit_test(test_a_twin_of_an_array),
		cmocka_unit_test(test_uneven_copies_keep_their_size),
		cmocka_unit_test(test_an_array_elsewhere_is_no_other_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
