/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where on a disk the content of a mirror or a linear volume lies in one piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/layout/stretch.h"
#include "quoted_json.h"

#define PART(disk, size) \
	"{'id':'disk:" disk "','type':'disk','on':[],'size':1000000000,'disk':{'logical_sector':512,'physical_sector':512,'table':'gpt'," \
	"'table_id':'1111111" disk "-2222-3333-4444-555555555555'}}," \
	"{'id':'part:" disk "','type':'partition','on':['disk:" disk "'],'size':" size ",'partition':{'number':1,'start':1048576," \
	"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','uuid':'aaaa000" disk "-0000-4000-8000-000000000001','role':'primary'}}"
#define MIRROR(level, role, events, more) \
	"{'id':'raid:0','type':'raid','on':['part:0','part:1'],'size':500000000,'uuid':'88888888-8888-4888-8888-888888888888','properties':{" \
	"'level':'" level "','component_size':'500000000','raid_disks':'2','events':'9','member_0_role':'" role "','member_1_role':'1'," \
	"'member_0_events':'9','member_1_events':'" events "','member_0_data_offset':'1048576','member_1_data_offset':'2097152'" more "}}"
#define VOLUME(kind, segments, place) \
	"{'id':'pv:0','type':'pv','on':['raid:0'],'size':500000000,'uuid':'PV-1','properties':{'pe_start':'1048576'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':400000000,'uuid':'VG-1','label':'box','properties':{'extent_size':'4194304'}}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':8388608,'uuid':'LV-1','label':'root','properties':{'kind':'" kind "','segments':'" segments "'," \
	"'segment_0_stripes':'" place "'}}"

/* Where "ID" begins on PART; 0: nowhere. */
static uint64_t begins(const char *nodes, const char *id, const char *part)
{
	AUTO_FREE char *text = text_format("[" PART("0", "600000000") "," PART("1", "600000000") ",%s]", nodes);
	struct stretch stretch = { 0 };
	AUTO_LAYOUT struct layout *layout = NULL;
	struct context ctx;
	json_t *json = quoted_json(text);
	uint64_t start;

	context_init(&ctx);
	if (layout_from_json(&ctx, json, &layout) < 0)
		fail_msg("%s", context_detail(&ctx));
	json_decref(json);
	start = layout_stretch(layout, layout_find(layout, id), &stretch) && !strcmp(stretch.holder->id, part) ? stretch.start : 0;
	if (start)
		assert_true(stretch.size && stretch.start + stretch.size <= stretch.holder->size);
	context_done(&ctx);
	return start;
}

static void test_mirrors(void **state)
{
	(void)state;
	assert_int_equal(begins(MIRROR("raid1", "0", "9", ""), "raid:0", "part:0"), 1048576);
	/* The member that went on alone. */
	assert_int_equal(begins(MIRROR("raid1", "0", "12", ""), "raid:0", "part:1"), 2097152);
	assert_int_equal(begins(MIRROR("raid1", "spare", "9", ""), "raid:0", "part:1"), 2097152);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", ",'reshape':'1'"), "raid:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid0", "0", "9", ""), "raid:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid10", "0", "9", ""), "raid:0", "part:0"), 0);
}

static void test_volumes(void **state)
{
	(void)state;
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "1", "PV-1:3"), "lv:0", "part:0"), 1048576 + 1048576 + 3 * 4194304);
	assert_int_equal(begins(MIRROR("raid0", "0", "9", "") "," VOLUME("linear", "1", "PV-1:3"), "lv:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "2", "PV-1:3"), "lv:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("thin", "1", "PV-1:3"), "lv:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "1", "PV-2:3"), "lv:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "1", "PV-1:3x"), "lv:0", "part:0"), 0);
	/* Beyond its end. */
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "1", "PV-1:400"), "lv:0", "part:0"), 0);
	assert_int_equal(begins(MIRROR("raid1", "0", "9", "") "," VOLUME("linear", "1", "PV-1:18446744073709551615"), "lv:0", "part:0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mirrors), cmocka_unit_test(test_volumes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
