/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts that no machine can have, or that no tool would make: each is refused with a sentence that names what is wrong, before a disk is looked at. */
#include "../../backend/plan/plan.h"
#include "shapes_case.h"

#define PV_ID "aaaaaa-1111-2222-3333-4444-5555-666666"
#define UUID(c) #c #c #c #c #c #c "-1111-2222-3333-4444-5555-666666"
#define HOLDER "[" DISK("disk:0", "10737418240", GPT) KIND("0", "1", "1048576", "10733223936", PV_KIND)
#define ROOT(on, size) FILESYSTEM("fs:root", on, "ext4", size, "104857600") MOUNT("fs:root", "/") "]"
#define GROUP(name, more) \
	",{'id':'pv:0','type':'pv','on':['part:0.1'],'size':10733223936,'uuid':'" UUID(a) "','properties':{'pe_start':'1048576','pe_count':'2558'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':10729029632,'uuid':'" UUID(b) "','label':'" name "','properties':{'extent_size':'4194304'," \
	"'status':'READ WRITE RESIZEABLE'" more "}}"
#define VOLUME(id, c, on, name, kind, extents, size, status, segment) \
	",{'id':'" id "','type':'lv','on':[" on "],'size':" size ",'uuid':'" UUID(c) "','label':'" name "','properties':{'kind':'" kind "','segments':'1'," \
	"'status':'" status "','segment_0_start_extent':'0','segment_0_extent_count':'" extents "'," segment "}}"
#define LINEAR(start) "'segment_0_type':'striped','segment_0_stripe_count':'1','segment_0_stripes':'" PV_ID ":" start "'"
#define SHOWN "READ WRITE VISIBLE"

/* TEXT is no layout; the sentence has WORDS. */
static void malformed(struct fixture *f, const char *text, const char *words)
{
	json_auto_t *json = quoted_json(text);
	struct layout *layout = NULL;

	context_clear(&f->ctx);
	assert_int_equal(layout_from_json(&f->ctx, json, &layout), -EINVAL);
	assert_null(layout);
	if (!strstr(context_detail(&f->ctx), words))
		fail_msg("'%s' in: %s", words, context_detail(&f->ctx));
}

/* The root lies on what is not made: the sentence says so, has WORDS, and says that nothing was written. */
static void no_root(struct fixture *f, const char *text, const char *words)
{
	context_clear(&f->ctx);
	layout_free(f->captured);
	f->captured = read_layout(f, text);
	assert_int_equal(plan_check_root(&f->ctx, f->captured), -ENOTSUP);
	if (!strstr(context_detail(&f->ctx), words) || !strstr(context_detail(&f->ctx), "Nothing was written"))
		fail_msg("'%s' in: %s", words, context_detail(&f->ctx));
}

static void test_a_circle(void **state)
{
	struct fixture *f = *state;

	malformed(f, "[{'id':'luks:0','type':'luks','on':['raid:0'],'size':1073741824},{'id':'raid:0','type':'raid','on':['luks:0'],'size':1073741824}]",
		  "node luks:0 lies on raid:0, which is not before it");
	malformed(f, "[{'id':'raid:0','type':'raid','on':['raid:0'],'size':1073741824}]", "raid:0");
	malformed(f, "[" DISK("disk:0", "10737418240", "") ",{'id':'luks:0','type':'luks','on':['disk:0','disk:0'],'size':1073741824}]", "luks:0");
	malformed(f, "[" DISK("disk:0", "10737418240", "") FILESYSTEM("fs:a", "disk:0", "ext4", "1073741824", "1") SWAP("swap:0", "disk:0", "1073741824") "]",
		  "more than one content");
}

static void test_a_group_without_one_of_its_disks(void **state)
{
	no_root(*state, HOLDER GROUP("vg0", ",'missing_pv_0':'" UUID(z) "'") VOLUME("lv:0", c, "'vg:0'", "root", "linear", "512", "2147483648", SHOWN, LINEAR("0"))
		ROOT("lv:0", "2147483648"), "was missing when it was captured");
}

static void test_names_that_lvm_refuses(void **state)
{
	static const char *const names[] = { "-v", ".", "..", "a b", "a@b", "a/b" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		AUTO_FREE char *group = text_format("%s%s%s", HOLDER GROUP("NAME", "") VOLUME("lv:0", c, "'vg:0'", "root", "linear", "512", "2147483648", SHOWN,
						    LINEAR("0")), "", ROOT("lv:0", "2147483648"));
		char *at = strstr(group, "NAME");
		AUTO_FREE char *text = text_format("%.*s%s%s", (int)(at - group), group, names[i], at + 4);

		no_root(*state, text, "LVM refuses its name");
	}
	no_root(*state, HOLDER GROUP("vg0", "") VOLUME("lv:0", c, "'vg:0'", "snapshot1", "linear", "512", "2147483648", SHOWN, LINEAR("0"))
		ROOT("lv:0", "2147483648"), "LVM refuses its name");
}

static void test_too_few_members(void **state)
{
	no_root(*state, "[" DISK("disk:0", "10737418240", "") ARRAY("raid:0", "'disk:0'", "raid5", "3", "10736369664", "21472739328", ",'member_0_role':'0'")
		ROOT("raid:0", "21472739328"), "too many of its members were missing when it was captured: 2 of 3");
	no_root(*state, "[" DISK("disk:0", "10737418240", "") ARRAY("raid:0", "'disk:0'", "raid0", "2", "10736369664", "21472739328", ",'member_0_role':'0'")
		ROOT("raid:0", "21472739328"), "too many of its members were missing");
	no_root(*state, "[" DISK("disk:0", "10737418240", "") "," DISK("disk:1", "10737418240", "")
		ARRAY("raid:0", "'disk:0','disk:1'", "raid1", "2", "10736369664", "10736369664", ",'member_0_role':'0','member_1_role':'0'")
		ROOT("raid:0", "10736369664"), "the places of its members are not known");
}

/* A pool whose extents its group does not have. */
static void test_a_pool_larger_than_its_group(void **state)
{
	struct fixture *f = *state;
	const char *text = HOLDER GROUP("vg0", "") VOLUME("lv:meta", c, "'vg:0'", "pool_tmeta", "linear", "1", "4194304", "READ WRITE", LINEAR("0"))
		VOLUME("lv:data", d, "'vg:0'", "pool_tdata", "linear", "5000", "20971520000", "READ WRITE", LINEAR("1"))
		VOLUME("lv:pool", e, "'lv:data','lv:meta'", "pool", "thin-pool", "5000", "20971520000", SHOWN,
		       "'segment_0_type':'thin-pool','segment_0_pool':'pool_tdata','segment_0_metadata':'pool_tmeta','segment_0_chunk_size':'65536'")
		VOLUME("lv:0", f, "'lv:pool'", "root", "thin", "512", "2147483648", SHOWN,
		       "'segment_0_type':'thin','segment_0_thin_pool':'pool','segment_0_device_id':'1'") ROOT("lv:0", "2147483648");

	refused(f, text, "{}", -EINVAL, "The set's layout is damaged: LVM volume group vg0, 10.0 GiB (vg:0) is larger than what it lies on");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_circle),
		TEST(test_a_group_without_one_of_its_disks),
		TEST(test_names_that_lvm_refuses),
		TEST(test_too_few_members),
		TEST(test_a_pool_larger_than_its_group),
	};

	return cmocka_run_group_tests_name("bad_graphs", tests, NULL, NULL);
}
