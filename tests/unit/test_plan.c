/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans from hand-made layouts: their actions and digest, what is refused before anything is written, and the arguments filesystems are
 * made with. Nothing here touches a device; tests/loop/test_plan does.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/core/ops.h"
#include "../../backend/plan/plan.h"
#include "../../backend/filesystems/mkfs.h"
#include "quoted_json.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

struct fixture {
	struct context ctx;
	char *prefix;            /* a root with a /proc/filesystems of its own */
	struct layout *captured;
	struct plan *plan;
	json_t *wishes;          /* NULL: none */
	unsigned warnings;
	unsigned unprotected;    /* warnings of what is on one disk alone, or not encrypted, afterwards */
};

static struct layout *read_layout(struct context *ctx, const char *text)
{
	struct layout *layout = NULL;
	json_t *json = quoted_json(text);

	if (layout_from_json(ctx, json, &layout))
		fail_msg("%s", context_detail(ctx));
	json_decref(json);
	return layout;
}

#define DISK(id, size, rest) \
	"{'id':'" id "','type':'disk','on':[],'size':" size ",'disk':{'name':'lifeboat-test','logical_sector':512," \
	"'physical_sector':512," rest "}}"
#define PARTITION(number, start, size) \
	"{'id':'part:0." number "','type':'partition','on':['disk:0'],'size':" size ",'partition':{'number':" number ",'start':" start "," \
	"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}}"
#define GPT "'table':'gpt','table_id':'11111111-2222-3333-4444-555555555555'"
#define ROOT_UUID "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define EXT4 \
	"{'id':'fs:root','type':'filesystem','on':['part:0.2'],'size':1073741824,'used':104857600,'uuid':'" ROOT_UUID "','label':'root'," \
	"'filesystem':{'kind':'ext4'},'properties':{'block_size':'4096','inode_size':'256','features':" \
	"'has_journal,ext_attr,dir_index,filetype,needs_recovery,extent,64bit,flex_bg,sparse_super,large_file,metadata_csum'}}"
#define MOUNT(id, on, path) "{'id':'" id "','type':'mount','on':['" on "'],'mount':{'path':'" path "','options':'rw'}}"

/* ESP, ext4 root, swap. */
static const char machine[] =
"[" DISK("disk:0", "2147483648", GPT) "," PARTITION("1", "1048576", "104857600") "," PARTITION("2", "105906176", "1073741824") ","
PARTITION("3", "1179648000", "104857600") ","
"{'id':'fs:esp','type':'filesystem','on':['part:0.1'],'size':104857600,'uuid':'ABCD-1234','filesystem':{'kind':'vfat'},'properties':"
"{'fat_bits':'32','sector_size':'512'}}," EXT4 ","
"{'id':'swap:0','type':'swap','on':['part:0.3'],'size':104857600,'uuid':'99999999-2222-3333-4444-555555555555',"
"'swap':{'page_size':4096}},"
MOUNT("mount:1", "fs:esp", "/boot/efi") "," MOUNT("mount:0", "fs:root", "/") "]";

/* The disk that is here, with something on it. */
static const char target[] =
"[" DISK("disk:9", "2147483648", "'model':'NEW','serial':'S9','table':'dos','table_id':'0x00000001'") ","
"{'id':'part:9.1','type':'partition','on':['disk:9'],'size':1073741824,'partition':{'number':1,'start':1048576,'kind':'0x83',"
"'role':'primary'}},"
"{'id':'fs:old','type':'filesystem','on':['part:9.1'],'size':1073741824,'label':'old','filesystem':{'kind':'xfs'},'properties':{}}]";

static int count_warnings_level(json_t *event)
{
	const char *level = json_string_value(json_object_get(event, "level"));

	return level && !strcmp(level, "warning");
}

static void listen(void *data, json_t *event)
{
	struct fixture *f = data;

	const char *text = json_string_value(json_object_get(event, "text"));

	f->warnings += (unsigned)count_warnings_level(event);
	f->unprotected += count_warnings_level(event) && text && (strstr(text, "on one disk alone") || strstr(text, "no longer encrypted"));
}

