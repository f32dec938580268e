/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernel a rescue boots and which of its modules it takes, from machines that are data. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/image/image.h"
#include "../../backend/image/modules.h"
#include "../../backend/image/output.h"

struct machine {
	struct context ctx;
	char *root;
	struct image_options options;
};

static int set_up(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	context_init(&machine->ctx);
	assert_int_equal(work_directory(&machine->ctx, &machine->root), 0);
	machine->ctx.prefix = machine->root;
	*state = machine;
	return 0;
}

static int tear_down(void **state)
{
	struct machine *machine = *state;

	work_done(&machine->root);
	context_done(&machine->ctx);
	free(machine);
	return 0;
}

static void touch(struct machine *machine, const char *format, const char *release)
{
	const char *mark = strchr(format, '@');
	AUTO_FREE char *path = text_format("%s/%.*s%s%s", machine->root, (int)(mark - format), format, release, mark + 1);
	AUTO_FREE char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));

	assert_int_equal(make_directories(folder, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, path, "", 0, 0644), 0);
}

static void install(struct machine *machine, const char *release)
{
	touch(machine, "boot/vmlinuz-@", release);
	touch(machine, "lib/modules/@/modules.dep", release);
}

static void expect(struct machine *machine, const char *release)
{
	AUTO_FREE char *path = NULL, *found = NULL, *expected = text_format("%s/boot/vmlinuz-%s", machine->root, release);

	if (image_kernel(&machine->ctx, &machine->options, &path, &found) < 0)
		fail_msg("%s", context_detail(&machine->ctx));
	assert_string_equal(found, release);
	assert_string_equal(path, expected);
}

static void refuse(struct machine *machine, int error, const char *word)
{
	char *path = NULL, *found = NULL;

	assert_int_equal(image_kernel(&machine->ctx, &machine->options, &path, &found), -error);
	assert_non_null(strstr(context_detail(&machine->ctx), word));
	assert_null(path);
	context_clear(&machine->ctx);
}

static void test_newest(void **state)
{
	struct machine *machine = *state;

	install(machine, "5.10.0-9-amd64");
	install(machine, "6.1.0-9-amd64");
	install(machine, "6.1.0-10-amd64");
	/* Neither an image alone nor modules alone are a kernel. */
	touch(machine, "boot/vmlinuz-@", "7.0.0-1-amd64");
	touch(machine, "lib/modules/@/modules.dep", "7.1.0-1-amd64");
	expect(machine, "6.1.0-10-amd64");
}

static void test_running(void **state)
{
	struct machine *machine = *state;
	struct utsname running;

	assert_int_equal(uname(&running), 0);
	install(machine, "999.0.0");
	install(machine, running.release);
	expect(machine, running.release);
}

static void test_named(void **state)
{
	struct machine *machine = *state;

	install(machine, "5.10.0-9-amd64");
	install(machine, "6.1.0-9-amd64");
	machine->options.kernel = "5.10.0-9-amd64";
	expect(machine, "5.10.0-9-amd64");
	machine->options.kernel = "5.10.0-8-amd64";
	refuse(machine, ENOENT, "5.10.0-8-amd64");
	machine->options.kernel = "../x";
	refuse(machine, EINVAL, "'../x'");
	machine->options.kernel = "";
	refuse(machine, EINVAL, "not the name");
}

static void test_none(void **state)
{
	refuse(*state, ENOENT, "linux-image-amd64");
}

static void test_wanted(void **state)
{
	static const char *const wanted[] = {
		"kernel/drivers/ata/ahci.ko", "kernel/drivers/nvme/host/nvme.ko.xz", "kernel/drivers/scsi/megaraid/megaraid_sas.ko.zst",
		"kernel/drivers/usb/storage/uas.ko", "kernel/drivers/usb/host/xhci-pci.ko", "kernel/drivers/hid/usbhid/usbhid.ko",
		"kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko", "kernel/drivers/net/virtio_net.ko", "kernel/drivers/net/usb/r8152.ko",
		"kernel/drivers/block/virtio_blk.ko", "kernel/drivers/md/dm-crypt.ko", "kernel/drivers/md/raid456.ko",
		"kernel/drivers/mmc/host/sdhci-pci.ko", "kernel/drivers/hv/hv_vmbus.ko", "kernel/drivers/scsi/hv_storvsc.ko",
		"kernel/drivers/net/xen-netfront.ko", "kernel/drivers/firewire/firewire-sbp2.ko", "kernel/fs/ext4/ext4.ko",
		"kernel/fs/xfs/xfs.ko", "kernel/fs/nls/nls_cp437.ko", "kernel/fs/smb/client/cifs.ko", "kernel/crypto/crc32c_generic.ko",
		"kernel/arch/x86/crypto/crc32c-intel.ko", "updates/dkms/megaraid_sas.ko", "extra/driver.ko",
	};
	static const char *const unwanted[] = {
		"kernel/drivers/net/wireless/intel/iwlwifi/iwlwifi.ko", "kernel/drivers/net/ethernet/mellanox/mlxsw/mlxsw_core.ko",
		"kernel/drivers/gpu/drm/amd/amdgpu/amdgpu.ko", "kernel/sound/core/snd.ko", "kernel/drivers/block/floppy.ko",
		"kernel/drivers/nvme/target/nvmet.ko", "kernel/fs/nfsd/nfsd.ko", "kernel/net/bluetooth/bluetooth.ko",
		"kernel/drivers/media/mc/mc.ko", "updates/dkms/nvidia.ko", "kernel/drivers/usb/gadget/udc/dummy_hcd.ko", "kernel", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
		if (!modules_is_wanted(wanted[i]))
			fail_msg("%s is left out", wanted[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(unwanted); i++)
		if (modules_is_wanted(unwanted[i]))
			fail_msg("%s is taken", unwanted[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_running, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests_name("image_kernel", tests, NULL, NULL);
}
