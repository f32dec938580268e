/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which modules the devices of a captured machine ask for, and which devices are without a driver. The index is that of an installed
 * Debian kernel; nothing is loaded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <string.h>

#include "../../backend/machine/hardware.h"
#include "../../backend/machine/modules.h"
#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"

static char *machine_new(void)
{
	char template[] = "/tmp/lifeboat-test-XXXXXX";

	return strdup(mkdtemp(template));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static void machine_free(char *root)
{
	assert_int_equal(nftw(root, remove_one, 20, FTW_DEPTH | FTW_PHYS), 0);
	free(root);
}

static void put(const char *root, const char *path, const char *text)
{
	AUTO_FREE char *full = text_format("%s%s", root, path), *parent = strdup(full);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(make_directories(parent, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, full, text, strlen(text), 0644), 0);
}

/* Whether the kernel has FILE as a module; some have these built in, or not at all. */
static bool has_module(const char *directory, const char *file)
{
	AUTO_FREE char *path = text_format("%s/modules.dep", directory), *text = NULL;

	return file_read(AT_FDCWD, path, 64 << 20, &text, NULL) == 0 && strstr(text, file);
}

static void test_wanted(void **state)
{
	AUTO_FREE char *root = NULL;
	AUTO_STRV char **names = NULL;
	struct context ctx;
	glob_t trees;

	(void)state;
	if (glob("/lib/modules/*/modules.alias.bin", 0, NULL, &trees) != 0)
		skip();
	char *directory = strdup(trees.gl_pathv[trees.gl_pathc - 1]);
	*strrchr(directory, '/') = '\0';
	globfree(&trees);
	root = machine_new();
	/* An AHCI controller, a virtio network card twice, a USB stick's interface and what nobody knows. */
	put(root, "/sys/devices/pci0000:00/0000:00:1f.2/modalias", "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01\n");
	put(root, "/sys/devices/pci0000:00/0000:00:03.0/virtio0/modalias", "virtio:d00000001v00001AF4\n");
	put(root, "/sys/devices/pci0000:00/0000:00:04.0/virtio1/modalias", "virtio:d00000001v00001AF4\n");
	put(root, "/sys/devices/pci0000:00/0000:00:05.0/usb1/1-1/1-1:1.0/modalias", "usb:v0781p5567d0100dc00dsc00dp00ic08isc06ip50in00\n");
	put(root, "/sys/devices/platform/x/modalias", "nobody:knows\n");
	put(root, "/sys/devices/platform/y/modalias", "");
	put(root, "/sys/devices/pci0000:00/0000:00:06.0/mmc_host/mmc0/mmc0:4567/uevent", "MMC_TYPE=SD\nMMC_NAME=QEMU!\nMODALIAS=mmc:block\n");
	context_init(&ctx);
	ctx.prefix = root;
	assert_int_equal(modules_wanted(&ctx, directory, &names), 0);
	assert_int_equal(strv_contains(names, "ahci"), has_module(directory, "/ahci.ko"));
	assert_int_equal(strv_contains(names, "virtio_net"), has_module(directory, "/virtio_net.ko"));
	assert_int_equal(strv_contains(names, "usb_storage"), has_module(directory, "/usb-storage.ko"));
	assert_int_equal(strv_contains(names, "mmc_block"), has_module(directory, "/mmc_block.ko"));
	for (size_t i = 1; i < strv_length(names); i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	context_done(&ctx);
	free(directory);
	machine_free(TAKE_POINTER(root));
}

static void test_missing(void **state)
{
	char *root = machine_new();
	AUTO_STRV char **lines = NULL;
	struct context ctx;

	(void)state;
	put(root, "/sys/bus/pci/devices/0000:00:17.0/class", "0x010400\n");
	put(root, "/sys/bus/pci/devices/0000:00:17.0/vendor", "0x8086\n");
	put(root, "/sys/bus/pci/devices/0000:00:17.0/device", "0x2822\n");
	put(root, "/sys/bus/pci/devices/0000:00:18.0/class", "0x020000\n");
	put(root, "/sys/bus/pci/devices/0000:00:18.0/driver/x", "");
	put(root, "/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
	context_init(&ctx);
	ctx.prefix = root;
	assert_int_equal(modules_missing(&ctx, &lines), 0);
	assert_int_equal(strv_length(lines), 1);
	assert_string_equal(lines[0], "Storage controller 8086:2822 at 0000:00:17.0 has no driver");
	context_done(&ctx);
	machine_free(root);
}

static void test_missing_usb(void **state)
{
	char *root = machine_new();
	AUTO_STRV char **lines = NULL;
	AUTO_FREE char *text = NULL, *other = NULL;
	struct context ctx;

	(void)state;
	put(root, "/sys/bus/pci/devices/0000:00:17.0/class", "0x020000\n");
	put(root, "/sys/bus/pci/devices/0000:00:17.0/vendor", "0x8086\n");
	put(root, "/sys/bus/pci/devices/0000:00:17.0/device", "0x1533\n");
	put(root, "/sys/bus/pci/devices/0000:00:17.0/driver/x", "");
	put(root, "/sys/bus/usb/devices/1-2/idVendor", "0bda\n");
	put(root, "/sys/bus/usb/devices/1-2/idProduct", "8153\n");
	put(root, "/sys/bus/usb/devices/1-2/product", "USB LAN\n");
	put(root, "/sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "ff\n");
	put(root, "/sys/bus/usb/devices/1-3:1.0/bInterfaceClass", "03\n");
	put(root, "/sys/bus/usb/devices/1-4:1.0/bInterfaceClass", "08\n");
	put(root, "/sys/bus/usb/devices/1-4:1.0/driver/x", "");
	context_init(&ctx);
	ctx.prefix = root;
	assert_int_equal(modules_missing(&ctx, &lines), 0);
	assert_int_equal(strv_length(lines), 1);
	assert_string_equal(lines[0], "USB LAN 0bda:8153 at 1-2:1.0 has no driver");
	text = hardware_device_text(&ctx, "0000:00:17.0");
	assert_string_equal(text, "network card 8086:1533 at 0000:00:17.0");
	other = hardware_device_text(&ctx, "regulatory.0");
	assert_string_equal(other, "regulatory.0");
	context_done(&ctx);
	machine_free(root);
}

static void test_firmware_lines(void **state)
{
	static const struct { const char *line, *device, *file; bool found; } cases[] = {
		{ "<4>[    3.120000] iwlwifi 0000:03:00.0: Direct firmware load for iwlwifi-ty-a0-66.ucode failed with error -2", "0000:03:00.0",
		  "iwlwifi-ty-a0-66.ucode", false },
		{ "<3>[   12.5] bnx2 0000:02:00.0: firmware: failed to load bnx2/mips-09.fw (-2)", "0000:02:00.0", "bnx2/mips-09.fw", false },
		{ "<3>[   12.5] bnx2 0000:02:00.0: firmware: failed to load bnx2/mips-09.fw (-22)", "0000:02:00.0", "bnx2/mips-09.fw", true },
		{ "firmware: failed to load x.bin (-2)", "", "x.bin", false },
	};
	char *device = NULL, *file = NULL;
	bool found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_true(modules_firmware_line(cases[i].line, &device, &file, &found));
		assert_string_equal(device, cases[i].device);
		assert_string_equal(file, cases[i].file);
		assert_int_equal(found, cases[i].found);
		free(TAKE_POINTER(device));
		free(TAKE_POINTER(file));
	}
	assert_false(modules_firmware_line("<6>[    1.0] bnx2 0000:02:00.0: firmware loaded", &device, &file, &found));
}

static void test_no_devices_is_an_error(void **state)
{
	char *root = machine_new();
	char **names = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	ctx.prefix = root;
	assert_int_equal(modules_wanted(&ctx, "/nonexistent", &names), -ENOENT);
	assert_null(names);
	context_done(&ctx);
	machine_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_missing_usb),
		cmocka_unit_test(test_firmware_lines),
		cmocka_unit_test(test_no_devices_is_an_error),
	};

	return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
