/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of storage judged against the restored layout, and fstab and kernel command lines corrected by them. */
#include <sys/sysmacros.h>

#include "finish_case.h"

#include <libmount/libmount.h>
#include <stdio.h>

#include "../../backend/finish/crypttab.h"
#include "../../backend/finish/device_table.h"
#include "../../backend/finish/disk_names.h"
#include "../../backend/finish/fstab.h"
#include "../../backend/finish/fstab_planned.h"
#include "../../backend/finish/identifiers.h"
#include "../../backend/finish/loader_settings.h"
#include "../../backend/finish/mount_units.h"
#include "../../backend/finish/setting_words.h"

static void check(const struct finish_case *it, const char *spec, int fit, const char *name)
{
	AUTO_FREE char *found = NULL;
	int r = identifier_check(&it->plan, spec, &found);

	if (r != fit)
		fail_msg("%s: %d instead of %d", spec, r, fit);
	if (name)
		assert_string_equal(found, name);
	else
		assert_null(found);
}

static void test_names_that_fit(void **state)
{
	static const char *const specs[] = {
		"UUID=" ROOT_UUID,
		"UUID=\"" ROOT_UUID "\"",
		"UUID=abcd-1234",
		"LABEL=my root",
		"LABEL='swap'",
		"PARTLABEL=name 3",
		"PARTUUID=aaaa0000-0000-4000-8000-000000000003",
		"PARTUUID=AAAA0000-0000-4000-8000-000000000003",
		"/dev/disk/by-uuid/" ROOT_UUID,
		"/dev/disk/by-label/my\\x20root",
		"/dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000004",
		"/dev/disk/by-partlabel/name\\x203",
		/* on the disk that was left alone */
		"UUID=" KEPT_UUID,
		"LABEL=kept",
		"/dev/disk/by-id/ata-Disk_KEPTSER-part1",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(specs); i++)
		check(*state, specs[i], IDENTIFIER_FITS, NULL);
}

static void test_names_of_the_old_machine(void **state)
{
	static const struct {
		const char *spec, *name;
	} cases[] = {
		{ "/dev/sda3", "UUID=" ROOT_UUID },
		{ "/dev/sda4", "UUID=" SWAP_UUID },
		{ "/dev/sda1", "PARTUUID=aaaa0000-0000-4000-8000-000000000001" },
		{ "/dev/disk/by-id/ata-Old_Disk_OLDSER1-part3", "UUID=" ROOT_UUID },
		{ "/dev/disk/by-id/wwn-0x5000oldser1-part4", "UUID=" SWAP_UUID },
		{ "/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part3", "UUID=" ROOT_UUID },
		/* the kept disk has another kernel name here */
		{ "/dev/sdc1", "UUID=" KEPT_UUID },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		check(*state, cases[i].spec, IDENTIFIER_OLD, cases[i].name);
}

static void test_unknown_and_foreign_names(void **state)
{
	static const char *const unknown[] = {
		"/dev/sdb1",
		"/dev/sdx1",
		("UUID=" DATA_UUID),
		"UUID=",
		"LABEL=data",
		"/dev/sda9",
		"/dev/disk/by-id/ata-Other_OLDSER10-part3",
		"/dev/mapper/other",
		"/dev/disk/by-id/ata-Disk_KEPTSER-part7",
	};
	static const char *const foreign[] = { "tmpfs",	    "proc", "nas:/export", "//server/share",
					       "/swapfile", "none", "/dev/sr0",	   "/dev/zram0" };

	for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++)
		check(*state, unknown[i], IDENTIFIER_UNKNOWN, NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(foreign); i++)
		check(*state, foreign[i], IDENTIFIER_FOREIGN, NULL);
}

/* The same kernel name, but of another thing than before, must not be taken for one that fits. */
static void test_same_kernel_name(void **state)
{
	struct finish_case *it = *state;

	case_set_device(it->plan.target.result, "part:0.3", "/dev/sda3");
	check(it, "/dev/sda3", IDENTIFIER_FITS, NULL);
	case_set_device(it->plan.target.result, "part:0.3", "/dev/sdb3");
	case_set_device(it->plan.target.result, "part:0.4", "/dev/sda3");
	check(it, "/dev/sda3", IDENTIFIER_OLD, "UUID=" ROOT_UUID);
}

static void test_identity_beneath_a_target_is_gone(void **state)
{
	struct finish_case *it = *state;

	/* Now the disk that carried it is erased. */
	it->pairs[2].target = (char *)"disk:1";
	check(it, "UUID=" KEPT_UUID, IDENTIFIER_UNKNOWN, NULL);
	check(it, "/dev/disk/by-id/ata-Disk_KEPTSER-part1", IDENTIFIER_UNKNOWN, NULL);
}

static void test_disk_names(void **state)
{
	struct node disk = { .type = NODE_DISK, .disk = { .name = (char *)"nvme0n1", .serial = (char *)"S4 X/9Q" } };
	AUTO_FREE char *partition = disk_name_device(&disk, 2), *whole = disk_name_device(&disk, 0);
	AUTO_FREE char *encoded = disk_name_encode("a b/\xc3\xa9"), *decoded = disk_name_decode(encoded);
	AUTO_FREE char *empty = disk_name_encode("");

	(void)state;
	assert_string_equal(partition, "/dev/nvme0n1p2");
	assert_string_equal(whole, "/dev/nvme0n1");
	assert_string_equal(encoded, "a\\x20b\\x2f\xc3\xa9");
	assert_string_equal(decoded, "a b/\xc3\xa9");
	assert_string_equal(empty, "");
	assert_true(disk_name_is_of(&disk, "by-id", "nvme-Model_X_S4_X_9Q"));
	assert_true(disk_name_is_of(&disk, "by-id", "usb-Model_S4_X_9Q-0:0"));
	assert_false(disk_name_is_of(&disk, "by-id", "nvme-Model_X_S4_X_9Q7"));
	assert_false(disk_name_is_of(&disk, "by-id", "nvme-ModelS4_X_9Q"));
	assert_false(disk_name_is_of(&disk, "by-path", "nvme-Model_X_S4_X_9Q"));
	disk.disk.serial = (char *)"1";
	assert_false(disk_name_is_of(&disk, "by-id", "virtio-1"));
	disk.disk.serial = NULL;
	disk.disk.wwn = (char *)"eui.0025385b71b00f27";
	assert_true(disk_name_is_of(&disk, "by-id", "nvme-eui.0025385b71b00f27"));
}

