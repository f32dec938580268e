/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other disks beneath the same machine: several onto one, groups over more, arrays of fewer and of more members, and without them. */
#include "shapes_case.h"

static const struct node *wanted(struct fixture *f, const char *id)
{
	const struct node *node = layout_find(f->wanted, id);

	if (!node)
		fail_msg("%s is not there", id);
	return node;
}

static void check_kind(struct fixture *f, const char *id, const char *kind)
{
	assert_string_equal(wanted(f, id)->partition.kind, kind);
}

/* ---- several disks onto one ---- */

#define SYSTEM_AND_DATA \
	"[" DISK("disk:0", "10737418240", GPT) "," DISK("disk:1", "5368709120", ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555556'") \
	PARTITION("0", "1", "1048576", "8589934592") PARTITION("1", "1", "1048576", "1073741824") PARTITION("1", "3", "1074790400", "3221225472") \
	FILESYSTEM("fs:root", "part:0.1", "ext4", "8589934592", "2147483648") FILESYSTEM("fs:data", "part:1.1", "ext4", "1073741824", "104857600") \
	SWAP("swap:0", "part:1.3", "3221225472") MOUNT("fs:root", "/") MOUNT("fs:data", "/srv") "]"

static void test_two_disks_onto_one(void **state)
{
	struct fixture *f = *state;

	wish_well(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'disk:0'}}");
	assert_null(layout_find(f->wanted, "disk:1"));
	assert_int_equal(layout_count_children(f->wanted, "disk:0", NODE_PARTITION), 3);
	/* A number that is taken becomes the next free one; the other keeps its own, and both stay behind what was there. */
	assert_int_equal(wanted(f, "part:1.1")->partition.number, 2);
	assert_int_equal(wanted(f, "part:1.3")->partition.number, 3);
	assert_int_equal(wanted(f, "part:1.1")->partition.start, 8 * GIB + MIB);
	assert_int_equal(wanted(f, "part:1.3")->partition.start, 9 * GIB + MIB);
	assert_int_equal(wanted(f, "disk:0")->size, 14 * GIB);
	/* All of it has room on one disk, is shared out on a larger one, and gives way on a smaller one. */
	fit_well(f, 14 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 8 * GIB);
	fit_well(f, 32 * GIB, 0);
	assert_true(size_of(f, "fs:root") > 20 * GIB && size_of(f, "fs:data") > 2 * GIB && size_of(f, "swap:0") == 3 * GIB);
	fit_well(f, 8 * GIB, 0);
	assert_true(size_of(f, "fs:root") < 5 * GIB);
	assert_int_equal(fit(f, 5 * GIB, 0), -ENOSPC);
	/* The other way round it is the other disk's table. */
	wish_well(f, SYSTEM_AND_DATA, "{'disk:0':{'onto':'disk:1'},'part:1.3':{'drop':true}}");
	assert_int_equal(wanted(f, "part:0.1")->partition.number, 2);
	assert_int_equal(wanted(f, "part:0.1")->partition.start, GIB + MIB);
}

static void test_onto_what(void **state)
{
	struct fixture *f = *state;

	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'disk:1'}}", -EINVAL, "no other disk");
	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'part:0.1'}}", -EINVAL, "'part:0.1'");
	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'/dev/sda'}}", -EINVAL, "'/dev/sda'");
	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':true}}", -EINVAL, "'onto'");
	refused(f, SYSTEM_AND_DATA, "{'fs:data':{'onto':'disk:0'}}", -EINVAL, "no disk");
	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'disk:0'},'disk:0':{'onto':'disk:1'}}", -EINVAL, "laid onto another disk itself");
	refused(f, SYSTEM_AND_DATA, "{'disk:1':{'onto':'disk:0','drop':true}}", -EINVAL, "both");
}

/* Without a table each lies on all of its disk. */
static void test_whole_disks_become_partitions(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "1073741824", "") "," DISK("disk:1", "2147483648", "")
		  FILESYSTEM("fs:root", "disk:0", "ext4", "1073741824", "104857600") FILESYSTEM("fs:data", "disk:1", "ext4", "2147483648", "104857600")
		  MOUNT("fs:root", "/") "]", "{'disk:1':{'onto':'disk:0'}}");
	assert_string_equal(wanted(f, "disk:0")->disk.table, "gpt");
	assert_string_equal(wanted(f, "fs:root")->on[0], "disk:0.whole");
	assert_string_equal(wanted(f, "fs:data")->on[0], "disk:1.whole");
	check_kind(f, "disk:1.whole", LINUX_KIND);
	fit_well(f, 4 * GIB, 0);
	assert_true(size_of(f, "fs:root") >= GIB && size_of(f, "fs:data") > 2 * GIB);
	/* The same plan has the same ids. */
	assert_string_equal(wanted(f, "disk:0.whole")->partition.uuid, layout_find(f->result, "disk:0.whole")->partition.uuid);
}

