/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where settings name devices: options of fstab and crypttab, words of kernel command lines, units of systemd, what makes an initramfs. */
#include "finish_case.h"

#include "../../backend/finish/crypttab.h"
#include "../../backend/finish/device_table.h"
#include "../../backend/finish/fstab.h"
#include "../../backend/finish/initramfs_keep.h"
#include "../../backend/finish/grub_commands.h"
#include "../../backend/finish/loader_settings.h"
#include "../../backend/finish/mount_units.h"
#include "../../backend/finish/setting_words.h"
#include "../../backend/finish/unit_names.h"
#include "../../backend/finish/verity_tables.h"

#define OLD_ID "abcdef01-0000-4000-8000-000000000009"
#define DISK_UUID "/dev/disk/by-uuid/"
#define GONE "the disk it was on (disk without a model name, serial OLDSER2, 100.0 GiB) was not restored"

static bool case_says(char *const *notes, const char *part)
{
	for (; notes && *notes; notes++)
		if (strstr(*notes, part))
			return true;
	return false;
}

static void correct_fstab(const struct finish_case *it, const char *text, const char *expected, int changed, const char *says)
{
	CLEANUP(fstab_notes_done) struct fstab_notes said = { 0 };
	AUTO_BUFFER struct buffer out = { 0 };

	assert_int_equal(fstab_correct(&it->plan, -1, NULL, text, &out, &said), changed);
	assert_string_equal(out.data, expected);
	assert_int_equal(strv_length(said.told), says != NULL);
	if (says)
		assert_non_null(strstr(said.told[0], says));
}

static void test_options_of_mounts(void **state)
{
	struct finish_case *it = *state;

	correct_fstab(it, "LABEL=swap none swap sw,x-systemd.requires=/dev/sda3,x-systemd.after=dev-sda3.device 0 0\n",
		      "LABEL=swap none swap sw,x-systemd.requires=" DISK_UUID ROOT_UUID
		      ",x-systemd.after=dev-disk-by\\x2duuid-11111111\\x2d1111\\x2d4111\\x2d8111\\x2d111111111111.device 0 0\n", 1, NULL);
	correct_fstab(it, "LABEL=swap none swap x-systemd.requires=network-online.target,x-systemd.after=/srv\n",
		      "LABEL=swap none swap x-systemd.requires=network-online.target,x-systemd.after=/srv\n", 0, NULL);
	correct_fstab(it, "UUID=" ROOT_UUID " / ext4 journal_path=/dev/sda1,ro 0 1\n",
		      "UUID=" ROOT_UUID " / ext4 journal_path=/dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000001,ro 0 1\n", 1, NULL);
	correct_fstab(it, "UUID=" ROOT_UUID " / ext4 ro,x-systemd.requires=dev-sdb1.device 0 1\n", "UUID=" ROOT_UUID " / ext4 ro 0 1\n", 1,
		      "/etc/fstab said x-systemd.requires=dev-sdb1.device, but " GONE ": it does not say so any more");
	correct_fstab(it, "UUID=" ROOT_UUID " / ext4 journal_path=/dev/sdb1 0 1\n", "UUID=" ROOT_UUID " / ext4 defaults 0 1\n", 1, GONE);
	correct_fstab(it, "UUID=" ROOT_UUID " / ext4 journal_dev=0x803,loop=/dev/loop3 0 1\n", "UUID=" ROOT_UUID " / ext4 journal_dev=0x803,loop=/dev/loop3 0 1\n",
		      0, "says journal_dev=0x803, a device's number");
}

#define SPREAD \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) "," CASE_PART("0", "6", "8000000000", CASE_LINUX) \
	",{'id':'fs:two','type':'filesystem','on':['part:0.5','part:0.6'],'size':1073741824,'uuid':'" DATA_UUID "','filesystem':{'kind':'btrfs'}}"

/* Each device of a btrfs has the same UUID: it is told by its partition. */
static void test_devices_of_btrfs(void **state)
{
	struct finish_case *it = *state;

	case_instead(it, SPREAD, SPREAD);
	case_set_device(it->plan.target.result, "fs:two", "/dev/vda5");
	correct_fstab(it, "/dev/sda5 /two btrfs device=/dev/sda5,device=/dev/disk/by-id/ata-Old_Disk_OLDSER1-part6,compress=zstd 0 0\n",
		      "UUID=" DATA_UUID " /two btrfs device=/dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000005,"
		      "device=/dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000006,compress=zstd 0 0\n", 1, NULL);
	correct_fstab(it, "UUID=" DATA_UUID " /two btrfs device=/dev/sdb1 0 0\n", "UUID=" DATA_UUID " /two btrfs defaults 0 0\n", 1, "said device=/dev/sdb1, but");
}

