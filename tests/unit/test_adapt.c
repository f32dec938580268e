/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout that a machine with another firmware, or larger disks, must have: what is planned in, which table becomes which, and that nothing else
 * changes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/fit/fit.h"
#include "../../backend/wanted/table_kind.h"
#include "../../backend/wanted/wanted.h"
#include "../../backend/wanted/wish_choices.h"
#include "quoted_json.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

struct fixture {
	struct context ctx;
	struct layout *captured, *present, *adapted, *wanted, *result;
	struct disk_pair pairs[2];
	struct disk_map map;
};

#define DISK(id, size, rest) \
	"{'id':'" id "','type':'disk','on':[],'size':" size ",'disk':{'name':'x','logical_sector':512,'physical_sector':512" rest "}}"
#define GPT ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555555'"
#define MBR ",'table':'dos','table_id':'0x11febabe','boot_code':true"
#define PARTITION(disk, number, start, size, kind, role) \
	",{'id':'part:" disk "." number "','type':'partition','on':['disk:" disk "'],'size':" size ",'partition':{'number':" number ",'start':" start \
	",'kind':'" kind "','role':'" role "'}}"
#define LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define FILESYSTEM(id, on, size, used) \
	",{'id':'" id "','type':'filesystem','on':[" on "],'size':" size ",'used':" used ",'uuid':'11111111-1111-4111-8111-111111111111'," \
	"'filesystem':{'kind':'ext4'},'properties':{'block_size':'4096'}}"
#define SWAP(on, size) ",{'id':'swap:0','type':'swap','on':['" on "'],'size':" size ",'swap':{'page_size':4096}}"
#define MOUNT(on, path) ",{'id':'mount:" path "','type':'mount','on':['" on "'],'mount':{'path':'" path "','options':'rw'}}"

/* Swap, and three filesystems in an extended partition, of 16 GiB. */
#define MBR_MACHINE \
	"[" DISK("disk:0", "17179869184", MBR) PARTITION("0", "1", "1048576", "1073741824", "0x82", "primary") \
	PARTITION("0", "2", "1074790400", "2147483648", "0x83", "primary") PARTITION("0", "3", "3222274048", "8589934592", "0x05", "extended") \
	PARTITION("0", "5", "3223322624", "4294967296", "0x83", "logical") PARTITION("0", "6", "7519338496", "4292870144", "0x8e", "logical") \
	SWAP("part:0.1", "1073741824") FILESYSTEM("fs:root", "'part:0.2'", "2147483648", "1073741824") \
	FILESYSTEM("fs:home", "'part:0.5'", "4294967296", "1073741824") MOUNT("fs:root", "/") MOUNT("fs:home", "/home") "]"
/* Five partitions of a GPT, an ESP first. */
#define GPT_MACHINE \
	"[" DISK("disk:0", "17179869184", GPT) PARTITION("0", "1", "1048576", "134217728", GPT_KIND_ESP, "primary") \
	PARTITION("0", "2", "135266304", "4294967296", LINUX, "primary") PARTITION("0", "3", "4430233600", "1073741824", LINUX, "primary") \
	PARTITION("0", "4", "5503975424", "1073741824", LINUX, "primary") PARTITION("0", "5", "6577717248", "1073741824", LINUX, "primary") \
	",{'id':'fs:esp','type':'filesystem','on':['part:0.1'],'size':134217728,'uuid':'ABCD-1234','filesystem':{'kind':'vfat'}}" \
	FILESYSTEM("fs:root", "'part:0.2'", "4294967296", "1073741824") MOUNT("fs:root", "/") MOUNT("fs:esp", "/boot/efi") "]"
#define MEMBER(disk) \
	DISK("disk:" disk, "17179869184", MBR) PARTITION(disk, "1", "1048576", "8589934592", "0xfd", "primary")