#define OLD_DISKS(more) \
	"[" DISK("disk:0", "10737418240", MBR ",'boot_code':true") "," DISK("disk:1", "10737418240", ",'table':'dos','table_id':'0x87654321'") \
	OLD("0", "1", "1048576", "1073741824", "primary") OLD("0", "2", "1074790400", "1073741824", "primary") more \
	OLD("1", "1", "1048576", "1073741824", "primary") OLD("1", "2", "1074790400", "3221225472", "extended") \
	OLD("1", "5", "1075838976", "1073741824", "logical") OLD("1", "6", "2150629376", "1073741824", "logical") \
	FILESYSTEM("fs:root", "part:0.1", "ext4", "1073741824", "104857600") FILESYSTEM("fs:data", "part:1.6", "ext4", "1073741824", "104857600") \
	MOUNT("fs:root", "/") "]"

static void test_an_mbr_that_is_full(void **state)
{
	struct fixture *f = *state;

	/* Three more are too many for four entries: they become logical ones. */
	wish_well(f, OLD_DISKS(""), "{'disk:1':{'onto':'disk:0'}}");
	assert_string_equal(wanted(f, "disk:0")->disk.table, "dos");
	assert_string_equal(wanted(f, "disk:0.extended")->partition.role, "extended");
	assert_string_equal(wanted(f, "part:1.1")->partition.role, "logical");
	assert_int_equal(wanted(f, "part:1.1")->partition.number, 5);
	assert_int_equal(wanted(f, "part:1.5")->partition.number, 6);
	assert_int_equal(wanted(f, "part:1.6")->partition.number, 7);
	assert_null(layout_find(f->wanted, "part:1.2"));
	fit_well(f, 8 * GIB, 0);
	/* Where no entry is free the table becomes a GPT, with room for the loader. */
	wish_well(f, OLD_DISKS(OLD("0", "3", "2148532224", "1073741824", "primary") OLD("0", "4", "3222274048", "1073741824", "primary")),
		  "{'disk:1':{'onto':'disk:0'}}");
	assert_string_equal(wanted(f, "disk:0")->disk.table, "gpt");
	assert_string_equal(wanted(f, "part:1.5")->partition.role, "primary");
	assert_string_equal(wanted(f, "disk:0.bios")->partition.kind, "21686148-6449-6E6F-744E-656564454649");
	check_kind(f, "part:0.1", LINUX_KIND);
	assert_int_equal(wanted(f, "part:0.1")->partition.number, 1);
	assert_non_null(wanted(f, "part:0.1")->partition.uuid);
	fit_well(f, 20 * GIB, 0);
}

/* Logical partitions have numbers without gaps in the order of their places, whatever numbers they had in a GPT. */
static void test_numbers_of_logical_ones(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "10737418240", MBR) "," DISK("disk:1", "10737418240", ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555556'")
		  OLD("0", "1", "1048576", "2147483648", "extended") OLD("0", "5", "2097152", "1073741824", "logical")
		  PARTITION("1", "9", "1048576", "1073741824") PARTITION("1", "7", "1074790400", "1073741824")
		  FILESYSTEM("fs:root", "part:0.5", "ext4", "1073741824", "104857600") MOUNT("fs:root", "/") "]", "{'disk:1':{'onto':'disk:0'}}");
	assert_int_equal(wanted(f, "part:1.9")->partition.number, 6);
	assert_int_equal(wanted(f, "part:1.7")->partition.number, 7);
}

/* A disk and its copy have the same PARTUUIDs; in one table they would be two of a kind. */
static void test_copies_of_a_disk(void **state)
{
	struct fixture *f = *state;
#define COPY(disk) ",{'id':'part:" disk ".1','type':'partition','on':['disk:" disk "'],'size':1073741824,'partition':{'number':1,'start':1048576,'kind':'" \
	LINUX_KIND "','role':'primary','uuid':'" \
	"abcdef00-0000-4000-8000-000000000001'}}"

	wish_well(f, "[" DISK("disk:0", "10737418240", GPT) "," DISK("disk:1", "10737418240", GPT) COPY("0") COPY("1")
		  FILESYSTEM("fs:root", "part:0.1", "ext4", "1073741824", "104857600") MOUNT("fs:root", "/") "]", "{'disk:1':{'onto':'disk:0'}}");
	assert_string_equal(wanted(f, "part:0.1")->partition.uuid, "abcdef00-0000-4000-8000-000000000001");
	assert_string_not_equal(wanted(f, "part:1.1")->partition.uuid, wanted(f, "part:0.1")->partition.uuid);
}

