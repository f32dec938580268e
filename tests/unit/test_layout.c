/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout model, its JSON both ways, and every rule that foreign layouts must keep. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../backend/layout/layout.h"
#include "quoted_json.h"

/* A machine: a GPT disk with ESP, ext4 root and btrfs, an MBR disk with a logical partition, a disk with swap on the whole. */
static const char machine[] =
"[{'id':'disk:0','type':'disk','on':[],'size':10737418240,'disk':{'name':'vda','model':'QEMU DISK','serial':'S1',"
"  'wwn':'0x5000c500a1b2c3d4','by_path':'pci-0000:00:04.0','transport':'virtio','logical_sector':512,'physical_sector':4096,"
"  'rotational':true,'table':'gpt','table_id':'11111111-2222-3333-4444-555555555555','boot_code':true}},"
" {'id':'part:0.1','type':'partition','on':['disk:0'],'size':104857600,'partition':{'number':1,'start':1048576,"
"'kind':'C12A7328-F81F-11D2-BA4B-00A0C93EC93B','uuid':'aaaaaaaa-2222-3333-4444-555555555555','name':'EFI 100%25',"
"  'attributes':'0x8000000000000004','role':'primary'}},"
" {'id':'part:0.2','type':'partition','on':['disk:0'],'size':4294967296,'partition':{'number':2,'start':105906176,"
"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}},"
" {'id':'fs:ABCD-1234','type':'filesystem','on':['part:0.1'],'size':104857600,'uuid':'ABCD-1234','label':'ESP',"
"  'filesystem':{'kind':'vfat'},'properties':{'fat_bits':'32'}},"
" {'id':'fs:b','type':'filesystem','on':['part:0.2'],'size':4294967296,'used':1000000000,"
"  'uuid':'99999999-2222-3333-4444-555555555555','filesystem':{'kind':'btrfs'}},"
" {'id':'subvol:b:256','type':'subvolume','on':['fs:b'],'subvolume':{'path':'@root','number':256,'default':true}},"
" {'id':'disk:1','type':'disk','on':[],'size':1073741824,'disk':{'logical_sector':512,'physical_sector':512,"
"  'table':'dos','table_id':'0xdeadbeef'}},"
" {'id':'part:1.1','type':'partition','on':['disk:1'],'size':1048576,'partition':{'number':1,'start':1048576,"
"'kind':'0x83','active':true,'role':'primary'}},"
" {'id':'part:1.2','type':'partition','on':['disk:1'],'size':104857600,'partition':{'number':2,'start':2097152,"
"'kind':'0x05','role':'extended'}},"
" {'id':'part:1.5','type':'partition','on':['disk:1'],'size':1048576,'partition':{'number':5,'start':3145728,"
"'kind':'0x82','role':'logical'}},"
" {'id':'swap:0','type':'swap','on':['part:1.5'],'size':1048576,'uuid':'88888888-2222-3333-4444-555555555555','swap':{'page_size':4096}},"
" {'id':'mount:0','type':'mount','on':['subvol:b:256'],'mount':{'path':'/','options':'rw,relatime'}},"
" {'id':'mount:1','type':'mount','on':['fs:ABCD-1234'],'mount':{'path':'/boot/e%FFfi%0A','options':'rw'}}]";

static struct layout *read_layout(const char *text, int expected)
{
	struct layout *layout = NULL;
	struct context ctx;
	json_t *json = quoted_json(text);
	int r;

	context_init(&ctx);
	r = layout_from_json(&ctx, json, &layout);
	if (r != expected)
		fail_msg("%d instead of %d: %s", r, expected, context_detail(&ctx));
	assert_int_equal(!*context_detail(&ctx), !r);
	json_decref(json);
	context_done(&ctx);
	return layout;
}

static void test_round_trip(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_layout(machine, 0);
	struct layout *again = NULL;
	struct context ctx;
	json_t *first, *second;
	char *text;

	(void)state;
	context_init(&ctx);
	first = layout_to_json(layout);
	assert_int_equal(layout_from_json(&ctx, first, &again), 0);
	second = layout_to_json(again);
	assert_true(json_equal(first, second));
	assert_int_equal(json_array_size(first), 13);
	/* Bytes come back as they were. */
	assert_string_equal(layout_find(again, "mount:1")->mount.path, "/boot/e\377fi\n");
	assert_string_equal(layout_find(again, "part:0.1")->partition.name, "EFI 100%");
	assert_true(layout_find(again, "part:0.1")->partition.attributes == 0x8000000000000004);
	text = json_dumps(first, JSON_COMPACT);
	assert_non_null(strstr(text, "\"path\":\"/boot/e%FFfi%0A\""));
	free(text);
	json_decref(first);
	json_decref(second);
	layout_free(again);
	context_done(&ctx);
}