#define MIRROR \
	"[" MEMBER("0") "," MEMBER("1") \
	",{'id':'raid:0','type':'raid','on':['part:0.1','part:1.1'],'size':8588886016,'uuid':'11112222-3333-4444-5555-666677778888'," \
	"'properties':{'level':'raid1','metadata':'1.2','raid_disks':'2','member_0_role':'0','member_1_role':'1','component_size':'8588886016'}}" FILESYSTEM("fs:root", "'raid:0'", "8588886016", "1073741824") MOUNT("fs:root", "/") "]"

static const struct start to_uefi = { .uefi = true, .loader_uefi = true, .loader_bios = true };
static const struct start to_bios = { .from_uefi = true, .loader_uefi = true, .loader_bios = true };
static const struct start bios = { .loader_bios = true };

static struct layout *read_layout(struct fixture *f, const char *text)
{
	struct layout *layout = NULL;
	json_t *json = quoted_json(text);

	if (layout_from_json(&f->ctx, json, &layout))
		fail_msg("%s", context_detail(&f->ctx));
	json_decref(json);
	return layout;
}

static void forget(struct fixture *f)
{
	layout_free(TAKE_POINTER(f->captured));
	layout_free(TAKE_POINTER(f->present));
	layout_free(TAKE_POINTER(f->adapted));
	layout_free(TAKE_POINTER(f->wanted));
	layout_free(TAKE_POINTER(f->result));
	context_clear(&f->ctx);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	context_init(&f->ctx);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	forget(f);
	context_done(&f->ctx);
	free(f);
	return 0;
}

/* CAPTURED as it is wanted for START, with WISHES, laid onto disks of SIZE bytes. */
static int adapt_to(struct fixture *f, const char *captured, const struct start *start, const char *wishes, uint64_t size)
{
	json_auto_t *json = wishes ? quoted_json(wishes) : NULL;
	struct circumstances circumstances = { .wishes = json, .start = start };
	int r;

	forget(f);
	f->captured = read_layout(f, captured);
	f->present = read_layout(f, "[" DISK("disk:8", "1048576", "") "," DISK("disk:9", "1048576", "") "]");
	f->present->nodes[0]->size = f->present->nodes[1]->size = size;
	f->present->nodes[0]->device = strdup("/dev/vda");
	f->present->nodes[1]->device = strdup("/dev/vdb");
	f->pairs[0] = (struct disk_pair){ .source = (char *)"disk:0", .target = (char *)"disk:8" };
	f->pairs[1] = (struct disk_pair){ .source = (char *)"disk:1", .target = (char *)"disk:9" };
	f->map = (struct disk_map){ .pairs = f->pairs, .count = layout_find(f->captured, "disk:1") ? 2 : 1, .certain = true };
	circumstances.present = f->present;
	circumstances.map = &f->map;
	r = wanted_make(&f->ctx, &circumstances, f->captured, &f->adapted, &f->wanted);
	return r ? r : fit_layout(&f->ctx, f->wanted, f->present, &f->map, &f->result);
}

static void adapt_well(struct fixture *f, const char *captured, const struct start *start, const char *wishes, uint64_t size)
{
	if (adapt_to(f, captured, start, wishes, size))
		fail_msg("%s", context_detail(&f->ctx));
	if (layout_check(&f->ctx, f->result))
		fail_msg("%s", context_detail(&f->ctx));
}

static void refused(struct fixture *f, const char *captured, const struct start *start, const char *wishes, uint64_t size, int error, const char *word)
{
	assert_int_equal(adapt_to(f, captured, start, wishes, size), error);
	if (!strstr(context_detail(&f->ctx), word))
		fail_msg("'%s' in: %s", word, context_detail(&f->ctx));
}

static const struct node *find(struct fixture *f, const char *id)
{
	const struct node *node = layout_find(f->result, id);

	if (!node)
		fail_msg("%s is not there", id);
	return node;
}

static const struct node *partition(struct fixture *f, const char *id, uint32_t number, const char *kind, const char *role)
{
	const struct node *node = find(f, id);

	assert_int_equal(node->partition.number, number);
	assert_string_equal(node->partition.kind, kind);
	assert_string_equal(node->partition.role, role);
	assert_int_equal(node->partition.start % MIB, 0);
	return node;
}

