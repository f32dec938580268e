/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes a loader good: GRUB's menu, the boot sector, the EFI system partition, the firmware's boot entries. */
#include "finish_case.h"

#include "../../backend/finish/finish.h"
#include "../../backend/finish/firmware_entries.h"
#include "../../backend/finish/grub_menu.h"
#include "../../backend/finish/grub_reads.h"
#include "../../backend/finish/grub_others.h"
#include "../../backend/finish/loader_bios.h"
#include "../../backend/finish/identifiers.h"
#include "../../backend/finish/loader_uefi.h"
#include "../../backend/finish/loader_uefi_files.h"
#include "../../backend/finish/rooted.h"

#define MENU(uuid, kernel, root, archive) \
	"set default=0\n" \
	"# menuentry 'not this' {\n" \
	"function load_video {\n  true\n}\n" \
	"menuentry 'Memory test' {\n\tlinux16 /boot/memtest86+.bin\n}\n" \
	"menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {\n" \
	"\tinsmod part_gpt\n\tset root='hd0,gpt3'\n" \
	"\tif [ x$feature_platform_search_hint = xy ]; then\n" \
	"\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt3  " uuid "\n" \
	"\telse\n\t  search --no-floppy --fs-uuid --set=root " uuid "\n\tfi\n" \
	"\techo\t'Loading ...'\n" \
	"\tlinux\t" kernel " root=" root " ro  quiet\n\tinitrd\t" archive "\n}\n" \
	"menuentry 'Other' {\n\tsearch --fs-uuid --set=root 00000000-0000-4000-8000-000000000000\n\tlinux /none " \
	"root=/dev/none\n}\n"

#define BOOT_UUID "55555555-5555-4555-8555-555555555555"
#define HOME_UUID "66666666-6666-4666-8666-666666666666"

/* The restored system gets further filesystems or others instead: NODES of the layout after the disk. */
static void restore_instead(struct finish_case *it, const char *nodes)
{
	AUTO_FREE char *text = text_format("[" CASE_TARGET ",%s]", nodes);

	layout_free(it->plan.target.result);
	it->plan.target.result = case_layout(it, text);
	for (int i = 1; i <= 6; i++) {
		AUTO_FREE char *id = text_format("part:0.%d", i), *device = text_format("/dev/vda%d", i);

		if (layout_find(it->plan.target.result, id))
			case_set_device(it->plan.target.result, id, device);
	}
	case_add_actions(&it->plan);
}

#define WITH_BOOT \
	CASE_SYSTEM "," \
	CASE_PART("0", "5", "4296015872", CASE_LINUX) "," CASE_FS("fs:boot", "part:0.5", BOOT_UUID, "boot", "ext2") "," \
	CASE_PART("0", "6", "5369757696", CASE_LINUX) "," CASE_FS("fs:home", "part:0.6", HOME_UUID, "home", "ext4") "," \
	CASE_MOUNT("mount:boot", "fs:boot", "/boot") "," CASE_MOUNT("mount:home", "fs:home", "/home")

#define WITH_SUBVOLUMES \
	CASE_PART("0", "3", "2148532224", CASE_LINUX) "," CASE_FS("fs:root", "part:0.3", ROOT_UUID, "my root", "btrfs") "," \
	"{'id':'sub:root','type':'subvolume','on':['fs:root'],'subvolume':{'path':'@','number':256}}," \
	"{'id':'sub:home','type':'subvolume','on':['fs:root'],'subvolume':{'path':'@home','number':257}}," \
	CASE_MOUNT("mount:root", "sub:root", "/") "," CASE_MOUNT("mount:home", "sub:home", "/home")

static void check_menu(const struct finish_case *it, const char *text, const char *why)
{
	AUTO_FREE char *said = NULL;
	int r = grub_menu_check_text(&it->plan, it->fd, text, &said);

	if (!why) {
		if (r)
			fail_msg("not good: %s", said);
		assert_null(said);
		return;
	}
	assert_int_equal(r, 1);
	if (!strstr(said, why))
		fail_msg("'%s' does not say '%s'", said, why);
}

