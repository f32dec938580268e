/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume groups of LVM: which ones can be made, where their extents go, and the text that LVM restores. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../backend/stack/brought_up.h"
#include "../../backend/stack/lvm_active.h"
#include "../../backend/stack/lvm_fill.h"
#include "../../backend/stack/lvm_metadata.h"
#include "../../backend/stack/lvm_rules.h"
#include "../../backend/stack/recreate.h"
#include "../../backend/superblocks/lvm_label.h"
#include "../../backend/superblocks/lvm_text.h"
#include "machine.h"
#include "quoted_json.h"

#define UUID(letter) letter letter letter letter letter letter "-1111-2222-3333-4444-5555-666666"
#define DISK(n) "{'id':'disk:" n "','type':'disk','on':[],'size':1073741824,'disk':{'name':'vd" n "','logical_sector':512,'physical_sector':512}},"
#define PV(n, letter, count) \
	"{'id':'pv:" n "','type':'pv','on':['disk:" n "'],'size':1073741824,'uuid':'" UUID(letter) "','properties':{'status':'ALLOCATABLE'," \
	"'pe_start':'1048576','pe_count':'" count "','metadata_areas':'1'}},"
#define LV(name, letter, on, extents, properties) \
	"{'id':'lv:" name "','type':'lv','on':[" on "],'size':" #extents ",'label':'" name "','uuid':'" UUID(letter) "','properties':{" properties "}}"
#define SHOWN "'status':'READ WRITE VISIBLE','segments':'1',"
#define HIDDEN "'status':'READ WRITE','segments':'1',"
#define LINEAR(extents, where) "'kind':'linear','segment_0_start_extent':'0','segment_0_extent_count':'" extents "','segment_0_type':'striped'," \
	"'segment_0_stripe_count':'1','segment_0_stripes':'" where "'"

#define EXTENT 10485760

