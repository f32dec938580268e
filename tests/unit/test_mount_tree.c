/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of mounts, from recorded mount tables: what is visible, where files are captured, how long it takes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "../../backend/devices/mount_picture.h"
#include "../../backend/devices/mount_tree.h"
#include "machine.h"

enum { HIDDEN = -1, WALK = MOUNT_WALK, LEAVE = MOUNT_LEAVE };

struct expected {
	const char *path;
	int choice;              /* HIDDEN: nothing visible is mounted there */
	const char *word;        /* of the reason */
};

static struct mount_tree *read_tree(const char *root, const char *table)
{
	AUTO_FREE char *prefix = machine_make(NULL);
	struct mount_tree *tree = NULL;
	struct context ctx;

	context_init(&ctx);
	ctx.prefix = prefix;
	machine_write(prefix, "/proc/self/mountinfo", table, strlen(table));
	if (mount_tree_read(&ctx, root, &tree))
		fail_msg("%s", context_detail(&ctx));
	context_done(&ctx);
	machine_remove(TAKE_POINTER(prefix));
	return tree;
}

static void check(const char *root, const char *table, const struct expected *expected, size_t count)
{
	AUTO_MOUNT_TREE struct mount_tree *tree = read_tree(root, table);

	for (size_t i = 0; i < count; i++) {
		const struct mount_point *point = mount_tree_at(tree, expected[i].path);
		int choice = point ? (int)point->choice : HIDDEN;

		if (choice != expected[i].choice)
			fail_msg("%s: %d, not %d%s%s", expected[i].path, choice, expected[i].choice, point && point->reason ? ": " : "",
				 point && point->reason ? point->reason : "");
		if (expected[i].word && (!point->reason || !strstr(point->reason, expected[i].word)))
			fail_msg("%s: %s", expected[i].path, point->reason ? point->reason : "no reason");
	}
}

#define CHECK(root, table, ...) \
	do { \
		const struct expected expected_[] = { __VA_ARGS__ }; \
		check(root, table, expected_, sizeof(expected_) / sizeof(expected_[0])); \
	} while (0)

static const char *const machine =
	"1 0 8:1 /@ / rw - btrfs /dev/sda1 rw,subvolid=256,subvol=/@\n"
	"2 1 8:1 /@home /home rw - btrfs /dev/sda1 rw,subvol=/@home\n"
	"3 1 8:1 / /mnt/top rw - btrfs /dev/sda1 rw,subvol=/\n"
	"4 1 0:5 / /dev rw - devtmpfs udev rw\n"
	"5 1 8:2 / /boot rw - ext4 /dev/sda2 rw\n"
	"6 5 8:3 / /boot/efi rw - vfat /dev/sda3 rw\n"
	"7 1 0:40 / /net rw - nfs4 server:/x rw\n"
	"8 1 8:2 /grub /bound rw - ext4 /dev/sda2 rw\n"
	"9 1 8:1 /@/var/lib/x /var/lib/x rw - btrfs /dev/sda1 rw,subvol=/@\n"
	"16 1 8:1 /@/etc /mnt/etc rw - btrfs /dev/sda1 rw,subvol=/@\n"
	"10 1 0:41 / /over\\040lay\\134\\012 rw - overlay overlay rw\n"
	"11 1 8:4 / /srv rw - xfs /dev/sda4 rw\n"
	"12 1 8:4 / /srv2 rw - xfs /dev/sda4 rw\n"
	"13 1 0:42 / /covered rw - tmpfs tmpfs rw\n"
	"14 13 8:5 / /covered rw - ext4 /dev/sda5 rw\n"
	"15 1 7:0 / /snap/x rw - squashfs /dev/loop0 rw\n"
	"17 11 8:4 /tree/part /srv/tree/bound rw - xfs /dev/sda4 rw\n"
	"18 11 8:4 /tree /srv/tree/itself rw - xfs /dev/sda4 rw\n"
	"19 11 8:4 /tree/own /srv/tree/own rw - xfs /dev/sda4 rw\n"
	"20 11 8:4 /elsewhere /srv/tree/elsewhere rw - xfs /dev/sda4 rw\n"
	"21 1 8:6 / /windows rw - fuseblk /dev/sda6 rw\n"
	"22 1 0:50 / /gvfs rw - fuse.gvfsd-fuse gvfsd rw\n"
	"23 1 8:4 /gone//deleted /gone rw - xfs /dev/sda4 rw\n";