static void write_proc(struct fixture *f, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/proc/%s", f->prefix, name);

	assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0644), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	AUTO_FREE char *proc = NULL, *self = NULL;

	context_init(&f->ctx);
	f->ctx.listener = listen;
	f->ctx.listener_data = f;
	f->prefix = strdup("/tmp/test_plan-XXXXXX");
	assert_non_null(mkdtemp(f->prefix));
	proc = text_format("%s/proc", f->prefix);
	assert_int_equal(mkdir(proc, 0755), 0);
	f->ctx.prefix = f->prefix;
	self = text_format("%s/self", proc);
	assert_int_equal(mkdir(self, 0755), 0);
	write_proc(f, "filesystems", "nodev\tproc\n\text4\n\tvfat\n\tbtrfs\n\txfs\n");
	write_proc(f, "self/mountinfo", "1 1 0:1 / / rw - rootfs rootfs rw\n");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	static const char *const files[] = { "proc/filesystems", "proc/self/mountinfo", "proc/self", "proc", "" };

	plan_free(f->plan);
	layout_free(f->captured);
	json_decref(f->wishes);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		AUTO_FREE char *path = text_format("%s/%s", f->prefix, files[i]);

		assert_int_equal(remove(path), 0);
	}
	context_done(&f->ctx);
	free(f->prefix);
	free(f);
	return 0;
}

static struct disk_map *map_of(const char *const (*pairs)[2], size_t count)
{
	struct disk_map *map = calloc(1, sizeof(*map));

	map->pairs = calloc(count, sizeof(*map->pairs));
	map->count = count;
	map->certain = true;
	for (size_t i = 0; i < count; i++) {
		map->pairs[i].source = strdup(pairs[i][0]);
		map->pairs[i].target = pairs[i][1] ? strdup(pairs[i][1]) : NULL;
	}
	return map;
}

static int build(struct fixture *f, const char *captured, const char *present, const char *device)
{
	static const char *const pairs[][2] = { { "disk:0", "disk:9" } };
	struct layout *here = read_layout(&f->ctx, present);
	struct node *disk = layout_find(here, "disk:9");

	plan_free(f->plan);
	layout_free(f->captured);
	f->plan = NULL;
	f->captured = read_layout(&f->ctx, captured);
	disk->device = strdup(device);
	return plan_build(&f->ctx, f->captured, f->wishes, NULL, here, map_of(pairs, 1), "/run/lifeboat/target", &f->plan);
}

static void build_well(struct fixture *f, const char *captured, const char *present)
{
	if (build(f, captured, present, "/dev/lifeboat-test"))
		fail_msg("%s", context_detail(&f->ctx));
}

static void expect_refused(struct fixture *f, const char *captured, const char *present, int error, const char *says)
{
	assert_int_equal(build(f, captured, present, "/dev/lifeboat-test"), -error);
	if (!strstr(context_detail(&f->ctx), says))
		fail_msg("'%s' does not say '%s'", context_detail(&f->ctx), says);
	assert_null(f->plan);
}

static void test_actions_come_in_order(void **state)
{
	static const char *const names[] = { "wipe", "table", "filesystem", "filesystem", "swap", "mount", "mount" };
	struct fixture *f = *state;

	build_well(f, machine, target);
	assert_int_equal(f->plan->count, ARRAY_LENGTH(names));
	for (size_t i = 0; i < f->plan->count; i++) {
		assert_string_equal(f->plan->actions[i].type->name, names[i]);
		assert_ptr_equal(f->plan->actions[i].disks[0], layout_find(f->plan->target.present, "disk:9"));
		assert_null(f->plan->actions[i].disks[1]);
	}
	assert_string_equal(f->plan->actions[5].node->mount.path, "/");
	assert_string_equal(f->plan->actions[6].node->mount.path, "/boot/efi");
	assert_true(f->plan->actions[0].type->destructive);
	assert_false(f->plan->actions[5].type->destructive);
	assert_int_equal(f->warnings, 0);
}

