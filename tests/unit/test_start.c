/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine starts from when that lies on a mirror: boot loaders of all its disks, and what its initramfs needs. */
#include "finish_case.h"

#include "../../backend/finish/finish.h"
#include "../../backend/finish/identifiers.h"
#include "../../backend/finish/initramfs_keep.h"
#include "../../backend/finish/job.h"
#include "../../backend/finish/loader_bios.h"
#include "../../backend/finish/loader_uefi.h"
#include "../../backend/finish/root_path.h"

#define ARRAY_UUID "88888888-8888-4888-8888-888888888888"
#define OTHER_ESP_UUID "1234-ABCD"
#define ESP_KIND "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define BIOS_KIND "21686148-6449-6E6F-744E-656564454649"

#define DISK(number, name, code) \
	"{'id':'disk:" number "','type':'disk','on':[],'size':107374182400,'disk':{'name':'" name "','serial':'S" number "'," \
	"'logical_sector':512,'physical_sector':512,'table':'gpt','table_id':'1111111" number "-2222-3333-4444-555555555555','boot_code':" code "}}"
#define PARTS(number) \
	CASE_PART(number, "1", "1048576", BIOS_KIND) "," CASE_PART(number, "2", "1074790400", ESP_KIND) "," \
	CASE_PART(number, "3", "2148532224", CASE_LINUX)
#define MIRROR \
	"{'id':'raid:0','type':'raid','on':['part:0.3','part:1.3'],'size':1000000000,'uuid':'" ARRAY_UUID "','properties':{'level':'raid1'," \
	"'metadata':'1.2','name':'box:root','raid_disks':'2','member_0_role':'0','member_1_role':'1'}}," \
	CASE_FS("fs:root", "raid:0", ROOT_UUID, "root", "ext4") "," CASE_MOUNT("mount:root", "fs:root", "/")
#define ESPS \
	CASE_FS("fs:other", "part:1.2", OTHER_ESP_UUID, "ESP2", "vfat") "," CASE_MOUNT("mount:other", "fs:other", "/.lifeboat-unmounted/other") "," \
	CASE_FS("fs:esp", "part:0.2", ESP_UUID, "ESP", "vfat") "," CASE_MOUNT("mount:esp", "fs:esp", "/boot/efi")

static void replace_layout(struct finish_case *it, struct layout **layout, const char *text)
{
	layout_free(*layout);
	*layout = case_layout(it, text);
}

/* The disks sda and sdb are restored onto vda and vdb, which are files of the case; CODE: whether sdb had boot code. MORE: nodes behind the mirror. */
static void mirror(struct finish_case *it, const char *code, const char *more)
{
	AUTO_FREE char *captured = text_format("[" DISK("0", "sda", "true") "," DISK("1", "sdb", "%s") "," PARTS("0") "," PARTS("1") "," MIRROR "%s%s]",
					       code, *more ? "," : "", more);
	AUTO_FREE char *result = text_format("[" DISK("0", "vda", "true") "," DISK("1", "vdb", "true") "," PARTS("0") "," PARTS("1") "," MIRROR "%s%s]",
					     *more ? "," : "", more);
	AUTO_FREE char *one = text_format("%s/vda", it->directory), *two = text_format("%s/vdb", it->directory);

	replace_layout(it, &it->plan.target.captured, captured);
	replace_layout(it, &it->plan.target.wanted, captured);
	replace_layout(it, &it->plan.target.result, result);
	replace_layout(it, &it->plan.target.present, "[" DISK("0", "vda", "false") "," DISK("1", "vdb", "false") "]");
	case_set_device(it->plan.target.present, "disk:0", one);
	case_set_device(it->plan.target.present, "disk:1", two);
	it->pairs[1].target = (char *)"disk:1";
	it->map.count = 2;
	case_add_actions(&it->plan);
	case_make_all(it);
}

static void write_disk(const struct finish_case *it, const char *name, bool grub)
{
	unsigned char disk[8 * 512] = { 0 };

	if (grub)
		memcpy(disk + 0x180, "GRUB ", 5);
	disk[0x5c] = 2;
	disk[510] = 0x55;
	disk[511] = 0xaa;
	memcpy(disk + 2 * 512, "loading", 7);
	case_write(it, name, disk, sizeof(disk));
}

static bool says(char *const *list, const char *text)
{
	for (; list && *list; list++)
		if (strstr(*list, text))
			return true;
	return false;
}

static const struct manifest manifest = { .machine.loader_id = (char *)"debian", .machine.firmware = (char *)"bios" };

/* The result of a last look at the loaders for BIOS or UEFI. Whether the machine starts. */
static bool verify(struct finish_case *it, bool uefi, struct finish_result *result)
{
	struct finish_options options = { .root = it->directory, .plan = &it->plan, .manifest = &manifest };
	struct finish_job job = { .options = &options, .result = result, .root_fd = it->fd };
	int r = uefi ? loader_uefi_verify(&it->ctx, &job, true) : loader_bios_verify(&it->ctx, &job, true);

	assert_int_equal(r, 0);
	return !job.broken;
}

