/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that are reached by several paths: seen once, through their map; what refers to them by the WWID of the old disk is corrected. */
#include "../../backend/devices/disk_busy.h"
#include "../../backend/devices/disks_beneath.h"
#include "../../backend/devices/partitions.h"
#include "../../backend/finish/drivers.h"
#include "../../backend/finish/identifiers.h"
#include "../../backend/finish/multipath_conf.h"
#include "../../backend/layout/identity.h"
#include "finish_case.h"
#include "gpt_fixture.h"
#include "machine.h"
#include "md_fixture.h"

#define SIZE (16u << 20)
#define FIRST 4096u
#define LAST 20479u
#define WWID "3600a098038303053453f463045727770"
#define OTHER "3600a098038303053453f463045729999"

static void same(const char *expected, const char *found)
{
	if (!expected != !found || (expected && strcmp(expected, found)))
		fail_msg("\"%s\" instead of \"%s\"", found ? found : "nothing", expected ? expected : "nothing");
}

static void line(const struct seen *seen, const char *format, const char *name)
{
	AUTO_FREE char *text = strdup(format), *before = NULL, *at;

	/* One name, wherever it stands. */
	while ((at = strchr(text, '@'))) {
		before = text;
		text = text_format("%.*s%s%s", (int)(at - before), before, name, at + 1);
		free(TAKE_POINTER(before));
	}
	machine_line(seen->root, text);
}

/* A SCSI disk, with the identity that all paths show. Its image, open. */
static int add_path(const struct seen *seen, const char *name)
{
	int fd = machine_device(seen->root, name, SIZE);

	line(seen, "link /sys/block/@/device/subsystem ../../../../bus/scsi", name);
	line(seen, "link /sys/block/@/device/driver/module ../../../../../module/lpfc_@", name);
	line(seen, "dir /sys/module/lpfc_@", name);
	line(seen, "file /sys/block/@/device/vendor NETAPP", name);
	line(seen, "file /sys/block/@/device/model LUN C-Mode", name);
	line(seen, "file /sys/block/@/device/state running", name);
	line(seen, "hex /sys/block/@/device/vpd_pg80 00 80 00 0c 38 30 30 53 45 3f 46 30 45 72 77 70", name);
	line(seen, "hex /sys/block/@/device/vpd_pg83 00 83 00 14 01 03 00 10 60 0a 09 80 38 30 30 53 45 3f 46 30 45 72 77 70", name);
	return fd;
}

/* The kernel forgets a path at once; the map names it for good. */
static void gone(const struct seen *seen, const char *name)
{
	AUTO_FREE char *from = text_format("%s/sys/block/%s", seen->root, name), *to = text_format("%s/gone-%s", seen->root, name);

	assert_int_equal(rename(from, to), 0);
}

static void add_uuid(const struct seen *seen, const char *device, const char *uuid, const char *name)
{
	machine_attribute(seen->root, device, "dm/uuid", uuid);
	machine_attribute(seen->root, device, "dm/name", name);
}

/* sda and sdb, bare; with MAPPED also dm-0, the map of both, with a table on it; with PARTITION dm-1, its partition, too. */
static void set_up(struct seen *seen, bool mapped, bool partition)
{
	seen_begin(seen, NULL);
	machine_write(seen->root, "/proc/self/mountinfo", "", 0);
	machine_write(seen->root, "/proc/swaps", "", 0);
	close(add_path(seen, "sda"));
	close(add_path(seen, "sdb"));
	if (mapped) {
		AUTO_CLOSE int fd = machine_device(seen->root, "dm-0", SIZE);

		gpt_make(fd, SIZE, FIRST, LAST);
		machine_stand(seen->root, "dm-0", "sda");
		machine_stand(seen->root, "dm-0", "sdb");
		add_uuid(seen, "dm-0", "mpath-" WWID "\n", "mpatha\n");
		machine_attribute(seen->root, "dm-0", "queue/logical_block_size", "512\n");
	}
	if (partition) {
		close(machine_device(seen->root, "dm-1", (LAST - FIRST + 1) * 512));
		machine_stand(seen->root, "dm-1", "dm-0");
		add_uuid(seen, "dm-1", "part1-mpath-" WWID "\n", "mpatha-part1\n");
	}
}

