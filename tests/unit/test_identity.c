/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which identities of disks are believed alone. Serial numbers as they were seen on disks, enclosures and virtual machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../backend/layout/identity.h"

static const struct {
	const char *model, *serial, *wwn, *transport;
	bool weak;
} rows[] = {
	{ "Samsung SSD 870 EVO 1TB", "S6PTNZ0R620739X", NULL, "sata", false },
	{ "WDC WD10EZEX-08WN4A0", "WD-WCC6Y3ESH5SX", "0x50014ee2b8a1c3d4", "sata", false },
	{ "VBOX HARDDISK", "VB0b6c2f3e-1d7a9c55", NULL, "sata", false },
	{ "Virtual disk", NULL, "0x6000c29c1f6a5b3d8e7f0a1b2c3d4e5f", "scsi", false },
	{ NULL, "LB0001", NULL, "virtio", false },
	{ "INTEL SSDPEKNW010T8", "PHNH907301BC1P0B", "eui.0000000001000000e4d25c8051695501", "nvme", false },
	/* Virtual machines count. */
	{ "QEMU HARDDISK", "QM00001", NULL, "sata", true },
	{ "QEMU HARDDISK", "drive-scsi0", NULL, "scsi", true },
	/* Placeholders of enclosures and of boards. */
	{ "External USB 3.0", "0123456789ABCDEF", NULL, "sata", true },
	{ "External", "0123456789abcdef", NULL, "sata", true },
	{ "External", "123456789012", NULL, "sata", true },
	{ "External", "0000000012345678", NULL, "sata", true },
	{ "External", "9876543210", NULL, "sata", true },
	{ "External", "000000000000", NULL, "sata", true },
	{ "External", "000000000033", NULL, "sata", true },
	{ "External", "FFFFFFFFFFFF", NULL, "sata", true },
	{ "External", "DEADBEEF", NULL, "sata", true },
	{ "External", "DEADBEEFDEADBEEF", NULL, "sata", true },
	{ "External", "ABABABABABAB", NULL, "sata", true },
	{ "External", "To Be Filled By O.E.M.", NULL, "sata", true },
	{ "External", "none", NULL, "sata", true },
	{ "External", "-", NULL, "sata", true },
	/* The number of a dock says nothing of the disk in it; a WWN that comes through does. */
	{ "ASMT 2115", "S6PTNZ0R620739X", NULL, "usb", true },
	{ "ASMT 2115", "S6PTNZ0R620739X", "0x50014ee2b8a1c3d4", "usb", false },
	{ "ASMT 2115", "S6PTNZ0R620739X", "0x5000000000000000", "usb", true },
	{ "ASMT 2115", "S6PTNZ0R620739X", "0x5000000000000001", "usb", true },
	{ "Nothing", NULL, NULL, "loop", true },
};

static void test_weak_identities(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const struct disk_info disk = { .model = (char *)rows[i].model, .serial = (char *)rows[i].serial,
						.wwn = (char *)rows[i].wwn, .transport = (char *)rows[i].transport };

		if (disk_identity_is_weak(&disk) != rows[i].weak)
			fail_msg("%s %s is taken as %s", rows[i].serial ? rows[i].serial : "", rows[i].wwn ? rows[i].wwn : "",
				 rows[i].weak ? "its own" : "shared");
	}
}

static void test_same_claims(void **state)
{
	const struct disk_info one = { .model = "M", .serial = "S", .wwn = "0x1" }, other = { .model = "M", .serial = "S", .wwn = "0x2" };
	const struct disk_info plain = { .model = "M", .serial = "S" }, model = { .model = "N", .serial = "S" }, nothing = { .model = "M" };

	(void)state;
	assert_true(disk_claims_same(&one, &one));
	assert_false(disk_claims_same(&one, &other));
	assert_true(disk_claims_same(&one, &plain));
	assert_false(disk_claims_same(&plain, &model));
	assert_false(disk_claims_same(&nothing, &nothing));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_weak_identities), cmocka_unit_test(test_same_claims) };

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