/* Volumes have their sizes in extents, until they are read. One volume over both physical volumes, one striped over them, one mirrored, a thin pool with a volume, a cached one, a snapshot. */
static const char machine[] = "[" DISK("a") DISK("b") PV("a", "a", "50") PV("b", "b", "50")
	"{'id':'vg:1','type':'vg','on':['pv:a','pv:b'],'size':1048576000,'label':'one-vg','uuid':'" UUID("g") "','properties':{'status':"
	"'RESIZEABLE READ WRITE','extent_size':'10485760','seqno':'7','format':'lvm2','tags':'two site=a','max_lv':'0','max_pv':'0','metadata_copies':'0'}},"
	LV("a.b-c", "c", "'vg:1'", 3, "'status':'READ WRITE VISIBLE','segments':'2','tags':'x','creation_host':'a \\\"b\\\"','creation_time':'12',"
	   "'kind':'linear','segment_0_start_extent':'0','segment_0_extent_count':'2','segment_0_type':'striped','segment_0_stripe_count':'1',"
	   "'segment_0_stripes':'" UUID("a") ":40','segment_1_start_extent':'2','segment_1_extent_count':'1','segment_1_type':'striped',"
	   "'segment_1_stripe_count':'1','segment_1_stripes':'" UUID("b") ":7'") ","
	LV("wide", "d", "'vg:1'", 4, SHOWN "'kind':'striped','segment_0_start_extent':'0','segment_0_extent_count':'4','segment_0_type':'striped',"
	   "'segment_0_stripe_count':'2','segment_0_stripe_size':'65536','segment_0_stripes':'" UUID("a") ":0 " UUID("b") ":0'") ","
	LV("twice_rmeta_0", "e", "'vg:1'", 1, HIDDEN LINEAR("1", UUID("a") ":2")) ","
	LV("twice_rimage_0", "f", "'vg:1'", 2, HIDDEN LINEAR("2", UUID("a") ":3")) ","
	LV("twice_rmeta_1", "h", "'vg:1'", 1, HIDDEN LINEAR("1", UUID("b") ":2")) ","
	LV("twice_rimage_1", "i", "'vg:1'", 2, HIDDEN LINEAR("2", UUID("b") ":3")) ","
	LV("twice", "j", "'lv:twice_rmeta_0','lv:twice_rimage_0','lv:twice_rmeta_1','lv:twice_rimage_1'", 2, SHOWN "'kind':'raid1','segment_0_start_extent':'0',"
	   "'segment_0_extent_count':'2','segment_0_type':'raid1','segment_0_device_count':'2','segment_0_region_size':'524288',"
	   "'segment_0_raids':'twice_rmeta_0 twice_rimage_0 twice_rmeta_1 twice_rimage_1'") ","
	LV("pool_tdata", "k", "'vg:1'", 5, HIDDEN LINEAR("5", UUID("b") ":10")) ","
	LV("pool_tmeta", "l", "'vg:1'", 1, HIDDEN LINEAR("1", UUID("b") ":20")) ","
	LV("pool", "m", "'lv:pool_tdata','lv:pool_tmeta'", 5, SHOWN "'kind':'thin-pool','segment_0_start_extent':'0','segment_0_extent_count':'5',"
	   "'segment_0_type':'thin-pool','segment_0_metadata':'pool_tmeta','segment_0_pool':'pool_tdata','segment_0_transaction_id':'3',"
	   "'segment_0_chunk_size':'65536','segment_0_discards':'passdown','segment_0_zero_new_blocks':'1'") ","
	LV("thin", "n", "'lv:pool'", 9, SHOWN "'kind':'thin','segment_0_start_extent':'0','segment_0_extent_count':'9','segment_0_type':'thin',"
	   "'segment_0_thin_pool':'pool','segment_0_transaction_id':'2','segment_0_device_id':'1'") ","
	LV("slow_corig", "o", "'vg:1'", 2, HIDDEN LINEAR("2", UUID("a") ":9")) ","
	LV("fast_cdata", "p", "'vg:1'", 1, HIDDEN LINEAR("1", UUID("a") ":12")) ","
	LV("fast", "q", "'lv:fast_cdata'", 1, HIDDEN "'kind':'cache-pool','segment_0_type':'cache-pool','segment_0_data':'fast_cdata'") ","
	LV("slow", "r", "'lv:fast','lv:slow_corig'", 2, SHOWN "'kind':'cache','segment_0_type':'cache','segment_0_cache_pool':'fast',"
	   "'segment_0_origin':'slow_corig'") ","
	LV("before", "s", "'vg:1','lv:a.b-c'", 3, HIDDEN "'kind':'snapshot','segment_0_type':'striped','segment_0_extent_count':'1','segment_0_stripe_count':'1',"
	   "'segment_0_stripes':'" UUID("a") ":20'") "]";

static struct layout *read_layout(json_t *array)
{
	struct layout *layout = NULL;
	struct context ctx;

	context_init(&ctx);
	if (layout_from_json(&ctx, array, &layout))
		fail_msg("%s", context_detail(&ctx));
	for (size_t i = 0; i < layout->count; i++)
		layout->nodes[i]->size *= layout->nodes[i]->type == NODE_LV ? EXTENT : 1;
	context_done(&ctx);
	json_decref(array);
	return layout;
}

static struct layout *read_machine(void)
{
	return read_layout(quoted_json(machine));
}

static struct node *named(const struct layout *layout, const char *id)
{
	struct node *node = layout_find(layout, id);

	if (!node)
		fail_msg("no %s", id);
	return node;
}

/* The text of the group as the reader of LVM's labels understands it. The group is borrowed from *RET. */
static json_t *written(const struct layout *layout, json_t **ret)
{
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	AUTO_FREE char *text = NULL;
	const char *name;
	json_t *group;

	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, NULL), 0);
	assert_int_equal(lvm_metadata(layout, named(layout, "vg:1"), &extents, &text), 0);
	assert_int_equal(lvm_text_parse(text, strlen(text), ret), 0);
	group = lvm_group(*ret, &name);
	assert_non_null(group);
	assert_string_equal(name, "one-vg");
	return group;
}