/* What no capture knew of is not waited for, by whatever name. */
static void test_devices_that_nobody_knows(void **state)
{
	static const char *const specs[] = { "/dev/sda9", "/dev/sdx1", "UUID=99999999-0000-4000-8000-000000000000" };

	for (size_t i = 0; i < ARRAY_LENGTH(specs); i++) {
		AUTO_FREE char *before = text_format("%s /new ext4 ro 0 0\n", specs[i]);
		AUTO_FREE char *after = text_format("# Lifeboat: the next line got the option nofail, because nothing that was restored has this name\n"
						    "%s /new ext4 ro,nofail 0 0\n", specs[i]);

		correct_fstab(*state, before, after, 1, "/etc/fstab names ");
	}
}

static void correct_crypttab(const struct finish_case *it, const char *text, const char *expected, int changed, const char *says)
{
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **notes = NULL;

	assert_int_equal(crypttab_correct(&it->plan, "etc/crypttab", text, &out, &notes), changed);
	assert_string_equal(out.data, expected);
	assert_int_equal(strv_length(notes), says != NULL);
	if (says)
		assert_non_null(strstr(notes[0], says));
}

static void test_keys_and_headers(void **state)
{
	struct finish_case *it = *state;

	/* A key file on another device, a device that is the key, a script's argument. */
	correct_crypttab(it, "kept UUID=" KEPT_UUID " /keys/k:/dev/sda3 luks\n", "kept UUID=" KEPT_UUID " /keys/k:UUID=" ROOT_UUID " luks\n", 1, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " /keys/k:LABEL=kept luks\n", "kept UUID=" KEPT_UUID " /keys/k:LABEL=kept luks\n", 0, NULL);
	correct_crypttab(it, "kept\t/dev/sdc1  /dev/sda4\tluks,keyfile-size=32 # x\n",
			 "kept\tUUID=" KEPT_UUID "  UUID=" SWAP_UUID "\tluks,keyfile-size=32 # x\n", 1, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " /dev/sda3:/k:5 keyscript=/lib/cryptsetup/scripts/passdev\n",
			 "kept UUID=" KEPT_UUID " UUID=" ROOT_UUID ":/k:5 keyscript=/lib/cryptsetup/scripts/passdev\n", 1, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " /dev/sda3 keyscript=/mine\n", "kept UUID=" KEPT_UUID " /dev/sda3 keyscript=/mine\n", 0, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " /dev/urandom swap\n", "kept UUID=" KEPT_UUID " /dev/urandom swap\n", 0, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " none luks,header=/dev/sda4,discard\n",
			 "kept UUID=" KEPT_UUID " none luks,header=" DISK_UUID SWAP_UUID ",discard\n", 1, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " none header=/h:/dev/sda3\n", "kept UUID=" KEPT_UUID " none header=/h:" DISK_UUID ROOT_UUID "\n", 1, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " none header=/boot/h.img\n", "kept UUID=" KEPT_UUID " none header=/boot/h.img\n", 0, NULL);
	correct_crypttab(it, "kept UUID=" KEPT_UUID " none header=/dev/sdb1\n",
			 "# Lifeboat: the next line got the option nofail, because the device with its header is not there\n"
			 "kept UUID=" KEPT_UUID " none header=/dev/sdb1,nofail\n", 1, "but the device with its header is not there");
}

#define NO_KEY ", because its key is not part of the restored system\n"

