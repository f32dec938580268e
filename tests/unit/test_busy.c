/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What uses a disk, and which disks lie beneath one: what cannot be read of /sys and /proc never makes a disk look free. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/devices/disks_beneath.h"
#include "../../backend/devices/disk_busy.h"
#include "machine.h"

/* A disk vda with a partition, dm-0 on it, and a loop device that shows nothing; a line a thing of machine_line(). */
static void set_up(struct seen *seen, const char *const *lines)
{
	static const char *const common[] = {
		"file /sys/block/vda/size 2048", "file /sys/block/vda/vda1/partition 1",
		"dir /sys/block/vda/holders", "dir /sys/block/vda/queue", "dir /sys/block/dm-0/slaves/vda1", "link /sys/class/block/vda ../../block/vda",
		"link /sys/class/block/vda1 ../../block/vda/vda1", "link /sys/class/block/dm-0 ../../block/dm-0",
		"link /sys/dev/block/254:1 ../../block/vda/vda1", "file /sys/block/loop0/size 0", NULL
	};

	seen_begin(seen, NULL);
	for (const char *const *line = common; *line; line++) {
		AUTO_FREE char *copy = strdup(*line);

		machine_line(seen->root, copy);
	}
	machine_write(seen->root, "/proc/self/mountinfo", "", 0);
	for (; lines && *lines; lines++) {
		AUTO_FREE char *copy = strdup(*lines);

		machine_line(seen->root, copy);
	}
}

/* Why vda is busy, "" when it is not. New string. */
static char *ask(struct seen *seen)
{
	struct node disk = { .type = NODE_DISK, .disk.name = (char[]){ "vda" } };
	char *why = NULL;
	bool busy = disk_is_busy(&seen->ctx, &disk, &why);

	assert_int_equal(busy, why != NULL);
	/* It is an answer, no failure of who asked. */
	assert_string_equal(context_detail(&seen->ctx), "");
	return busy ? why : strdup("");
}