static void test_choices(void **state)
{
	AUTO_MOUNT_TREE struct mount_tree *tree = read_tree("/", machine);

	(void)state;
	CHECK("/", machine, { ".", WALK }, { "dev", LEAVE, "devtmpfs: not a filesystem on a disk" }, { "boot", WALK }, { "boot/efi", WALK },
	      { "net", LEAVE, "nfs4, a network mount" }, { "home", WALK }, { "mnt/top", WALK }, { "mnt/etc", LEAVE, "captured at /" },
	      { "bound", LEAVE, "captured at /boot" }, { "var/lib/x", WALK }, { "over lay\\\n", LEAVE }, { "srv", WALK },
	      { "srv2", LEAVE, "captured at /srv" }, { "covered", WALK }, { "snap/x", LEAVE }, { "etc", HIDDEN }, { "boo", HIDDEN },
	      { "windows", LEAVE, "program serves" }, { "gvfs", LEAVE, "program serves" }, { "gone", LEAVE, "deleted" });
	/* Where a subvolume that is mounted elsewhere shows up. */
	assert_non_null(mount_tree_view(tree, "mnt/top/@home"));
	assert_non_null(mount_tree_view(tree, "mnt/top/@"));
	assert_null(mount_tree_view(tree, "mnt/top/@other"));
	assert_null(mount_tree_view(tree, "home"));
	assert_string_equal(mount_tree_containing(tree, "/boot/efi/EFI/x")->target, "/boot/efi");
	assert_string_equal(mount_tree_containing(tree, "/bootx")->target, "/");
	assert_string_equal(mount_tree_containing(tree, "/")->target, "/");
	/* Only what lies at or below the root directory matters, and is named from there. */
	CHECK("/boot", machine, { ".", WALK }, { "efi", WALK }, { "dev", HIDDEN });
	/* The same below a directory that is no mount point. */
	CHECK("/srv/tree", machine, { ".", WALK }, { "bound", LEAVE }, { "itself", LEAVE }, { "own", WALK }, { "elsewhere", WALK },
	      { "part", HIDDEN });
}

/* Ids and order mean nothing: only who stands on whom. */
static void test_any_order(void **state)
{
	AUTO_FREE char *copy = strdup(machine), *reversed = strdup("");
	char *rest = copy, *line;

	(void)state;
	while ((line = strsep(&rest, "\n"))) {
		char *longer = *line ? text_format("%s\n%s", line, reversed) : strdup(reversed);

		free(reversed);
		reversed = longer;
	}
	CHECK("/", reversed, { ".", WALK }, { "dev", LEAVE }, { "boot", WALK }, { "boot/efi", WALK }, { "home", WALK }, { "mnt/top", WALK },
	      { "bound", LEAVE }, { "covered", WALK }, { "var/lib/x", WALK });
}

