/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What opened an encrypted container that got a new key: key files of crypttab, tokens, further passphrases. */
#include "../../backend/finish/container_keys.h"
#include "finish_case.h"

#define LUKS_UUID "77777777-7777-4777-8777-777777777777"
#define NODES(properties) \
	CASE_PART("0", "1", "1048576", CASE_LINUX) "," CASE_PART("0", "2", "1074790400", CASE_LINUX) "," \
	CASE_FS("fs:root", "part:0.1", ROOT_UUID, "root", "ext4") "," \
	"{'id':'luks:0','type':'luks','on':['part:0.2'],'size':1000000000,'uuid':'" LUKS_UUID "','label':'vault'," \
	"'properties':{'opened_as':'cr_data','keyslot_0_type':'argon2id'" properties "}}," CASE_MOUNT("mount:root", "fs:root", "/")

/* What the step says with this crypttab: its reasons and notes, a line each. New string. */
static char *said(struct finish_case *it, const char *nodes, const char *crypttab)
{
	struct finish_options options = { .root = it->directory, .plan = &it->plan };
	struct finish_result result = { 0 };
	struct finish_job job = { .options = &options, .result = &result, .root_fd = it->fd };
	struct buffer text = { 0 };

	case_instead(it, nodes, nodes);
	case_make_all(it);
	case_write_text(it, "etc/crypttab", crypttab);
	assert_int_equal(container_keys_finish(&it->ctx, &job), 0);
	assert_false(job.broken);
	assert_int_equal(buffer_append(&text, "", 0), 0);
	for (char **line = result.reasons; line && *line; line++)
		assert_true(buffer_append(&text, *line, strlen(*line)) == 0 && buffer_append(&text, "\n", 1) == 0);
	for (char **line = result.notes; line && *line; line++)
		assert_true(buffer_append(&text, *line, strlen(*line)) == 0 && buffer_append(&text, "\n", 1) == 0);
	finish_result_done(&result);
	return text.data;
}

static void assert_says(struct finish_case *it, const char *nodes, const char *crypttab, const char *words)
{
	AUTO_FREE char *text = said(it, nodes, crypttab);

	if (words ? !strstr(text, words) : *text)
		fail_msg("'%s' says '%s'", crypttab, text);
}

/* A key file that cannot be enrolled is said, whatever the reason. */
static void test_key_files(void **state)
{
	struct finish_case *it = *state;

	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " none luks\n", NULL);
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " /etc/keys/data luks\n", "key file /etc/keys/data, which opened the encrypted container");
	assert_says(it, NODES(""), "swap /dev/sda1 /dev/urandom swap\nother UUID=" DATA_UUID " /etc/keys/data luks\n", NULL);
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " /dev/disk/by-label/stick luks\n", NULL);
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " /etc/key luks,keyscript=/bin/ask\n", NULL);
	/* No disk is held here. */
	case_write_text(it, "etc/keys/data", "key");
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " /etc/keys/data luks\n", "key file /etc/keys/data does not open");
	case_write_text(it, "etc/cryptsetup-keys.d/cr_data.key", "key");
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID "\n", "key file /etc/cryptsetup-keys.d/cr_data.key does not open");
	assert_says(it, NODES(""), "cr_data UUID=" LUKS_UUID " - luks\n", "key file /etc/cryptsetup-keys.d/cr_data.key does not open");
}

static void test_what_people_enroll(void **state)
{
	struct finish_case *it = *state;

	assert_says(it, NODES(",'token_0':'systemd-tpm2','token_3':'clevis'"), "\n", "its tokens (systemd-tpm2, clevis) do not open it");
	assert_says(it, NODES(",'keyslot_4_type':'pbkdf2'"), "\n", "of its 2 keys only the passphrase");
	assert_says(it, NODES(""), "\n", NULL);
}

/* With its header all of them are back. */
static void test_a_kept_header(void **state)
{
	assert_says(*state, NODES(",'header_kept':'1','token_0':'systemd-tpm2','keyslot_4_type':'pbkdf2'"),
		    "cr_data UUID=" LUKS_UUID " /etc/keys/data luks\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_TEST(test_key_files),
		CASE_TEST(test_what_people_enroll),
		CASE_TEST(test_a_kept_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