/* A start does not wait for ever for a key that is not here, and takes it where somebody plugs it in. */
static void test_keys_that_are_gone(void **state)
{
	static const struct {
		const char *before, *comment, *after;
	} entries[] = {
		{ " /k:UUID=" DATA_UUID " luks", "# Lifeboat: the next line got the option keyfile-timeout" NO_KEY, " /k:UUID=" DATA_UUID " luks,keyfile-timeout=30s" },
		{ " /k:/dev/sdb1", "# Lifeboat: the next line got the option keyfile-timeout" NO_KEY, " /k:/dev/sdb1 keyfile-timeout=30s" },
		{ " /k:/dev/sdb1 keyfile-timeout=5s,luks", "", " /k:/dev/sdb1 keyfile-timeout=5s,luks" },
		{ " /k:/dev/sdb1 luks,nofail", "", " /k:/dev/sdb1 luks,nofail" },
		{ " /k:/dev/sdb1 x=\"y,nofail", "", " /k:/dev/sdb1 x=\"y,nofail" },
		/* systemd knows no time for these. */
		{ " /dev/sdb1 luks", "# Lifeboat: the next line got the option nofail" NO_KEY, " /dev/sdb1 luks,nofail" },
		{ " /dev/sdb1:/k keyscript=passdev", "# Lifeboat: the next line got a time to wait for its key, which is not part of the restored system\n",
		  " /dev/sdb1:/k:30 keyscript=passdev" },
		{ " /dev/sdb1:/k:7 keyscript=passdev", "", " /dev/sdb1:/k:7 keyscript=passdev" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
		AUTO_FREE char *before = text_format("kept UUID=" KEPT_UUID "%s # x\n", entries[i].before);
		AUTO_FREE char *after = text_format("%skept UUID=" KEPT_UUID "%s # x\n", entries[i].comment, entries[i].after);

		correct_crypttab(*state, before, after, strcmp(before, after) != 0, "which is not part of the restored system: if that is a medium");
	}
}

/* What an initramfs of mkinitcpio has in its place. */
static void test_both_files(void **state)
{
	static const char *const paths[] = { "etc/crypttab", "etc/crypttab.initramfs" };
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		case_write_text(it, paths[i], "r /dev/sda3 /k:/dev/sda4 luks\n");
	assert_int_equal(crypttab_finish(&it->ctx, &job), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		case_check_text(it, paths[i], "r UUID=" ROOT_UUID " /k:UUID=" SWAP_UUID " luks\n");
	assert_true(case_says(result.reasons, "/etc/crypttab.initramfs did not fit this machine and was corrected"));
	strv_free(job.corrected);
	finish_result_done(&result);
}

/* Without its own device, and without its key. */
static void test_neither_device_nor_key(void **state)
{
	struct finish_case *it = *state;
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **notes = NULL;

	assert_int_equal(crypttab_correct(&it->plan, "etc/crypttab", "d /dev/sdb1 /k:/dev/sdb1\n", &out, &notes), 1);
	assert_non_null(strstr(out.data, "\nd /dev/sdb1 /k:/dev/sdb1 nofail,keyfile-timeout=30s\n"));
	assert_int_equal(strv_length(notes), 2);
}

static void correct_verity(const struct finish_case *it, const char *file, const char *text, const char *expected, int changed, const char *says)
{
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **notes = NULL;

	assert_int_equal(verity_table_correct(&it->plan, file, text, &out, &notes), changed);
	assert_string_equal(out.data, expected);
	assert_int_equal(strv_length(notes), says != NULL);
	if (says)
		assert_non_null(strstr(notes[0], says));
}

/* A data device, one with hashes, one with codes against errors; of integritytab a device of its own for the data. */
static void test_verity_tables(void **state)
{
	static const char verity[] = "etc/veritytab", integrity[] = "etc/integritytab";
	struct finish_case *it = *state;

	correct_verity(it, verity, "# x\nusr\t/dev/sda3  /dev/sda4 aabb\n", "# x\nusr\tUUID=" ROOT_UUID "  UUID=" SWAP_UUID " aabb\n", 1, NULL);
	correct_verity(it, verity, "usr UUID=" ROOT_UUID " /hashes.img aabb panic-on-corruption\n",
		       "usr UUID=" ROOT_UUID " /hashes.img aabb panic-on-corruption\n", 0, NULL);
	correct_verity(it, verity, "usr UUID=" ROOT_UUID " /h aabb fec-device=/dev/sda4,fec-roots=2 # y\n",
		       "usr UUID=" ROOT_UUID " /h aabb fec-device=" DISK_UUID SWAP_UUID ",fec-roots=2 # y\n", 1, NULL);
	correct_verity(it, verity, "usr /dev/sda3 /dev/sdb1 aabb",
		       "# Lifeboat: the next line got the option nofail, because " GONE "\nusr UUID=" ROOT_UUID " /dev/sdb1 aabb nofail", 1,
		       "/etc/veritytab opens /dev/sdb1 as usr, but " GONE ": the entry has the option nofail now");
	correct_verity(it, verity, "usr UUID=" ROOT_UUID " /h aabb x,fec-device=/dev/sdb1\n",
		       "# Lifeboat: the next line got the option nofail, because " GONE "\nusr UUID=" ROOT_UUID " /h aabb x,fec-device=/dev/sdb1,nofail\n", 1,
		       "opens /dev/sdb1 as usr");
	correct_verity(it, verity, "usr /dev/sdb1 /h aabb noauto\n", "usr /dev/sdb1 /h aabb noauto\n", 0, NULL);
	correct_verity(it, integrity, "d /dev/sda3\nd /dev/sda3 - data-device=/dev/sda4,mode=j\n",
		       "d UUID=" ROOT_UUID "\nd UUID=" ROOT_UUID " - data-device=" DISK_UUID SWAP_UUID ",mode=j\n", 2, NULL);
	/* It knows no nofail. */
	correct_verity(it, integrity, "d UUID=" DATA_UUID " /key\nd UUID=" ROOT_UUID "\n",
		       "# Lifeboat: the next line is a comment, because " GONE "\n#d UUID=" DATA_UUID " /key\nd UUID=" ROOT_UUID "\n", 1,
		       "/etc/integritytab opens UUID=" DATA_UUID " as d, but " GONE ": the entry is a comment now");
}

/* What verity opens is there when the entry's own devices are. */
static void test_fstab_of_verity(void **state)
{
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_write_text(it, "etc/veritytab", "usr UUID=" ROOT_UUID " /h aabb\ngone UUID=" ROOT_UUID " /dev/sdb1 aabb\n");
	case_write_text(it, "etc/integritytab", "d /dev/sda3\n");
	case_write_text(it, "etc/fstab", "/dev/mapper/usr /opt erofs ro\n/dev/mapper/d /d ext4 ro\n/dev/mapper/gone /g erofs ro\n");
	assert_int_equal(fstab_finish(&it->ctx, &job), 0);
	case_check_text(it, "etc/fstab", "/dev/mapper/usr /opt erofs ro\n/dev/mapper/d /d ext4 ro\n"
			"# Lifeboat: the next line got the option nofail, because nothing that was restored has this name\n/dev/mapper/gone /g erofs ro,nofail\n");
	assert_int_equal(verity_tables_finish(&it->ctx, &job), 0);
	case_check_text(it, "etc/integritytab", "d UUID=" ROOT_UUID "\n");
	assert_true(case_says(result.reasons, "/etc/veritytab did not fit this machine and was corrected"));
	strv_free(job.corrected);
	finish_result_done(&result);
}

static const struct {
	const char *before, *after;
	int changed;
	const char *says;
} lines[] = {
	{ "rootflags=device=/dev/sda1,ro", "rootflags=device=/dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000001,ro", 1, NULL },
	{ "quiet rootflags=device=/dev/sdb1 ro", "quiet  ro", 1, "said device=/dev/sdb1" },
	{ "mount.usr=/dev/sda3 mount.usrflags=ro", "mount.usr=UUID=" ROOT_UUID " mount.usrflags=ro", 1, NULL },
	{ "mount.usr=UUID=" DATA_UUID, "mount.usr=UUID=" DATA_UUID, 0, "says mount.usr=" },
	{ "cryptkey=/dev/sda3:ext4:/key", "cryptkey=UUID=" ROOT_UUID ":ext4:/key", 1, NULL },
	{ "cryptkey=rootfs:/key", "cryptkey=rootfs:/key", 0, NULL },
	{ "cryptkey=/dev/sdb1:vfat:/key", "cryptkey=/dev/sdb1:vfat:/key", 0, GONE },
	{ "rd.luks.key=/k:/dev/sda3", "rd.luks.key=/k:UUID=" ROOT_UUID, 1, NULL },
	{ "rd.luks.key=" KEPT_UUID "=/k:/dev/sda3", "rd.luks.key=" KEPT_UUID "=/k:UUID=" ROOT_UUID, 1, NULL },
	{ "rd.luks.key=/k:UUID=" DATA_UUID ":UUID=" KEPT_UUID, "rd.luks.key=/k:UUID=" DATA_UUID ":UUID=" KEPT_UUID, 0, GONE },
	{ "rd.luks.options=" KEPT_UUID "=header=/dev/sda4,discard", "rd.luks.options=" KEPT_UUID "=header=" DISK_UUID SWAP_UUID ",discard", 1, NULL },
	{ "rd.luks.data=" KEPT_UUID "=/dev/sda3", "rd.luks.data=" KEPT_UUID "=UUID=" ROOT_UUID, 1, NULL },
	{ "rd.luks.partuuid=" DATA_UUID " x", " x", 1, "said rd.luks.partuuid=" },
	{ "cryptopts=target=r,source=/dev/sda3,lvm=vg-root", "cryptopts=target=r,source=UUID=" ROOT_UUID ",lvm=vg-root", 1, NULL },
	{ "systemd.swap=no systemd.mount-extra=/dev/sda3:/x:ext4:ro", "systemd.swap=no systemd.mount-extra=UUID=" ROOT_UUID ":/x:ext4:ro", 1, NULL },
	{ "systemd.verity_root_data=/dev/sda3 systemd.verity_usr_hash=/dev/sda4",
	  "systemd.verity_root_data=" DISK_UUID ROOT_UUID " systemd.verity_usr_hash=" DISK_UUID SWAP_UUID, 2, NULL },
	{ "systemd.verity_root_hash=/dev/sdb1", "systemd.verity_root_hash=/dev/sdb1", 0, GONE },
	{ "luks.key=/k:/dev/sda3 luks.data=" KEPT_UUID "=/dev/sda4 luks.options=header=/dev/sda4",
	  "luks.key=/k:UUID=" ROOT_UUID " luks.data=" KEPT_UUID "=UUID=" SWAP_UUID " luks.options=header=" DISK_UUID SWAP_UUID, 3, NULL },
	{ "luks.uuid=luks-" DATA_UUID " luks.name=" KEPT_UUID "=k", " luks.name=" KEPT_UUID "=k", 1, "said luks.uuid=" },
	{ "systemd.swap-extra=/dev/sdb1 ro", " ro", 1, GONE },
	{ "linux /vmlinuz root=/dev/sda3 ro\nset root='hd0,gpt2'\n", "linux /vmlinuz root=UUID=" ROOT_UUID " ro\nset root='hd0,gpt2'\n", 1, NULL },
};

static void test_command_lines(void **state)
{
	struct finish_case *it = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
		AUTO_BUFFER struct buffer out = { 0 };
		AUTO_STRV char **said = NULL;
		int changed = setting_words_correct(&it->plan, "etc/default/grub", lines[i].before, DEVICES_ON_COMMAND_LINE, &out, &said);

		if (changed != lines[i].changed || strcmp(out.data ? out.data : "", lines[i].after))
			fail_msg("%s: %d, %s", lines[i].before, changed, out.data);
		assert_int_equal(strv_length(said), lines[i].says != NULL);
		if (lines[i].says)
			assert_non_null(strstr(said[0], lines[i].says));
	}
}

/* A restored group is waited for, one that is gone is not. */
static void test_groups(void **state)
{
#define GROUP(name) \
	CASE_SYSTEM "," CASE_PART("0", "5", "5000000000", CASE_LINUX) "," \
	"{'id':'pv:0','type':'pv','on':['part:0.5'],'size':1000000000,'uuid':'aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg','properties':{'vg_name':'" name "'}}," \
	"{'id':'vg:0','type':'vg','on':['pv:0'],'size':1000000000,'uuid':'hhhhhh-iiii-jjjj-kkkk-llll-mmmm-nnnnnn','label':'" name "'}"
	struct finish_case *it = *state;
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **said = NULL;

	case_instead(it, GROUP("box"), GROUP("box"));
	case_make_all(it);
	assert_int_equal(setting_words_correct(&it->plan, "etc/default/grub", "rd.lvm.vg=box rd.lvm.vg=old ro", DEVICES_ON_COMMAND_LINE, &out, &said), 1);
	assert_string_equal(out.data, "rd.lvm.vg=box  ro");
	assert_int_equal(strv_length(said), 1);
}

static void test_units(void **state)
{
	static const char before[] = "[Unit]\nRequires=dev-sda3.device x.service\nAfter=dev-sdb1.device\nBindsTo=dev-sdb1.device y.service\n"
				     "[Mount]\nWhat=/dev/sda3\nOptions=ro,x-systemd.requires=/dev/sda4\n";
	static const char after[] = "[Unit]\nRequires=dev-disk-by\\x2duuid-11111111\\x2d1111\\x2d4111\\x2d8111\\x2d111111111111.device x.service\n\n"
				    "BindsTo= y.service\n[Mount]\nWhat=" DISK_UUID ROOT_UUID "\nOptions=ro,x-systemd.requires=" DISK_UUID SWAP_UUID "\n";
	struct finish_case *it = *state;
	AUTO_BUFFER struct buffer out = { 0 };
	AUTO_STRV char **said = NULL;

	assert_int_equal(setting_words_correct(&it->plan, "etc/systemd/system/old.mount", before, DEVICES_IN_UNITS, &out, &said), 5);
	assert_string_equal(out.data, after);
	assert_int_equal(strv_length(said), 2);
}

static void test_names_of_units(void **state)
{
	static const char *const others[] = { "x.device", "dev-sda1.service", "sda1", "dev-.mount" };
	AUTO_FREE char *path = NULL, *direct = NULL, *unit = unit_of_device("/dev/disk/by-label/my\\x20root");

	(void)state;
	assert_string_equal(unit, "dev-disk-by\\x2dlabel-my\\x5cx20root.device");
	assert_int_equal(unit_device(unit, &path), 0);
	assert_string_equal(path, "/dev/disk/by-label/my\\x20root");
	assert_int_equal(unit_device("/dev/sda", &direct), 0);
	assert_string_equal(direct, "/dev/sda");
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		AUTO_FREE char *none = NULL;

		assert_int_equal(unit_device(others[i], &none), 0);
		assert_null(none);
	}
}

