/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the disks that are here decide: on which member of a mirror its contents lie, whether an array is made whole, which disks share a target; and
 * that it does not matter which of equal disks gets which of equal members. */
#include "../../backend/wanted/settle.h"
#include "../../backend/wanted/share.h"
#include "machine.h"
#include "shapes_case.h"

struct world {
	struct fixture f;
	char *root;
};

static int start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	context_init(&world->f.ctx);
	world->root = machine_make(NULL);
	world->f.ctx.prefix = world->root;
	machine_write(world->root, "/proc/self/mountinfo", "", 0);
	*state = world;
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;

	layout_free(world->f.captured);
	layout_free(world->f.present);
	layout_free(world->f.wanted);
	context_done(&world->f.ctx);
	machine_remove(world->root);
	free(world);
	return 0;
}

#define HERE(id, name, serial, size) \
	"{'id':'" id "','type':'disk','on':[],'size':" size ",'disk':{'name':'" name "','serial':'" serial "','model':'M','logical_sector':512," \
	"'physical_sector':512}}"

static struct layout *present(struct fixture *f, const char *text)
{
	layout_free(f->present);
	return f->present = read_layout(f, text);
}

/* What the wishes WISHES become with CAPTURED on the disks that are here. New reference. */
static json_t *settled(struct fixture *f, const char *captured, const char *wishes)
{
	json_auto_t *json = quoted_json(wishes);
	const struct circumstances circumstances = { .wishes = json };
	const struct settle_disks disks = { .present = f->present, .option = TARGET_OPTION_KERNEL };
	json_t *result = NULL;

	layout_free(f->captured);
	f->captured = read_layout(f, captured);
	if (settle_wishes(&f->ctx, &circumstances, f->captured, &disks, &result))
		fail_msg("%s", context_detail(&f->ctx));
	return result;
}

static void check(json_t *is, const char *expected)
{
	json_auto_t *json = quoted_json(expected), *had = is;
	AUTO_FREE char *text = json_dumps(had, JSON_COMPACT);

	if (!json_equal(had, json))
		fail_msg("%s instead of %s", text, expected);
}

#define MEMBER(id, serial, table) \
	"{'id':'" id "','type':'disk','on':[],'size':10737418240,'disk':{'name':'x','serial':'" serial "','model':'M','logical_sector':512," \
	"'physical_sector':512,'table':'gpt','table_id':'11111111-2222-3333-4444-55555555555" table "'}}"
#define MIRROR \
	"[" MEMBER("disk:0", "S5Y1NG0N123456X", "5") "," MEMBER("disk:1", "S5Y1NG0N777777K", "6") KIND("0", "1", "1048576", "8589934592", RAID_KIND) \
	KIND("1", "1", "1048576", "8589934592", RAID_KIND) ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2) \
	FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/srv") "]"

/* The disk that is left of a mirror takes what was on it, whichever it was. */
static void test_the_member_that_is_here(void **state)
{
	struct fixture *f = &((struct world *)*state)->f;

	present(f, "[" HERE("disk:8", "sda", "S5Y1NG0N123456X", "10737418240") "]");
	check(settled(f, MIRROR, "{'raid:0':{'plain':true}}"), "{'raid:0':{'plain':true}}");
	present(f, "[" HERE("disk:8", "sda", "S5Y1NG0N777777K", "10737418240") "]");
	check(settled(f, MIRROR, "{'raid:0':{'plain':true}}"), "{'raid:0':{'plain':'part:1.1'}}");
	/* Who named one is not corrected. */
	check(settled(f, MIRROR, "{'raid:0':{'plain':'part:0.1'}}"), "{'raid:0':{'plain':'part:0.1'}}");
	check(settled(f, MIRROR, "{}"), "{}");
}

#define DEGRADED \
	"[" MEMBER("disk:0", "S5Y1NG0N123456X", "5") KIND("0", "1", "1048576", "8589934592", RAID_KIND) \
	ARRAY("raid:0", "'part:0.1'", "raid1", "2", "8588886016", "8588886016", ",'member_0_role':'0','member_0_data_offset':'1048576'") \
	FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/") "]"