/* The loader of an MBR has no place in a GPT but a partition, whose ever the GPT is. */
static void test_a_loader_in_another_table(void **state)
{
	struct fixture *f = *state;
#define BEHIND_DATA(table, more) \
	"[" DISK("disk:0", "10737418240", table) "," DISK("disk:1", "10737418240", ",'table':'dos','table_id':'0x87654321','boot_code':true") more \
	OLD("1", "1", "1048576", "1073741824", "primary") FILESYSTEM("fs:root", "part:1.1", "ext4", "1073741824", "104857600") MOUNT("fs:root", "/") "]"

	wish_well(f, BEHIND_DATA(GPT, PARTITION("0", "1", "1048576", "1073741824")), "{'disk:1':{'onto':'disk:0'}}");
	check_kind(f, "disk:0.bios", "21686148-6449-6E6F-744E-656564454649");
	fit_well(f, 10 * GIB, 0);
	wish_well(f, BEHIND_DATA(MBR, OLD("0", "1", "1048576", "1073741824", "primary") OLD("0", "2", "1074790400", "1073741824", "primary")
				 OLD("0", "3", "2148532224", "1073741824", "primary") OLD("0", "4", "3222274048", "1073741824", "primary")),
		  "{'disk:1':{'onto':'disk:0'}}");
	assert_string_equal(wanted(f, "disk:0")->disk.table, "gpt");
	check_kind(f, "disk:0.bios", "21686148-6449-6E6F-744E-656564454649");
	/* Firmware would not find a system partition there. */
	refused(f, "[" DISK("disk:0", "10737418240", MBR) "," DISK("disk:1", "10737418240", ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555556'")
		OLD("0", "1", "1048576", "1073741824", "primary") KIND("1", "1", "1048576", "536870912", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") "]",
		"{'disk:1':{'onto':'disk:0'}}", -EINVAL, "lay that one onto it instead");
}

#define MIRROR(mount) \
	"[" DISK("disk:0", "10737418240", GPT) "," DISK("disk:1", "10737418240", ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555556'") \
	KIND("0", "1", "1048576", "8589934592", RAID_KIND) KIND("1", "1", "1048576", "8589934592", RAID_KIND) \
	ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2) \
	FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") mount "]"

static void test_a_mirror_onto_one_disk(void **state)
{
	struct fixture *f = *state;

	wish_well(f, MIRROR(MOUNT("fs:data", "/")), "{'disk:1':{'onto':'disk:0'}}");
	/* It is made with the member that is left: degraded. */
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 1);
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "2");
	assert_null(layout_find(f->wanted, "part:1.1"));
	fit_well(f, 10 * GIB, 0);
	assert_true(size_of(f, "fs:data") == 8588886016);
	/* Or without the array. */
	wish_well(f, MIRROR(MOUNT("fs:data", "/srv")), "{'disk:1':{'onto':'disk:0'},'raid:0':{'plain':true}}");
	assert_string_equal(wanted(f, "fs:data")->on[0], "part:0.1");
	check_kind(f, "part:0.1", LINUX_KIND);
}

/* Striped data are all there on one disk, too. */
static void test_stripes_onto_one_disk(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "10737418240", "") "," DISK("disk:1", "10737418240", "") "," DISK("disk:2", "10737418240", "")
		  ARRAY("raid:0", "'disk:0','disk:1','disk:2'", "raid5", "3", "10736369664", "21472739328", ROLES3)
		  FILESYSTEM("fs:root", "raid:0", "ext4", "21472739328", "2147483648") MOUNT("fs:root", "/") "]",
		  "{'disk:1':{'onto':'disk:0'},'disk:2':{'onto':'disk:0'}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 3);
	assert_int_equal(layout_count_children(f->wanted, "disk:0", NODE_PARTITION), 3);
	check_kind(f, "disk:2.whole", RAID_KIND);
	fit_well(f, 12 * GIB, 0);
	assert_true(size_of(f, "fs:root") > 7 * GIB && size_of(f, "fs:root") < 8 * GIB);
}