static void told(struct fixture *f, const char *word)
{
	AUTO_STRV char **notices = NULL;
	bool found = false;

	assert_int_equal(adapt_tell(f->result, &notices), 0);
	for (char **notice = notices; notice && *notice; notice++)
		found |= strstr(*notice, word) != NULL;
	if (!found)
		fail_msg("nothing says '%s', as in: %s", word, notices ? *notices : "nothing");
}

static void told_nothing(struct fixture *f)
{
	AUTO_STRV char **notices = NULL;

	assert_int_equal(adapt_tell(f->result, &notices), 0);
	assert_int_equal(strv_length(notices), 0);
}

static bool is_as_captured(struct fixture *f)
{
	json_auto_t *before = layout_to_json(f->captured), *now = layout_to_json(f->wanted);

	return json_equal(before, now);
}

static void test_to_uefi(void **state)
{
	struct fixture *f = *state;
	const struct node *esp, *filesystem;

	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 16 * GIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "gpt");
	esp = partition(f, "planned:uefi:disk:0", 7, GPT_KIND_ESP, "primary");
	assert_int_equal(esp->partition.start, MIB);
	assert_int_equal(esp->size, 512 * MIB);
	assert_string_equal(esp->partition.name, "EFI system partition");
	assert_string_equal(esp->device, "/dev/vda7");
	filesystem = find(f, "planned:fs:disk:0");
	assert_string_equal(filesystem->filesystem.kind, "vfat");
	assert_int_equal(filesystem->size, esp->size);
	assert_string_equal(find(f, "planned:mount:disk:0")->mount.path, "/boot/efi");
	/* What was there keeps its number, and no extended partition is left. */
	partition(f, "part:0.1", 1, "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "primary");
	partition(f, "part:0.2", 2, LINUX, "primary");
	partition(f, "part:0.5", 5, LINUX, "primary");
	partition(f, "part:0.6", 6, "E6D6D379-F507-44C2-A23C-238F2A3DF928", "primary");
	assert_null(layout_find(f->result, "part:0.3"));
	assert_int_equal(find(f, "fs:home")->size, 4 * GIB);
	told(f, "starts by UEFI");
	told(f, "an EFI system partition of 512.0 MiB is planned in (/dev/vda7)");
	told(f, "becomes a GPT");
}

/* Else a plan could not be confirmed, nor resumed. */
static void test_the_same_each_time(void **state)
{
	struct fixture *f = *state;
	json_auto_t *first = NULL, *second = NULL;

	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 16 * GIB);
	first = layout_to_json(f->result);
	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 16 * GIB);
	second = layout_to_json(f->result);
	assert_true(json_equal(first, second));
	assert_string_not_equal(find(f, "part:0.1")->partition.uuid, find(f, "part:0.2")->partition.uuid);
}

/* It gives what it can, filesystems first, and never becomes too small for FAT32. */
static void test_little_room(void **state)
{
	struct fixture *f = *state;
	uint64_t least;

	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 16 * GIB);
	least = fit_minimum(f->wanted, layout_find(f->wanted, "disk:0"), 512);
	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, (least + MIB) / MIB * MIB);
	assert_in_range(find(f, "planned:uefi:disk:0")->size, 64 * MIB, 66 * MIB);
	refused(f, MBR_MACHINE, &to_uefi, NULL, least - 2 * MIB, -ENOSPC, "too small");
}

static void test_a_mirror_to_uefi(void **state)
{
	struct fixture *f = *state;

	adapt_well(f, MIRROR, &to_uefi, NULL, 16 * GIB);
	assert_string_equal(find(f, "planned:uefi:disk:0")->device, "/dev/vda2");
	assert_string_equal(find(f, "planned:uefi:disk:1")->device, "/dev/vdb2");
	assert_string_equal(find(f, "planned:mount:disk:0")->mount.path, "/boot/efi");
	assert_string_equal(find(f, "planned:mount:disk:1")->mount.path, "/boot/efi2");
	assert_string_not_equal(find(f, "planned:fs:disk:0")->uuid, find(f, "planned:fs:disk:1")->uuid);
	assert_string_not_equal(find(f, "disk:0")->disk.table_id, find(f, "disk:1")->disk.table_id);
}