static void check_map(const struct layout *layout, const char *partition_device)
{
	const struct node *disk = seen_find(layout, "disk:0"), *partition = seen_find(layout, "part:0.1");
	AUTO_FREE char *words = node_describe(disk);

	assert_null(layout_find(layout, "disk:1"));
	same("dm-0", disk->disk.name);
	same("/dev/dm-0", disk->device);
	same("NETAPP LUN C-Mode", disk->disk.model);
	same("0x600a098038303053453f463045727770", disk->disk.wwn);
	same(NULL, disk->disk.by_path);
	same("2", node_property(disk, MULTIPATH_PROPERTY));
	same(WWID, node_property(disk, MULTIPATH_WWID));
	same("mpatha", node_property(disk, "opened_as"));
	assert_non_null(strstr(words, "multipath with 2 paths"));
	assert_int_equal(partition->partition.start, FIRST * 512);
	same(partition_device, partition->device);
	same(partition_device ? "mpatha-part1" : NULL, node_property(partition, "opened_as"));
}

static struct layout *probe(struct seen *seen, const char *device, int expected)
{
	struct layout *layout = NULL;
	const char *devices[] = { device, NULL };

	assert_int_equal(layout_probe(&seen->ctx, &(struct probe_options){ .devices = devices, .only_devices = device != NULL }, &layout), expected);
	return layout;
}

/* The map is the disk, its paths are none, and its partitions are mappings. A path's name stands for the disk. */
static void test_a_map_is_one_disk(void **state)
{
	static const char *const names[] = { NULL, "/dev/sdb", "/dev/dm-0" };

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_LENGTH(names); i++) {
		struct seen seen;
		struct layout *layout;

		set_up(&seen, true, i % 2);
		layout = probe(&seen, names[i / 2], 0);
		check_map(layout, i % 2 ? "/dev/dm-1" : NULL);
		assert_null(seen.warnings);
		layout_free(layout);
		seen_end(&seen);
	}
}

static void test_a_partition_is_no_disk(void **state)
{
	struct seen seen;

	(void)state;
	set_up(&seen, true, true);
	probe(&seen, "/dev/dm-1", -EINVAL);
	assert_non_null(strstr(context_detail(&seen.ctx), "is a partition"));
	seen_end(&seen);
}

/* A read would wait for ever. */
static void test_no_path_works(void **state)
{
	struct seen seen;
	struct layout *layout;

	(void)state;
	set_up(&seen, true, true);
	machine_attribute(seen.root, "sda", "device/state", "offline\n");
	machine_attribute(seen.root, "sdb", "device/state", "transport-offline\n");
	layout = seen_probe(&seen);
	assert_non_null(strstr(seen.warnings, "no path to the disk dm-0 works"));
	assert_null(layout_find(layout, "part:0.1"));
	assert_non_null(layout_child(layout, "disk:0", NODE_FILESYSTEM, 0));
	layout_free(layout);
	seen_end(&seen);
}

/* One path that went away is still named by the map; what the others tell of the disk is the same. Without any it is a disk that nobody can name. */
static void test_paths_go(void **state)
{
	static const char *const names[] = { "sda", "sdb" };
	struct seen seen;
	struct layout *layout;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		set_up(&seen, true, true);
		gone(&seen, names[i]);
		layout = seen_probe(&seen);
		check_map(layout, "/dev/dm-1");
		same("800SE?F0Erwp", seen_find(layout, "disk:0")->disk.serial);
		assert_null(seen.warnings);
		layout_free(layout);
		seen_end(&seen);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		set_up(&seen, true, true);
		/* It is about to go: what it is asked, it says no more. */
		machine_attribute(seen.root, names[i], "device/state", "cancel\n");
		line(&seen, "hex /sys/block/@/device/vpd_pg83 00 83 00 00", names[i]);
		layout = seen_probe(&seen);
		check_map(layout, "/dev/dm-1");
		layout_free(layout);
		seen_end(&seen);
	}
	set_up(&seen, true, true);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		gone(&seen, names[i]);
	layout = seen_probe(&seen);
	assert_non_null(strstr(seen.warnings, "no path to the disk dm-0 works"));
	same(NULL, seen_find(layout, "disk:0")->disk.wwn);
	layout_free(layout);
	seen_end(&seen);
}