/* A copy is what writing and reading gives, and as strict. */
static void test_copy(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_layout(machine, 0), *copy = NULL, *none = NULL;
	json_auto_t *first = layout_to_json(layout), *second = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	layout->nodes[0]->device = strdup("/dev/sda");
	layout->nodes[0]->sizing = SIZING_REST;
	layout->nodes[0]->disk.sequence = 7;
	assert_int_equal(layout_copy(&ctx, layout, &copy), 0);
	second = layout_to_json(copy);
	assert_true(json_equal(first, second));
	assert_string_equal(layout_find(copy, "mount:1")->mount.path, "/boot/e\377fi\n");
	assert_true(layout_find(copy, "part:0.1")->partition.attributes == 0x8000000000000004);
	assert_true(!copy->nodes[0]->device && !copy->nodes[0]->sizing && !copy->nodes[0]->disk.sequence);
	free(TAKE_POINTER(layout_find(layout, "part:0.1")->partition.kind));
	assert_int_equal(layout_copy(&ctx, layout, &none), -EINVAL);
	assert_non_null(strstr(context_detail(&ctx), "part:0.1 has no \"kind\""));
	layout_find(layout, "part:0.1")->partition.kind = text_format("%*s", LAYOUT_TEXT_LIMIT + 1, "x");
	context_clear(&ctx);
	assert_int_equal(layout_copy(&ctx, layout, &none), -EINVAL);
	assert_non_null(strstr(context_detail(&ctx), "\"kind\" of node part:0.1 is too long"));
	context_done(&ctx);
}

static void test_graph(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_layout(machine, 0);
	struct node *node;

	(void)state;
	assert_string_equal(layout_child(layout, "disk:1", NODE_PARTITION, 2)->id, "part:1.5");
	assert_null(layout_child(layout, "disk:1", NODE_PARTITION, 3));
	assert_string_equal(layout_child(layout, "part:0.2", NODE_TYPE_COUNT, 0)->id, "fs:b");
	assert_string_equal(layout_disk_of(layout, layout_find(layout, "mount:0"))->id, "disk:0");
	assert_string_equal(layout_disk_of(layout, layout_find(layout, "disk:1"))->id, "disk:1");
	node = layout_add(layout, NODE_VG, "vg:x");
	assert_int_equal(strv_append(&node->on, "disk:0"), 0);
	assert_int_equal(strv_append(&node->on, "disk:1"), 0);
	assert_null(layout_disk_of(layout, node));
	assert_null(layout_add(layout, NODE_VG, "vg:x"));
	assert_string_equal(node_property(layout_find(layout, "fs:ABCD-1234"), "fat_bits"), "32");
	assert_int_equal(node_property_set(layout_find(layout, "fs:ABCD-1234"), "fat_bits", "16"), 0);
	assert_string_equal(node_property(layout_find(layout, "fs:ABCD-1234"), "fat_bits"), "16");
	assert_null(node_property(layout_find(layout, "fs:ABCD-1234"), "none"));
	assert_null(node_property(node, "fat_bits"));
	assert_int_equal(node_number_set(node, "extent_size", 4194304), 0);
	assert_int_equal(node_number(node, "extent_size"), 4194304);
}

static void test_describe(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_layout(machine, 0);
	AUTO_FREE char *disk = node_describe(layout_find(layout, "disk:0"));
	AUTO_FREE char *bare = node_describe(layout_find(layout, "disk:1"));
	AUTO_FREE char *filesystem = node_describe(layout_find(layout, "fs:ABCD-1234"));
	AUTO_FREE char *partition = node_describe(layout_find(layout, "part:1.5"));

	(void)state;
	assert_non_null(strstr(disk, "QEMU DISK, serial S1, 10"));
	assert_non_null(strstr(bare, "disk without a model name"));
	assert_non_null(strstr(filesystem, "vfat filesystem \"ESP\""));
	assert_non_null(strstr(partition, "logical partition 5"));
}

/* One change of the machine above that must be refused. */
struct lie {
	const char *name, *from, *to;
};

