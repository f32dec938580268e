/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told of a machine, from a machine that is data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/machine/disk_words.h"
#include "../../backend/machine/hardware.h"
#include "machine.h"

struct world {
	struct context ctx;
	char *root;
	struct layout *layout;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->root = machine_make("office");
	context_init(&world->ctx);
	world->ctx.prefix = world->root;
	world->layout = layout_new();
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	layout_free(world->layout);
	context_done(&world->ctx);
	machine_remove(world->root);
	free(world);
	return 0;
}

static const char *text(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	if (!value)
		fail_msg("no member \"%s\"", name);
	return json_string_value(value);
}

static void test_machine(void **state)
{
	struct world *world = *state;
	char *const missing[] = { "no driver for a card\n", NULL };
	json_t *report = hardware_report(&world->ctx, world->layout, NULL, missing, "uefi");

	assert_non_null(report);
	assert_string_equal(text(report, "machine"), "Dell Inc. OptiPlex 3060");
	assert_string_equal(text(report, "processor"), "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz");
	assert_int_equal(json_integer_value(json_object_get(report, "processors")), 2);
	assert_true(json_integer_value(json_object_get(report, "memory")) == UINT64_C(16309012) * 1024);
	assert_string_equal(text(report, "firmware"), "uefi");
	assert_string_equal(json_string_value(json_array_get(json_object_get(report, "missing"), 0)), "no driver for a card%0A");
	json_decref(report);
}

static void test_nothing_is_known(void **state)
{
	struct world *world = *state;
	json_t *report;

	world->ctx.prefix = "/no/such/directory";
	report = hardware_report(&world->ctx, NULL, NULL, NULL, "bios");
	assert_non_null(report);
	assert_string_equal(text(report, "machine"), "");
	assert_int_equal(json_array_size(json_object_get(report, "disks")), 0);
	assert_int_equal(json_array_size(json_object_get(report, "network")), 0);
	assert_int_equal(json_array_size(json_object_get(report, "devices")), 0);
	json_decref(report);
}

static void test_network(void **state)
{
	struct world *world = *state;
	json_t *network = hardware_network(&world->ctx), *card = json_array_get(network, 0);

	assert_int_equal(json_array_size(network), 2);
	assert_string_equal(text(card, "name"), "eth0");
	assert_string_equal(text(card, "mac"), "52:54:00:12:34:56");
	assert_string_equal(text(card, "driver"), "e1000e");
	assert_true(json_is_true(json_object_get(card, "up")) && json_is_true(json_object_get(card, "carrier")));
	card = json_array_get(network, 1);
	assert_null(text(card, "driver"));
	/* Of an interface that is down the kernel does not say whether a cable is connected. */
	assert_true(json_is_false(json_object_get(card, "up")) && json_is_null(json_object_get(card, "carrier")));
	json_decref(network);
}

static void test_devices(void **state)
{
	static const struct {
		const char *bus, *address, *class, *name, *id, *driver;
	} expected[] = {
		{ "pci", "0000:00:17.0", "SATA controller", NULL, "8086:a352", "ahci" },
		{ "pci", "0000:01:00.0", "wireless network card", NULL, "14e4:43a0", NULL },
		{ "pci", "0000:02:00.0", "disk controller", NULL, "0000:0000", NULL },
		{ "pci", "0000:03:00.0", "other device", NULL, "0000:0000", NULL },
		{ "usb", "1-2:1.0", "disk or stick", "SanDisk Ultra", "0781:5581", "usb-storage" },
	};
	struct world *world = *state;
	json_t *devices = hardware_devices(&world->ctx);

	/* Bridges and hubs are nothing a person looks for. */
	assert_int_equal(json_array_size(devices), ARRAY_LENGTH(expected));
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
		json_t *device = json_array_get(devices, i);

		assert_string_equal(text(device, "bus"), expected[i].bus);
		assert_string_equal(text(device, "address"), expected[i].address);
		assert_string_equal(text(device, "class"), expected[i].class);
		assert_string_equal(text(device, "id"), expected[i].id);
		assert_true((!expected[i].name && !text(device, "name")) || !strcmp(text(device, "name"), expected[i].name));
		assert_true((!expected[i].driver && !text(device, "driver")) || !strcmp(text(device, "driver"), expected[i].driver));
	}
	assert_non_null(strstr(text(json_array_get(devices, 0), "modalias"), "pci:v00008086d0000A352"));
	json_decref(devices);
}

