/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is there and cannot be seen is neither missing nor different: arrays that grew or are not assembled, containers that are not open. */
#include "finish_case.h"

#include "../../backend/layout/closed.h"
#include "../../backend/layout/differences.h"
#include "../../backend/machine/system_mount.h"
#include "../../backend/storage/table_entry.h"
#include "gpt_fixture.h"

#define LUKS_UUID "77777777-7777-4777-8777-777777777777"
#define MEMBERS CASE_DISK("disk:0", "sda", "S1", "p") "," CASE_PART("0", "1", "1048576", CASE_LINUX)
#define ARRAY(members) \
	"{'id':'raid:0','type':'raid','on':['part:0.1'],'size':1000000000,'uuid':'88888888-8888-4888-8888-888888888888','properties':{'level':'raid1'," \
	"'metadata':'1.2','name':'box:x','raid_disks':'" members "','member_0_role':'0'}}"
#define IN_ARRAY(members) "[" MEMBERS "," ARRAY(members) "," CASE_FS("fs:x", "raid:0", ROOT_UUID, "x", "ext4") "," CASE_MOUNT("mount:x", "fs:x", "/x") "]"
#define CONTAINER "{'id':'luks:0','type':'luks','on':['part:0.1'],'size':1000000000,'uuid':'" LUKS_UUID "'}"
#define GROUP \
	"{'id':'pv:0','type':'pv','on':['luks:0'],'size':1000000000,'uuid':'PV-1','properties':{'vg_name':'box'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':1000000000,'uuid':'VG-1','label':'box'}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':1000000000,'uuid':'LV-1','label':'x','properties':{'vg_name':'box','kind':'raid5'}}"
#define IN_CONTAINER "[" MEMBERS "," CONTAINER "," GROUP "," CASE_FS("fs:x", "lv:0", ROOT_UUID, "x", "ext4") "," CASE_MOUNT("mount:x", "fs:x", "/x") "]"

/* UP: what is up on this machine; NULL: nothing. */
static void differ(struct finish_case *it, const char *saved, const char *present, const char *up, const char *expected)
{
	AUTO_LAYOUT struct layout *before = case_layout(it, saved), *now = case_layout(it, present);
	AUTO_STRV char **lines = NULL;

	if (up)
		case_set_device(now, up, "/dev/none");
	assert_int_equal(layout_differences(before, now, true, &lines), 0);
	assert_int_equal(strv_length(lines), expected != NULL);
	if (expected)
		assert_non_null(strstr(lines[0], expected));
}

static void test_arrays_that_grew(void **state)
{
	differ(*state, IN_ARRAY("2"), IN_ARRAY("3"), NULL, NULL);
	differ(*state, IN_ARRAY("2"), IN_ARRAY("1"), NULL, "raid_disks is '1' here, and '2' in the set");
}

static void test_what_is_not_up(void **state)
{
	struct finish_case *it = *state;

	differ(it, IN_ARRAY("2"), "[" MEMBERS "," ARRAY("2") "]", NULL, NULL);
	differ(it, IN_ARRAY("2"), "[" MEMBERS "," ARRAY("2") "]", "raid:0", "there is 'no' here");
	differ(it, IN_CONTAINER, "[" MEMBERS "," CONTAINER "]", NULL, NULL);
	differ(it, IN_CONTAINER, "[" MEMBERS "," CONTAINER "," GROUP "]", "luks:0", NULL);
	differ(it, IN_CONTAINER, "[" MEMBERS "," CONTAINER "]", "luks:0", "there is 'no' here");
	differ(it, IN_CONTAINER, "[" MEMBERS "]", NULL, "there is 'no' here");
}

static void unseen(struct finish_case *it, const char *saved, const char *present, const char *up, int error, const char *says)
{
	AUTO_LAYOUT struct layout *before = case_layout(it, saved), *now = case_layout(it, present);
	struct loop_device loop;

	if (up)
		case_set_device(now, up, "/dev/none");
	assert_int_equal(system_mount_one(&it->ctx, before, now, layout_find(before, "mount:x"), it->directory, &loop), -error);
	if (!strstr(context_detail(&it->ctx), says))
		fail_msg("%s", context_detail(&it->ctx));
	context_clear(&it->ctx);
}

static void test_it_is_said_what_is_not_up(void **state)
{
	struct finish_case *it = *state;

	unseen(it, IN_CONTAINER, "[" MEMBERS "," CONTAINER "]", NULL, ENOKEY, "which is not open: its files were not looked at");
	unseen(it, IN_CONTAINER, "[" MEMBERS "," CONTAINER "," GROUP "]", "luks:0", ENOKEY, "which is not active");
	unseen(it, IN_ARRAY("2"), "[" MEMBERS "," ARRAY("2") "]", NULL, ENOKEY, "which is not assembled");
	unseen(it, IN_ARRAY("2"), "[" MEMBERS "]", NULL, ENODEV, "is on no disk of this machine");
}

/* Partitions of an array that is not assembled are found in the table on its member, which the array's data begin with. */
static void test_tables_on_members(void **state)
{
	struct finish_case *it = *state;
	AUTO_FREE char *path = text_format("%s/member", it->directory);
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), whole = open(path, O_RDWR | O_CLOEXEC);
	struct node by_uuid = { .type = NODE_PARTITION, .partition = { .number = 7, .uuid = (char *)GPT_PARTITION_UUID } };
	struct node by_number = { .type = NODE_PARTITION, .partition = { .number = 1 } }, other = { .type = NODE_PARTITION, .partition = { .number = 2 } };
	enum { BEFORE = 1 << 20, SIZE = 8 << 20 };
	AUTO_FREE char *table = calloc(1, SIZE);
	uint64_t start = 0, size = 0;

	assert_int_equal(ftruncate(fd, SIZE), 0);
	gpt_make(fd, SIZE, 2048, 4095);
	assert_int_equal(pread(fd, table, SIZE, 0), SIZE);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, BEFORE + SIZE + 4096), 0);
	assert_int_equal(pwrite(fd, table, SIZE, BEFORE), SIZE);
	assert_int_equal(table_entry_find(whole, BEFORE, SIZE, 512, &by_uuid, &start, &size), 0);
	assert_int_equal(start, 2048 * 512);
	assert_int_equal(size, 2048 * 512);
	assert_int_equal(table_entry_find(whole, BEFORE, SIZE, 512, &by_number, &start, &size), 0);
	assert_int_equal(table_entry_find(whole, BEFORE, SIZE, 512, &other, &start, &size), -ENOENT);
	assert_int_equal(table_entry_find(whole, 0, BEFORE, 512, &by_number, &start, &size), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_arrays_that_grew),
		CASE_TEST(test_what_is_not_up),
		CASE_TEST(test_it_is_said_what_is_not_up),
		CASE_TEST(test_tables_on_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