static void test_each_disk_of_a_mirror_gets_grub(void **state)
{
	static const char *const told = "the saved machine had no boot loader on that one";
	struct finish_case *it = *state;

	case_write_text(it, "boot/grub/grub.cfg", "menu");
	case_write_text(it, "boot/grub/i386-pc/normal.mod", "module");
	for (int code = 0; code < 2; code++)
		for (int disks = 0; disks < 4; disks++) {
			CLEANUP(finish_result_done) struct finish_result result = { 0 };

			mirror(it, code ? "true" : "false", "");
			assert_true(loader_bios_has_room(&it->plan));
			write_disk(it, "vda", disks & 1);
			write_disk(it, "vdb", disks & 2);
			/* One that starts is enough; of the other is told what is wrong. */
			assert_int_equal(verify(it, false, &result), disks != 0);
			assert_int_equal(strv_length(result.notes), (disks & 1) + (disks >> 1));
			assert_int_equal(strv_length(result.reasons), 2 - (disks & 1) - (disks >> 1));
			assert_int_equal(says(result.notes, told), disks >> 1 && !code);
		}
}

static void make_program(const struct finish_case *it, const char *path)
{
	unsigned char program[512] = { 'M', 'Z' };

	program[0x3c] = 0x80;
	memcpy(program + 0x80, "PE\0\0", 4);
	case_write(it, path, program, sizeof(program));
}

static void make_system_partition(const struct finish_case *it, const char *place)
{
	static const char *const files[] = { "EFI/BOOT/BOOTX64.EFI", "EFI/debian/grubx64.efi" };

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		AUTO_FREE char *path = text_format("%s/%s", place, files[i]);

		make_program(it, path);
	}
}

static void test_each_system_partition_is_looked_at(void **state)
{
	CLEANUP(finish_result_done) struct finish_result one = { 0 }, two = { 0 }, broken = { 0 };
	struct finish_case *it = *state;
	const struct node *partition = NULL;

	mirror(it, "true", ESPS);
	/* The one that was mounted, though it comes later. */
	assert_string_equal(identifier_esp(&it->plan, &partition)->id, "mount:esp");
	assert_string_equal(partition->id, "part:0.2");
	make_system_partition(it, "boot/efi");
	assert_true(verify(it, true, &one));
	assert_true(says(one.notes, "Only one disk has an EFI system partition"));
	make_system_partition(it, ".lifeboat-unmounted/other");
	assert_true(verify(it, true, &two));
	assert_int_equal(strv_length(two.notes), 2);
	assert_false(says(two.notes, "Only one disk"));
	/* What is wrong with another one is told, and the machine starts all the same. */
	case_write_text(it, ".lifeboat-unmounted/other/EFI/BOOT/BOOTX64.EFI", "none");
	assert_true(verify(it, true, &broken));
	assert_true(says(broken.reasons, ".lifeboat-unmounted/other/EFI/BOOT/BOOTX64.EFI"));
}

static void test_a_mirrored_system_partition(void **state)
{
	CLEANUP(finish_result_done) struct finish_result result = { 0 };
	struct finish_case *it = *state;

	mirror(it, "true", "{'id':'raid:1','type':'raid','on':['part:0.2','part:1.2'],'size':1000000000,'uuid':'" SWAP_UUID "','properties':{'level':'raid1',"
	       "'metadata':'1.0','raid_disks':'2','member_0_role':'0','member_1_role':'1'}}," CASE_FS("fs:esp", "raid:1", ESP_UUID, "ESP", "vfat") ","
	       CASE_MOUNT("mount:esp", "fs:esp", "/boot/efi"));
	assert_string_equal(identifier_esp_partition(it->plan.target.result, identifier_esp(&it->plan, NULL), 1)->id, "part:1.2");
	assert_null(identifier_esp_partition(it->plan.target.result, identifier_esp(&it->plan, NULL), 2));
	make_system_partition(it, "boot/efi");
	assert_true(verify(it, true, &result));
	assert_int_equal(strv_length(result.notes), 2);
}

#define STACK \
	CASE_PART("0", "3", "2148532224", CASE_LINUX) "," \
	"{'id':'luks:0','type':'luks','on':['part:0.3'],'size':1000000000,'uuid':'77777777-7777-4777-8777-777777777777'," \
	"'properties':{'cipher':'aes-xts-plain64'}}," \
	"{'id':'pv:0','type':'pv','on':['luks:0'],'size':1000000000,'uuid':'PV-1','properties':{'vg_name':'my-box'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':1000000000,'uuid':'VG-1','label':'my-box'}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':1000000000,'uuid':'LV-1','label':'root','properties':{'vg_name':'my-box','kind':'linear'," \
	"'status':'READ WRITE VISIBLE'}}," CASE_FS("fs:root", "lv:0", ROOT_UUID, "root", "ext4") "," CASE_MOUNT("mount:root", "fs:root", "/")