static struct node *add_content(struct layout *layout, enum node_type type, const char *id, const char *on)
{
	struct node *node = layout_add(layout, type, id);

	strv_append(&node->on, on);
	node->size = 1 << 30;
	return node;
}

static void test_disks(void **state)
{
	struct world *world = *state;
	struct node *disk = layout_add(world->layout, NODE_DISK, "disk:0"), *node;
	json_t *report, *told, *contents;

	disk->disk.name = strdup("sda");
	disk->disk.serial = strdup("S-1\n");
	disk->size = UINT64_C(4) << 30;
	contents = hardware_disk_contents(world->layout, disk);
	assert_int_equal(json_array_size(contents), 0);
	json_decref(contents);
	disk->disk.boot_code = true;
	contents = hardware_disk_contents(world->layout, disk);
	assert_string_equal(json_string_value(json_array_get(contents, 0)), "boot code");
	json_decref(contents);
	disk->disk.table = strdup("gpt");
	contents = hardware_disk_contents(world->layout, disk);
	assert_string_equal(json_string_value(json_array_get(contents, 0)), "a partition table (gpt)");
	json_decref(contents);
	add_content(world->layout, NODE_PARTITION, "part:0.1", "disk:0");
	add_content(world->layout, NODE_PARTITION, "part:0.2", "disk:0");
	node = add_content(world->layout, NODE_FILESYSTEM, "fs:a", "part:0.1");
	node->filesystem.kind = strdup("ext4");
	/* Bytes from outside are made harmless, once: a '%' of their own stays one. */
	node->label = strdup("50%\033[2J\342\200\256");
	node = add_content(world->layout, NODE_FILESYSTEM, "fs:b", "part:0.2");
	node->filesystem.kind = strdup(FILESYSTEM_UNKNOWN);
	report = hardware_report(&world->ctx, world->layout, (char *[]){ "sda", NULL }, NULL, "bios");
	told = json_array_get(json_object_get(report, "disks"), 0);
	assert_string_equal(text(told, "serial"), "S-1%0A");
	assert_true(json_is_true(json_object_get(told, "protected")));
	contents = json_object_get(told, "contents");
	assert_int_equal(json_array_size(contents), 2);
	assert_string_equal(json_string_value(json_array_get(contents, 0)), "ext4 '50%%1B[2J%E2%80%AE' 1.0 GiB");
	assert_non_null(strstr(json_string_value(json_array_get(contents, 1)), "unrecognized data 1.0 GiB"));
	json_decref(report);
}

static struct node *add_disk(struct layout *layout, const char *id, const char *name, const char *serial, const char *path)
{
	struct node *disk = layout_add(layout, NODE_DISK, id);

	disk->disk.model = strdup("QEMU HARDDISK");
	disk->disk.name = strdup(name);
	disk->disk.serial = serial ? strdup(serial) : NULL;
	disk->disk.by_path = path ? strdup(path) : NULL;
	disk->disk.transport = strdup("usb");
	disk->size = UINT64_C(20) << 30;
	return disk;
}