/* ---- without an array ---- */

static void test_plain_on_the_other_member(void **state)
{
	struct fixture *f = *state;

	wish_well(f, MIRROR(MOUNT("fs:data", "/srv")), "{'raid:0':{'plain':'part:1.1'}}");
	assert_string_equal(wanted(f, "fs:data")->on[0], "part:1.1");
	/* What is no member any more does not say so. */
	check_kind(f, "part:0.1", LINUX_KIND);
	check_kind(f, "part:1.1", LINUX_KIND);
	refused(f, MIRROR(""), "{'raid:0':{'plain':'part:0.7'}}", -EINVAL, "no member");
	refused(f, MIRROR(""), "{'raid:0':{'plain':7}}", -EINVAL, "'plain'");
}

/* ---- members ---- */

static void test_a_mirror_of_three(void **state)
{
	struct fixture *f = *state;

	wish_well(f, MIRROR(MOUNT("fs:data", "/")), "{'raid:0':{'members':3}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 3);
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "3");
	assert_string_equal(wanted(f, "disk:further.1")->disk.table, "gpt");
	check_kind(f, "part:further.1.1", RAID_KIND);
	assert_int_equal(wanted(f, "raid:0")->size, 8588886016);
	/* As a spare it changes nothing else. */
	wish_well(f, MIRROR(MOUNT("fs:data", "/")), "{'raid:0':{'spares':1}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 3);
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "2");
	assert_string_equal(node_property(wanted(f, "raid:0"), "member_2_role"), "spare");
}

static void test_a_mirror_of_one(void **state)
{
	struct fixture *f = *state;

	wish_well(f, MIRROR(MOUNT("fs:data", "/")), "{'raid:0':{'members':1}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 1);
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "2");
	/* The other disk has nothing more to carry. */
	assert_null(wanted(f, "disk:1")->disk.table);
	fit_well(f, 10 * GIB, 0);
}

/* Two disks with a member and a spare, each with an EFI system partition that is mounted where it says. */
#define ESP(disk, mounted) \
	KIND(disk, "2", "8590983168", "268435456", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") \
	",{'id':'fs:esp" disk "','type':'filesystem','on':['part:" disk ".2'],'size':268435456,'uuid':'ABCD-000" disk "','filesystem':{'kind':'vfat'}}" mounted
#define UEFI_MIRROR(second) \
	"[" DISK("disk:0", "10737418240", GPT) "," DISK("disk:1", "10737418240", GPT) KIND("0", "1", "1048576", "8589934592", RAID_KIND) \
	KIND("1", "1", "1048576", "8589934592", RAID_KIND) ESP("0", MOUNT("fs:esp0", "/boot/efi")) second \
	ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2) \
	FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/") "]"