#define KERNEL_FILES "/main/conf/initramfs.conf\n/main/usr/sbin/mdadm\n"

static char *judged(struct finish_case *it, const char *names)
{
	CLEANUP(finish_result_done) struct finish_result result = { 0 };
	struct finish_options options = { .root = it->directory, .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	char *why = NULL;

	assert_int_equal(initramfs_judge(&job, "1", names, NULL, NULL, &why), 0);
	return why;
}

static void test_initramfs_of_a_mirror(void **state)
{
	struct finish_case *it = *state;
	AUTO_STRV char **drivers = NULL;
	AUTO_FREE char *without = NULL, *with = NULL, *assembles = NULL, *changed = NULL, *not_made = NULL;

	mirror(it, "true", "");
	assert_int_equal(root_path_drivers(&it->ctx, &it->plan, &drivers), 0);
	assert_true(strv_contains(drivers, "md_mod") && strv_contains(drivers, "raid1") && strv_contains(drivers, "ext4"));
	assert_string_equal(root_path_lacking_program(&it->plan, "/etc/mdadm\n/sbin/mdadm.conf\n"), "mdadm");
	assert_null(root_path_lacking_program(&it->plan, KERNEL_FILES));
	without = judged(it, "/main/conf/initramfs.conf\n");
	assert_string_equal(without, "it lacks the program mdadm");
	with = judged(it, KERNEL_FILES);
	assert_null(with);
	/* Its arrays are there again, with their identities. */
	assembles = judged(it, KERNEL_FILES "/main/etc/mdadm/mdadm.conf\n");
	assert_null(assembles);
	free(layout_find(it->plan.target.result, "raid:0")->uuid);
	layout_find(it->plan.target.result, "raid:0")->uuid = strdup(SWAP_UUID);
	changed = judged(it, KERNEL_FILES "/main/etc/mdadm/mdadm.conf\n");
	assert_non_null(strstr(changed, "raid:0 has another identity"));
	mirror(it, "true", "");
	case_add_actions(&it->plan);
	not_made = judged(it, KERNEL_FILES "/main/etc/mdadm/mdadm.conf\n");
	assert_string_equal(not_made, "it assembles arrays of the saved machine");
}

/* All of what the root lies on counts, and of a cipher each part that is a module. */
static void test_initramfs_of_a_stack(void **state)
{
	static const char *const needed[] = { "dm_mod", "dm_crypt", "xts", "ext4" };
	struct finish_case *it = *state;
	AUTO_STRV char **drivers = NULL;

	case_instead(it, STACK, STACK);
	assert_int_equal(root_path_drivers(&it->ctx, &it->plan, &drivers), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(needed); i++)
		assert_true(strv_contains(drivers, needed[i]));
	assert_false(strv_contains(drivers, "cbc") || strv_contains(drivers, "serpent_generic") || strv_contains(drivers, "dm_thin_pool"));
	assert_string_equal(root_path_lacking_program(&it->plan, "/sbin/cryptsetup\n"), "lvm");
	assert_string_equal(root_path_lacking_program(&it->plan, "/sbin/lvm\n"), "cryptsetup");
	assert_null(root_path_lacking_program(&it->plan, "/sbin/lvm\n/sbin/cryptsetup\n"));
}

/* What Debian's archives open their containers by, with key files that KEYFILE_PATTERN took into them: kept where all of these are made again. */
static void test_initramfs_with_cryptroot(void **state)
{
	static const char names[] = KERNEL_FILES "/main/sbin/lvm\n/main/sbin/cryptsetup\n/main/cryptroot/crypttab\n/main/cryptroot/keyfiles/root.key\n";
	struct finish_case *it = *state;
	AUTO_FREE char *made = NULL, *not_made = NULL;

	case_instead(it, STACK, STACK);
	not_made = judged(it, names);
	assert_string_equal(not_made, "it opens encrypted disks of the saved machine");
	case_make_all(it);
	made = judged(it, names);
	assert_null(made);
}

/* dracut is told by words what it shall put together. */
static void test_words_for_dracut(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *plain = root_path_words(&it->plan), *mirrored = NULL, *stacked = NULL;

	assert_string_equal(plain, "");
	mirror(it, "true", "");
	mirrored = root_path_words(&it->plan);
	assert_string_equal(mirrored, "rd.md.uuid=88888888:88884888:88888888:88888888");
	case_instead(it, STACK, STACK);
	stacked = root_path_words(&it->plan);
	assert_string_equal(stacked, "rd.lvm.lv=my-box/root rd.luks.uuid=77777777-7777-4777-8777-777777777777");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_each_disk_of_a_mirror_gets_grub),
		CASE_TEST(test_each_system_partition_is_looked_at),
		CASE_TEST(test_a_mirrored_system_partition),
		CASE_TEST(test_initramfs_of_a_mirror),
		CASE_TEST(test_initramfs_of_a_stack),
		CASE_TEST(test_initramfs_with_cryptroot),
		CASE_TEST(test_words_for_dracut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