static void correct(const struct finish_case *it, const char *text, const char *expected, int changed, size_t notes)
{
	AUTO_BUFFER struct buffer out = { 0 };
	CLEANUP(fstab_notes_done) struct fstab_notes said = { 0 };
	int r = fstab_correct(&it->plan, -1, NULL, text, &out, &said);

	assert_int_equal(r, changed);
	assert_string_equal(out.data ? out.data : "", expected);
	assert_int_equal(strv_length(said.told), notes);
	assert_null(said.breaks);
}

static void test_fstab_stays(void **state)
{
	static const char text[] = "# /etc/fstab: static\n"
				   "\n"
				   "   # indented # comment /dev/sda3 / ext4\n"
				   "UUID=" ROOT_UUID "\t/    ext4   errors=remount-ro 0\t1\r\n"
				   "LABEL=swap none swap sw 0 0\n"
				   "tmpfs /tmp tmpfs nosuid 0 0\n"
				   "nas:/x /mnt/x nfs defaults 0 0\n"
				   "/srv/a /srv/b none bind 0 0\n"
				   "UUID=" KEPT_UUID " /kept ext4 defaults 0 2\n"
				   "UUID=99999999-0000-4000-8000-000000000000 /usb ext4 noauto,user 0 0\n"
				   "/dev/sr0 /media/cdrom udf,iso9660 user,noauto 0 0\n"
				   "one-word\n"
				   "LABEL=my\\040root /again ext4 ro 0 0";

	correct(*state, text, text, 0, 0);
	correct(*state, "", "", 0, 0);
}

#define NOT_RESTORED \
	"# Lifeboat: the next line got the option nofail, because the disk it was on (disk without a model name, serial OLDSER2, 100.0 GiB) was " \
	"not restored\n"

static void test_fstab_corrected(void **state)
{
	correct(*state, "/dev/sda3 / ext4 defaults 0 1 # root\n\t/dev/sda4\tnone swap sw 0 0\n",
		"UUID=" ROOT_UUID " / ext4 defaults 0 1 # root\n\tUUID=" SWAP_UUID "\tnone swap sw 0 0\n", 2, 0);
	/* A name nobody knows, at a place that was captured: what was mounted there counts. */
	correct(*state, "/dev/hda1 / ext4 defaults 0 1\n", "UUID=" ROOT_UUID " / ext4 defaults 0 1\n", 1, 0);
	correct(*state, "UUID=" DATA_UUID " /srv xfs defaults 0 2\n",
		NOT_RESTORED "UUID=" DATA_UUID " /srv xfs defaults,nofail 0 2\n", 1, 1);
	correct(*state, "UUID=" DATA_UUID " /srv xfs\n", NOT_RESTORED "UUID=" DATA_UUID " /srv xfs defaults,nofail\n", 1, 1);
	correct(*state, "UUID=" DATA_UUID " /srv", NOT_RESTORED "UUID=" DATA_UUID " /srv auto defaults,nofail", 1, 1);
	/* An option that only looks like nofail. */
	correct(*state, "UUID=" DATA_UUID " /srv xfs x-nofail 0 2\n",
		NOT_RESTORED "UUID=" DATA_UUID " /srv xfs x-nofail,nofail 0 2\n", 1, 1);
	correct(*state, "tank/home /home zfs defaults 0 0\n",
		"# Lifeboat: the next line got the option nofail, because Lifeboat does not make ZFS\n"
		"tank/home /home zfs defaults,nofail 0 0\n", 1, 1);
}

/* What the operator had made as another kind keeps the options that every kind knows. */
static void test_fstab_of_another_kind(void **state)
{
#define HOME(kind) \
	CASE_PART("0", "3", "2148532224", CASE_LINUX) "," CASE_FS("fs:root", "part:0.3", ROOT_UUID, "root", "ext4") "," \
	CASE_MOUNT("mount:root", "fs:root", "/") "," CASE_PART("0", "4", "3222274048", CASE_LINUX) "," \
	CASE_FS("fs:home", "part:0.4", DATA_UUID, "home", kind) "," CASE_MOUNT("mount:home", "fs:home", "/home")
	struct finish_case *it = *state;

	case_instead(it, HOME("ext4"), HOME("xfs"));
	correct(it, "UUID=" DATA_UUID "\t/home  ext4\tnoatime,data=ordered,x-systemd.growfs,errors=remount-ro  0 2 # note\n",
		"UUID=" DATA_UUID "\t/home  xfs\tnoatime,x-systemd.growfs  0 2 # note\n", 1, 0);
	correct(it, "/dev/sda4 /home ext4 data=journal 0 2\n", "UUID=" DATA_UUID " /home xfs defaults 0 2\n", 1, 0);
	correct(it, "LABEL=home /home ext4\n", "LABEL=home /home xfs\n", 1, 0);
	correct(it, "LABEL=home /home\n", "LABEL=home /home\n", 0, 0);
	correct(it, "UUID=" ROOT_UUID " / ext4 errors=remount-ro 0 1\n", "UUID=" ROOT_UUID " / ext4 errors=remount-ro 0 1\n", 0, 0);
}