static const struct lie lies[] = {
	{ "unknown type", "'type':'swap'", "'type':'swop'" },
	{ "unknown member", "'used':", "'usedd':" },
	{ "unknown member inside", "'active':", "'activ':" },
	{ "doubled id", "'id':'disk:1'", "'id':'disk:0'" },
	{ "lies on nothing known", "'on':['fs:b']", "'on':['fs:c']" },
	{ "lies on a later node", "'on':['part:0.1'],'size'", "'on':['mount:0'],'size'" },
	{ "lies on itself", "'on':['fs:b'],'subvolume'", "'on':['subvol:b:256'],'subvolume'" },
	{ "a disk lies on something", "'id':'disk:1','type':'disk','on':[]", "'id':'disk:1','type':'disk','on':['disk:0']" },
	{ "swap lies on a mountable", "'on':['part:1.5']", "'on':['fs:b']" },
	{ "a partition lies nowhere", "'on':['disk:1'],'size':1048576,'partition':{'number':1", "'on':[],'size':1048576,'partition':{'number':1" },
	{ "two contents", "'on':['part:1.5']", "'on':['part:0.2']" },
	{ "content on an extended partition", "'on':['part:1.5']", "'on':['part:1.2']" },
	{ "content on a disk with a table", "'on':['part:1.5']", "'on':['disk:1']" },
	{ "negative size", "'size':10737418240", "'size':-1" },
	{ "size is no number", "'size':10737418240", "'size':'1'" },
	{ "size is a fraction", "'size':10737418240", "'size':1.5" },
	{ "disk without size", "'size':1073741824,", "'size':0," },
	{ "used above size", "'used':1000000000", "'used':5294967296" },
	{ "sector of 0", "'logical_sector':512,'physical_sector':4096", "'logical_sector':0,'physical_sector':4096" },
	{ "sector of 513", "'logical_sector':512,'physical_sector':4096", "'logical_sector':513,'physical_sector':4096" },
	{ "sector beyond 32 bits", "'logical_sector':512,'physical_sector':4096", "'logical_sector':4294967808,'physical_sector':4096" },
	{ "sector missing", "'logical_sector':512,'physical_sector':4096", "'logical_sector':512" },
	{ "unknown table", "'table':'gpt'", "'table':'sun'" },
	{ "bad GPT id", "'11111111-2222", "'1111-2222" },
	{ "bad MBR id", "0xdeadbeef", "deadbeef" },
	{ "partition beyond its disk", "'start':3145728", "'start':1073741824" },
	{ "partition wraps around", "'start':3145728", "'start':9223372036854775296" },
	{ "partition within a sector", "'start':3145728", "'start':3145729" },
	{ "partition at the table", "'start':1048576,'kind':'0x83'", "'start':0,'kind':'0x83'" },
	{ "partition of no size", "'on':['disk:1'],'size':1048576,'partition':{'number':1", "'on':['disk:1'],'size':0,'partition':{'number':1" },
	{ "partitions overlap", "'start':105906176", "'start':105905664" },
	{ "extended overlaps primary", "'start':2097152", "'start':2096640" },
	{ "logical outside extended", "'start':3145728", "'start':106954752" },
	{ "number twice", "'number':2,'start':105906176", "'number':1,'start':105906176" },
	{ "logical numbered as primary", "'number':5", "'number':3" },
	{ "number 0", "'number':1,'start':1048576,'kind':'C", "'number':0,'start':1048576,'kind':'C" },
	{ "two extended", "'kind':'0x83','active':true,'role':'primary'", "'kind':'0x05','active':true,'role':'extended'" },
	{ "no such role", "'kind':'0x83','active':true,'role':'primary'", "'kind':'0x83','active':true,'role':'boss'" },
	{ "logical on GPT", "D69D8477DE4','role':'primary'", "D69D8477DE4','role':'logical'" },
	{ "GPT kind on MBR", "'kind':'0x82'", "'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4'" },
	{ "PARTUUID malformed", "aaaaaaaa-2222", "aaaaaaaa_2222" },
	{ "attributes as number", "'0x8000000000000004'", "4" },
	{ "attributes too long", "0x8000000000000004", "0x80000000000000040" },
	{ "active is no boolean", "'active':true", "'active':1" },
	{ "UUID is an option", "'uuid':'99999999", "'uuid':'-9999999" },
	{ "UUID with a space", "'uuid':'99999999", "'uuid':'9999 999" },
	{ "label without a letter", "'label':'ESP'", "'label':''" },
	{ "an MBR that is no MBR", "'disk':{'name':'vda',", "'disk':{'name':'vda','mbr':'0x1234'," },
	{ "label with a bad escape", "'label':'ESP'", "'label':'ES%P'" },
	{ "label with a NUL", "'label':'ESP'", "'label':'ES%00P'" },
	{ "property is no text", "'fat_bits':'32'", "'fat_bits':32" },
	{ "property named badly", "'fat_bits':'32'", "'fat-bits':'32'" },
	{ "holes of no image", "'fat_bits':'32'", "'image_holes':'zero'" },
	{ "an image that does not tell its holes", "'fat_bits':'32'", "'image':'a'" },
	{ "a mounted image", "'fat_bits':'32'", "'image':'a','image_holes':'zero'" },
	{ "kind is an option", "'kind':'vfat'", "'kind':'-vfat'" },
	{ "kind is a path", "'kind':'vfat'", "'kind':'v/fat'" },
	{ "kind missing", "'kind':'vfat'", "" },
	{ "own object missing", "'mount':{'path':'/','options':'rw,relatime'}", "'size':0" },
	{ "subvolume climbs", "'path':'@root'", "'path':'a/../../b'" },
	{ "subvolume is absolute", "'path':'@root'", "'path':'/root'" },
	{ "subvolume number below 256", "'number':256", "'number':5" },
	{ "mount climbs", "/boot/e%FFfi%0A", "/boot/.." },
	{ "mount is relative", "/boot/e%FFfi%0A", "boot" },
	{ "mount ends in a slash", "/boot/e%FFfi%0A", "/boot/" },
	{ "mount with two slashes", "/boot/e%FFfi%0A", "/boot//efi" },
	{ "mount on the reserved directory", "/boot/e%FFfi%0A", "/.lifeboat-unmounted" },
	{ "mount deep in the reserved directory", "/boot/e%FFfi%0A", "/.lifeboat-unmounted/a/b" },
	{ "subvolume in the reserved directory", "'path':'/'", "'path':'/.lifeboat-unmounted/a'" },
	{ "mount path is there twice", "/boot/e%FFfi%0A", "/" },
	{ "id with a space", "'id':'swap:0'", "'id':'swap 0'" },
	{ "id is empty", "'id':'swap:0'", "'id':''" },
	{ "id is no text", "'id':'swap:0'", "'id':7" },
};