static void test_to_bios(void **state)
{
	struct fixture *f = *state;
	const struct node *room;

	adapt_well(f, GPT_MACHINE, &to_bios, NULL, 16 * GIB);
	room = partition(f, "planned:bios:disk:0", 6, GPT_KIND_BIOS_BOOT, "primary");
	assert_int_equal(room->partition.start, MIB);
	assert_int_equal(room->size, MIB);
	assert_int_equal(find(f, "part:0.1")->partition.start, 2 * MIB);
	assert_string_equal(find(f, "mount:/boot/efi")->mount.path, "/boot/efi");
	assert_string_equal(find(f, "disk:0")->disk.table_id, "11111111-2222-3333-4444-555555555555");
	told(f, "a BIOS boot partition of 1.0 MiB is planned in (/dev/vda6)");
}

static void test_nothing_without_need_or_loader(void **state)
{
	static const struct start none_for_uefi = { .uefi = true, .loader_bios = true }, none_for_bios = { .from_uefi = true, .loader_uefi = true };
	static const struct start still_uefi = { .uefi = true, .from_uefi = true, .loader_uefi = true };
	struct fixture *f = *state;

	adapt_well(f, MBR_MACHINE, &none_for_uefi, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
	told_nothing(f);
	adapt_well(f, GPT_MACHINE, &none_for_bios, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
	adapt_well(f, MBR_MACHINE, &bios, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
	adapt_well(f, MBR_MACHINE, NULL, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
	adapt_well(f, GPT_MACHINE, &still_uefi, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
	/* It has a system partition already. */
	adapt_well(f, GPT_MACHINE, &to_uefi, NULL, 16 * GIB);
	assert_true(is_as_captured(f));
}

static void test_a_larger_disk(void **state)
{
	static const struct start no_loader = { .uefi = false };
	struct fixture *f = *state;

	adapt_well(f, MBR_MACHINE, &bios, NULL, 4 * TIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "gpt");
	partition(f, "planned:table:disk:0", 7, GPT_KIND_BIOS_BOOT, "primary");
	assert_true(find(f, "fs:home")->size > TIB);
	told(f, "does not reach the end of this disk");
	told(f, "BIOS starts from a GPT only with a BIOS boot partition");
	/* The end of what an MBR reaches. */
	adapt_well(f, MBR_MACHINE, &bios, NULL, (uint64_t)UINT32_MAX * 512);
	assert_true(is_as_captured(f));
	/* Its loader may know no GPT. */
	adapt_well(f, MBR_MACHINE, &no_loader, NULL, 4 * TIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "dos");
	/* The operator says so. */
	adapt_well(f, MBR_MACHINE, &bios, "{'disk:0':{'table':'dos'}}", 4 * TIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "dos");
	told_nothing(f);
	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 4 * TIB);
	find(f, "planned:fs:disk:0");
	assert_null(layout_find(f->result, "planned:table:disk:0"));
}

/* What it started by may know no GPT. */
static void test_beside_another_system(void **state)
{
	static const char dual_boot[] = "[" DISK("disk:0", "17179869184", MBR) PARTITION("0", "1", "1048576", "4294967296", "0x07", "primary")
		PARTITION("0", "2", "4296015872", "4294967296", "0x83", "primary")
		",{'id':'fs:other','type':'filesystem','on':['part:0.1'],'size':4294967296,'filesystem':{'kind':'ntfs'},'properties':{'image':'image0','image_holes':'zero',"
		"'sector_size':'512'}}" FILESYSTEM("fs:root", "'part:0.2'", "4294967296", "104857600") MOUNT("fs:root", "/") "]";
	struct fixture *f = *state;

	adapt_well(f, dual_boot, &bios, NULL, 4 * TIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "dos");
	told_nothing(f);
	adapt_well(f, dual_boot, &bios, "{'disk:0':{'table':'gpt'}}", 4 * TIB);
	told(f, "does not start from a GPT by itself");
	adapt_well(f, dual_boot, &to_uefi, NULL, 16 * GIB);
	partition(f, "part:0.1", 1, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "primary");
	told(f, "does not start from a GPT by itself");
}

/* A filesystem on two disks that needs both: each has room for GRUB's core, one a system partition. */
static void test_over_two_disks(void **state)
{
	static const char linear[] = "[" MEMBER("0") "," MEMBER("1")
		FILESYSTEM("fs:root", "'part:0.1','part:1.1'", "17179869184", "1073741824") MOUNT("fs:root", "/") "]";
	struct fixture *f = *state;

	adapt_well(f, linear, &to_uefi, NULL, 16 * GIB);
	find(f, "planned:uefi:disk:0");
	assert_null(layout_find(f->result, "planned:uefi:disk:1"));
	adapt_well(f, linear, &bios, "{'disk:0':{'table':'gpt'},'disk:1':{'table':'gpt'}}", 16 * GIB);
	find(f, "planned:table:disk:0");
	find(f, "planned:table:disk:1");
}

static void test_a_wished_gpt(void **state)
{
	struct fixture *f = *state;

	adapt_well(f, MBR_MACHINE, &bios, "{'disk:0':{'table':'gpt'},'fs:home':{'size':'5GiB'}}", 16 * GIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "gpt");
	partition(f, "planned:table:disk:0", 7, GPT_KIND_BIOS_BOOT, "primary");
	assert_int_equal(find(f, "fs:home")->size, 5 * GIB);
	told(f, "as was asked for");
	/* What is planned in can be wished otherwise, too. */
	adapt_well(f, MBR_MACHINE, &to_uefi, "{'planned:uefi:disk:0':{'size':'1GiB'},'planned:fs:disk:0':{}}", 16 * GIB);
	assert_int_equal(find(f, "planned:fs:disk:0")->size, GIB);
	refused(f, MBR_MACHINE, &to_uefi, "{'planned:uefi:disk:0':{'size':'32MiB'}}", 16 * GIB, -ENOSPC, "contents need");
}

static void test_a_wished_mbr(void **state)
{
	struct fixture *f = *state;
	const struct node *extended;

	adapt_well(f, GPT_MACHINE, &to_bios, "{'disk:0':{'table':'dos'}}", 16 * GIB);
	assert_string_equal(find(f, "disk:0")->disk.table, "dos");
	partition(f, "part:0.1", 1, "0xef", "primary");
	partition(f, "part:0.2", 2, "0x83", "primary");
	partition(f, "part:0.3", 3, "0x83", "primary");
	extended = partition(f, "planned:extended:disk:0", 4, "0x05", "extended");
	assert_true(partition(f, "part:0.4", 5, "0x83", "logical")->partition.start > extended->partition.start);
	partition(f, "part:0.5", 6, "0x83", "logical");
	told(f, "The GPT of");
	/* Where four do, all are primary. */
	adapt_well(f, GPT_MACHINE, &to_bios, "{'disk:0':{'table':'dos'},'part:0.5':{'drop':true}}", 16 * GIB);
	assert_null(layout_find(f->result, "part:0.5"));
	/* There and back. */
	adapt_well(f, MBR_MACHINE, &bios, "{'disk:0':{'table':'dos'}}", 16 * GIB);
	assert_true(is_as_captured(f));
}

static void test_impossible_tables(void **state)
{
	struct fixture *f = *state;

	refused(f, GPT_MACHINE, &to_bios, "{'disk:0':{'table':'apm'}}", 16 * GIB, -EINVAL, "there are \"gpt\" and \"dos\"");
	refused(f, GPT_MACHINE, &to_bios, "{'fs:root':{'table':'gpt'}}", 16 * GIB, -EINVAL, "no disk with a partition table");
	refused(f, GPT_MACHINE, &to_bios, "{'disk:0':{'table':'dos'},'fs:root':{'size':'3000GiB'}}", 4 * TIB, -ENOSPC, "does not reach so far");
	/* Four primary partitions leave no place for a fifth. */
	refused(f, "[" DISK("disk:0", "17179869184", MBR) PARTITION("0", "1", "1048576", "1073741824", "0x83", "primary")
		PARTITION("0", "2", "1074790400", "1048576", "0x83", "primary") PARTITION("0", "3", "1075838976", "1048576", "0x83", "primary")
		PARTITION("0", "4", "1076887552", "1048576", "0x83", "primary") FILESYSTEM("fs:root", "'part:0.1'", "1073741824", "104857600")
		MOUNT("fs:root", "/") "]", &to_uefi, "{'disk:0':{'table':'dos'}}", 16 * GIB, -EINVAL, "choose a GPT");
}

/* A third disk of a mirror that the machine starts from, by UEFI here or by UEFI already, starts it alone. */
static void test_a_further_disk_with_uefi(void **state)
{
	struct fixture *f = *state;
	struct disk_pair pairs[] = { { .source = (char *)"disk:0", .target = (char *)"disk:8" }, { .source = (char *)"disk:1", .target = (char *)"disk:9" },
				     { .source = (char *)"disk:further.1", .target = (char *)"disk:7" } };

	adapt_to(f, MIRROR, &to_uefi, "{'raid:0':{'members':3}}", 16 * GIB);
	assert_non_null(f->wanted);
	context_clear(&f->ctx);
	layout_free(TAKE_POINTER(f->present));
	layout_free(TAKE_POINTER(f->result));
	f->present = read_layout(f, "[" DISK("disk:7", "17179869184", "") "," DISK("disk:8", "17179869184", "") "," DISK("disk:9", "17179869184", "") "]");
	for (size_t i = 0; i < 3; i++)
		f->present->nodes[i]->device = text_format("/dev/vd%c", 'a' + (char)i);
	f->map = (struct disk_map){ .pairs = pairs, .count = 3, .certain = true };
	if (fit_layout(&f->ctx, f->wanted, f->present, &f->map, &f->result))
		fail_msg("%s", context_detail(&f->ctx));
	assert_string_equal(find(f, "planned:mount:disk:further.1")->mount.path, "/boot/efi3");
	/* Behind the room for the loader of BIOS, which it starts by, too. */
	partition(f, "part:further.1.2", 2, GPT_KIND_ESP, "primary");
	assert_string_not_equal(find(f, "planned:fs:disk:further.1")->uuid, find(f, "planned:fs:disk:0")->uuid);
	told(f, "A further disk of an array that the machine starts from gets an EFI system partition of 512.0 MiB");
	f->map = (struct disk_map){ 0 };
}

/* What is shown of it has a row for what is planned in. */
static void test_choices(void **state)
{
	struct fixture *f = *state;
	json_auto_t *rows = NULL;
	json_t *row;
	bool found = false;
	size_t i;

	adapt_well(f, MBR_MACHINE, &to_uefi, NULL, 16 * GIB);
	rows = wish_choices(f->adapted, NULL, f->result);
	json_array_foreach(rows, i, row)
		found |= !strcmp(json_string_value(json_object_get(row, "id")), "planned:uefi:disk:0");
	assert_true(found);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_to_uefi),    TEST(test_the_same_each_time), TEST(test_little_room),  TEST(test_a_mirror_to_uefi), TEST(test_a_further_disk_with_uefi),
		TEST(test_to_bios),    TEST(test_nothing_without_need_or_loader), TEST(test_a_larger_disk), TEST(test_a_wished_gpt),
		TEST(test_beside_another_system), TEST(test_over_two_disks), TEST(test_a_wished_mbr), TEST(test_impossible_tables), TEST(test_choices),
	};

	return cmocka_run_group_tests_name("adapt", tests, NULL, NULL);
}