/* What nothing can make leaves its partition empty, by whatever name the entry finds it. */
static void test_fstab_of_what_is_not_made(void **state)
{
	static const char nodes[] = CASE_PART("0", "3", "2148532224", CASE_LINUX) ","
		CASE_FS("fs:root", "part:0.3", ROOT_UUID, "root", "ext4") "," CASE_MOUNT("mount:root", "fs:root", "/") ","
		CASE_PART("0", "4", "3222274048", CASE_LINUX) "," CASE_FS("fs:old", "part:0.4", DATA_UUID, "old", "minix");
	static const char *const specs[] = { "UUID=" DATA_UUID, "LABEL=old", "/dev/sda4", "/dev/disk/by-uuid/" DATA_UUID,
					     "PARTUUID=aaaa0000-0000-4000-8000-000000000004", "PARTLABEL=name\\0404" };
	struct finish_case *it = *state;

	case_instead(it, nodes, nodes);
	for (size_t i = 0; i < ARRAY_LENGTH(specs); i++) {
		AUTO_FREE char *before = text_format("%s /old minix ro 0 0\n", specs[i]);
		AUTO_FREE char *after = text_format("# Lifeboat: the next line got the option nofail, because Lifeboat cannot make it (minix "
						    "filesystem \"old\", 1.0 GiB), so that its place is empty\n%s /old minix ro,nofail 0 0\n",
						    specs[i]);

		correct(it, before, after, 1, 1);
	}
}

static void test_fstab_of_what_a_start_needs(void **state)
{
	static const char *const lines[] = { "UUID=" DATA_UUID " /usr ext4 defaults 0 1\n",
					     "LABEL=none /var ext4 defaults,x-initrd.mount 0 1\n" };
	struct finish_case *it = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		CLEANUP(fstab_notes_done) struct fstab_notes said = { 0 };
		AUTO_BUFFER struct buffer out = { 0 };

		assert_int_equal(fstab_correct(&it->plan, -1, NULL, lines[i], &out, &said), 0);
		assert_string_equal(out.data, lines[i]);
		assert_int_equal(strv_length(said.breaks), 1);
		assert_null(said.told);
	}
}

/* Bind mounts, images and swap files that lay on a disk that was not restored. */
static void test_fstab_of_files(void **state)
{
	CLEANUP(fstab_notes_done) struct fstab_notes said = { 0 };
	AUTO_BUFFER struct buffer out = { 0 };
	struct finish_case *it = *state;

	case_write_text(it, "srv/here/file", "x");
	assert_int_equal(fstab_correct(&it->plan, it->fd, NULL,
				       "/srv/here /a none bind 0 0\n/srv/gone /b none bind 0 0\n/gone.img /c ext4 loop 0 0\n"
				       "/run/later /d none bind 0 0\n//server/share /e cifs ro 0 0\n", &out, &said), 2);
	assert_non_null(strstr(out.data, "/srv/here /a none bind 0 0\n"));
	assert_non_null(strstr(out.data, "/srv/gone /b none bind,nofail 0 0\n"));
	assert_non_null(strstr(out.data, "/gone.img /c ext4 loop,nofail 0 0\n"));
	assert_int_equal(strv_length(said.told), 2);
}

#define SUBVOLUME(number, path) \
	"{'id':'subvol:" path "','type':'subvolume','on':['fs:root'],'subvolume':{'number':" number ",'path':'" path "'}}"
#define SUBVOLUMES(root, home) \
	CASE_PART("0", "3", "2148532224", CASE_LINUX) "," CASE_FS("fs:root", "part:0.3", ROOT_UUID, "root", "btrfs") "," \
	SUBVOLUME(root, "@") "," SUBVOLUME(home, "@home") "," CASE_MOUNT("mount:root", "subvol:@", "/") "," \
	CASE_MOUNT("mount:home", "subvol:@home", "/home")

static void test_subvolume_numbers_in_fstab(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, SUBVOLUMES("70256", "91234"), SUBVOLUMES("256", "257"));
	correct(it, "UUID=" ROOT_UUID " / btrfs rw,subvolid=70256,subvol=/@ 0 0\nLABEL=root\t/home\tbtrfs\tsubvolid=0x16462\t0 0\n",
		"UUID=" ROOT_UUID " / btrfs rw,subvolid=256,subvol=/@ 0 0\nLABEL=root\t/home\tbtrfs\tsubvolid=257\t0 0\n", 2, 0);
	correct(it, "/dev/sda3 /home btrfs subvolid=91234,compress=zstd 0 0\n",
		"UUID=" ROOT_UUID " /home btrfs subvolid=257,compress=zstd 0 0\n", 1, 0);
	correct(it, "UUID=" ROOT_UUID " /top btrfs subvolid=5 0 0\n", "UUID=" ROOT_UUID " /top btrfs subvolid=5 0 0\n", 0, 0);
	correct(it, "UUID=" ROOT_UUID " /x btrfs ro,subvol=/@home/ 0 0\nUUID=" ROOT_UUID " /y btrfs subvol=/ 0 0\n",
		"UUID=" ROOT_UUID " /x btrfs ro,subvol=/@home/ 0 0\nUUID=" ROOT_UUID " /y btrfs subvol=/ 0 0\n", 0, 0);
	correct(it, "UUID=" ROOT_UUID " /x btrfs subvol=@old,ro 0 0\n",
		"# Lifeboat: the next line got the option nofail, because it has no subvolume @old: there was none when the machine was captured\n"
		"UUID=" ROOT_UUID " /x btrfs subvol=@old,ro,nofail 0 0\n", 1, 1);
	correct(it, "UUID=" ROOT_UUID " /x btrfs subvolid=300\n",
		"# Lifeboat: the next line got the option nofail, because it has no subvolume with the number 300: there was none when the "
		"machine was captured\nUUID=" ROOT_UUID " /x btrfs subvolid=300,nofail\n", 1, 1);
}