static void test_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lies); i++) {
		const char *at = strstr(machine, lies[i].from);
		AUTO_FREE char *text = NULL;
		struct layout *layout;

		if (!at)
			fail_msg("%s: nothing to change", lies[i].name);
		text = text_format("%.*s%s%s", (int)(at - machine), machine, lies[i].to, at + strlen(lies[i].from));
		print_message("%s\n", lies[i].name);
		layout = read_layout(text, -EINVAL);
		assert_null(layout);
	}
}

static void test_crash_safe(void **state)
{
	static const struct {
		const char *kind, *features;
		bool safe;
	} cases[] = {
		{ "ext4", "has_journal,extent", true }, { "ext4", "ext_attr,has_journal", true }, { "ext4", "ext_attr,extent", false },
		{ "ext4", "has_journal_dev", false }, { "ext4", NULL, false }, { "ext2", "none", false }, { "xfs", NULL, true },
		{ "btrfs", NULL, true }, { "vfat", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		AUTO_LAYOUT struct layout *layout = layout_new();
		struct node *node = layout_add(layout, NODE_FILESYSTEM, "fs:0");

		node->filesystem.kind = strdup(cases[i].kind);
		if (cases[i].features)
			assert_int_equal(node_property_set(node, "features", cases[i].features), 0);
		assert_int_equal(filesystem_is_crash_safe(node), cases[i].safe);
	}
}

static void test_not_a_layout(void **state)
{
	(void)state;
	assert_null(read_layout("{}", -EINVAL));
	assert_null(read_layout("[1]", -EINVAL));
	assert_null(read_layout("[[]]", -EINVAL));
	assert_null(read_layout("[{}]", -EINVAL));
	assert_null(read_layout("[{'id':'disk:0'}]", -EINVAL));
	assert_null(read_layout("[{'id':'disk:0','type':'disk'}]", -EINVAL));
	layout_free(read_layout("[]", 0));
	layout_free(NULL);
}

/* A volume's content is one, though volumes lie on it; a physical volume belongs to one group. */
static void test_one_content(void **state)
{
#define VOLUME(rest) \
	"[{'id':'disk:0','type':'disk','on':[],'size':1073741824,'disk':{'logical_sector':512,'physical_sector':512}}," \
	"{'id':'pv:0','type':'pv','on':['disk:0']},{'id':'vg:0','type':'vg','on':['pv:0']},{'id':'lv:0','type':'lv','on':['vg:0']}," \
	"{'id':'lv:1','type':'lv','on':['vg:0','lv:0']},{'id':'fs:0','type':'filesystem','on':['lv:0'],'filesystem':{'kind':'ext4'}}" rest "]"
	(void)state;
	layout_free(read_layout(VOLUME(",{'id':'fs:1','type':'filesystem','on':['lv:1'],'filesystem':{'kind':'ext4'}}"), 0));
	assert_null(read_layout(VOLUME(",{'id':'fs:1','type':'filesystem','on':['lv:0'],'filesystem':{'kind':'ext4'}}"), -EINVAL));
	assert_null(read_layout(VOLUME(",{'id':'fs:1','type':'filesystem','on':['lv:1','lv:1'],'filesystem':{'kind':'btrfs'}}"), -EINVAL));
	assert_null(read_layout(VOLUME(",{'id':'vg:1','type':'vg','on':['pv:0']}"), -EINVAL));
}

static json_t *raid(size_t number)
{
	AUTO_FREE char *id = text_format("raid:%zu", number);
	AUTO_FREE char *below = number ? text_format("raid:%zu", number - 1) : strdup("disk:0");

	return json_pack("{s:s,s:s,s:[s]}", "id", id, "type", "raid", "on", below);
}

static void test_limits(void **state)
{
	json_t *json = quoted_json("[{'id':'disk:0','type':'disk','on':[],'size':1073741824,"
			     "'disk':{'logical_sector':512,'physical_sector':512}}]");
	struct layout *layout = NULL;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	for (size_t i = 0; i < LAYOUT_DEPTH_LIMIT; i++)
		json_array_append_new(json, raid(i));
	assert_int_equal(layout_from_json(&ctx, json, &layout), 0);
	assert_string_equal(layout_disk_of(layout, layout->nodes[layout->count - 1])->id, "disk:0");
	layout_free(layout);
	layout = NULL;
	json_array_append_new(json, raid(LAYOUT_DEPTH_LIMIT));
	assert_int_equal(layout_from_json(&ctx, json, &layout), -EINVAL);
	context_clear(&ctx);
	while (json_array_size(json) <= LAYOUT_NODE_LIMIT)
		json_array_append_new(json, json_object());
	assert_int_equal(layout_from_json(&ctx, json, &layout), -EINVAL);
	assert_null(layout);
	json_decref(json);
	context_done(&ctx);
}

/* A btrfs with many snapshots: going through them costs one pass, as some steps do it for each of them. */
static void test_children_are_found_in_one_pass(void **state)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	const size_t count = LAYOUT_NODE_LIMIT - 1;
	clock_t begun;

	(void)state;
	assert_non_null(layout_add(layout, NODE_FILESYSTEM, "fs"));
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *id = text_format("subvol:%zu", i);
		struct node *node = layout_add(layout, NODE_SUBVOLUME, id);

		assert_non_null(node);
		assert_int_equal(strv_append(&node->on, "fs"), 0);
	}
	begun = clock();
	for (size_t i = 0; i < 1000; i++) {
		size_t at = 0, seen = 0;

		while (layout_next_child(layout, "fs", NODE_SUBVOLUME, &at))
			seen++;
		assert_int_equal(seen, count);
	}
	assert_true(clock() - begun < 20 * CLOCKS_PER_SEC);
	assert_int_equal(layout_count_children(layout, "fs", NODE_TYPE_COUNT), count);
	assert_int_equal(layout_count_children(layout, "fs", NODE_MOUNT), 0);
}