static void test_json_says_what_is_erased(void **state)
{
	struct fixture *f = *state;
	json_t *json, *disk, *erases;

	build_well(f, machine, target);
	json = plan_to_json(f->plan);
	disk = json_array_get(json_object_get(json, "disks"), 0);
	erases = json_object_get(disk, "erases");
	assert_string_equal(json_string_value(json_object_get(disk, "serial")), "S9");
	assert_string_equal(json_string_value(json_object_get(disk, "model")), "NEW");
	assert_int_equal(json_array_size(erases), 1);
	assert_non_null(strstr(json_string_value(json_array_get(erases, 0)), "partition 1: xfs"));
	assert_non_null(strstr(json_string_value(json_array_get(erases, 0)), "old"));
	assert_int_equal(json_array_size(json_object_get(json, "actions")), f->plan->count);
	assert_string_equal(json_string_value(json_object_get(json, "digest")), f->plan->digest);
	json_decref(json);
}

static void test_digest_is_of_identities_not_names(void **state)
{
	struct fixture *f = *state;
	char first[DIGEST_HEX];

	build_well(f, machine, target);
	memcpy(first, f->plan->digest, sizeof(first));
	assert_int_equal(strlen(first), 64);
	assert_int_equal(build(f, machine, target, "/dev/lifeboat-other"), 0);
	assert_string_equal(f->plan->digest, first);
	build_well(f, machine, "[" DISK("disk:9", "2147483648", "'model':'NEW','serial':'S8'") "]");
	assert_string_not_equal(f->plan->digest, first);
}

static void test_digest_changes_with_what_is_erased(void **state)
{
	struct fixture *f = *state;
	char first[DIGEST_HEX];

	build_well(f, machine, "[" DISK("disk:9", "2147483648", "'model':'NEW','serial':'S9'") "]");
	memcpy(first, f->plan->digest, sizeof(first));
	build_well(f, machine, target);
	assert_string_not_equal(f->plan->digest, first);
}

static void test_unsupported_nodes_are_named(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'luks:a','type':'luks','on':['part:0.2'],'size':1073741824},"
		       "{'id':'fs:root','type':'filesystem','on':['luks:a'],'size':1073741824,'filesystem':{'kind':'ext4'},'properties':{}},"
		       MOUNT("mount:0", "fs:root", "/") "]", target, ENOTSUP, "encrypted container (LUKS)");
}

/* What comes next is named, down to the disks, before anybody chooses one. */
static void test_root_on_a_stack_is_refused_with_its_name(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'raid:a','type':'raid','on':['part:0.2'],'size':1073741824,'properties':{'level':'raid1','name':'h:sys'}},"
		       "{'id':'luks:a','type':'luks','on':['raid:a'],'size':1073741824},"
		       "{'id':'pv:a','type':'pv','on':['luks:a'],'size':1073741824},"
		       "{'id':'vg:a','type':'vg','on':['pv:a'],'label':'vg0'},"
		       "{'id':'lv:a','type':'lv','on':['vg:a'],'size':536870912,'label':'root','properties':{'vg_name':'vg0','kind':'linear'}},"
		       "{'id':'fs:root','type':'filesystem','on':['lv:a'],'size':536870912,'filesystem':{'kind':'ext4'},'properties':{}},"
		       MOUNT("mount:0", "fs:root", "/") "]", target, ENOTSUP,
		       "it lies on LVM logical volume vg0/root (linear), 512.0 MiB, on encrypted container (LUKS), 1.0 GiB, on "
		       "raid1 RAID array h:sys, 1.0 GiB. The reason: it lies on ");
}

static void test_without_root_there_is_no_plan(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") "," EXT4 ","
		       MOUNT("mount:0", "fs:root", "/srv") "]", target, EINVAL, "no root filesystem");
}

static void test_filesystem_that_nobody_makes_is_refused_when_it_has_files(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'fs:root','type':'filesystem','on':['part:0.2'],'size':1073741824,'label':'zebra',"
		       "'filesystem':{'kind':'zonkfs'},'properties':{}}," MOUNT("mount:0", "fs:root", "/") "]", target, ENOTSUP, "zonkfs");
}