static void test_subvolume_numbers_in_settings(void **state)
{
	static const struct {
		const char *path, *before, *after;
	} files[] = {
		{ "etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet rootflags=compress=zstd,subvolid=70256\"\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet rootflags=compress=zstd,subvolid=256\"\n" },
		{ "etc/default/grub.d/x.cfg", "GRUB_CMDLINE_LINUX='rootflags=subvolid=70256 ro'\n",
		  "GRUB_CMDLINE_LINUX='rootflags=subvolid=256 ro'\n" },
		{ "etc/kernel/cmdline", "root=UUID=" ROOT_UUID " rootflags=subvolid=70256", "root=UUID=" ROOT_UUID " rootflags=subvolid=256" },
		{ "boot/loader/entries/a.conf", "options root=/dev/sda3 rootflags=subvolid=70256\n",
		  "options root=UUID=" ROOT_UUID " rootflags=subvolid=256\n" },
		{ "efi/loader/entries/a.conf", "options rootflags=subvolid=70256 xsubvolid=70256\n",
		  "options rootflags=subvolid=256 xsubvolid=70256\n" },
		{ "boot/extlinux/extlinux.conf", "\tAPPEND root=/dev/sda3 rootflags=subvolid=70256\n",
		  "\tAPPEND root=UUID=" ROOT_UUID " rootflags=subvolid=256\n" },
		{ "boot/refind_linux.conf", "\"Boot\" \"root=/dev/sda3 rootflags=subvolid=70256\"\n",
		  "\"Boot\" \"root=UUID=" ROOT_UUID " rootflags=subvolid=256\"\n" },
		{ "boot/limine.conf", "cmdline: rootflags=subvolid=70256\n", "cmdline: rootflags=subvolid=256\n" },
		{ "boot/grub/grub.cfg", "linux /@/vmlinuz root=/dev/sda3 rootflags=subvolid=70256\n",
		  "linux /@/vmlinuz root=/dev/sda3 rootflags=subvolid=256\n" },
		{ "boot/grub2/grubenv", "# GRUB Environment Block\nkernelopts=rootflags=subvolid=70256\n###########",
		  "# GRUB Environment Block\nkernelopts=rootflags=subvolid=256\n#############" },
		{ "etc/systemd/system/home.mount", "[Mount]\nWhat=/dev/sda3\nOptions=subvolid=91234\n",
		  "[Mount]\nWhat=/dev/disk/by-uuid/" ROOT_UUID "\nOptions=subvolid=257\n" },
		{ "etc/kernel/other", "rootflags=subvolid=70256", "rootflags=subvolid=70256" },
	};
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_instead(it, SUBVOLUMES("70256", "91234"), SUBVOLUMES("256", "257"));
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_write_text(it, files[i].path, files[i].before);
	assert_int_equal(loader_settings_finish(&it->ctx, &job), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_check_text(it, files[i].path, files[i].after);
	assert_true(job.loader_settings_changed);
	assert_false(job.broken);
	strv_free(job.corrected);
	finish_result_done(&result);
}

#define ARRAY \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) ",{'id':'raid:0','type':'raid','on':['part:0.5'],'size':1073741824," \
	"'uuid':'" KEPT_UUID "','properties':{'level':'raid1','metadata':'1.2','name':'box:data','raid_disks':'1','opened_as':'md7'," \
	"'member_0_role':'0'}}," CASE_FS("fs:array", "raid:0", DATA_UUID, "array", "ext4") "," CASE_MOUNT("mount:array", "fs:array", "/data")

/* An array's name is in its superblock and comes back with it; a number that it was only given is another one's on another day. */
static void test_fstab_of_arrays(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, ARRAY, ARRAY);
	correct(it, "/dev/md7 /data ext4 rw 0 0\n/dev/md/data /again ext4 ro 0 0\nUUID=" DATA_UUID " /more ext4 ro 0 0\n",
		"UUID=" DATA_UUID " /data ext4 rw 0 0\n/dev/md/data /again ext4 ro 0 0\nUUID=" DATA_UUID " /more ext4 ro 0 0\n", 1, 0);
}

#define PARTED_ARRAY \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) ",{'id':'raid:0','type':'raid','on':['part:0.5'],'size':1073741824," \
	"'uuid':'" KEPT_UUID "','properties':{'level':'raid1','metadata':'1.2','name':'box:data','raid_disks':'1','opened_as':'md7'," \
	"'table':'dos','table_id':'0x12345678','logical_sector':'512','member_0_role':'0'}},{'id':'part:md.2','type':'partition','on':['raid:0']," \
	"'size':104857600,'partition':{'number':2,'start':1048576,'kind':'0x83','role':'primary'}}," CASE_FS("fs:array", "part:md.2", DATA_UUID, "array", "ext4") "," \
	CASE_MOUNT("mount:array", "fs:array", "/data")

/* Partitions of arrays are called after them. */
static void test_fstab_of_partitions_of_arrays(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, PARTED_ARRAY, PARTED_ARRAY);
	correct(it, "/dev/md7p2 /data ext4 rw 0 0\n/dev/md/data2 /again ext4 ro 0 0\nPARTUUID=12345678-02 /more ext4 ro 0 0\n",
		"UUID=" DATA_UUID " /data ext4 rw 0 0\n/dev/md/data2 /again ext4 ro 0 0\nPARTUUID=12345678-02 /more ext4 ro 0 0\n", 1, 0);
}

#define STACK \
	"{'id':'raid:0','type':'raid','on':['part:0.5'],'size':1073741824," \
	"'uuid':'" KEPT_UUID "','properties':{'level':'raid1','metadata':'0.90','raid_disks':'1','opened_as':'md7','preferred_minor':'7'," \
	"'member_0_role':'0'}}," \
	"{'id':'luks:0','type':'luks','on':['raid:0'],'size':1000000000,'uuid':'77777777-7777-4777-8777-777777777777','properties':{'opened_as':'cr_data'}}," \
	"{'id':'pv:0','type':'pv','on':['luks:0'],'size':1000000000,'uuid':'aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg','properties':{'vg_name':'my-box'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':1000000000,'uuid':'hhhhhh-iiii-jjjj-kkkk-llll-mmmm-nnnnnn','label':'my-box'}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':1000000000,'uuid':'oooooo-pppp-qqqq-rrrr-ssss-tttt-uuuuuu','label':'da-ta'," \
	"'properties':{'vg_name':'my-box','kind':'linear'}}," CASE_FS("fs:stack", "lv:0", DATA_UUID, "stack", "ext4") "," \
	CASE_MOUNT("mount:stack", "fs:stack", "/data")
