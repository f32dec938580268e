/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings that keep mdadm, LVM and dracut from the disks that are here. */
#include "finish_case.h"

#include "../../backend/finish/finish.h"
#include "../../backend/finish/job.h"
#include "../../backend/finish/device_table.h"
#include "../../backend/finish/lvm_conf.h"
#include "../../backend/finish/mdadm_conf.h"
#include "../../backend/finish/rooted.h"
#include "../../backend/finish/setting_words.h"

#define ARRAY_UUID "88888888-8888-4888-8888-888888888888"
#define STACK \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) "," CASE_PART("0", "6", "7000000000", CASE_LINUX) "," \
	"{'id':'raid:0','type':'raid','on':['part:0.5'],'size':1073741824,'uuid':'" ARRAY_UUID "','properties':{'level':'raid1','metadata':'1.2'," \
	"'name':'box:data','raid_disks':'1','opened_as':'md127','member_0_role':'0'}}," \
	"{'id':'pv:0','type':'pv','on':['raid:0'],'size':1000000000,'uuid':'PV-1','properties':{'vg_name':'box'}}," \
	"{'id':'pv:1','type':'pv','on':['part:0.6'],'size':1000000000,'uuid':'PV-2','properties':{'vg_name':'box'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0','pv:1'],'size':1000000000,'uuid':'VG-1','label':'box'}," \
	"{'id':'lv:0','type':'lv','on':['vg:0'],'size':1000000000,'uuid':'LV-1','label':'data','properties':{'vg_name':'box','kind':'linear'}}," \
	CASE_FS("fs:stack", "lv:0", DATA_UUID, "stack", "ext4") "," CASE_MOUNT("mount:stack", "fs:stack", "/data")

/* sda5 and sda6 of the saved machine are vda5 and vda6. */
static void stacked(struct finish_case *it)
{
	case_instead(it, STACK, STACK);
	case_set_device(it->plan.target.captured, "part:0.5", "/dev/sda5");
	case_set_device(it->plan.target.captured, "part:0.6", "/dev/sda6");
	case_set_device(it->plan.target.result, "lv:0", "/dev/box/data");
	case_make_all(it);
}

static void check(const char *out, int changed, const char *text, const char *corrected)
{
	assert_int_equal(changed, corrected != NULL);
	assert_string_equal(out, corrected ? corrected : text);
}

static void correct_mdadm(const struct finish_case *it, const char *text, const char *corrected)
{
	AUTO_BUFFER struct buffer out = { 0 };
	int changed = mdadm_conf_correct(&it->plan, text, &out);

	check(out.data, changed, text, corrected);
}

#define OLD_DEVICES "# Lifeboat: the next lines name devices of the old machine\n"

static void test_mdadm_conf(void **state)
{
	struct finish_case *it = *state;

	stacked(it);
	correct_mdadm(it, "# DEVICE /dev/sda5\nHOMEHOST <system>\nDEVICE partitions containers\nARRAY /dev/md/data metadata=1.2 name=box:data UUID=" ARRAY_UUID "\n", NULL);
	correct_mdadm(it, "DEVICE /dev/vd* # all\nDEVICE /dev/vda5\n", NULL);
	correct_mdadm(it, "MAILADDR root\nDEVICE /dev/sda5\n\t/dev/sdb5\nAUTO all\n",
		      "MAILADDR root\n" OLD_DEVICES "#DEVICE /dev/sda5\n#\t/dev/sdb5\nAUTO all\n");
	correct_mdadm(it, "device /dev/sd*[0-9]", OLD_DEVICES "#device /dev/sd*[0-9]");
	correct_mdadm(it, "ARRAY /dev/md0 uuid=1:2:3:4 devices=/dev/sda5,/dev/sdb5\n", "ARRAY /dev/md0 uuid=1:2:3:4 \n");
	correct_mdadm(it, "ARRAY /dev/md0\n   devices=/dev/sda5\n", "ARRAY /dev/md0\n   UUID=" ARRAY_UUID "\n");
	correct_mdadm(it, "ARRAY /dev/md0 devices=/dev/sda9\n", "ARRAY /dev/md0 \n");
}

static void correct_lvm(const struct finish_case *it, const char *text, const char *corrected)
{
	AUTO_BUFFER struct buffer out = { 0 };
	int changed = lvm_conf_correct(&it->plan, text, &out);

	check(out.data, changed, text, corrected);
}