static void test_unmounted_filesystems_are_warned_of(void **state)
{
	struct fixture *f = *state;

	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("1", "1048576", "104857600") ","
		   PARTITION("2", "105906176", "1073741824") ","
		   "{'id':'fs:win','type':'filesystem','on':['part:0.1'],'size':104857600,'filesystem':{'kind':'ntfs'},'properties':{}},"
		   EXT4 "," MOUNT("mount:0", "fs:root", "/") "]", target);
	assert_int_equal(f->warnings, 1);
	assert_int_equal(f->plan->count, 4);
}

/* What an MBR cannot reach is told; a GPT reaches all. */
static void test_a_disk_that_an_mbr_does_not_reach(void **state)
{
	static const char empty[] = "[" DISK("disk:9", "4398046511104", "'model':'NEW','serial':'S9'") "]";
	struct fixture *f = *state;

	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") "," EXT4 "," MOUNT("mount:0", "fs:root", "/") "]",
		   empty);
	assert_int_equal(f->warnings, 0);
	plan_free(TAKE_POINTER(f->plan));
	layout_free(TAKE_POINTER(f->captured));
	build_well(f, "[" DISK("disk:0", "2147483648", "'table':'dos','table_id':'0x12345678'") ",{'id':'part:0.2','type':'partition','on':['disk:0'],"
		   "'size':1073741824,'partition':{'number':2,'start':105906176,'kind':'0x83','role':'primary'}}," EXT4 ","
		   MOUNT("mount:0", "fs:root", "/") "]", empty);
	assert_int_equal(f->warnings, 1);
}

static void test_unused_containers_stay_empty(void **state)
{
	struct fixture *f = *state;

	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("1", "1048576", "104857600") ","
		   PARTITION("2", "105906176", "1073741824") ","
		   "{'id':'luks:a','type':'luks','on':['part:0.1'],'size':104857600}," EXT4 "," MOUNT("mount:0", "fs:root", "/") "]", target);
	assert_int_equal(f->warnings, 1);
	assert_int_equal(f->plan->count, 4);
}

/* Of each of several that lie on each other it is said what is lost with it. */
static void test_what_is_made_plain_is_warned_of(void **state)
{
	struct fixture *f = *state;

	f->wishes = quoted_json("{'md:a':{'plain':true},'luks:a':{'plain':true}}");
	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("1", "1048576", "104857600") ","
		   PARTITION("2", "105906176", "1073741824") ","
		   "{'id':'md:a','type':'raid','on':['part:0.1'],'size':103809024,'properties':{'level':'raid1'}},"
		   "{'id':'luks:a','type':'luks','on':['md:a'],'size':103809024},"
		   "{'id':'fs:data','type':'filesystem','on':['luks:a'],'size':87031808,'filesystem':{'kind':'ext4'},'properties':"
		   "{'block_size':'4096','features':'has_journal,extent'}}," EXT4 "," MOUNT("mount:0", "fs:root", "/") ","
		   MOUNT("mount:1", "fs:data", "/data") "]", target);
	assert_int_equal(f->warnings, 2);
	assert_int_equal(f->unprotected, 2);
}

/* Its files come back on the filesystem above: it is neither made nor mounted. */
static void test_mounted_filesystem_that_nobody_makes_is_not_mounted(void **state)
{
	struct fixture *f = *state;

	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("1", "1048576", "104857600") ","
		   PARTITION("2", "105906176", "1073741824") ","
		   "{'id':'fs:data','type':'filesystem','on':['part:0.1'],'size':104857600,'filesystem':{'kind':'minix'},'properties':{}},"
		   EXT4 "," MOUNT("mount:0", "fs:root", "/") "," MOUNT("mount:1", "fs:data", "/data") "]", target);
	assert_int_equal(f->warnings, 2);
	assert_int_equal(f->plan->count, 4);
}

static void test_feature_that_mkfs_does_not_know_is_found_before_writing(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'fs:root','type':'filesystem','on':['part:0.2'],'size':1073741824,'filesystem':{'kind':'ext4'},'properties':"
		       "{'block_size':'4096','features':'has_journal,teleport'}}," MOUNT("mount:0", "fs:root", "/") "]", target, EINVAL,
		       "teleport");
}

