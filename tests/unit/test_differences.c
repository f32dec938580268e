/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What compare says of storage: settings, and not how large things are and where they lie. */
#include "finish_case.h"

#include "../../backend/layout/differences.h"

#define NODES(size, label, name, properties) \
	"[" CASE_DISK("disk:0", "sda", "S1", "p") ",{'id':'part:0.1','type':'partition','on':['disk:0'],'size':" size "," \
	"'partition':{'number':1,'start':1048576,'kind':'" CASE_LINUX "'" name ",'uuid':'aaaa0000-0000-4000-8000-000000000001'," \
	"'role':'primary'}},{'id':'fs:x','type':'filesystem','on':['part:0.1'],'size':" size ",'uuid':'" ROOT_UUID "'" label "," \
	"'filesystem':{'kind':'ext4'},'properties':{" properties "}}]"

static void compare(struct finish_case *it, const char *saved, const char *present, const char *const *expected)
{
	AUTO_LAYOUT struct layout *before = case_layout(it, saved), *now = case_layout(it, present);
	AUTO_STRV char **lines = NULL;
	size_t i = 0;

	assert_int_equal(layout_differences(before, now, true, &lines), 0);
	for (; expected[i]; i++) {
		assert_true(i < strv_length(lines));
		if (!strstr(lines[i], expected[i]))
			fail_msg("'%s' is not in '%s'", expected[i], lines[i]);
	}
	assert_int_equal(strv_length(lines), i);
}

static void test_settings(void **state)
{
	static const char before[] = NODES("1073741824", ",'label':'root '", ",'name':'one'", "'max_mount_count':'20','inodes':'100','used_inodes':'7'");

	compare(*state, before, before, (const char *const[]){ NULL });
	compare(*state, NODES("1073741824", "", "", "'data_profile':'dup'"), NODES("1073741824", "", "", ""), (const char *const[]){ NULL });
	compare(*state, NODES("1073741824", "", "", "'data_profile':'dup'"), NODES("1073741824", "", "", "'data_profile':'single'"),
		(const char *const[]){ "data_profile is 'single' here, and 'dup' in the set", NULL });
	compare(*state, before, NODES("1073741824", ",'label':'root'", ",'name':'two%09'", "'errors':'panic','inodes':'100','used_inodes':'9'"),
		(const char *const[]){ "its name is 'two%09' here, and 'one' in the set", "its label is 'root' here, and 'root ' in the set",
				       "max_mount_count is none here, and '20' in the set", "errors is 'panic' here, and none in the set", NULL });
}

static void test_sizes_are_no_settings(void **state)
{
	compare(*state, NODES("1073741824", "", "", "'inodes':'100','journal_size':'4096','check_interval':'5'"),
		NODES("2147483648", "", "", "'inodes':'200','journal_size':'8192','check_interval':'6'"),
		(const char *const[]){ "check_interval is '6' here, and '5' in the set", NULL });
	compare(*state, NODES("1073741824", "", "", "'inodes':'100'"), NODES("1073741824", "", "", "'inodes':'200'"),
		(const char *const[]){ "inodes is '200' here, and '100' in the set", NULL });
}

static void test_what_is_missing(void **state)
{
	struct finish_case *it = *state;

	compare(it, NODES("1073741824", "", "", ""), "[" CASE_DISK("disk:0", "sda", "S1", "p") "]",
		(const char *const[]){ "there is 'no' here, and 'yes' in the set", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_settings),
		CASE_TEST(test_sizes_are_no_settings),
		CASE_TEST(test_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