static void test_hidden(void **state)
{
	(void)state;
	/* A disk on the parent directory hides what was mounted below it, whatever comes first in the table. */
	CHECK("/", "30 1 0:9 / /srv/sub rw - tmpfs none rw\n1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n",
	      { "srv", WALK }, { "srv/sub", HIDDEN });
	/* A stack: only the topmost, and what stands on it. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /d rw - ext4 /dev/sda2 rw\n3 2 8:3 / /d/low rw - ext4 /dev/sda3 rw\n"
		   "4 2 0:7 / /d rw - tmpfs x rw\n5 4 8:5 / /d rw - ext4 /dev/sda5 rw\n6 5 8:6 / /d/high rw - ext4 /dev/sda6 rw\n"
		   "7 4 8:7 / /d/middle rw - ext4 /dev/sda7 rw\n",
	      { "d", WALK }, { "d/high", WALK }, { "d/low", HIDDEN }, { "d/middle", HIDDEN });
	/* All below a covered root. */
	CHECK("/", "1 0 0:1 / / rw - rootfs rootfs rw\n2 1 8:9 / /old rw - ext4 /dev/sda9 rw\n3 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		   "4 3 8:2 / /usr rw - ext4 /dev/sda2 rw\n",
	      { ".", WALK }, { "old", HIDDEN }, { "usr", WALK });
	/* A covered mount is no first view: the other one is captured. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n3 2 0:7 / /a rw - tmpfs x rw\n"
		   "4 1 8:2 / /b rw - ext4 /dev/sda2 rw\n",
	      { "a", LEAVE }, { "b", WALK });
	/* A directory bound elsewhere and then covered is captured where it is seen; one covered only elsewhere is not. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /srv/data /export rw - ext4 /dev/sda1 rw\n3 1 0:7 / /srv rw - tmpfs x rw\n"
		   "4 1 8:1 /var/data /seen rw - ext4 /dev/sda1 rw\n5 1 0:8 / /var/data/tmp rw - tmpfs y rw\n",
	      { "export", WALK }, { "srv", LEAVE }, { "seen", LEAVE });
}

static void test_below_others(void **state)
{
	(void)state;
	/* A disk below a filesystem in memory is captured; one below a server is not reached for. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:7 / /run rw - tmpfs tmpfs rw\n3 2 8:17 / /run/media/u/DISK rw - ext4 /dev/sdb1 rw\n"
		   "4 1 0:8 / /net rw - nfs server:/ rw\n5 4 8:33 / /net/disk rw - ext4 /dev/sdc1 rw\n6 5 8:34 / /net/disk/in rw - ext4 /dev/sdc2 rw\n"
		   "7 1 0:9 / /f rw - fuse.x x rw\n8 7 8:35 / /f rw - ext4 /dev/sdc3 rw\n9 8 8:36 / /f/in rw - ext4 /dev/sdc4 rw\n"
		   "10 1 0:10 / /efi rw - autofs systemd-1 rw,fd=3,direct\n11 10 8:3 / /efi rw - vfat /dev/sda3 rw\n"
		   "12 1 0:11 / /data rw - autofs systemd-1 rw,fd=4,direct\n",
	      { "run", LEAVE }, { "run/media/u/DISK", WALK }, { "net", LEAVE }, { "net/disk", LEAVE, "below the nfs mounted at /net" },
	      { "net/disk/in", LEAVE, "below the nfs" }, { "f", WALK }, { "f/in", WALK }, { "efi", WALK },
	      { "data", LEAVE, "automount point" });
	/* What needs no made-up directories is the better view. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:7 / /run rw - tmpfs tmpfs rw\n3 2 8:17 / /run/disk rw - ext4 /dev/sdb1 rw\n"
		   "4 1 8:17 / /disk rw - ext4 /dev/sdb1 rw\n",
	      { "run/disk", LEAVE }, { "disk", WALK });
	/* Whoever captures a directory of a server asked for it. */
	CHECK("/net", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n4 1 0:8 / /net rw - nfs server:/ rw\n5 4 8:33 / /net/disk rw - ext4 /dev/sdc1 rw\n",
	      { ".", WALK }, { "disk", WALK });
}

