/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other programs make is refused by its own name, with what an operator can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/filesystems/mkfs.h"

static void refuses(const char *kind, const char *word)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *node = layout_add(layout, NODE_FILESYSTEM, "fs:x");
	AUTO_FREE char *why = NULL;

	node->filesystem.kind = strdup(kind);
	assert_int_equal(strv_append(&node->on, "part:0.1"), 0);
	assert_false(mkfs_can_make(node, &why));
	if (!why || !strstr(why, word))
		fail_msg("%s: \"%s\" says nothing of \"%s\"", kind, why ? why : "", word);
}

static void test_names(void **state)
{
	(void)state;
	refuses("zfs_member", "ZFS");
	refuses("bcache", "bcache");
	refuses("bcachefs", "bcachefs");
	refuses("stratis", "Stratis");
	refuses("vdo", "VDO");
	refuses("drbd", "DRBD");
	refuses("isw_raid_member", "IMSM");
	refuses("ddf_raid_member", "DDF");
	refuses("mpath_member", "multipathd");
	refuses("promise_fasttrack_raid_member", "controller's firmware (promise_fasttrack_raid_member)");
	refuses("ntfs", "Lifeboat cannot recreate ntfs filesystems");
	refuses("_raid_member", "Lifeboat cannot recreate _raid_member filesystems");
}

/* Kinds that are made, but not with a second device. */
static void test_second_devices(void **state)
{
	static const struct {
		const char *kind, *property, *word;
	} rows[] = {
		{ "xfs", "external_log", "its log lies on another device" },
		{ "xfs", "realtime", "realtime device" },
		{ "ext4", "external_journal", "its journal lies on another device" },
		{ "ext4", "unknown_features", "features that this version does not know" },
		{ "btrfs", "truncated", "larger than the place" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_LAYOUT struct layout *layout = layout_new();
		struct node *node = layout_add(layout, NODE_FILESYSTEM, "fs:x");
		AUTO_FREE char *why = NULL, *none = NULL;

		node->filesystem.kind = strdup(rows[i].kind);
		assert_int_equal(strv_append(&node->on, "part:0.1"), 0);
		assert_true(mkfs_can_make(node, &none));
		assert_int_equal(node_property_set(node, rows[i].property, "1"), 0);
		assert_false(mkfs_can_make(node, &why));
		if (!why || !strstr(why, rows[i].word) || !strstr(why, rows[i].kind))
			fail_msg("%s, %s: \"%s\"", rows[i].kind, rows[i].property, why ? why : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_second_devices) };

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