/* The machine starts from each disk of its mirror by UEFI: from a third one, too. */
static void test_a_further_disk_starts_the_machine(void **state)
{
	struct fixture *f = *state;
	const struct node *esp;

	wish_well(f, UEFI_MIRROR(ESP("1", MOUNT("fs:esp1", "/boot/efi2"))), "{'raid:0':{'members':4}}");
	esp = wanted(f, "part:further.1.1");
	check_kind(f, "part:further.1.1", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
	check_kind(f, "part:further.1.2", RAID_KIND);
	check_kind(f, "part:further.2.1", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
	assert_true(esp->size == 256 * MIB);
	assert_non_null(esp->partition.uuid);
	assert_string_equal(wanted(f, "planned:fs:disk:further.1")->filesystem.kind, "vfat");
	assert_string_not_equal(wanted(f, "planned:fs:disk:further.1")->uuid, wanted(f, "planned:fs:disk:further.2")->uuid);
	assert_string_equal(wanted(f, "planned:mount:disk:further.1")->mount.path, "/boot/efi3");
	assert_string_equal(wanted(f, "planned:mount:disk:further.2")->mount.path, "/boot/efi4");
	/* Where one of its disks does not, a further one does not. */
	wish_well(f, UEFI_MIRROR(""), "{'raid:0':{'members':3}}");
	check_kind(f, "part:further.1.1", RAID_KIND);
	assert_null(layout_find(f->wanted, "planned:fs:disk:further.1"));
}

#define SPARED(raid_disks) \
	"[" DISK("disk:0", "10737418240", "") "," DISK("disk:1", "10737418240", "") "," DISK("disk:2", "10737418240", "") \
	ARRAY("raid:0", "'disk:0','disk:1','disk:2'", "raid1", raid_disks, "8588886016", "8588886016", ROLES2 ",'member_2_role':'spare'") \
	FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/") "]"

/* A spare has no data, and would take the empty place of a member that has. */
static void test_spares_go_first(void **state)
{
	struct fixture *f = *state;

	wish_well(f, SPARED("2"), "{'raid:0':{'members':1}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 1);
	assert_string_equal(wanted(f, "raid:0")->on[0], "disk:0");
	assert_string_equal(node_property(wanted(f, "raid:0"), "member_0_role"), "0");
	wish_well(f, SPARED("2"), "{'raid:0':{'spares':0}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 2);
	assert_string_equal(wanted(f, "raid:0")->on[1], "disk:1");
	/* As many members as before keep it. */
	wish_well(f, SPARED("2"), "{'raid:0':{'members':2}}");
	assert_string_equal(node_property(wanted(f, "raid:0"), "member_2_role"), "spare");
	refused(f, SPARED("2"), "{'raid:0':{'members':1,'spares':1}}", -EINVAL, "cannot have spares while a place of its 2 is empty");
}

#define STRIPES(used) \
	"[" DISK("disk:0", "10737418240", "") "," DISK("disk:1", "10737418240", "") "," DISK("disk:2", "10737418240", "") \
	ARRAY("raid:0", "'disk:0','disk:1','disk:2'", "raid5", "3", "10736369664", "21472739328", ROLES3) \
	FILESYSTEM("fs:root", "raid:0", "ext4", "21472739328", used) MOUNT("fs:root", "/") "]"

static void test_stripes_grow_and_shrink(void **state)
{
	struct fixture *f = *state;

	wish_well(f, STRIPES("2147483648"), "{'raid:0':{'members':5}}");
	assert_int_equal(wanted(f, "raid:0")->size, 4 * 10736369664);
	assert_int_equal(wanted(f, "fs:root")->size, 4 * 10736369664);
	assert_non_null(layout_find(f->wanted, "disk:further.2"));
	wish_well(f, STRIPES("2147483648"), "{'raid:0':{'members':2}}");
	/* With three places, of which one is empty, nothing of it is lost. */
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "3");
	assert_int_equal(wanted(f, "raid:0")->size, 21472739328);
	refused(f, STRIPES("2147483648"), "{'raid:0':{'members':1}}", -EINVAL, "cannot do without so many");
	refused(f, STRIPES("2147483648"), "{'raid:0':{'members':0}}", -EINVAL, "'members'");
	refused(f, STRIPES("2147483648"), "{'raid:0':{'members':33}}", -EINVAL, "'members'");
	refused(f, STRIPES("2147483648"), "{'disk:0':{'members':3}}", -EINVAL, "no array");
	refused(f, SYSTEM_AND_DATA, "{'fs:data':{'spread':1}}", -EINVAL, "no volume group");
}

/* What does not fit on fewer members is refused before a disk is chosen. */
static void test_too_few_for_what_is_on_it(void **state)
{
	struct fixture *f = *state;
#define FOUR(used) \
	"[" DISK("disk:0", "10737418240", "") "," DISK("disk:1", "10737418240", "") "," DISK("disk:2", "10737418240", "") "," \
	DISK("disk:3", "10737418240", "") ARRAY("raid:0", "'disk:0','disk:1','disk:2','disk:3'", "raid5", "4", "10736369664", "32209108992", \
						ROLES3 ",'member_3_role':'3','member_3_data_offset':'1048576'") \
	FILESYSTEM("fs:root", "raid:0", "ext4", "32209108992", used) MOUNT("fs:root", "/") "]"

	wish_well(f, FOUR("2147483648"), "{'raid:0':{'members':3}}");
	assert_int_equal(wanted(f, "raid:0")->size, 21472739328);
	assert_int_equal(wanted(f, "fs:root")->size, 21472739328);
	refused(f, FOUR("21474836480"), "{'raid:0':{'members':3}}", -ENOSPC, "its contents need");
}

/* An array that lacked a member is made whole with a further disk. */
static void test_degraded_made_whole(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "10737418240", "") ARRAY("raid:0", "'disk:0'", "raid1", "2", "10736369664", "10736369664",
								 ",'member_0_role':'1','member_0_data_offset':'1048576'")
		  FILESYSTEM("fs:root", "raid:0", "ext4", "10736369664", "2147483648") MOUNT("fs:root", "/") "]", "{'raid:0':{'members':2}}");
	assert_int_equal(strv_length(wanted(f, "raid:0")->on), 2);
	assert_string_equal(node_property(wanted(f, "raid:0"), "raid_disks"), "2");
}