static void test_degraded_is_made_whole(void **state)
{
	struct fixture *f = &((struct world *)*state)->f;

	/* Where a blank disk is there for the missing member, and no question is. */
	present(f, "[" HERE("disk:8", "sda", "NEW-1", "10737418240") "," HERE("disk:9", "sdb", "NEW-2", "10737418240") "]");
	check(settled(f, DEGRADED, "{}"), "{'raid:0':{'members':2}}");
	present(f, "[" HERE("disk:8", "sda", "NEW-1", "10737418240") "]");
	check(settled(f, DEGRADED, "{}"), "{}");
	present(f, "[" HERE("disk:8", "sda", "NEW-1", "10737418240") "," HERE("disk:9", "sdb", "NEW-2", "1073741824") "]");
	check(settled(f, DEGRADED, "{}"), "{}");
	present(f, "[" HERE("disk:7", "sda", "NEW-1", "10737418240") "," HERE("disk:8", "sdb", "NEW-2", "10737418240") ","
		HERE("disk:9", "sdc", "NEW-3", "10737418240") "]");
	check(settled(f, DEGRADED, "{}"), "{}");
	present(f, "[" HERE("disk:8", "sda", "NEW-1", "10737418240") "," HERE("disk:9", "sdb", "NEW-2", "10737418240") "]");
	check(settled(f, DEGRADED, "{'raid:0':{'members':1}}"), "{'raid:0':{'members':1}}");
}

/* ---- one target for several ---- */