#define WITH_STACK CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) "," STACK

/* Without the container that it lay in, a filesystem is found by its UUID. */
#define CRYPTED \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) ",{'id':'luks:0','type':'luks','on':['part:0.5'],'size':1000000000," \
	"'uuid':'77777777-7777-4777-8777-777777777777','properties':{'opened_as':'cr_data'}}," CASE_FS("fs:crypted", "luks:0", DATA_UUID, "x", "ext4") "," \
	CASE_MOUNT("mount:crypted", "fs:crypted", "/data")
#define UNCRYPTED \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) "," CASE_FS("fs:crypted", "part:0.5", DATA_UUID, "x", "ext4") "," \
	CASE_MOUNT("mount:crypted", "fs:crypted", "/data")

static void test_fstab_without_the_container(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, CRYPTED, UNCRYPTED);
	layout_free(it->plan.target.wanted);
	it->plan.target.wanted = case_layout(it, "[" CASE_DISK("disk:0", "sda", "OLDSER1", "pci-0000:00:1f.2-ata-1") "," UNCRYPTED "]");
	correct(it, "/dev/mapper/cr_data /data ext4 rw 0 0\n/dev/disk/by-id/dm-name-cr_data /more ext4 ro 0 0\n",
		"UUID=" DATA_UUID " /data ext4 rw 0 0\nUUID=" DATA_UUID " /more ext4 ro 0 0\n", 2, 0);
}

/* What is put together at each start has its names from its superblocks and metadata, and they come back with those. */
static void test_names_of_the_stack(void **state)
{
	static const char *const last[] = { "/dev/md7", "/dev/my-box/da-ta", "/dev/mapper/my--box-da--ta", "/dev/mapper/cr_data",
					    "/dev/disk/by-id/md-uuid-44444444:44444444:84444444:44444444",
					    "/dev/disk/by-id/dm-name-my--box-da--ta", "/dev/disk/by-id/dm-name-cr_data",
					    "/dev/disk/by-id/lvm-pv-uuid-aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg",
					    "/dev/disk/by-id/dm-uuid-LVM-hhhhhhiiiijjjjkkkkllllmmmmnnnnnnooooooppppqqqqrrrrssssttttuuuuuu" };
	static const char *const others[] = { "/dev/md/data", "/dev/md8", "/dev/my-box/data", "/dev/mapper/my-box-da-ta", "/dev/mapper/other",
					      "/dev/disk/by-id/md-name-box:data" };
	struct finish_case *it = *state;

	case_instead(it, WITH_STACK, WITH_STACK);
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		assert_int_equal(identifier_check(&it->plan, others[i], NULL), IDENTIFIER_UNKNOWN);
	/* The plan of this case makes nothing but filesystems and swap spaces. */
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(identifier_check(&it->plan, last[i], NULL), IDENTIFIER_FITS);
		assert_ptr_equal(identifier_find(&it->plan, last[i]), layout_find(it->plan.target.result, "fs:stack"));
	}
	case_make_all(it);
	for (size_t i = 0; i < ARRAY_LENGTH(last); i++)
		assert_int_equal(identifier_check(&it->plan, last[i], NULL), IDENTIFIER_FITS);
}

/* What crypttab opens is there by the time fstab needs it. */
static void test_fstab_of_opened_devices(void **state)
{
	static const char fstab[] = "/dev/mapper/swap none swap sw 0 0\n";
	CLEANUP(fstab_notes_done) struct fstab_notes said = { 0 };
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **opened = NULL;
	struct finish_case *it = *state;

	assert_int_equal(crypttab_names(&it->plan, "# x\nswap /dev/sda4 /dev/urandom swap\ngone UUID=" DATA_UUID " none\n", &opened), 0);
	assert_int_equal(strv_length(opened), 1);
	assert_int_equal(fstab_correct(&it->plan, -1, opened, fstab, &out, &said), 0);
	assert_string_equal(out.data, fstab);
	out.length = 0;
	assert_int_equal(fstab_correct(&it->plan, -1, opened, "/dev/mapper/gone /x ext4\n", &out, &said), 1);
	assert_non_null(strstr(out.data, "nofail"));
}

static void test_crypttab(void **state)
{
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **notes = NULL;
	struct finish_case *it = *state;

	assert_int_equal(crypttab_correct(&it->plan, "etc/crypttab",
					  "# name device key options\nswap /dev/sda4 /dev/urandom swap\nkept UUID=" KEPT_UUID " none luks\n"
					  "data UUID=" DATA_UUID " none luks,discard\nother UUID=" DATA_UUID "\n"
					  "later UUID=" DATA_UUID " none noauto\nfile /secret.img none luks\n", &out, &notes), 3);
	assert_string_equal(out.data,
			    "# name device key options\nswap UUID=" SWAP_UUID " /dev/urandom swap\nkept UUID=" KEPT_UUID " none luks\n"
			    NOT_RESTORED "data UUID=" DATA_UUID " none luks,discard,nofail\n"
			    NOT_RESTORED "other UUID=" DATA_UUID " none nofail\n"
			    "later UUID=" DATA_UUID " none noauto\nfile /secret.img none luks\n");
	assert_int_equal(strv_length(notes), 2);
}

static void test_fstab_parsed(void **state)
{
	AUTO_FSTAB struct fstab fstab = { 0 };

	(void)state;
	assert_int_equal(fstab_parse("# c\n\nLABEL=a\\040b /with\\040space ext4 rw,x 0 0\n/file none\n", &fstab), 0);
	assert_int_equal(fstab.count, 2);
	assert_string_equal(fstab.entries[0].spec, "LABEL=a b");
	assert_string_equal(fstab.entries[0].file, "/with space");
	assert_string_equal(fstab.entries[0].options, "rw,x");
	assert_string_equal(fstab.entries[1].type, "auto");
	assert_string_equal(fstab.entries[1].options, "defaults");
}