/* ---- groups over more disks ---- */

#define UUID(c) #c #c #c #c #c #c "-1111-2222-3333-4444-5555-666666"
#define GROUP \
	"[" DISK("disk:0", "10737418240", GPT) KIND("0", "1", "1048576", "10733223936", PV_KIND) \
	",{'id':'pv:0','type':'pv','on':['part:0.1'],'size':10733223936,'uuid':'" UUID(a) "','properties':{'pe_start':'1048576','pe_count':'2558'," \
	"'vg_name':'vg0'}},{'id':'vg:0','type':'vg','on':['pv:0'],'size':10729029632,'uuid':'" UUID(b) "','label':'vg0','properties':{'extent_size':'4194304'," \
	"'status':'READ WRITE RESIZEABLE'}},{'id':'lv:0','type':'lv','on':['vg:0'],'size':8589934592,'uuid':'" UUID(c) "','label':'root','properties':{" \
	"'vg_name':'vg0','kind':'linear','segments':'1','status':'READ WRITE VISIBLE','segment_0_start_extent':'0','segment_0_extent_count':'2048'," \
	"'segment_0_type':'striped','segment_0_stripe_count':'1','segment_0_stripes':'" UUID(a) ":0'}}" \
	FILESYSTEM("fs:root", "lv:0", "ext4", "8589934592", "7516192768") MOUNT("fs:root", "/") "]"

static void test_a_group_over_two_disks(void **state)
{
	struct fixture *f = *state;
	struct disk_pair pairs[] = { { .source = (char *)"disk:0", .target = (char *)"disk:8" },
				     { .source = (char *)"disk:further.1", .target = (char *)"disk:9" } };

	wish_well(f, GROUP, "{}");
	assert_int_equal(fit(f, 5 * GIB, 0), -ENOSPC);
	wish_well(f, GROUP, "{'vg:0':{'spread':1}}");
	assert_int_equal(strv_length(wanted(f, "vg:0")->on), 2);
	check_kind(f, "part:further.1.1", PV_KIND);
	/* Each holds a part; what both have beyond that goes to the volume. */
	assert_int_equal(fit_onto(f, pairs, 2, 5 * GIB, 5 * GIB), 0);
	assert_true(size_of(f, "fs:root") == 8 * GIB);
	assert_int_equal(fit_onto(f, pairs, 2, 8 * GIB, 8 * GIB), 0);
	assert_true(size_of(f, "fs:root") > 12 * GIB);
	assert_true(size_of(f, "fs:root") <= size_of(f, "pv:0") + size_of(f, layout_find(f->result, "vg:0")->on[1]));
}

/* A further disk would not be encrypted. */
static void test_nothing_leaves_a_container(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *text = strdup(GROUP);
	char *pv = strstr(text, "'pv:0','type':'pv','on':['part:0.1']"), *at = pv - strlen(",{'id':");
	AUTO_FREE char *closed = text_format("%.*s,{'id':'luks:0','type':'luks','on':['part:0.1'],'size':10733223936,'properties':{'version':'2',"
					     "'payload_offset':'16777216'}},{'id':'pv:0','type':'pv','on':['luks:0']%s", (int)(at - text), text,
					     pv + strlen("'pv:0','type':'pv','on':['part:0.1']"));

	refused(f, closed, "{'vg:0':{'spread':1}}", -EINVAL, "would not be encrypted");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_two_disks_onto_one),
		TEST(test_onto_what),
		TEST(test_whole_disks_become_partitions),
		TEST(test_an_mbr_that_is_full),
		TEST(test_numbers_of_logical_ones),
		TEST(test_copies_of_a_disk),
		TEST(test_a_loader_in_another_table),
		TEST(test_a_mirror_onto_one_disk),
		TEST(test_stripes_onto_one_disk),
		TEST(test_plain_on_the_other_member),
		TEST(test_a_mirror_of_three),
		TEST(test_a_mirror_of_one), TEST(test_a_further_disk_starts_the_machine), TEST(test_spares_go_first),
		TEST(test_stripes_grow_and_shrink),
		TEST(test_too_few_for_what_is_on_it),
		TEST(test_degraded_made_whole),
		TEST(test_a_group_over_two_disks),
		TEST(test_nothing_leaves_a_container),
	};

	return cmocka_run_group_tests_name("shapes", tests, NULL, NULL);
}