/* Every file that may have such words. */
static void test_files(void **state)
{
	static const struct {
		const char *path, *before, *after;
	} files[] = {
		{ "boot/grub/custom.cfg", "menuentry x {\n\tset root='hd0,gpt3'\n\tlinux /vmlinuz root=/dev/sda3 ro\n}\n",
		  "menuentry x {\n\tset root='hd0,gpt3'\n\tlinux /vmlinuz root=UUID=" ROOT_UUID " ro\n}\n" },
		{ "etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\nlinux /v root=/dev/sda3\n", "#!/bin/sh\nexec tail -n +3 $0\nlinux /v root=UUID=" ROOT_UUID "\n" },
		{ "etc/grub.d/10_linux", "root=/dev/sda3\n", "root=/dev/sda3\n" },
		{ "boot/loader/entries/a.conf", "options root=/dev/sda3 rd.luks.key=/k:/dev/sda4\n",
		  "options root=UUID=" ROOT_UUID " rd.luks.key=/k:UUID=" SWAP_UUID "\n" },
		{ "boot/extlinux/extlinux.conf", "\tAPPEND root=/dev/sda3\n", "\tAPPEND root=UUID=" ROOT_UUID "\n" },
		{ "boot/syslinux/syslinux.cfg", "append root=/dev/sda3\n", "append root=UUID=" ROOT_UUID "\n" },
		{ "efi/EFI/refind/refind.conf", "options \"root=/dev/sda3 ro\"\n", "options \"root=UUID=" ROOT_UUID " ro\"\n" },
		{ "etc/default/u-boot", "U_BOOT_ROOT=\"root=/dev/sda3\"\n", "U_BOOT_ROOT=\"root=UUID=" ROOT_UUID "\"\n" },
		{ "boot/firmware/cmdline.txt", "root=/dev/sda3 rw", "root=UUID=" ROOT_UUID " rw" },
		{ "etc/dracut.conf.d/x.conf", "kernel_cmdline=\"root=/dev/sda3\"\nadd_device+=\" /dev/sda3 /dev/sda1 \"\n",
		  "kernel_cmdline=\"root=UUID=" ROOT_UUID "\"\nadd_device+=\" " DISK_UUID ROOT_UUID
		  " /dev/disk/by-partuuid/aaaa0000-0000-4000-8000-000000000001 \"\n" },
		/* The names of initramfs-tools' files are free. */
		{ "etc/initramfs-tools/conf.d/my-resume", "RESUME=/dev/sda4\n", "RESUME=UUID=" SWAP_UUID "\n" },
		{ "etc/initramfs-tools/conf.d/cryptroot", "CRYPTROOT=target=r,source=/dev/sda3,key=/k:/dev/sda4\ntarget=s,source=/dev/sda4,key=none\n",
		  "CRYPTROOT=target=r,source=UUID=" ROOT_UUID ",key=/k:UUID=" SWAP_UUID "\ntarget=s,source=UUID=" SWAP_UUID ",key=none\n" },
		/* It names files of the root, which come back by their names. */
		{ "etc/cryptsetup-initramfs/conf-hook", "CRYPTSETUP=y\nKEYFILE_PATTERN=\"/etc/keys/*.key\"\n",
		  "CRYPTSETUP=y\nKEYFILE_PATTERN=\"/etc/keys/*.key\"\n" },
	};
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_write_text(it, files[i].path, files[i].before);
	assert_int_equal(loader_settings_finish(&it->ctx, &job), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_check_text(it, files[i].path, files[i].after);
	assert_true(case_says(result.reasons, "/boot/grub/custom.cfg names a disk by its number, hd0,gpt3"));
	/* The menu is made of one of them. */
	assert_true(job.loader_settings_changed);
	strv_free(job.corrected);
	finish_result_done(&result);
}

static const struct {
	const char *before, *after;
	const char *says;
} commands[] = {
	{ "search --no-floppy --fs-uuid --set=root " OLD_ID "\n", "search --no-floppy --fs-uuid --set=root " ROOT_UUID "\n", NULL },
	{ "\tsearch -u '" OLD_ID "' -s root; insmod ext2", "\tsearch -u '" ROOT_UUID "' -s root; insmod ext2", NULL },
	{ "if x; then\n search.fs_uuid " OLD_ID " root hd0,gpt3\nfi", "if x; then\n search.fs_uuid " ROOT_UUID " root hd0,gpt3\nfi", NULL },
	{ "menuentry x { search --fs-uuid --hint=hd0,gpt2 --set root " OLD_ID " }", "menuentry x { search --fs-uuid --hint=hd0,gpt2 --set root " ROOT_UUID " }", NULL },
	{ "# search --fs-uuid " OLD_ID "; search --fs-uuid " OLD_ID, "# search --fs-uuid " OLD_ID "; search --fs-uuid " OLD_ID, NULL },
	{ "search --fs-uuid --set=root " KEPT_UUID, "search --fs-uuid --set=root " KEPT_UUID, NULL },
	{ "search --fs-uuid --set=root $id", "search --fs-uuid --set=root $id", NULL },
	{ "search --file --set=root /vmlinuz", "search --file --set=root /vmlinuz", NULL },
	{ "search --label --set=root data", "search --label --set=root data", "/boot/grub/custom.cfg says --label=data, but " GONE },
	{ "search --label kept --set=root", "search --label kept --set=root", NULL },
	{ "search --set=root --fs-uuid " DATA_UUID, "search --set=root --fs-uuid " DATA_UUID, "says --fs-uuid=" DATA_UUID ", but " GONE },
	/* Numbers of disks: there were three. */
	{ "set root='hd0,gpt3'\nlinux /v", "set root='hd0,gpt3'\nlinux /v", "names a disk by its number, hd0,gpt3, which may be another disk" },
	{ "menuentry x {\nset root=(hd1,1)\n}\nsearch --file /x", "menuentry x {\nset root=(hd1,1)\n}\nsearch --file /x", "by its number, hd1,1," },
	{ "chainloader (hd0,gpt2)/a.efi", "chainloader (hd0,gpt2)/a.efi", "by its number, hd0,gpt2," },
	{ "set root='hd0,gpt3'\nsearch --fs-uuid --set=root " OLD_ID, "set root='hd0,gpt3'\nsearch --fs-uuid --set=root " ROOT_UUID, NULL },
	{ "linux /hd0 x=/dev/hd1", "linux /hd0 x=/dev/hd1", NULL },
};

/* How entries that a person wrote find their filesystems. */
static void test_commands_of_grub(void **state)
{
	struct finish_case *it = *state;
	struct node *node = layout_find(it->plan.target.captured, "fs:root");

	free(node->uuid);
	node->uuid = strdup(OLD_ID);
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		AUTO_BUFFER struct buffer out = { 0 };
		AUTO_STRV char **said = NULL;
		int changed = grub_commands_correct(&it->plan, "boot/grub/custom.cfg", commands[i].before, &out, &said);

		if (changed != (strcmp(commands[i].before, commands[i].after) != 0) || strcmp(out.data, commands[i].after))
			fail_msg("%s: %d, %s", commands[i].before, changed, out.data);
		if (strv_length(said) != (commands[i].says != NULL) || (commands[i].says && !strstr(said[0], commands[i].says)))
			fail_msg("%s: %s", commands[i].before, said ? said[0] : "nothing said");
	}
}