static void has(json_t *section, const char *expected)
{
	json_t *wanted = quoted_json(expected), *value;
	const char *key;

	json_object_foreach(wanted, key, value)
		if (!json_equal(json_object_get(section, key), value)) {
			char *text = json_dumps(section, JSON_INDENT(1));

			fail_msg("%s is not so in %s", key, text);
		}
	json_decref(wanted);
}

static json_t *section_of(json_t *group, const char *volume, const char *segment)
{
	json_t *section = json_object_get(json_object_get(group, "logical_volumes"), volume);

	return segment ? json_object_get(section, segment) : section;
}

static void test_what_is_written_is_read(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	json_t *root = NULL, *group = written(layout, &root);

	(void)state;
	has(group, "{'id':'" UUID("g") "','seqno':7,'format':'lvm2','status':['RESIZEABLE','READ','WRITE'],'flags':[],'tags':['two','site=a'],"
	    "'extent_size':20480,'max_lv':0,'max_pv':0,'metadata_copies':0}");
	has(json_object_get(json_object_get(group, "physical_volumes"), "pv1"),
	    "{'id':'" UUID("b") "','status':['ALLOCATABLE'],'flags':[],'pe_start':2048,'pe_count':50}");
	has(section_of(group, "a.b-c", NULL), "{'id':'" UUID("c") "','tags':['x'],'creation_host':'a \\\"b\\\"','creation_time':12,'segment_count':2}");
	has(section_of(group, "wide", "segment1"), "{'start_extent':0,'extent_count':4,'type':'striped','stripe_count':2,'stripe_size':128,"
	    "'stripes':['pv0',0,'pv1',0]}");
	has(section_of(group, "twice", "segment1"), "{'type':'raid1','device_count':2,'region_size':1024,"
	    "'raids':['twice_rmeta_0','twice_rimage_0','twice_rmeta_1','twice_rimage_1']}");
	has(section_of(group, "pool", "segment1"), "{'type':'thin-pool','metadata':'pool_tmeta','pool':'pool_tdata','transaction_id':3,'chunk_size':128,"
	    "'discards':'passdown','zero_new_blocks':1}");
	has(section_of(group, "thin", "segment1"), "{'type':'thin','thin_pool':'pool','transaction_id':2,'device_id':1,'extent_count':9}");
	json_decref(root);
}

/* What is made of others keeps to its physical volumes; the others follow, where they were. */
static void test_extents_begin_at_the_first(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	json_t *root = NULL, *group = written(layout, &root);

	(void)state;
	has(section_of(group, "twice_rimage_0", "segment1"), "{'stripes':['pv0',3]}");
	has(section_of(group, "twice_rimage_1", "segment1"), "{'stripes':['pv1',3]}");
	has(section_of(group, "a.b-c", "segment1"), "{'start_extent':0,'extent_count':2,'stripes':['pv0',7]}");
	has(section_of(group, "a.b-c", "segment2"), "{'start_extent':2,'extent_count':1,'stripes':['pv1',6]}");
	json_decref(root);
}

static void test_caches_and_snapshots_are_left_out(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	json_t *root = NULL, *group = written(layout, &root);
	static const char *const gone[] = { "slow_corig", "fast", "fast_cdata", "before" };
	AUTO_FREE char *why = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(gone); i++)
		if (section_of(group, gone[i], NULL))
			fail_msg("%s is there", gone[i]);
	/* The cached volume has the extents of its origin, and a UUID of its own. */
	has(section_of(group, "slow", NULL), "{'id':'" UUID("r") "','segment_count':1}");
	has(section_of(group, "slow", "segment1"), "{'type':'striped','extent_count':2,'stripes':['pv0',5]}");
	assert_false(can_recreate(layout, named(layout, "lv:before"), &why));
	assert_non_null(strstr(why, "it is a snapshot"));
	json_decref(root);
}