/* The full line holds everything that tells a disk from another one. */
static void test_line(void **state)
{
	struct world *world = *state;
	struct node *disk = add_disk(world->layout, "disk:0", "sda", NULL, "pci-0000:00:14.0-usb-0:2"), *node;
	AUTO_FREE char *blank = hardware_disk_line(world->layout, disk), *full = NULL, *other = NULL;

	assert_string_equal(blank, "QEMU HARDDISK, no serial number, 20.0 GiB, usb at pci-0000:00:14.0-usb-0:2, now sda; blank");
	disk->disk.serial = strdup("A%20\n");
	disk->disk.wwn = strdup("0x5000");
	add_content(world->layout, NODE_PARTITION, "part:0.1", "disk:0");
	add_content(world->layout, NODE_PARTITION, "part:0.2", "disk:0");
	node = add_content(world->layout, NODE_FILESYSTEM, "fs:a", "part:0.1");
	node->filesystem.kind = strdup("ntfs");
	node->label = strdup("C");
	add_disk(world->layout, "disk:1", "sdb", NULL, NULL);
	/* What is on an array is on each of its disks. */
	node = add_content(world->layout, NODE_RAID, "raid:a", "part:0.2");
	strv_append(&node->on, "disk:1");
	node = add_content(world->layout, NODE_FILESYSTEM, "fs:b", "raid:a");
	node->filesystem.kind = strdup("ext4");
	node->label = strdup("srv");
	full = hardware_disk_line(world->layout, disk);
	assert_string_equal(full, "QEMU HARDDISK, serial A%20%0A, WWN 0x5000, 20.0 GiB, usb at pci-0000:00:14.0-usb-0:2, now sda; "
				  "on it: Windows (NTFS) 'C' 1.0 GiB, RAID array 1.0 GiB, ext4 'srv' 1.0 GiB");
	other = hardware_disk_line(world->layout, layout_find(world->layout, "disk:1"));
	assert_string_equal(other, "QEMU HARDDISK, no serial number, 20.0 GiB, usb, now sdb; on it: RAID array 1.0 GiB, ext4 'srv' 1.0 GiB");
}

static void assert_proof(struct world *world, const char *id, const char *kind, const char *typed)
{
	json_t *disk = hardware_disk(world->layout, layout_find(world->layout, id)), *proof = json_object_get(disk, "proof");
	const char *all = text(proof, "text");

	assert_string_equal(text(proof, "kind"), kind);
	assert_string_equal(all + strlen(all) - json_integer_value(json_object_get(proof, "tail")), typed);
	json_decref(disk);
}

/* What is typed to confirm an erasure is never what another disk has, too. */
static void test_proof(void **state)
{
	struct world *world = *state;

	add_disk(world->layout, "disk:0", "sda", "WD-0001-ABCD", "path-0");
	assert_proof(world, "disk:0", "serial", "ABCD");
	add_disk(world->layout, "disk:1", "sdb", "WD-0002-abcd", "path-1");
	assert_proof(world, "disk:0", "serial", "1-ABCD");
	add_disk(world->layout, "disk:2", "sdc", "DOCK", "path-2");
	assert_proof(world, "disk:2", "serial", "DOCK");
	add_disk(world->layout, "disk:3", "sdd", "DOCK", "path-3")->disk.wwn = strdup("0x5000c500");
	assert_proof(world, "disk:2", "path", "path-2");
	assert_proof(world, "disk:3", "wwn", "c500");
	add_disk(world->layout, "disk:4", "sde", NULL, "path-4");
	assert_proof(world, "disk:4", "path", "path-4");
	add_disk(world->layout, "disk:5", "sdf", NULL, "path-4");
	assert_proof(world, "disk:4", "name", "sde");
	add_disk(world->layout, "disk:6", "sdg", "X1", NULL);
	assert_proof(world, "disk:6", "serial", "X1");
	/* Its end is the whole of the other one. */
	add_disk(world->layout, "disk:7", "sdh", "YX1", NULL);
	assert_proof(world, "disk:6", "name", "sdg");
	assert_proof(world, "disk:7", "serial", "YX1");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_machine), TEST(test_nothing_is_known), TEST(test_network), TEST(test_devices), TEST(test_disks),
		TEST(test_line), TEST(test_proof),
	};

	return cmocka_run_group_tests_name("hardware", tests, NULL, NULL);
}