/* Each is found by its id, whatever comes and goes, and adding one costs the same however many there are. */
static void test_nodes_are_found(void **state)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	const size_t count = 100000;
	clock_t begun = clock();

	(void)state;
	assert_null(layout_find(layout, "n:0"));
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *id = text_format("n:%zu", i);

		assert_non_null(layout_add(layout, NODE_DISK, id));
		assert_null(layout_add(layout, NODE_DISK, id));
	}
	assert_true(clock() - begun < 20 * CLOCKS_PER_SEC);
	for (size_t i = 0; i < 2000; i += 3) {
		AUTO_FREE char *id = text_format("n:%zu", i);

		layout_remove(layout, layout_find(layout, id));
	}
	assert_non_null(layout_insert(layout, NODE_DISK, "n:0", layout->nodes[0]));
	for (size_t i = 0; i < 2001; i++) {
		AUTO_FREE char *id = text_format("n:%zu", i);
		const struct node *node = layout_find(layout, id);

		assert_int_equal(node != NULL, i >= 2000 || i % 3 != 0 || i == 0);
		if (node)
			assert_string_equal(node->id, id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_copy), cmocka_unit_test(test_graph),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_crash_safe),
		cmocka_unit_test(test_not_a_layout),
		cmocka_unit_test(test_one_content),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_children_are_found_in_one_pass),
		cmocka_unit_test(test_nodes_are_found),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