static void test_feature_that_probing_did_not_know_is_refused(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'fs:root','type':'filesystem','on':['part:0.2'],'size':1073741824,'filesystem':{'kind':'xfs'},'properties':"
		       "{'unknown_features':'1'}}," MOUNT("mount:0", "fs:root", "/") "]", target, ENOTSUP, "unknown_features");
}

static void test_kernel_without_the_filesystem_is_found_before_writing(void **state)
{
	struct fixture *f = *state;

	write_proc(f, "filesystems", "nodev\tproc\n\text4\n");
	expect_refused(f, machine, target, ENODEV, "vfat");
}

static void test_missing_program_is_named(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = strdup(getenv("PATH"));

	setenv("PATH", f->prefix, 1);
	expect_refused(f, machine, target, ENOENT, "mkfs.vfat");
	setenv("PATH", path, 1);
}

static void test_write_protected_target_is_refused(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, machine, "[" DISK("disk:9", "2147483648", "'serial':'S9','read_only':true") "]", EROFS, "write-protected");
}

static void test_too_small_target_is_refused(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, machine, "[" DISK("disk:9", "104857600", "'serial':'S9'") "]", ENOSPC, "too small");
}

#define OTHER_DISK(kind) \
	"[" DISK("disk:9", "2147483648", "'serial':'S9'") "," DISK("disk:8", "2147483648", "'serial':'OLD'") "," \
	"{'id':'fs:twin','type':'filesystem','on':['disk:8'],'size':1073741824,'uuid':'" ROOT_UUID "','filesystem':{'kind':'" kind "'}}]"

static void test_twin_on_another_disk_is_a_doubt(void **state)
{
	struct fixture *f = *state;

	build_well(f, machine, OTHER_DISK("ext4"));
	assert_int_equal(f->warnings, 1);
	assert_non_null(f->plan->doubts);
	assert_non_null(strstr(f->plan->doubts[0], "OLD"));
	build_well(f, machine, target);
	assert_null(f->plan->doubts);
}

static void test_btrfs_twin_on_another_disk_is_refused(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") ","
		       "{'id':'fs:root','type':'filesystem','on':['part:0.2'],'size':1073741824,'uuid':'" ROOT_UUID "',"
		       "'filesystem':{'kind':'btrfs'},'properties':{}}," MOUNT("mount:0", "fs:root", "/") "]", OTHER_DISK("btrfs"), EEXIST,
		       "OLD");
}

/* A group of which one disk is left out: once, and nothing of it where both are. */
static void test_group_without_one_of_its_disks_is_said(void **state)
{
	struct fixture *f = *state;

	build_well(f, "[" DISK("disk:0", "2147483648", GPT) "," PARTITION("2", "105906176", "1073741824") "," PARTITION("3", "1179648000", "104857600") "," EXT4 ","
		   DISK("disk:1", "2147483648", "'serial':'S1'") ",{'id':'pv:0','type':'pv','on':['part:0.3'],'size':104857600},"
		   "{'id':'pv:1','type':'pv','on':['disk:1'],'size':104857600},{'id':'vg:0','type':'vg','on':['pv:0','pv:1'],'label':'both'},"
		   "{'id':'lv:0','type':'lv','on':['vg:0'],'size':4194304,'label':'root'}," MOUNT("mount:0", "fs:root", "/") "]", target);
	assert_int_equal(f->warnings, 1);
}

static void test_one_target_serves_once(void **state)
{
	static const char *const pairs[][2] = { { "disk:0", "disk:9" }, { "disk:1", "disk:9" } };
	struct fixture *f = *state;
	struct layout *here = read_layout(&f->ctx, target);

	layout_find(here, "disk:9")->device = strdup("/dev/lifeboat-test");
	f->captured = read_layout(&f->ctx, "[" DISK("disk:0", "2147483648", GPT) "," DISK("disk:1", "2147483648", "'serial':'S1'") "]");
	assert_int_equal(plan_build(&f->ctx, f->captured, f->wishes, NULL, here, map_of(pairs, 2), "/mnt", &f->plan), -EINVAL);
	assert_non_null(strstr(context_detail(&f->ctx), "twice"));
}

static unsigned effects;