/* A linear volume goes where there is room; what cannot move is refused by name. */
static void test_smaller_physical_volumes(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	const struct node *volume = NULL;
	const struct lvm_volume_extents *placed;

	(void)state;
	assert_int_equal(node_number_set(named(layout, "pv:a"), "pe_count", 8), 0);
	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, &volume), 0);
	placed = lvm_extents_of(&extents, named(layout, "lv:a.b-c"));
	assert_int_equal(placed->count, 3);
	for (size_t i = 0; i < placed->count; i++) {
		assert_int_equal(placed->segments[i].length, 1);
		assert_int_equal(placed->segments[i].pvs[0], i > 0);
	}
	lvm_extents_done(&extents);
	assert_int_equal(node_number_set(named(layout, "pv:a"), "pe_count", 6), 0);
	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, &volume), -ENOSPC);
	assert_string_equal(volume->label, "slow_corig");
	lvm_extents_done(&extents);
	assert_int_equal(node_number_set(named(layout, "pv:a"), "pe_count", 7), 0);
	assert_int_equal(node_number_set(named(layout, "pv:b"), "pe_count", 13), 0);
	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, &volume), -ENOSPC);
	assert_string_equal(volume->label, "a.b-c");
}

/* ---- what LVM, or a set, says and cannot be ---- */

struct mutant {
	const char *node, *key, *value, *why;
};

static void set_member(json_t *array, const struct mutant *mutant)
{
	json_t *node;
	size_t i;

	json_array_foreach(array, i, node) {
		if (strcmp(json_string_value(json_object_get(node, "id")), mutant->node))
			continue;
		if (!strcmp(mutant->key, "label") || !strcmp(mutant->key, "uuid"))
			json_object_set_new(node, mutant->key, json_string(mutant->value));
		else
			json_object_set_new(json_object_get(node, "properties"), mutant->key, json_string(mutant->value));
	}
}

static void test_what_cannot_be(void **state)
{
	static const struct mutant mutants[] = {
		{ "vg:1", "extent_size", "0", "extent size (0 bytes)" },
		{ "vg:1", "extent_size", "1000", "extent size (1000 bytes)" },
		{ "vg:1", "missing_pv_0", UUID("z"), UUID("z") " was missing" },
		{ "vg:1", "status", "RESIZEABLE READ WRITE EXPORTED", "EXPORTED" },
		{ "vg:1", "label", "-x", "refuses its name" },
		{ "vg:1", "label", "a b", "refuses its name" },
		{ "vg:1", "label", "..", "refuses its name" },
		{ "vg:1", "uuid", "1-2", "refuses its name or its UUID" },
		{ "vg:1", "lock_type", "sanlock", "several machines" },
		{ "pv:b", "uuid", UUID("a"), "physical volumes" },
		{ "pv:b", "pe_count", "0", "physical volumes" },
		{ "lv:wide", "label", "a@b", "refuses its name" },
		{ "lv:wide", "label", "snapshot1", "refuses its name" },
		{ "lv:wide", "label", "x_tdata", "refuses its name" },
		{ "lv:wide", "segment_0_stripe_count", "3", "contradict" },
		{ "lv:wide", "segment_0_stripes", UUID("a") ":0 " UUID("a") ":9", "contradict" },
		{ "lv:wide", "segment_0_stripes", UUID("a") ":0 " UUID("z") ":9", "contradict" },
		{ "lv:wide", "segment_0_extent_count", "5", "contradict" },
		{ "lv:wide", "segment_0_extent_count", "99999999999", "contradict" },
		{ "lv:wide", "segment_0_stripe_size", "0", "contradict" },
		{ "lv:wide", "segment_0_type", "error", "kind error" },
		{ "lv:wide", "status", "READ VISIBLE", "state READ" },
		{ "lv:wide", "status", "READ WRITE VISIBLE PVMOVE", "PVMOVE" },
		{ "lv:wide", "kind", "vdo", "kind vdo" },
		{ "lv:twice", "segment_0_device_count", "3", "contradict" },
		{ "lv:twice", "segment_0_raids", "twice_rmeta_0 twice_rimage_0 twice_rmeta_0 twice_rimage_1", "contradict" },
		{ "lv:twice", "segment_0_raids", "twice_rmeta_0 twice_rimage_0 twice_rmeta_1 wide", "contradict" },
		{ "lv:twice_rimage_1", "kind", "integrity", "contradict" },
		{ "lv:thin", "segment_0_device_id", "0", "contradict" },
		{ "lv:thin", "segment_0_thin_pool", "wide", "contradict" },
		{ "lv:thin", "segment_0_origin", "wide", "snapshot" },
		{ "lv:thin", "segment_0_external_origin", "wide", "external origin" },
		{ "lv:pool", "segment_0_chunk_size", "0", "its part pool cannot be recreated" },
		{ "lv:slow", "segment_0_origin", "wide", "contradict" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(mutants); i++) {
		json_t *array = quoted_json(machine);
		AUTO_LAYOUT struct layout *layout = NULL;
		AUTO_FREE char *why = NULL;
		const char *asked = mutants[i].node;

		set_member(array, &mutants[i]);
		layout = read_layout(array);
		asked = !strncmp(asked, "pv:", 3) ? "vg:1" : !strcmp(asked, "lv:pool") ? "lv:thin" : !strcmp(asked, "lv:twice_rimage_1") ? "lv:twice" : asked;
		if (can_recreate(layout, named(layout, asked), &why))
			fail_msg("%s with %s %s is made", mutants[i].node, mutants[i].key, mutants[i].value);
		if (!strstr(why, mutants[i].why))
			fail_msg("%s with %s %s: %s", mutants[i].node, mutants[i].key, mutants[i].value, why);
	}
}

/* A pool or volume that is larger than its group finds no room. */
static void test_larger_than_its_group(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	const struct node *volume = NULL;

	(void)state;
	named(layout, "lv:pool_tdata")->size = named(layout, "lv:pool")->size = 500ULL * EXTENT;
	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, &volume), -ENOSPC);
	assert_string_equal(volume->label, "pool_tdata");
}