static void test_menu(void **state)
{
	static const char skipped[] =
		"menuentry 'Chain' {\n\tchainloader +1\n}\nmenuentry 'Memory' {\n\tlinux16 /boot/memtest\n}\n";
	struct finish_case *it = *state;

	case_write_text(it, "boot/vmlinuz-1", "kernel");
	case_write_text(it, "boot/initrd.img-1", "archive");
	case_write_text(it, "boot/empty", "");
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/boot/initrd.img-1"), NULL);
	/* What is in /boot is not at the top of the filesystem, and no subvolume is there. */
	check_menu(it, MENU(ROOT_UUID, "/vmlinuz-1", "UUID=" ROOT_UUID, "/initrd.img-1"), "the kernel /vmlinuz-1");
	check_menu(it, MENU(ROOT_UUID, "/@rootfs/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/@rootfs/boot/initrd.img-1"),
		   "the kernel /@rootfs");
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "UUID=" ESP_UUID, "/boot/initrd.img-1"),
		   "does not hold the restored system");
	check_menu(it, MENU(ESP_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/boot/initrd.img-1"),
		   "the kernel /boot/vmlinuz-1");
	check_menu(it,
		   MENU(ROOT_UUID, "($root)/boot/vmlinuz-1", "PARTUUID=aaaa0000-0000-4000-8000-000000000003",
			"/boot/initrd.img-1"),
		   NULL);
	check_menu(it, MENU(DATA_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/boot/initrd.img-1"), DATA_UUID);
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-2", "UUID=" ROOT_UUID, "/boot/initrd.img-1"),
		   "the kernel /boot/vmlinuz-2");
	check_menu(it, MENU(ROOT_UUID, "/boot/empty", "UUID=" ROOT_UUID, "/boot/initrd.img-1"),
		   "the kernel /boot/empty");
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/boot/ucode /boot/initrd.img-1"),
		   "the initramfs /boot/ucode");
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "/dev/sda3", "/boot/initrd.img-1"), "/dev/sda3 as the root");
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "/dev/nonsense", "/boot/initrd.img-1"),
		   "/dev/nonsense as the root");
	check_menu(it, "", "no entry");
	check_menu(it, skipped, "no entry");
	check_menu(it, "menuentry 'cut off' {\n\tlinux /boot/vmlinuz-1 root=UUID=" ROOT_UUID "\n", "no entry");
}