/* Made of another kind, it is known by another UUID. */
static void test_other_uuids(void **state)
{
	struct finish_case *it = *state;
	struct node *node = layout_find(it->plan.target.captured, "fs:root");

	free(node->uuid);
	node->uuid = strdup(OLD_ID);
	correct_fstab(it, "UUID=" OLD_ID " /x ext4 ro 0 0\n", "UUID=" ROOT_UUID " /x ext4 ro 0 0\n", 1, NULL);
	correct_crypttab(it, "c UUID=" KEPT_UUID " /k:UUID=" OLD_ID " luks\n", "c UUID=" KEPT_UUID " /k:UUID=" ROOT_UUID " luks\n", 1, NULL);
}

/* A single disk is the same one when its partitions are numbered as before. */
static void test_numbers_of_a_single_disk(void **state)
{
	static const char *const says[] = { NULL, "hd0,gpt3", "hd0,gpt3" };
	struct finish_case *it = *state;
	struct plan *plan = &it->plan;

	layout_free(plan->target.captured);
	layout_free(plan->target.present);
	plan->target.captured = case_layout(it, "[" CASE_DISK("disk:0", "sda", "OLDSER1", "pci-0000:00:1f.2-ata-1") "," CASE_SYSTEM "]");
	plan->target.present = case_layout(it, "[" CASE_TARGET "]");
	for (size_t i = 0; i < ARRAY_LENGTH(says); i++) {
		AUTO_BUFFER struct buffer out = { 0 };
		AUTO_STRV char **said = NULL;

		assert_int_equal(grub_commands_correct(plan, "boot/grub/custom.cfg", "set root=(hd0,gpt3)\n", &out, &said), 0);
		assert_int_equal(strv_length(said), says[i] != NULL);
		/* Another number, another kind of table. */
		layout_find(plan->target.result, "part:0.3")->partition.number = i == 0 ? 7 : 3;
		strcpy(layout_find(plan->target.result, "disk:0")->disk.table, i == 1 ? "dos" : "gpt");
	}
}