static void test_devices(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	AUTO_FREE char *device = lvm_device(layout, named(layout, "lv:a.b-c")), *thin = lvm_device(layout, named(layout, "lv:thin"));

	(void)state;
	assert_string_equal(device, "/dev/mapper/one--vg-a.b--c");
	assert_string_equal(thin, "/dev/mapper/one--vg-thin");
	assert_false(lvm_has_device(layout, named(layout, "lv:pool")));
	assert_true(lvm_has_device(layout, named(layout, "lv:slow")));
}

/* ---- what hidden volumes hold ---- */

/* A stand-in for a physical volume, with the byte 'x' in the extents from FIRST to LAST. */
static int make_extents(unsigned first, unsigned last)
{
	int fd = memfd_create("pv", MFD_CLOEXEC);
	char *bytes = malloc(EXTENT);

	assert_true(fd >= 0 && bytes);
	memset(bytes, 'x', EXTENT);
	for (unsigned i = first; i <= last; i++)
		assert_int_equal(pwrite(fd, bytes, EXTENT, (1 << 20) + (off_t)i * EXTENT), EXTENT);
	free(bytes);
	return fd;
}

/* The first and the last byte of an extent. */
static void holds(int fd, unsigned extent, char byte)
{
	char found[2] = { 0 };

	assert_int_equal(pread(fd, &found[0], 1, (1 << 20) + (off_t)extent * EXTENT), 1);
	assert_int_equal(pread(fd, &found[1], 1, (1 << 20) + (off_t)(extent + 1) * EXTENT - 1), 1);
	assert_int_equal(found[0], byte);
	assert_int_equal(found[1], byte);
}

/* The state of an array that lay there before is not taken up; all else stays. */
static void test_old_state_is_gone(void **state)
{
	AUTO_LAYOUT struct layout *layout = read_machine();
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	int fds[] = { make_extents(1, 3), make_extents(1, 3) };
	struct context ctx;

	(void)state;
	context_init(&ctx);
	/* No pool, which needs LVM's programs. */
	assert_int_equal(node_number_set(named(layout, "lv:pool"), "segment_0_chunk_size", 0), 0);
	assert_int_equal(lvm_extents(layout, named(layout, "vg:1"), &extents, NULL), 0);
	assert_int_equal(lvm_fill(&ctx, layout, named(layout, "vg:1"), &extents, fds, true), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
		holds(fds[i], 1, 'x');
		holds(fds[i], 2, 0);
		holds(fds[i], 3, 'x');
		close(fds[i]);
	}
	context_done(&ctx);
}