/* What is split here is what mount(8) reads, in every line that it takes. */
static void test_fstab_as_libmount_reads_it(void **state)
{
	static const char text[] = "# head\n\n \t# indented\nUUID=1\t/   ext4\tdefaults,x=a\\054b 0  1\n"
				   "LABEL=a\\040b\\134 /with\\040space\\011tab auto rw,subvol=/@x,nofail\n"
				   "//host/share /smb cifs user=a#b,rw 0 0\nnone none swap sw 0 0\n/dev/sda1\t/last\txfs\trw\t0\t0\n";
	AUTO_FSTAB struct fstab fstab = { 0 };
	struct libmnt_table *table = mnt_new_table();
	struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	FILE *file = fmemopen((char *)text, sizeof(text) - 1, "r");
	struct libmnt_fs *fs;
	size_t i = 0;

	(void)state;
	assert_int_equal(mnt_table_parse_stream(table, file, "fstab"), 0);
	fclose(file);
	assert_int_equal(fstab_parse(text, &fstab), 0);
	assert_int_equal(mnt_table_get_nents(table), fstab.count);
	for (; mnt_table_next_fs(table, iterator, &fs) == 0; i++) {
		assert_string_equal(fstab.entries[i].spec, mnt_fs_get_source(fs) ? mnt_fs_get_source(fs) : "none");
		assert_string_equal(fstab.entries[i].file, mnt_fs_get_target(fs));
		assert_string_equal(fstab.entries[i].type, mnt_fs_get_fstype(fs));
		assert_string_equal(fstab.entries[i].options, mnt_fs_get_options(fs));
	}
	assert_int_equal(i, 5);
	mnt_free_iter(iterator);
	mnt_unref_table(table);
}

static void correct_words(const struct finish_case *it, const char *text, const char *expected, int changed,
			  size_t notes)
{
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **said = NULL;

	assert_int_equal(setting_words_correct(&it->plan, "etc/file", text, DEVICES_ON_COMMAND_LINE | DEVICES_OF_INITRAMFS, &out, &said), changed);
	assert_string_equal(out.data ? out.data : "", expected);
	assert_int_equal(strv_length(said), notes);
	if (notes)
		assert_non_null(strstr(said[0], "/etc/file sa"));
}

static void test_setting_words(void **state)
{
	correct_words(*state, "GRUB_CMDLINE_LINUX=\"root=/dev/sda3 quiet resume=/dev/sda4\"\n",
		      "GRUB_CMDLINE_LINUX=\"root=UUID=" ROOT_UUID " quiet resume=UUID=" SWAP_UUID "\"\n", 2, 0);
	correct_words(*state, "RESUME=/dev/sda4\n", "RESUME=UUID=" SWAP_UUID "\n", 1, 0);
	correct_words(*state, "# root=/dev/sda3\nxroot=/dev/sda3 root=UUID=" ROOT_UUID " noresume\n",
		      "# root=/dev/sda3\nxroot=/dev/sda3 root=UUID=" ROOT_UUID " noresume\n", 0, 0);
	correct_words(*state, "root=/dev/hda7 ro", "root=UUID=" ROOT_UUID " ro", 1, 0);
	correct_words(*state, "RESUME=\"/dev/sda4\"\n", "RESUME=\"UUID=" SWAP_UUID "\"\n", 1, 0);
	correct_words(*state, "root=\"PARTLABEL=name 3\" ro", "root=\"PARTLABEL=name 3\" ro", 0, 0);
	/* A start would wait for these. */
	correct_words(*state, "quiet resume=/dev/hda7 ro", "quiet noresume ro", 1, 1);
	correct_words(*state, "GRUB_CMDLINE_LINUX=\"resume=UUID=" DATA_UUID "\"\n", "GRUB_CMDLINE_LINUX=\"noresume\"\n", 1, 1);
	correct_words(*state, "RESUME=\"UUID=" DATA_UUID "\"\n", "RESUME=none\n", 1, 1);
	correct_words(*state, "ro rd.luks.uuid=luks-" DATA_UUID " quiet", "ro  quiet", 1, 1);
	correct_words(*state, "rd.luks.name=" DATA_UUID "=data rd.luks.uuid=luks-" KEPT_UUID, " rd.luks.uuid=luks-" KEPT_UUID, 1, 1);
	correct_words(*state, "cryptdevice=/dev/sda3:root:x cryptdevice=UUID=" DATA_UUID ":data",
		      "cryptdevice=UUID=" ROOT_UUID ":root:x ", 2, 1);
	correct_words(*state, "resume=/dev/sda3 resume_offset=38912", "resume=UUID=" ROOT_UUID " resume_offset=38912", 1, 1);
	correct_words(*state, "RESUME=auto\nRESUME=none", "RESUME=auto\nRESUME=none", 0, 0);
	correct_words(*state, "", "", 0, 0);
}

/* systemd waits for devices by their paths, and loads no swap unit that is named after another device. */
static void test_units(void **state)
{
	const struct finish_case *it = *state;
	AUTO_BUFFER struct buffer mount = { 0 }, swap = { 0 };
	AUTO_STRV char **said = NULL;

	assert_int_equal(setting_words_correct(&it->plan, "etc/systemd/system/old.mount", "[Mount]\nWhat=/dev/sda3\nWhere=/old\n", DEVICES_IN_UNITS, &mount,
					       &said), 1);
	assert_string_equal(mount.data, "[Mount]\nWhat=/dev/disk/by-uuid/" ROOT_UUID "\nWhere=/old\n");
	assert_int_equal(strv_length(said), 0);
	assert_int_equal(setting_words_correct(&it->plan, "etc/systemd/system/dev-sda4.swap", "[Swap]\nWhat=/dev/sda4\n", DEVICES_IN_UNITS, &swap, &said), 0);
	assert_int_equal(strv_length(said), 1);
	assert_non_null(strstr(said[0], "dev-sda4.swap says What=/dev/sda4, but that swap space is /dev/disk/by-uuid/" SWAP_UUID));
}