static int count_change(struct context *ctx, const char *text, int (*change)(struct context *ctx, void *data), void *data)
{
	(void)ctx;
	(void)text;
	(void)change;
	(void)data;
	effects++;
	return 0;
}

static int count_run(struct context *ctx, const struct run *run, struct run_result *result)
{
	(void)ctx;
	(void)run;
	(void)result;
	effects++;
	return 0;
}

static void test_disk_that_is_gone_causes_no_effect(void **state)
{
	static const struct ops counting = { .name = "counting", .change = count_change, .run = count_run };
	struct fixture *f = *state;

	build_well(f, machine, target);
	f->ctx.ops = &counting;
	effects = 0;
	assert_true(plan_run(&f->ctx, f->plan) < 0);
	assert_int_equal(effects, 0);
	assert_string_not_equal(context_detail(&f->ctx), "");
}

/* The arguments for a filesystem as one line. */
static char *arguments_of(struct fixture *f, const char *kind, const char *properties, uint64_t size, uint64_t before_size, int expected)
{
	AUTO_FREE char *text = text_format("[{'id':'disk:0','type':'disk','on':[],'size':2147483648,'disk':{'logical_sector':512,"
					   "'physical_sector':512}},{'id':'fs:a','type':'filesystem','on':['disk:0'],'size':%llu,"
					   "'uuid':'%s','label':'la bel','filesystem':{'kind':'%s'},'properties':{%s}}]",
					   (unsigned long long)size, strcmp(kind, "vfat") ? ROOT_UUID : "ABCD-1234", kind, properties);
	AUTO_LAYOUT struct layout *layout = read_layout(&f->ctx, text);
	struct node *node = layout_find(layout, "fs:a");
	struct node before = *node;
	struct mkfs_request request = { .node = node, .before = &before, .device = "/dev/x", .sector = 512, .usage = "crc=0|1,rmapbt=0|1" };
	AUTO_STRV char **argv = NULL;

	before.size = before_size;
	assert_int_equal(mkfs_kind_find(kind)->arguments(&request, &argv), expected);
	return expected ? NULL : run_print((const char *const *)argv);
}

static void expect_arguments(struct fixture *f, const char *kind, const char *properties, uint64_t size, uint64_t before, const char *line)
{
	AUTO_FREE char *got = arguments_of(f, kind, properties, size, before, 0);

	assert_string_equal(got, line);
}

static void test_ext_arguments(void **state)
{
	expect_arguments(*state, "ext4", "'block_size':'4096','inode_size':'256','inodes':'1000','features':'has_journal,needs_recovery,extent',"
			 "'journal_size':'16777216','quota':'usrquota,grpquota'", 2 * GIB, GIB,
			 "-q -F -U " ROOT_UUID " -L 'la bel' -O none,has_journal,extent -b 4096 -I 256 -m 0 -E "
			 "nodiscard,lazy_itable_init=1,quotatype=usrquota:grpquota -N 2000 -J size=16 /dev/x 524288");
}

static void test_ext_arguments_keep_stripes_and_the_first_revision(void **state)
{
	expect_arguments(*state, "ext2", "'block_size':'1024','inode_size':'128','revision':'0','raid_stride':'65536','raid_stripe_width':'262144'",
			 GIB, GIB,
			 "-q -F -U " ROOT_UUID " -L 'la bel' -r 0 -b 1024 -I 128 -m 0 -E "
			 "nodiscard,lazy_itable_init=1,stride=64,stripe_width=256 /dev/x 1048576");
}

static void test_btrfs_arguments_keep_profiles(void **state)
{
	expect_arguments(*state, "btrfs", "'features':'mixed-bg','metadata_profile':'dup','data_profile':'single'", GIB, GIB,
			 "-q -f -K -U " ROOT_UUID " -L 'la bel' -m dup -d dup -M "
			 "-O ^extref,^skinny-metadata,^no-holes -R ^free-space-tree -b 1073741824 /dev/x");
}

static void test_xfs_arguments_keep_stripes(void **state)
{
	expect_arguments(*state, "xfs", "'block_size':'4096','stripe_unit':'65536','stripe_width':'262144','log_stripe_unit':'65536'", GIB, GIB,
			 "-q -f -K -b size=4096 -m uuid=" ROOT_UUID " -l su=65536 "
			 "-d size=1073741824,sunit=128,swidth=512 -L 'la bel' /dev/x");
}