/* ---- names on this machine ---- */

/* A machine that has a group of the name NAME on the disk DEVICE, and a mapped device MAPPED; the group is made on /dev/vda and /dev/vdb. What is said
 * of it, or NULL. */
static char *said_of_names(const char *name, const char *device, const char *mapped)
{
	char *prefix = machine_make(NULL);
	AUTO_LAYOUT struct layout *result = read_machine(), *present = layout_new();
	struct target target = { .present = present, .result = result };
	struct node *disk = layout_add(present, NODE_DISK, "disk:9"), *pv = layout_add(present, NODE_PV, "pv:9"), *group = layout_add(present, NODE_VG, "vg:9");
	struct context ctx;
	char *said;

	context_init(&ctx);
	ctx.prefix = prefix;
	disk->device = strdup(device);
	assert_int_equal(strv_append(&pv->on, "disk:9"), 0);
	assert_int_equal(strv_append(&group->on, "pv:9"), 0);
	group->label = strdup(name);
	named(result, "disk:a")->device = strdup("/dev/vda");
	named(result, "disk:b")->device = strdup("/dev/vdb");
	machine_write(prefix, "/sys/block/dm-0/dm/name", mapped, strlen(mapped));
	said = lvm_check_names(&ctx, &target, named(result, "vg:1")) ? strdup(context_detail(&ctx)) : NULL;
	context_done(&ctx);
	machine_remove(prefix);
	return said;
}

static void test_names_that_are_taken(void **state)
{
	AUTO_FREE char *other = said_of_names("one-vg", "/dev/sda", "x"), *erased = said_of_names("one-vg", "/dev/vda", "x");
	AUTO_FREE char *unlike = said_of_names("two", "/dev/sda", "one--vg-wi"), *up = said_of_names("two", "/dev/sda", "one--vg-wide");

	(void)state;
	assert_non_null(strstr(other, "vgrename"));
	assert_null(erased);
	assert_null(unlike);
	assert_non_null(strstr(up, "/dev/mapper/one--vg-wide is in use (dm-0)"));
}

/* A group that is up is ours when all of it lies on what was noted, be it through hidden parts. */
static void test_whose_group_is_up(void **state)
{
	char *prefix = machine_make(NULL);
	struct context ctx;

	(void)state;
	context_init(&ctx);
	ctx.prefix = prefix;
	assert_false(up_group.is_ours(&ctx, UUID("g"), (char *[]){ "vda", "vdb", NULL }));
	/* dm-1 is a part of dm-0. */
	for (unsigned i = 0; i < 2; i++) {
		AUTO_FREE char *name = text_format("dm-%u", i), *text = text_format("LVM-%s%u\n", "gggggg11112222333344445555666666", i);

		close(machine_device(prefix, name, 1 << 20));
		machine_attribute(prefix, name, "dm/uuid", text);
	}
	close(machine_device(prefix, "vda", 1 << 20));
	close(machine_device(prefix, "vdb", 1 << 20));
	machine_stand(prefix, "dm-0", "dm-1");
	machine_stand(prefix, "dm-0", "vdb");
	machine_stand(prefix, "dm-1", "vda");
	assert_true(up_group.is_ours(&ctx, UUID("g"), (char *[]){ "vda", "vdb", NULL }));
	assert_false(up_group.is_ours(&ctx, UUID("g"), (char *[]){ "vda", NULL }));
	assert_false(up_group.is_ours(&ctx, UUID("h"), (char *[]){ "vda", "vdb", NULL }));
	context_done(&ctx);
	machine_remove(prefix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_extents_begin_at_the_first),
		cmocka_unit_test(test_caches_and_snapshots_are_left_out),
		cmocka_unit_test(test_smaller_physical_volumes),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_larger_than_its_group),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_old_state_is_gone),
		cmocka_unit_test(test_names_that_are_taken),
		cmocka_unit_test(test_whose_group_is_up),
	};

	return cmocka_run_group_tests_name("lvm_groups", tests, NULL, NULL);
}