static void test_bare_paths(void **state)
{
	struct seen seen;
	struct layout *layout;
	const struct node *first, *second;

	(void)state;
	set_up(&seen, false, false);
	layout = seen_probe(&seen);
	first = seen_find(layout, "disk:0");
	second = seen_find(layout, "disk:1");
	assert_ptr_equal(disk_other_path(layout, first), second);
	assert_ptr_equal(disk_other_path(layout, second), first);
	/* What only looks alike. */
	layout_find(layout, "disk:1")->size++;
	assert_null(disk_other_path(layout, first));
	layout_find(layout, "disk:1")->size--;
	layout_find(layout, "disk:1")->disk.wwn[10] = '0';
	assert_null(disk_other_path(layout, first));
	layout_free(layout);
	seen_end(&seen);
}

static void beneath(struct seen *seen, const char *name)
{
	AUTO_STRV char **disks = NULL;

	assert_int_equal(block_disks(&seen->ctx, name, false, &disks), 0);
	assert_int_equal(strv_length(disks), 1);
	same("dm-0", disks[0]);
}

/* Whoever asks what lies beneath gets the map, and its own partitions do not make it busy. */
static void test_names(void **state)
{
	struct node disk = { .type = NODE_DISK, .disk.name = (char *)"dm-0" };
	AUTO_STRV char **partitions = NULL;
	AUTO_FREE char *whole = NULL, *partition = NULL, *none = NULL, *why = NULL;
	struct seen seen;

	(void)state;
	set_up(&seen, true, true);
	beneath(&seen, "dm-1");
	beneath(&seen, "dm-0");
	beneath(&seen, "sda");
	assert_int_equal(block_whole(&seen.ctx, "dm-1", &whole), 0);
	same("dm-0", whole);
	assert_int_equal(block_partitions(&seen.ctx, "dm-0", &partitions), 0);
	assert_int_equal(strv_length(partitions), 1);
	same("dm-1", partitions[0]);
	assert_int_equal(block_partition_name(&seen.ctx, "dm-0", 1, &partition), 0);
	same("dm-1", partition);
	assert_int_equal(block_partition_name(&seen.ctx, "dm-0", 2, &none), 0);
	same(NULL, none);
	assert_int_equal(disk_is_busy(&seen.ctx, &disk, &why), 0);
	/* A volume on its partition does. */
	close(machine_device(seen.root, "dm-2", SIZE));
	machine_stand(seen.root, "dm-2", "dm-1");
	add_uuid(&seen, "dm-2", "LVM-x\n", "vg-root\n");
	assert_int_equal(disk_is_busy(&seen.ctx, &disk, &why), 1);
	assert_non_null(strstr(why, "dm-1 is part of dm-2 (LVM volume group vg"));
	seen_end(&seen);
}

/* The drivers of all paths. */
static void test_drivers(void **state)
{
	AUTO_STRV char **drivers = NULL;
	struct seen seen;

	(void)state;
	seen_begin(&seen, NULL);
	line(&seen, "link /sys/class/block/@ ../../devices/virtual/block/@", "dm-0");
	line(&seen, "dir /sys/devices/virtual/block/@/slaves/sda", "dm-0");
	line(&seen, "dir /sys/devices/virtual/block/@/slaves/sdb", "dm-0");
	line(&seen, "link /sys/class/block/@ ../../devices/@x/block/@", "sda");
	line(&seen, "dir /sys/devices/@x/block/@", "sda");
	line(&seen, "link /sys/devices/@x/driver/module ../../../module/lpfc", "sda");
	line(&seen, "link /sys/class/block/@ ../../devices/@x/block/@", "sdb");
	line(&seen, "dir /sys/devices/@x/block/@", "sdb");
	line(&seen, "link /sys/devices/@x/driver/module ../../../module/qla2xxx", "sdb");
	line(&seen, "dir /sys/module/@", "lpfc");
	line(&seen, "dir /sys/module/@", "qla2xxx");
	assert_int_equal(drivers_of_device(&seen.ctx, "/dev/dm-0", &drivers), 0);
	assert_true(strv_contains(drivers, "lpfc") && strv_contains(drivers, "qla2xxx"));
	seen_end(&seen);
}

/* The saved disk was the map of WWID; the one here is that of NOW; NULL: a plain disk. */
static void become_map(struct finish_case *it, const char *now)
{
	struct node *before = layout_find(it->plan.target.captured, "disk:0"), *disk = layout_find(it->plan.target.result, "disk:0");

	assert_int_equal(node_number_set(before, MULTIPATH_PROPERTY, 2), 0);
	assert_int_equal(node_property_set(before, MULTIPATH_WWID, WWID), 0);
	assert_int_equal(node_property_set(before, "opened_as", "mpatha"), 0);
	assert_int_equal(node_property_set(layout_find(it->plan.target.captured, "part:0.3"), "opened_as", "mpatha-part3"), 0);
	node_property_drop(disk, MULTIPATH_WWID);
	node_property_drop(disk, MULTIPATH_PROPERTY);
	if (!now)
		return;
	assert_int_equal(node_number_set(disk, MULTIPATH_PROPERTY, 2), 0);
	assert_int_equal(node_property_set(disk, MULTIPATH_WWID, now), 0);
}