static void test_xfs_arguments_name_only_what_is_known(void **state)
{
	expect_arguments(*state, "xfs", "'block_size':'4096','crc':'1','rmapbt':'0','reflink':'1','nrext64':'0','log_size':'8388608'", GIB, GIB,
			 "-q -f -K -b size=4096 -m uuid=" ROOT_UUID ",crc=1,rmapbt=0,reflink=1 -l size=8388608 "
			 "-d size=1073741824 -L 'la bel' /dev/x");
}

static void test_btrfs_arguments_switch_off_what_was_off(void **state)
{
	expect_arguments(*state, "btrfs", "'node_size':'16384','checksum':'xxhash','features':'extref,no-holes','metadata_profile':'dup'", GIB, GIB,
			 "-q -f -K -U " ROOT_UUID " -L 'la bel' -n 16384 --csum xxhash -m dup "
			 "-O extref,^skinny-metadata,no-holes -R ^free-space-tree -b 1073741824 /dev/x");
}

static void test_vfat_arguments(void **state)
{
	expect_arguments(*state, "vfat", "'fat_bits':'16','sector_size':'512','cluster_sectors':'4','fats':'2','root_entries':'512'", 100 * MIB,
			 100 * MIB, "-i ABCD1234 -n 'la bel' -F 16 -f 2 -S 512 -s 4 -r 512 /dev/x 102400");
}

static void test_properties_cannot_smuggle_options(void **state)
{
	struct fixture *f = *state;

	free(arguments_of(f, "xfs", "'crc':'1,name=/dev/sda'", GIB, GIB, -EINVAL));
	free(arguments_of(f, "xfs", "'inode_size':'512,perblock=4'", GIB, GIB, -EINVAL));
	free(arguments_of(f, "ext4", "'inodes':'-1'", GIB, GIB, -EINVAL));
	free(arguments_of(f, "ext4", "'journal_size':'16,device=/dev/sda'", GIB, GIB, -EINVAL));
	free(arguments_of(f, "vfat", "'reserved_sectors':'all'", GIB, GIB, -EINVAL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_actions_come_in_order),
		TEST(test_json_says_what_is_erased),
		TEST(test_digest_is_of_identities_not_names),
		TEST(test_digest_changes_with_what_is_erased),
		TEST(test_unsupported_nodes_are_named),
		TEST(test_root_on_a_stack_is_refused_with_its_name),
		TEST(test_without_root_there_is_no_plan),
		TEST(test_filesystem_that_nobody_makes_is_refused_when_it_has_files),
		TEST(test_unmounted_filesystems_are_warned_of), TEST(test_what_is_made_plain_is_warned_of),
		TEST(test_a_disk_that_an_mbr_does_not_reach),
		TEST(test_unused_containers_stay_empty),
		TEST(test_mounted_filesystem_that_nobody_makes_is_not_mounted),
		TEST(test_feature_that_mkfs_does_not_know_is_found_before_writing),
		TEST(test_feature_that_probing_did_not_know_is_refused),
		TEST(test_kernel_without_the_filesystem_is_found_before_writing),
		TEST(test_missing_program_is_named),
		TEST(test_write_protected_target_is_refused),
		TEST(test_too_small_target_is_refused),
		TEST(test_twin_on_another_disk_is_a_doubt),
		TEST(test_btrfs_twin_on_another_disk_is_refused),
		TEST(test_group_without_one_of_its_disks_is_said),
		TEST(test_one_target_serves_once),
		TEST(test_disk_that_is_gone_causes_no_effect),
		TEST(test_ext_arguments),
		TEST(test_ext_arguments_keep_stripes_and_the_first_revision),
		TEST(test_btrfs_arguments_keep_profiles),
		TEST(test_xfs_arguments_keep_stripes),
		TEST(test_xfs_arguments_name_only_what_is_known),
		TEST(test_btrfs_arguments_switch_off_what_was_off),
		TEST(test_vfat_arguments),
		TEST(test_properties_cannot_smuggle_options),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