/* Parents that the table lacks: a chroot, a container. Ids that repeat, parents in a circle, a parent that is itself. */
static void test_odd_tables(void **state)
{
	(void)state;
	CHECK("/", "50 40 0:3 / /proc rw - proc proc rw\n51 40 8:2 / /home rw - ext4 /dev/sda2 rw\n52 51 0:4 / /home/x rw - tmpfs t rw\n",
	      { "proc", LEAVE }, { "home", WALK }, { "home/x", LEAVE }, { ".", HIDDEN });
	CHECK("/", "600 599 0:51 / / rw - overlay overlay rw,lowerdir=/a\n601 600 254:0 /containers/x/hosts /etc/hosts rw - ext4 /dev/vda rw\n"
		   "602 600 0:52 / /dev rw - tmpfs tmpfs rw\n",
	      { ".", WALK }, { "dev", LEAVE }, { "etc/hosts", WALK });
	CHECK("/", "1 1 0:2 / / rw - rootfs rootfs rw\n2 3 8:1 / /a rw - ext4 /dev/sda1 rw\n3 2 8:2 / /a/b rw - ext4 /dev/sda2 rw\n"
		   "4 1 8:3 / /c rw - ext4 /dev/sda3 rw\n4 1 8:3 / /c rw - ext4 /dev/sda3 rw\n5 4 8:4 / /c/d rw - ext4 /dev/sda4 rw\n",
	      { ".", WALK }, { "a", HIDDEN }, { "a/b", HIDDEN }, { "c", WALK }, { "c/d", WALK });
	/* A child whose path is not below its parent's leads nowhere. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n3 2 8:3 / /ab rw - ext4 /dev/sda3 rw\n",
	      { "a", WALK }, { "ab", HIDDEN });
	/* Names that sort before a slash do not tear a directory from what lies below it. */
	CHECK("/", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n3 1 8:3 / /a-b rw - ext4 /dev/sda3 rw\n"
		   "4 1 8:4 / /a/c rw - ext4 /dev/sda4 rw\n",
	      { "a", WALK }, { "a-b", WALK }, { "a/c", HIDDEN });
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds for COUNT mounts: a stack on one place (CHAIN), or bound directories WHAT/number, all the same one when WHAT is empty. */
static double time_of(size_t count, bool chain, const char *what)
{
	AUTO_BUFFER struct buffer table = { 0 };
	AUTO_MOUNT_TREE struct mount_tree *tree = NULL;
	double before;

	assert_int_equal(buffer_append(&table, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", 35), 0);
	for (size_t i = 2; i < count + 2; i++) {
		AUTO_FREE char *line = NULL;

		if (chain)
			line = text_format("%zu %zu 0:9 / /stack rw - tmpfs t rw\n", i, i - 1);
		else
			line = text_format("%zu 1 8:1 /%s%zu /m/%zu rw - ext4 /dev/sda1 rw\n", i, what, *what ? i : 0, i);
		assert_int_equal(buffer_append(&table, line, strlen(line)), 0);
	}
	before = seconds();
	tree = read_tree("/", table.data);
	return seconds() - before;
}

/* Twenty times the mounts take about twenty times as long, not four hundred times; the margin is for machines that are busy. */
/* Names are bytes, and a line that makes no sense is no picture of what is mounted. */
static void test_lines(void **state)
{
	static const struct {
		const char *line, *path, *source, *options;
	} rows[] = {
		{ "2 1 0:9 / /a\\040(deleted) rw,noatime - tmpfs x rw,size=1k", "/a (deleted)", "x", "rw,size=1k" },
		{ "2 1 0:9 / /a//deleted rw - tmpfs x rw", "/a//deleted", "x", "rw" },
		{ "2 1 0:9 / /\\134040 rw shared:1 master:2 propagate_from:3 unbindable - tmpfs  rw", "/\\040", "", "rw" },
		{ "2 1 0:9 / /-\\040-\\012 rw - fuse.a\\040b a\\040-\\040b rw,x=\\054", "/- -\n", "a - b", "rw,x=," },
		{ "2 1 0:9 / /a rw tmpfs x rw", NULL, NULL, NULL },
		{ "2 1 0:9 / /a rw -", NULL, NULL, NULL },
		{ "2 1 zero / /a rw - tmpfs x rw", NULL, NULL, NULL },
		{ "tmpfs /a tmpfs rw 0 0", NULL, NULL, NULL },
		{ "tmpfs", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int first = 0; first < 2; first++) {
			static const char root[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
			AUTO_FREE char *prefix = machine_make(NULL);
			AUTO_FREE char *table = text_format("%s%s\n%s", first ? "" : root, rows[i].line, first ? root : "");
			struct mount_table read = { 0 };
			struct context ctx;
			int r;

			context_init(&ctx);
			ctx.prefix = prefix;
			machine_write(prefix, "/proc/self/mountinfo", table, strlen(table));
			r = mount_table_read(&ctx, &read);
			if (r != (rows[i].path ? 0 : -EINVAL))
				fail_msg("%s: %d", rows[i].line, r);
			if (r == 0) {
				const struct mount_entry *entry = read.entries + !first;

				assert_int_equal(read.count, 2);
				assert_string_equal(entry->path, rows[i].path);
				assert_string_equal(entry->source, rows[i].source);
				assert_string_equal(entry->superblock_options, rows[i].options);
				assert_int_equal(entry->minor, 9);
			}
			mount_table_done(&read);
			context_done(&ctx);
			machine_remove(TAKE_POINTER(prefix));
		}
}

static void test_many(void **state)
{
	static const struct {
		bool chain;
		const char *what;
	} cases[] = { { false, "data/" }, { false, "" }, { true, "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double few = time_of(1000, cases[i].chain, cases[i].what), many = time_of(20000, cases[i].chain, cases[i].what);

		if (many > 100 * (few + 0.005))
			fail_msg("case %zu: %g s, then %g s", i, few, many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_below_others),
		cmocka_unit_test(test_odd_tables),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("mount tree", tests, NULL, NULL);
}