static void test_menu_with_boot(void **state)
{
	struct finish_case *it = *state;

	restore_instead(it, WITH_BOOT);
	case_write_text(it, "boot/vmlinuz-1", "kernel");
	case_write_text(it, "boot/initrd.img-1", "archive");
	case_write_text(it, "home/vmlinuz-1", "kernel");
	check_menu(it, MENU(BOOT_UUID, "/vmlinuz-1", "UUID=" ROOT_UUID, "/initrd.img-1"), NULL);
	/* The directory /boot of the root filesystem is hidden under what is mounted there. */
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/boot/initrd.img-1"), "the kernel");
	check_menu(it, MENU(BOOT_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/initrd.img-1"), "the kernel");
	check_menu(it, MENU(HOME_UUID, "/vmlinuz-1", "UUID=" ROOT_UUID, "/initrd.img-1"), "the initramfs");
	check_menu(it, MENU(BOOT_UUID, "/vmlinuz-1", "UUID=" HOME_UUID, "/initrd.img-1"),
		   "UUID=" HOME_UUID " as the root filesystem, which does not hold");
	check_menu(it, MENU(BOOT_UUID, "/vmlinuz-1", "/dev/vda6", "/initrd.img-1"), "/dev/vda6 as the root");
}

static void test_menu_with_subvolumes(void **state)
{
	struct finish_case *it = *state;

	restore_instead(it, WITH_SUBVOLUMES);
	case_write_text(it, "boot/vmlinuz-1", "kernel");
	case_write_text(it, "boot/initrd.img-1", "archive");
	check_menu(it, MENU(ROOT_UUID, "/@/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/@/boot/initrd.img-1"), NULL);
	check_menu(it, MENU(ROOT_UUID, "/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/@/boot/initrd.img-1"), "the kernel");
	check_menu(it, MENU(ROOT_UUID, "/@home/boot/vmlinuz-1", "UUID=" ROOT_UUID, "/@/boot/initrd.img-1"), "the kernel");
}

/* A machine that started from SOURCE by LOADERS, and comes back on one that starts by HERE, for which GRUB CAN be installed. */
static void check_foreseen(struct finish_case *it, const char *source, const char *here, const char *loaders, bool can, const char *why)
{
	const struct manifest manifest = { .machine = { .firmware = (char *)source, .loader = (char *)loaders, .grub = (char *)"grub" } };
	AUTO_FREE char *said = NULL;

	it->plan.start = (struct start){ .uefi = !strcmp(here, "uefi"), .from_uefi = !strcmp(source, "uefi"), .loader_bios = can, .loader_uefi = can };
	said = finish_foresee(&manifest, &it->plan);
	if (!why)
		assert_null(said);
	else if (!said || !strstr(said, why))
		fail_msg("'%s' does not say '%s'", said ? said : "", why);
}

static void test_foresee(void **state)
{
	struct finish_case *it = *state;

	/* A disk that has both an EFI system partition and a BIOS boot partition starts either way, with both loaders. */
	check_foreseen(it, "bios", "uefi", "grub-bios,grub-uefi", false, NULL);
	check_foreseen(it, "uefi", "bios", "grub-bios,grub-uefi", false, NULL);
	check_foreseen(it, "bios", "uefi", "grub-bios", true, NULL);
	check_foreseen(it, "uefi", "bios", "grub-uefi", true, NULL);
	check_foreseen(it, "bios", "uefi", "grub-bios", false, "packages grub-efi-amd64-bin and grub2-common");
	check_foreseen(it, "bios", "uefi", "grub-bios", false, "start the rescue medium by BIOS");
	check_foreseen(it, "uefi", "bios", "grub-uefi", false, "packages grub-pc-bin and grub2-common");
	check_foreseen(it, "uefi", "bios", "none", false, "does not start by GRUB");
	check_foreseen(it, "bios", "bios", "grub-bios", false, NULL);
	check_foreseen(it, "uefi", "uefi", "grub-uefi", false, NULL);
	restore_instead(it, WITH_SUBVOLUMES);
	check_foreseen(it, "bios", "uefi", "grub-bios", true, "by BIOS instead");
	check_foreseen(it, "uefi", "bios", "grub-uefi", true, "by UEFI instead");
	/* What it was started by is left out. */
	check_foreseen(it, "bios", "bios", "grub-bios", true, "leaves the BIOS boot partition out");
	check_foreseen(it, "uefi", "uefi", "grub-uefi", true, "leaves the EFI system partition out");
	/* The saved machine was started that way somehow. */
	case_instead(it, WITH_SUBVOLUMES, WITH_SUBVOLUMES);
	check_foreseen(it, "bios", "bios", "grub-bios", true, NULL);
	check_foreseen(it, "uefi", "uefi", "grub-uefi", true, NULL);
	/* From an MBR, which has become a GPT, and what was planned in for that is left out. */
	free(layout_find(it->plan.target.captured, "disk:0")->disk.table);
	layout_find(it->plan.target.captured, "disk:0")->disk.table = strdup("dos");
	layout_find(it->plan.target.captured, "disk:0")->disk.boot_code = false;
	/* Nothing started from it. */
	check_foreseen(it, "bios", "bios", "grub-bios", true, NULL);
	layout_find(it->plan.target.captured, "disk:0")->disk.boot_code = true;
	check_foreseen(it, "bios", "bios", "grub-bios", true, "leaves the BIOS boot partition out");
	check_foreseen(it, "uefi", "uefi", "grub-uefi", true, NULL);
}

#define STACKED(version, slots, kind) \
	CASE_PART("0", "3", "2148532224", CASE_LINUX) "," \
	"{'id':'luks:0','type':'luks','on':['part:0.3'],'size':1073741824,'uuid':'" KEPT_UUID "','properties':{'version':'" version "'" slots "}}," \
	"{'id':'pv:0','type':'pv','on':['luks:0'],'size':1073741824}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':1073741824,'label':'box'}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':1073741824,'label':'root','properties':{'kind':'" kind "'}}," \
	CASE_FS("fs:root", "lv:0", ROOT_UUID, "root", "ext4") "," CASE_MOUNT("mount:root", "fs:root", "/")
#define SLOT(number, type) ",'keyslot_" #number "_type':'" type "'"

/* Whether GRUB reads a /boot that lies so; why not holds WHY. */
static void check_reads(struct finish_case *it, const char *stacked, bool knows_argon2, const char *why)
{
	AUTO_FREE char *said = NULL;

	restore_instead(it, stacked);
	assert_int_equal(grub_reads_boot(&it->plan, knows_argon2, &said), 0);
	if (!why)
		assert_null(said);
	else if (!said || !strstr(said, why))
		fail_msg("'%s' does not say '%s'", said ? said : "", why);
}

static void test_what_grub_reads(void **state)
{
	struct finish_case *it = *state;

	check_reads(it, STACKED("1", "", "linear"), false, NULL);
	check_reads(it, STACKED("2", SLOT(0, "pbkdf2"), "linear"), false, NULL);
	check_reads(it, STACKED("2", SLOT(0, "pbkdf2"), "thin"), false, "is thin");
	check_reads(it, STACKED("2", SLOT(0, "argon2id"), "linear"), false, "argon2");
	check_reads(it, STACKED("2", SLOT(0, "argon2id"), "linear"), true, NULL);
	/* A kept header has both slots; a new key is made like the one that GRUB opens. */
	check_reads(it, STACKED("2", SLOT(0, "pbkdf2") SLOT(1, "argon2id"), "linear"), false, NULL);
}

static void test_specified_entries(void **state)
{
	static const char menu[] = "insmod blscfg\nblscfg\n";
	struct finish_case *it = *state;

	restore_instead(it, WITH_BOOT);
	check_menu(it, menu, "has none");
	case_write_text(it, "boot/loader/entries/a.conf",
			"title A\nlinux /vmlinuz-9\ninitrd /initramfs-9.img\noptions root=UUID=" ROOT_UUID "\n");
	check_menu(it, menu, "the kernel /vmlinuz-9");
	case_write_text(it, "boot/loader/entries/b.conf",
			"title B\nlinux /vmlinuz-9\ninitrd /initramfs-9.img\noptions root=/dev/sda3 ro\n");
	case_write_text(it, "boot/vmlinuz-9", "kernel");
	case_write_text(it, "boot/initramfs-9.img", "archive");
	check_menu(it, menu, NULL);
	case_write_text(it, "boot/loader/entries/a.conf",
			"title A\nlinux /vmlinuz-9\ninitrd /initramfs-9.img\noptions root=UUID=" DATA_UUID "\n");
	check_menu(it, menu, "takes UUID=" DATA_UUID);
}

/* A boot sector and a first core sector as grub-install writes them, as far as they are looked at. */
static void make_disk(const struct finish_case *it, bool signature, bool grub, uint64_t sector, bool core)
{
	static const char name[] = "GRUB \0Geom\0Hard Disk\0Read\0 Error\r\n";
	unsigned char disk[8 * 512] = { 0 };

	disk[0] = 0xeb;
	if (grub)
		memcpy(disk + 0x180, name, sizeof(name));
	for (int i = 0; i < 8; i++)
		disk[0x5c + i] = (unsigned char)(sector >> (8 * i));
	if (signature) {
		disk[510] = 0x55;
		disk[511] = 0xaa;
	}
	if (core)
		memcpy(disk + 2 * 512 + 0x100, "loading", 7);
	case_write(it, "disk", disk, sizeof(disk));
}

static void check_disk(const struct finish_case *it, const char *why)
{
	AUTO_FREE char *path = text_format("%s/disk", it->directory), *said = NULL;
	int r = loader_bios_check_device(path, &said);

	assert_int_equal(r, why ? 1 : 0);
	if (why && !strstr(said, why))
		fail_msg("'%s' does not say '%s'", said, why);
}

static void test_boot_sector(void **state)
{
	struct finish_case *it = *state;

	check_disk(it, "cannot be read");
	case_write_text(it, "disk", "short");
	check_disk(it, "too short");
	make_disk(it, true, true, 2, true);
	check_disk(it, NULL);
	make_disk(it, false, true, 2, true);
	check_disk(it, "no boot sector");
	make_disk(it, true, false, 2, true);
	check_disk(it, "does not hold GRUB");
	make_disk(it, true, true, 3, true);
	check_disk(it, "no GRUB core image");
	make_disk(it, true, true, 0, true);
	check_disk(it, "no GRUB core image");
	make_disk(it, true, true, UINT64_MAX, true);
	check_disk(it, "no GRUB core image");
	make_disk(it, true, true, 2, false);
	check_disk(it, "no GRUB core image");
}

static void make_program(const struct finish_case *it, const char *path, char mark)
{
	unsigned char program[512] = { 'M', 'Z' };

	program[0x3c] = 0x80;
	memcpy(program + 0x80, "PE\0\0", 4);
	program[0x100] = (unsigned char)mark;
	case_write(it, path, program, sizeof(program));
}

static void check_esp(const struct finish_case *it, const char *why)
{
	AUTO_FREE char *said = NULL, *id = loader_uefi_id(it->fd, "/boot/efi", "debian");
	int r = loader_uefi_check_files(&it->plan, it->fd, "/boot/efi", id, &said);

	if (!why && r)
		fail_msg("not good: %s", said);
	assert_int_equal(r, why ? 1 : 0);
	if (why && !strstr(said, why))
		fail_msg("'%s' does not say '%s'", said, why);
}

static void test_system_partition(void **state)
{
	struct finish_case *it = *state;
	const struct node *partition = NULL, *mount = identifier_esp(&it->plan, &partition);

	assert_non_null(mount);
	assert_string_equal(mount->mount.path, "/boot/efi");
	assert_string_equal(partition->id, "part:0.2");

	check_esp(it, "BOOTX64.EFI is missing");
	make_program(it, "boot/efi/EFI/BOOT/BOOTX64.EFI", 's');
	check_esp(it, NULL);
	make_program(it, "boot/efi/EFI/debian/shimx64.efi", 's');
	check_esp(it, "EFI/BOOT/grubx64.efi, which the fallback loader starts");
	make_program(it, "boot/efi/EFI/BOOT/grubx64.efi", 'g');
	check_esp(it, "EFI/debian/grubx64.efi, which the loader starts");
	make_program(it, "boot/efi/EFI/debian/grubx64.efi", 'g');
	check_esp(it, "EFI/debian/grub.cfg, which leads");
	case_write_text(it, "boot/efi/EFI/debian/grub.cfg",
			"search.fs_uuid " DATA_UUID " root hd0,gpt3 \nset prefix=($root)'/boot/grub'\n");
	check_esp(it, "on the filesystem " DATA_UUID);
	case_write_text(it, "boot/efi/EFI/debian/grub.cfg",
			"search.fs_uuid " ROOT_UUID " root hd0,gpt3 \nset prefix=($root)'/boot/grub'\n");
	check_esp(it, NULL);
	case_write_text(it, "boot/efi/EFI/BOOT/BOOTX64.EFI", "MZ but no more");
	check_esp(it, "BOOTX64.EFI is missing or no program");
}

static void test_loader_directory(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *none = loader_uefi_id(it->fd, "/boot/efi", "debian"), *other = NULL, *preferred = NULL,
		       *outside = NULL;

	assert_null(none);
	make_program(it, "boot/efi/EFI/BOOT/grubx64.efi", 'g');
	make_program(it, "boot/efi/EFI/fedora/shimx64.efi", 's');
	make_program(it, "boot/efi/EFI/suse/grubx64.efi", 's');
	other = loader_uefi_id(it->fd, "/boot/efi", "debian");
	assert_string_equal(other, "fedora");
	preferred = loader_uefi_id(it->fd, "/boot/efi", "suse");
	assert_string_equal(preferred, "suse");
	outside = loader_uefi_id(it->fd, "/boot/efi", "../EFI/suse");
	assert_string_equal(outside, "fedora");
}

/* A system without a program that installs its loader (Fedora): a system partition that was planned in gets what the machine's own one has. */
static void test_copied_to_another_partition(void **state)
{
	struct finish_case *it = *state;
	struct manifest manifest = { 0 };
	struct finish_options options = { .plan = &it->plan, .manifest = &manifest, .root = it->directory };
	struct finish_result result = { 0 };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	AUTO_FREE char *id = NULL, *said = NULL;

	restore_instead(it, CASE_SYSTEM "," CASE_PART("0", "5", "4296015872", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") ","
			"{'id':'planned:fs','type':'filesystem','on':['part:0.5'],'size':536870912,'uuid':'ABCD-0002','filesystem':{'kind':'vfat'}},"
			"{'id':'planned:mount','type':'mount','on':['planned:fs'],'mount':{'path':'/boot/efi2'},'properties':{'planned':'further'}}");
	make_program(it, "boot/efi/EFI/fedora/shimx64.efi", 's');
	make_program(it, "boot/efi/EFI/fedora/grubx64.efi", 'g');
	make_program(it, "boot/efi/EFI/fedora/fw/fwupdx64.efi", 'f');
	case_write_text(it, "boot/efi/EFI/fedora/grub.cfg", "search.fs_uuid " ROOT_UUID " root \n");
	make_program(it, "boot/efi/EFI/BOOT/BOOTX64.EFI", 's');
	make_program(it, "boot/efi/EFI/BOOT/fbx64.efi", 'b');
	assert_int_equal(mkdirat(it->fd, "boot/efi2", 0755), 0);
	assert_int_equal(loader_uefi_finish(&it->ctx, &job, true), 0);
	assert_int_equal(strv_length(result.reasons), 0);
	assert_true(rooted_is_same(it->fd, "boot/efi/EFI/fedora/fw/fwupdx64.efi", "boot/efi2/EFI/fedora/fw/fwupdx64.efi"));
	assert_true(rooted_is_same(it->fd, "boot/efi/EFI/BOOT/fbx64.efi", "boot/efi2/EFI/BOOT/fbx64.efi"));
	id = loader_uefi_id(it->fd, "/boot/efi2", NULL);
	assert_string_equal(id, "fedora");
	assert_int_equal(loader_uefi_check_files(&it->plan, it->fd, "/boot/efi2", id, &said), 0);
	finish_result_done(&result);
}

static void test_firmware_entries(void **state)
{
	static const char listing[] = "BootCurrent: 0001\nTimeout: 0 seconds\nBootOrder: 0003,0001\n"
				      "Boot0001* UEFI QEMU DVD-ROM QM00003 "
				      "\tPciRoot(0x0)/Pci(0x1f,0x2)/Sata(1,65535,0){auto_created_boot_option}\n"
				      "Boot0003* "
				      "debian\tHD(1,GPT,aaaa0000-0000-4000-8000-000000000002,0x800,0x20000)/"
				      "File(\\EFI\\debian\\shimx64.efi)\n"
				      "Boot000A  "
				      "Windows\tHD(2,GPT,bbbb0000-0000-4000-8000-000000000002,0x800,0x20000)/"
				      "\\EFI\\Microsoft\\Boot\\bootmgfw.efi\n"
				      "Boot0004* no path\nBootNext: 0003\nMirroredPercentageAbove4G: 0.00\n";
	AUTO_FIRMWARE_ENTRIES struct firmware_entries entries = { 0 };

	(void)state;
	assert_int_equal(firmware_entries_parse(listing, &entries), 0);
	assert_int_equal(entries.count, 4);
	assert_string_equal(entries.entries[0].number, "0001");
	assert_null(entries.entries[0].partition);
	assert_string_equal(entries.entries[1].label, "debian");
	assert_string_equal(entries.entries[1].partition, "aaaa0000-0000-4000-8000-000000000002");
	assert_string_equal(entries.entries[1].file, "\\EFI\\debian\\shimx64.efi");
	assert_true(firmware_entry_is_of(&entries.entries[1], "Debian"));
	assert_false(firmware_entry_is_of(&entries.entries[1], "deb"));
	assert_string_equal(entries.entries[2].number, "000A");
	assert_string_equal(entries.entries[2].file, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi");
	assert_string_equal(entries.entries[3].label, "no path");
	assert_false(firmware_entry_is_of(&entries.entries[3], "no path"));
}

static void test_other_systems(void **state)
{
	static const char before[] = "menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {\n}\n"
				     "menuentry 'Windows Boot Manager (on /dev/sda1)' --class windows $menuentry_id_option 'osprober-efi-AAAA-BBBB' {\n"
				     "\tchainloader /EFI/Microsoft/Boot/bootmgfw.efi\n}\n"
				     "\tmenuentry 'Fedora' --class gnu-linux $menuentry_id_option 'osprober-gnulinux-simple-7' {\n}\n";
	AUTO_STRV char **same = NULL, **titles = NULL, **none = NULL;

	(void)state;
	assert_int_equal(grub_others_lost(before, before, &same), 0);
	assert_null(same);
	/* Its title says another device, it is the same one. */
	assert_int_equal(grub_others_lost(before, "menuentry 'Windows Boot Manager (on /dev/vda1)' $menuentry_id_option 'osprober-efi-AAAA-BBBB' {\n}",
					  &titles), 0);
	assert_int_equal(strv_length(titles), 1);
	assert_string_equal(titles[0], "Fedora");
	assert_int_equal(grub_others_lost(before, "", &none), 0);
	assert_int_equal(strv_length(none), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_systems),
		CASE_TEST(test_menu),
		CASE_TEST(test_menu_with_boot),
		CASE_TEST(test_menu_with_subvolumes),
		CASE_TEST(test_foresee),
		CASE_TEST(test_what_grub_reads),
		CASE_TEST(test_specified_entries),
		CASE_TEST(test_boot_sector),
		CASE_TEST(test_system_partition),
		CASE_TEST(test_loader_directory),
		CASE_TEST(test_copied_to_another_partition),
		CASE_TEST(test_firmware_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