static bool is_there(const struct finish_case *it, const char *path)
{
	struct stat status;

	return fstatat(it->fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A unit that is switched off by a link to /dev/null, which some systems have below their mount of /dev, is nothing that cannot be read. */
static void test_masked_units(void **state)
{
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_write_text(it, "dev/x", "");
	case_write_text(it, "etc/systemd/system/x.mount", "");
	assert_int_equal(mknodat(it->fd, "dev/null", S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(symlinkat("/dev/null", it->fd, "etc/systemd/system/tmp.mount"), 0);
	assert_int_equal(loader_settings_finish(&it->ctx, &job), 0);
	assert_int_equal(strv_length(result.reasons), 0);
	strv_free(job.corrected);
	finish_result_done(&result);
}

/* The start would wait for what is not there, and end in the emergency shell where local-fs.target requires it. */
static void test_mount_units(void **state)
{
	static const char gone[] = "etc/systemd/system/local-fs.target.requires/srv.mount";
	static const char wanted[] = "etc/systemd/system/multi-user.target.wants/srv.mount";
	static const char fits[] = "etc/systemd/system/local-fs.target.requires/home.mount";
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_write_text(it, "etc/systemd/system/srv.mount", "[Mount]\n# What=/dev/sda3\nWhat = /dev/disk/by-uuid/" DATA_UUID "\nWhere=/srv\n");
	case_write_text(it, "etc/systemd/system/home.mount", "[Mount]\nWhat=/dev/disk/by-uuid/" ROOT_UUID "\nWhere=/home\n");
	case_write_text(it, "etc/systemd/system/local-fs.target.requires/x.mount", "");
	case_write_text(it, "etc/systemd/system/multi-user.target.wants/x.service", "");
	assert_int_equal(symlinkat("../srv.mount", it->fd, gone), 0);
	assert_int_equal(symlinkat("/etc/systemd/system/srv.mount", it->fd, wanted), 0);
	assert_int_equal(symlinkat("../home.mount", it->fd, fits), 0);
	assert_int_equal(mount_units_finish(&it->ctx, &job), 0);
	assert_false(is_there(it, gone) || is_there(it, wanted));
	assert_true(is_there(it, fits) && is_there(it, "etc/systemd/system/srv.mount"));
	assert_int_equal(strv_length(result.notes), 1);
	assert_non_null(strstr(result.notes[0], "/etc/systemd/system/srv.mount mounts"));
	assert_non_null(strstr(result.notes[0], "is switched off now"));
	assert_false(job.broken);
	finish_result_done(&result);
	result = (struct finish_result){ 0 };
	case_write_text(it, "etc/systemd/system/usr.mount", "[Mount]\nWhat=/dev/disk/by-uuid/" DATA_UUID "\nWhere=/usr\n");
	assert_int_equal(mount_units_finish(&it->ctx, &job), 0);
	assert_true(job.broken);
	finish_result_done(&result);
}

#define ROOT_PART(uuid) \
	"{'id':'part:0.3','type':'partition','on':['disk:0'],'size':1073741824,'partition':{'number':3,'start':2148532224,'kind':'" CASE_LINUX "','uuid':'" uuid \
	"','role':'primary'}}," CASE_FS("fs:root", "part:0.3", ROOT_UUID, "my root", "ext4") "," CASE_MOUNT("mount:root", "fs:root", "/")
#define PLANNED_ESP(number, path, start, uuid) \
	",{'id':'planned:uefi:" number "','type':'partition','on':['disk:0'],'size':536870912,'partition':{'number':" number ",'start':" start \
	",'kind':'C12A7328-F81F-11D2-BA4B-00A0C93EC93B','role':'primary'},'properties':{'planned':'uefi'}}," \
	"{'id':'planned:fs:" number "','type':'filesystem','on':['planned:uefi:" number "'],'size':536870912,'uuid':'" uuid "','filesystem':{'kind':'vfat'}," \
	"'properties':{'planned':'uefi'}},{'id':'planned:mount:" number "','type':'mount','on':['planned:fs:" number "'],'mount':{'path':'" path "'}," \
	"'properties':{'planned':'uefi'}}"
#define OLD_PART "11febabe-0000-4000-8000-000000000003"
#define NEW_PART "99999999-0000-4000-8000-000000000003"

/* The table became another one: its partitions are known by other ids, and stay what they were. */
static void test_other_partuuids(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, ROOT_PART(OLD_PART), ROOT_PART(NEW_PART));
	check(it, "PARTUUID=" OLD_PART, IDENTIFIER_OLD, "PARTUUID=" NEW_PART);
	check(it, "/dev/disk/by-partuuid/" OLD_PART, IDENTIFIER_OLD, "UUID=" ROOT_UUID);
	check(it, "PARTUUID=" NEW_PART, IDENTIFIER_FITS, NULL);
	check(it, "PARTUUID=" DATA_UUID, IDENTIFIER_UNKNOWN, NULL);
	correct(it, "PARTUUID=" OLD_PART " / ext4 defaults 0 1\n", "PARTUUID=" NEW_PART " / ext4 defaults 0 1\n", 1, 0);
	correct_words(it, "GRUB_CMDLINE_LINUX=\"quiet root=PARTUUID=" OLD_PART "\"\n", "GRUB_CMDLINE_LINUX=\"quiet root=PARTUUID=" NEW_PART "\"\n", 1, 0);
}

/* The id that a partition had belongs to another one now: it is the partition that was meant, not the id. */
static void test_partuuids_that_changed_hands(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, ROOT_PART(OLD_PART), ROOT_PART(NEW_PART) ",{'id':'part:0.6','type':'partition','on':['disk:0'],'size':1073741824,"
		     "'partition':{'number':6,'start':5369757696,'kind':'" CASE_LINUX "','uuid':'" OLD_PART "','role':'primary'}}");
	check(it, "PARTUUID=" OLD_PART, IDENTIFIER_OLD, "PARTUUID=" NEW_PART);
}

/* The disk is plugged in where it was, and the partition has another number in its new table. */
static void test_numbers_that_changed(void **state)
{
	struct finish_case *it = *state;
	char **by_path = &layout_find(it->plan.target.present, "disk:0")->disk.by_path;

	free(*by_path);
	*by_path = strdup("pci-0000:00:1f.2-ata-1");
	case_instead(it, ROOT_PART(OLD_PART), ROOT_PART(OLD_PART));
	check(it, "/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part3", IDENTIFIER_FITS, NULL);
	layout_find(it->plan.target.result, "part:0.3")->partition.number = 5;
	check(it, "/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part3", IDENTIFIER_OLD, "UUID=" ROOT_UUID);
}

#define HOME_PART \
	"{'id':'part:0.6','type':'partition','on':['disk:0'],'size':1073741824,'partition':{'number':6,'start':5369757696,'kind':'" CASE_LINUX \
	"','name':'mine','uuid':'" OLD_PART "','role':'primary'}}"

/* The partition is made, and what it held was left out: a system that mounts it at its start would stop there. */
static void test_partitions_that_were_emptied(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, ROOT_PART(NEW_PART) "," HOME_PART "," CASE_FS("fs:home", "part:0.6", DATA_UUID, "mine", "ext4"), ROOT_PART(NEW_PART) "," HOME_PART);
	check(it, "PARTUUID=" OLD_PART, IDENTIFIER_UNKNOWN, NULL);
	check(it, "/dev/disk/by-partlabel/mine", IDENTIFIER_UNKNOWN, NULL);
	/* Nor is it the container that it was when what lay in that lies on it. */
	case_instead(it, ROOT_PART(NEW_PART) "," HOME_PART ",{'id':'luks:0','type':'luks','on':['part:0.6'],'size':1073741824,'uuid':"
		     "'77777777-7777-4777-8777-777777777777'}," CASE_FS("fs:home", "luks:0", DATA_UUID, "mine", "ext4"),
		     ROOT_PART(NEW_PART) "," HOME_PART "," CASE_FS("fs:home", "part:0.6", DATA_UUID, "mine", "ext4"));
	check(it, "PARTUUID=" OLD_PART, IDENTIFIER_UNKNOWN, NULL);
	case_instead(it, ROOT_PART(NEW_PART) "," HOME_PART, ROOT_PART(NEW_PART) "," HOME_PART);
	check(it, "PARTUUID=" OLD_PART, IDENTIFIER_FITS, NULL);
}

/* A line for each system partition that was planned in; the system starts without the second one. */
static void test_fstab_of_what_is_planned_in(void **state)
{
	static const char text[] = "UUID=" ROOT_UUID " / ext4 defaults 0 1";
	struct finish_case *it = *state;
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_FSTAB struct fstab before = { 0 }, after = { 0 };

	case_instead(it, ROOT_PART(OLD_PART), ROOT_PART(OLD_PART) PLANNED_ESP("1", "/boot/efi", "1048576", "ABCD-0001") PLANNED_ESP("2", "/boot/efi2", "1073741824", "ABCD-0002"));
	assert_int_equal(buffer_append(&out, text, strlen(text)), 0);
	assert_int_equal(fstab_parse(text, &before), 0);
	assert_int_equal(fstab_add_planned(&it->plan, &before, &out), 2);
	assert_non_null(strstr(out.data, "defaults 0 1\n#"));
	assert_non_null(strstr(out.data, "\nUUID=ABCD-0001 /boot/efi vfat umask=0077 0 1\n"));
	assert_non_null(strstr(out.data, "\nUUID=ABCD-0002 /boot/efi2 vfat umask=0077,nofail 0 2\n"));
	/* Once only. */
	assert_int_equal(fstab_parse(out.data, &after), 0);
	assert_int_equal(fstab_add_planned(&it->plan, &after, &out), 0);
	/* That of a further disk keeps no start waiting. */
	for (size_t i = 0; i < it->plan.target.result->count; i++)
		if (node_property(it->plan.target.result->nodes[i], PLANNED_PROPERTY))
			assert_int_equal(node_property_set(it->plan.target.result->nodes[i], PLANNED_PROPERTY, "further"), 0);
	assert_int_equal(fstab_add_planned(&it->plan, &before, &out), 2);
	assert_non_null(strstr(out.data, "\nUUID=ABCD-0001 /boot/efi vfat umask=0077,nofail 0 2\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_masked_units),
		CASE_TEST(test_mount_units),
		CASE_TEST(test_other_partuuids),
		CASE_TEST(test_partuuids_that_changed_hands),
		CASE_TEST(test_numbers_that_changed),
		CASE_TEST(test_partitions_that_were_emptied),
		CASE_TEST(test_fstab_of_what_is_planned_in),
		CASE_TEST(test_names_that_fit),
		CASE_TEST(test_names_of_the_old_machine),
		CASE_TEST(test_unknown_and_foreign_names),
		CASE_TEST(test_same_kernel_name),
		CASE_TEST(test_identity_beneath_a_target_is_gone),
		CASE_TEST(test_disk_names),
		CASE_TEST(test_fstab_stays),
		CASE_TEST(test_fstab_corrected),
		CASE_TEST(test_fstab_of_another_kind),
		CASE_TEST(test_fstab_of_what_is_not_made),
		CASE_TEST(test_fstab_of_what_a_start_needs),
		CASE_TEST(test_fstab_of_files),
		CASE_TEST(test_subvolume_numbers_in_fstab),
		CASE_TEST(test_subvolume_numbers_in_settings),
		CASE_TEST(test_fstab_of_arrays),
		CASE_TEST(test_fstab_of_partitions_of_arrays),
		CASE_TEST(test_fstab_without_the_container),
		CASE_TEST(test_names_of_the_stack),
		CASE_TEST(test_fstab_of_opened_devices),
		CASE_TEST(test_crypttab),
		CASE_TEST(test_fstab_parsed), CASE_TEST(test_fstab_as_libmount_reads_it),
		CASE_TEST(test_setting_words),
		CASE_TEST(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