#define REJECTS "# Lifeboat: the next lines reject what volume groups lie on here\n"

static void test_lvm_filters(void **state)
{
	struct finish_case *it = *state;

	stacked(it);
	correct_lvm(it, "devices {\n\t# filter = [ \"r|.*|\" ]\n\tfilter = [ \"a|.*|\" ]\n}\n", NULL);
	correct_lvm(it, "devices {\n\tfilter = [ \"a|^/dev/md/|\", \"a{^/dev/vda}\", \"r|.*|\" ]\n}\n", NULL);
	correct_lvm(it, "devices {\n\tfilter = [ \"r|/dev/cdrom|\" ]\n}\n", NULL);
	correct_lvm(it, "devices {\n\tfilter = [ \"a|/dev/md127|\", \"a|^/dev/sda|\",\n\t\t\"r|.*|\" ] # ours\n\tdir = \"/dev\"\n}\n",
		    "devices {\n" REJECTS "#\tfilter = [ \"a|/dev/md127|\", \"a|^/dev/sda|\",\n#\t\t\"r|.*|\" ] # ours\n\tdir = \"/dev\"\n}\n");
	correct_lvm(it, "global_filter=[\"r|^/dev/vd[a-z]|\"]", REJECTS "#global_filter=[\"r|^/dev/vd[a-z]|\"]");
	/* An array that is taken by another name of it. */
	correct_lvm(it, "filter=[\"a|/dev/md/data|\",\"r|/dev/md|\"]\n", NULL);
	correct_lvm(it, "filter=[\"r|/dev/md|\"]\n", REJECTS "#filter=[\"r|/dev/md|\"]\n");
}

static void test_lvm_devices_file(void **state)
{
	CLEANUP(finish_result_done) struct finish_result result = { 0 };
	struct finish_case *it = *state;
	struct finish_options options = { .root = it->directory, .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	static const char old[] = "VERSION=1.1.2\nIDTYPE=sys_wwid IDNAME=naa.5000OLDSER1 DEVNAME=/dev/sda6 PVID=PV2\n";

	stacked(it);
	assert_true(lvm_devices_fit(&it->plan, "# IDTYPE=sys_wwid IDNAME=x\nVERSION=1.1.2\nIDTYPE=md_uuid IDNAME=" ARRAY_UUID " DEVNAME=/dev/md127 PVID=PV1\n"));
	assert_true(lvm_devices_fit(&it->plan, "IDTYPE=sys_wwid IDNAME=naa.5000newser DEVNAME=/dev/vda6 PVID=PV2"));
	assert_true(lvm_devices_fit(&it->plan, "IDTYPE=sys_serial IDNAME=NEWSER PVID=PV2\nIDTYPE=devname IDNAME=/dev/sda6 PVID=PV2\n"));
	assert_false(lvm_devices_fit(&it->plan, old));
	assert_false(lvm_devices_fit(&it->plan, "IDTYPE=sys_serial PVID=PV2\n"));
	case_write_text(it, "etc/lvm/devices/system.devices", old);
	assert_int_equal(lvm_conf_finish(&it->ctx, &job), 0);
	assert_false(rooted_has_content(it->fd, "etc/lvm/devices/system.devices"));
	case_check_text(it, "etc/lvm/devices/system.devices" ROOTED_ORIGINAL, old);
	assert_int_equal(strv_length(result.reasons), 1);
	/* An initramfs may hold it. */
	assert_true(strv_contains(job.corrected, "etc/lvm/devices/system.devices"));
	strv_free(job.corrected);
}

static void test_words_that_put_together(void **state)
{
	static const char text[] = "quiet rd.md.uuid=88888888:88884888:88888888:88888888 rd.lvm.lv=box/data rd.md.uuid=1:2:3:4 rd.lvm.lv=box/gone ro\n";
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **notes = NULL;
	struct finish_case *it = *state;

	stacked(it);
	assert_int_equal(setting_words_correct(&it->plan, "etc/default/grub", text, DEVICES_ON_COMMAND_LINE, &out, &notes), 2);
	assert_string_equal(out.data, "quiet rd.md.uuid=88888888:88884888:88888888:88888888 rd.lvm.lv=box/data   ro\n");
	assert_int_equal(strv_length(notes), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_mdadm_conf),
		CASE_TEST(test_lvm_filters),
		CASE_TEST(test_lvm_devices_file),
		CASE_TEST(test_words_that_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