static void test_one_target_for_several(void **state)
{
	struct fixture *f = &((struct world *)*state)->f;
	json_auto_t *pairs = quoted_json("{'disk:0':'disk:8','disk:1':'disk:8'}"), *given = quoted_json("{'fs:data':{'kind':'xfs'}}");
	json_t *wishes = NULL, *kept = NULL;

	f->captured = read_layout(f, "[" MEMBER("disk:0", "S5Y1NG0N123456X", "5") "," MEMBER("disk:1", "S5Y1NG0N777777K", "6")
				     KIND("0", "1", "1048576", "8589934592", LINUX_KIND) KIND("1", "1", "1048576", "8589934592", LINUX_KIND)
				     FILESYSTEM("fs:data", "part:0.1", "ext4", "8588886016", "2147483648")
				     FILESYSTEM("fs:root", "part:1.1", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/srv") MOUNT("fs:root", "/") "]");
	/* The disk that the machine starts from keeps its table. */
	assert_int_equal(share_settle(&f->ctx, f->captured, given, pairs, &wishes, &kept), 0);
	check(kept, "{'disk:1':'disk:8'}");
	json_incref(wishes);
	check(wishes, "{'fs:data':{'kind':'xfs'},'disk:0':{'onto':'disk:1'}}");
	check(share_forget(wishes, given), "{'fs:data':{'kind':'xfs'}}");
	json_decref(wishes);
	/* Without a map all that is missed goes to one; what has a target of its own keeps that. */
	check(share_pairs(f->captured, NULL, layout_find(f->captured, "disk:1")), "{'disk:0':'','disk:1':''}");
}

/* ---- equal disks ---- */

#define SAVED(n) \
	"{'id':'disk:" n "','type':'disk','on':[],'size':10737418240,'disk':{'name':'x','serial':'SERIAL-" n "','model':'M','logical_sector':512," \
	"'physical_sector':512,'table':'gpt','table_id':'11111111-2222-3333-4444-55555555555" n "'}}"
#define PART(n) KIND(n, "1", "1048576", "8589934592", RAID_KIND)
#define BLANK(n) HERE("disk:8" n, "sd" n, "NEW-" n, "10737418240")

/* As many members of an array as blank disks of one size: nobody has to be asked which gets which. */
static void check_equals(struct fixture *f, const char *captured, const char *here, bool certain)
{
	struct disk_map *map = NULL;

	layout_free(f->captured);
	f->captured = read_layout(f, captured);
	present(f, here);
	if (disk_map_propose(&f->ctx, f->captured, f->present, NULL, NULL, TARGET_OPTION_KERNEL, &map))
		fail_msg("%s", context_detail(&f->ctx));
	if (map->certain != certain)
		fail_msg("%s", map->reason ? map->reason : "certain");
	for (size_t i = 0; certain && i < map->count; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(map->pairs[i].target, map->pairs[k].target);
	disk_map_free(map);
}

#define TWO "[" BLANK("0") "," BLANK("1") "]"
#define THREE "[" BLANK("0") "," BLANK("1") "," BLANK("2") "]"
#define FOUR "[" BLANK("0") "," BLANK("1") "," BLANK("2") "," BLANK("3") "]"
#define DATA FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/") "]"
#define ROLES4 ROLES3 ",'member_3_role':'3','member_3_data_offset':'1048576'"

static void test_equal_members(void **state)
{
	struct fixture *f = &((struct world *)*state)->f;
	const char *two = "[" SAVED("0") "," SAVED("1") PART("0") PART("1")
			  ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2) DATA;
	const char *three = "[" SAVED("0") "," SAVED("1") "," SAVED("2") PART("0") PART("1") PART("2")
			    ARRAY("raid:0", "'part:0.1','part:1.1','part:2.1'", "raid5", "3", "8588886016", "17177772032", ROLES3)
			    FILESYSTEM("fs:data", "raid:0", "ext4", "17177772032", "2147483648") MOUNT("fs:data", "/") "]";
	const char *four = "[" SAVED("0") "," SAVED("1") "," SAVED("2") "," SAVED("3") PART("0") PART("1") PART("2") PART("3")
			   ARRAY("raid:0", "'part:0.1','part:1.1','part:2.1','part:3.1'", "raid6", "4", "8588886016", "17177772032", ROLES4)
			   FILESYSTEM("fs:data", "raid:0", "ext4", "17177772032", "2147483648") MOUNT("fs:data", "/") "]";

	check_equals(f, two, TWO, true);
	check_equals(f, two, THREE, false);
	check_equals(f, three, THREE, true);
	check_equals(f, three, FOUR, false);
	check_equals(f, four, FOUR, true);
}

/* Two arrays side by side, a system disk beside a mirror: still each way leads to the same machine. */
static void test_equal_members_among_others(void **state)
{
	struct fixture *f = &((struct world *)*state)->f;
	const char *second = ",{'id':'raid:1','type':'raid','on':['part:2.1','part:3.1'],'size':8588886016,'uuid':'aaaabbbb-3333-4444-5555-666677778888',"
			     "'properties':{'level':'raid1','metadata':'1.2','raid_disks':'2','component_size':'8588886016'" ROLES2 "}}"
			     FILESYSTEM("fs:more", "raid:1", "ext4", "8588886016", "2147483648") MOUNT("fs:more", "/srv") "]";
	AUTO_FREE char *pairs = text_format("%s%s", "[" SAVED("0") "," SAVED("1") "," SAVED("2") "," SAVED("3") PART("0") PART("1") PART("2") PART("3")
					    ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2)
					    FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648") MOUNT("fs:data", "/"), second);
	const char *beside = "[" SAVED("0") "," SAVED("1") "," SAVED("2") PART("0") PART("1") PART("2")
			     ARRAY("raid:0", "'part:0.1','part:1.1'", "raid1", "2", "8588886016", "8588886016", ROLES2)
			     FILESYSTEM("fs:data", "raid:0", "ext4", "8588886016", "2147483648")
			     FILESYSTEM("fs:root", "part:2.1", "ext4", "8589934592", "2147483648") MOUNT("fs:data", "/srv") MOUNT("fs:root", "/") "]";

	check_equals(f, pairs, FOUR, true);
	check_equals(f, beside, THREE, true);
	check_equals(f, beside, FOUR, false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_member_that_is_here),
		TEST(test_degraded_is_made_whole),
		TEST(test_one_target_for_several),
		TEST(test_equal_members),
		TEST(test_equal_members_among_others),
	};

	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