#define UNITS "etc/systemd/system/"

/* systemd reads them behind the unit, which may stand elsewhere. */
static void test_drop_ins(void **state)
{
	static const struct {
		const char *path, *before, *after;
	} files[] = {
		{ UNITS "srv.mount.d/device.conf", "[Mount]\nWhat=/dev/sda3\n", "[Mount]\nWhat=" DISK_UUID ROOT_UUID "\n" },
		{ UNITS "srv.mount.d/device.txt", "[Mount]\nWhat=/dev/sda3\n", "[Mount]\nWhat=/dev/sda3\n" },
		{ UNITS "x.swap.d/a.conf", "[Swap]\nOptions=x-systemd.requires=/dev/sda3\n",
		  "[Swap]\nOptions=x-systemd.requires=" DISK_UUID ROOT_UUID "\n" },
		/* A swap unit is named after its device. */
		{ UNITS "x.swap.d/b.conf", "[Swap]\nWhat=/dev/sda4\n", "[Swap]\nWhat=/dev/sda4\n" },
		{ UNITS "y.service.d/a.conf", "[Unit]\nRequires=dev-sdb1.device z.service\n", "[Unit]\nRequires= z.service\n" },
		{ "usr/local/lib/systemd/system/srv.mount.d/a.conf", "[Mount]\nWhat=/dev/sda3\n", "[Mount]\nWhat=" DISK_UUID ROOT_UUID "\n" },
	};
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_write_text(it, files[i].path, files[i].before);
	assert_int_equal(loader_settings_finish(&it->ctx, &job), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		case_check_text(it, files[i].path, files[i].after);
	assert_true(case_says(result.reasons, UNITS "x.swap.d/b.conf says What=/dev/sda4, but that swap space is " DISK_UUID SWAP_UUID " now"));
	assert_true(case_says(result.reasons, UNITS "y.service.d/a.conf said Requires=dev-sdb1.device, but " GONE));
	strv_free(job.corrected);
	finish_result_done(&result);
}

static bool is_there(const struct finish_case *it, const char *path)
{
	struct stat status;

	return fstatat(it->fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What a unit waits for is what the last of its drop-ins says. */
static void test_drop_ins_of_what_is_gone(void **state)
{
	static const char *const links[] = { UNITS "local-fs.target.requires/old.mount", UNITS "swap.target.wants/dev-sdb1.swap",
					     UNITS "local-fs.target.requires/now.mount" };
	struct finish_case *it = *state;
	struct finish_result result = { 0 };
	struct finish_options options = { .plan = &it->plan };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };

	case_write_text(it, UNITS "old.mount", "[Mount]\nWhat=UUID=" ROOT_UUID "\nWhere=/old\n");
	case_write_text(it, UNITS "old.mount.d/a.conf", "[Mount]\nWhat=UUID=" ROOT_UUID "\n");
	case_write_text(it, UNITS "old.mount.d/b.conf", "[Mount]\nWhat=/dev/sdb1\n");
	case_write_text(it, UNITS "old.mount.d/c", "[Mount]\nWhat=UUID=" ROOT_UUID "\n");
	case_write_text(it, UNITS "now.mount", "[Mount]\nWhat=/dev/sdb1\nWhere=/now\n");
	case_write_text(it, UNITS "now.mount.d/a.conf", "[Mount]\nWhat=UUID=" ROOT_UUID "\n");
	case_write_text(it, UNITS "dev-sdb1.swap", "[Swap]\nWhat=/dev/sdb1\n");
	/* A unit that systemd makes of fstab has its drop-ins here. */
	case_write_text(it, UNITS "srv.mount.d/a.conf", "[Mount]\nWhat=/dev/sdb1\n");
	case_write_text(it, UNITS "local-fs.target.requires/x.mount", "");
	case_write_text(it, UNITS "swap.target.wants/x.mount", "");
	for (size_t i = 0; i < ARRAY_LENGTH(links); i++)
		assert_int_equal(symlinkat("../unit", it->fd, links[i]), 0);
	assert_int_equal(mount_units_finish(&it->ctx, &job), 0);
	assert_false(is_there(it, links[0]) || is_there(it, links[1]));
	assert_true(is_there(it, links[2]));
	assert_int_equal(strv_length(result.notes), 3);
	assert_true(case_says(result.notes, UNITS "old.mount.d/b.conf mounts /dev/sdb1, but " GONE ": the unit is switched off now"));
	assert_true(case_says(result.notes, UNITS "dev-sdb1.swap swaps to /dev/sdb1, but " GONE ": the unit is switched off now"));
	assert_true(case_says(result.notes, UNITS "srv.mount.d/a.conf mounts /dev/sdb1, but " GONE "."));
	finish_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_options_of_mounts),
		CASE_TEST(test_devices_of_btrfs),
		CASE_TEST(test_devices_that_nobody_knows),
		CASE_TEST(test_keys_and_headers),
		CASE_TEST(test_keys_that_are_gone),
		CASE_TEST(test_both_files),
		CASE_TEST(test_neither_device_nor_key),
		CASE_TEST(test_verity_tables),
		CASE_TEST(test_fstab_of_verity),
		CASE_TEST(test_command_lines),
		CASE_TEST(test_groups),
		CASE_TEST(test_units),
		CASE_TEST(test_names_of_units),
		CASE_TEST(test_files),
		CASE_TEST(test_commands_of_grub),
		CASE_TEST(test_other_uuids),
		CASE_TEST(test_numbers_of_a_single_disk),
		CASE_TEST(test_drop_ins),
		CASE_TEST(test_drop_ins_of_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