static void test_uses(void **state)
{
	static const struct {
		const char *lines[4], *why;
	} rows[] = {
		{ { NULL }, "" },
		{ { "file /proc/self/mountinfo 22 1 254:1 / /x rw - ext4 /dev/vda1 rw" }, "vda1 is mounted at /x" },
		{ { "file /proc/swaps Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\\n/dev/vda1 partition\t8188\t\t0\t\t-2" }, "vda1 is used as swap" },
		{ { "dir /sys/block/vda/vda1/holders/dm-0" }, "vda1 is part of dm-0" },
		{ { "dir /sys/block/vda/vda1/holders/dm-0", "file /sys/block/dm-0/dm/name a--b-root--x", "file /sys/block/dm-0/dm/uuid LVM-xyz" },
		  "vda1 is part of dm-0 (LVM volume group a-b; 'lvm vgchange --activate n a-b' deactivates it)" },
		{ { "dir /sys/block/vda/vda1/holders/dm-0", "file /sys/block/dm-0/dm/name cr", "file /sys/block/dm-0/dm/uuid CRYPT-LUKS2-xyz-cr" },
		  "vda1 is part of dm-0 (encrypted container cr; 'cryptsetup close cr' closes it)" },
		{ { "dir /sys/block/vda/vda1/holders/md5", "file /sys/block/md5/md/level raid1" },
		  "vda1 is part of md5 (RAID array; 'mdadm --stop /dev/md5' stops it)" },
		{ { "dir /sys/fs/btrfs/features", "dir /sys/fs/btrfs/u/devices/vda1" }, "vda1 belongs to a btrfs that is mounted" },
		{ { "file /sys/block/loop0/loop/backing_file /dev/vda" }, "vda lies behind loop0" },
		{ { "file /sys/block/loop0/loop/backing_file /home/vda" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct seen seen;
		AUTO_FREE char *why = NULL;

		set_up(&seen, rows[i].lines);
		why = ask(&seen);
		if (strcmp(why, rows[i].why))
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, why, rows[i].why);
		seen_end(&seen);
	}
}

/* Files in the place of directories and the other way round: reading fails, and not with "there is none". */
static void test_unreadable_is_not_free(void **state)
{
	static const char *const rows[][3] = {
		{ "file /sys/block/vda/vda1/holders x" },
		{ "dir /sys/block/vda/vda2/partition" },
		{ "file /sys/fs/btrfs x" },
		{ "file /sys/fs/btrfs/u/devices x" },
		{ "dir /sys/block/loop0/loop/backing_file" },
		{ "dir /proc/swaps" },
		{ "file /proc/swaps no table of swap" },
		{ "file /proc/self/mountinfo no table of mounts" },
		{ "file /proc/self/mountinfo 22 1 254:9 / /x rw - ext4 /dev/vda1 rw", "dir /sys/dev/block/254:9" },
		{ "link /sys/block/vda/vda1/holders holders" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct seen seen;
		AUTO_FREE char *why = NULL;

		set_up(&seen, rows[i]);
		why = ask(&seen);
		if (strncmp(why, "nobody can tell whether something uses it: ", 43))
			fail_msg("%s: \"%s\"", rows[i][0], why);
		seen_end(&seen);
	}
}

/* The disks beneath DEVICE of a machine made of LINES; "error" when they cannot be told. New string. */
static char *beneath(const char *const *lines, const char *device)
{
	struct seen seen;
	AUTO_STRV char **disks = NULL;
	char *all = strdup("");

	set_up(&seen, lines);
	if (block_disks(&seen.ctx, device, true, &disks) < 0) {
		AUTO_FREE char *said = text_format("which disks %s lies on cannot be told: ", device);

		assert_memory_equal(context_detail(&seen.ctx), said, strlen(said));
		free(all);
		all = strdup("error");
	}
	for (char **disk = disks; disk && *disk; disk++) {
		AUTO_FREE char *before = all;

		all = text_format("%s%s ", before, *disk);
	}
	seen_end(&seen);
	return all;
}

static void test_beneath(void **state)
{
	static const struct {
		const char *lines[3], *device, *disks;
	} rows[] = {
		{ { NULL }, "dm-0", "vda " },
		{ { NULL }, "vda1", "vda " },
		{ { "file /sys/block/loop0/loop/backing_file /nowhere/image" }, "loop0", "loop0 " },
		{ { "file /sys/block/dm-1/slaves x", "link /sys/class/block/dm-1 ../../block/dm-1" }, "dm-1", "error" },
		{ { "dir /sys/block/dm-1/slaves/dm-2", "file /sys/block/dm-2/slaves x" }, "dm-1", "error" },
		{ { "dir /sys/block/vdb/vdb1/partition", "link /sys/class/block/vdb1 ../../block/vdb/vdb1" }, "vdb1", "error" },
		{ { "dir /sys/block/loop0/loop/backing_file" }, "loop0", "error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_FREE char *found = beneath(rows[i].lines, rows[i].device);

		if (strcmp(found, rows[i].disks))
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, found, rows[i].disks);
	}
}

/* What is no place of this machine lies on no disk of it; what cannot be looked at may lie on any. */
static void test_places(void **state)
{
	AUTO_FREE char *address = text_format("https://host/%0400d/set", 0), *loop = NULL;
	struct seen seen;
	char **disks;

	(void)state;
	set_up(&seen, NULL);
	assert_int_equal(disks_beneath_path(&seen.ctx, address, &disks), 0);
	assert_null(disks);
	assert_int_equal(disks_beneath_path(&seen.ctx, "/nowhere/set", &disks), 0);
	assert_null(disks);
	assert_string_equal(context_detail(&seen.ctx), "");
	loop = text_format("%s/loop", seen.root);
	assert_int_equal(symlink("loop", loop), 0);
	assert_int_equal(disks_beneath_path(&seen.ctx, loop, &disks), -ELOOP);
	assert_null(disks);
	assert_non_null(strstr(context_detail(&seen.ctx), "which disks "));
	seen_end(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uses),
		cmocka_unit_test(test_unreadable_is_not_free),
		cmocka_unit_test(test_beneath),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests_name("busy", tests, NULL, NULL);
}