static void identifies(const struct finish_case *it, const char *spec, int fit, const char *name)
{
	AUTO_FREE char *found = NULL;

	if (identifier_check(&it->plan, spec, &found) != fit)
		fail_msg("%s", spec);
	same(name, found);
}

/* Names of the map stay where it is the same disk, and only there. */
static void test_names_in_settings(void **state)
{
	static const char *const names[] = { "/dev/mapper/mpatha-part3", "/dev/disk/by-id/dm-name-mpatha-part3", ("/dev/disk/by-id/dm-uuid-part3-mpath-" WWID) };
	struct finish_case *it = *state;

	for (unsigned i = 0; i < ARRAY_LENGTH(names); i++) {
		become_map(it, WWID);
		identifies(it, names[i], IDENTIFIER_FITS, NULL);
		become_map(it, OTHER);
		identifies(it, names[i], IDENTIFIER_OLD, "UUID=" ROOT_UUID);
		become_map(it, NULL);
		identifies(it, names[i], IDENTIFIER_OLD, "UUID=" ROOT_UUID);
	}
}

static void corrects(const struct finish_case *it, const char *text, const char *corrected)
{
	AUTO_BUFFER struct buffer out = { 0 };

	assert_int_equal(buffer_append(&out, "", 0), 0);
	assert_int_equal(multipath_conf_correct(&it->plan, text, &out), corrected != NULL);
	same(corrected ? corrected : text, out.data);
}

static void test_wwids(void **state)
{
	struct finish_case *it = *state;

	become_map(it, OTHER);
	corrects(it, "# Valid WWIDs:\n/" WWID "/\n/3600/\n", "# Valid WWIDs:\n/" OTHER "/\n/3600/\n");
	corrects(it, "mpatha " WWID "\nmpathb 3600\n", "mpatha " OTHER "\nmpathb 3600\n");
	corrects(it, "multipaths {\n\tmultipath {\n\t\twwid \"" WWID "\"\n", "multipaths {\n\tmultipath {\n\t\twwid \"" OTHER "\"\n");
	corrects(it, "/" WWID "0/\n/a" WWID "/\n", NULL);
	become_map(it, WWID);
	corrects(it, "/" WWID "/\n", NULL);
	become_map(it, NULL);
	corrects(it, "/" WWID "/\n", NULL);
}

/* The files of the restored system, and what is said of it. */
static void test_files(void **state)
{
	struct finish_case *it = *state;
	struct finish_options options = { .root = it->directory, .plan = &it->plan };
	struct finish_result result = { 0 };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	become_map(it, OTHER);
	case_write_text(it, "etc/multipath/wwids", "/" WWID "/\n");
	case_write_text(it, "etc/multipath/bindings", "mpatha " WWID "\n");
	assert_int_equal(multipath_conf_finish(&it->ctx, &job), 0);
	case_check_text(it, "etc/multipath/wwids", "/" OTHER "/\n");
	case_check_text(it, "etc/multipath/bindings", "mpatha " OTHER "\n");
	assert_true(strv_contains(job.corrected, "etc/multipath/wwids"));
	assert_int_equal(strv_length(result.notes), 2);
	finish_result_done(&result);
	/* Onto a plain disk. */
	become_map(it, NULL);
	assert_int_equal(multipath_conf_finish(&it->ctx, &job), 0);
	assert_int_equal(strv_length(result.notes), 1);
	assert_non_null(strstr(result.notes[0], "is used without multipathd"));
	finish_result_done(&result);
	strv_free(job.corrected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_map_is_one_disk), cmocka_unit_test(test_a_partition_is_no_disk), cmocka_unit_test(test_no_path_works),
		cmocka_unit_test(test_bare_paths),	  cmocka_unit_test(test_names),			 cmocka_unit_test(test_drivers),
		cmocka_unit_test(test_paths_go),
		CASE_TEST(test_names_in_settings),	  CASE_TEST(test_wwids),			 CASE_TEST(test_files),
	};

	return cmocka_run_group_tests_name("multipath", tests, NULL, NULL);
}
