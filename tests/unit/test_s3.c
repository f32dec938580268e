/* SPDX-License-Identifier: GPL-3.0-or-later */
/* S3: addresses, where keys come from, files of profiles, and what servers answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/remote/s3.h"
#include "../../backend/remote/s3_account.h"
#include "../../backend/remote/s3_profile.h"
#include "../../backend/remote/s3_xml.h"

static const char *const variables[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
					 "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE" };

static char directory[] = "/tmp/lifeboat-s3.XXXXXX";

static void clear_environment(void)
{
	for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", directory, 1);
}

static void write_file(const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/%s", directory, name);

	assert_int_equal(file_replace(AT_FDCWD, path, text, strlen(text), 0600), 0);
}

static int begin(void **state)
{
	AUTO_FREE char *aws = NULL;

	(void)state;
	assert_non_null(mkdtemp(directory));
	aws = text_format("%s/.aws", directory);
	return make_directories(aws, 0700);
}

static int end(void **state)
{
	static const char *const names[] = { ".aws/credentials", ".aws/config", "s3", "other", ".aws", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_FREE char *path = text_format("%s/%s", directory, names[i]);

		if (unlink(path) < 0)
			rmdir(path);
	}
	return 0;
}

/* ---- profiles ---- */

static void test_profiles(void **state)
{
	static const char text[] = "# keys\n[default]\naws_access_key_id = A1\naws_secret_access_key=S=1 \n\n[ other ]\r\naws_access_key_id=A2\r\n"
				   "s3 =\n  endpoint_url = http://nested\nregion = r2\n[profile third]\naws_session_token = T\naws_session_token = T2\n";
	static const struct {
		const char *name, *key, *secret, *token, *region;
		bool found;
	} rows[] = {
		{ "default", "A1", "S=1", NULL, NULL, true },
		{ "other", "A2", NULL, NULL, "r2", true },
		{ "third", NULL, NULL, "T2", NULL, true },
		{ "fourth", NULL, NULL, NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct s3_profile profile = { 0 };
		unsigned line;
		bool found;

		assert_int_equal(s3_profile_read(text, rows[i].name, &profile, &found, &line), 0);
		assert_int_equal(found, rows[i].found);
		assert_string_equal(profile.key ? profile.key : "-", rows[i].key ? rows[i].key : "-");
		assert_string_equal(profile.secret ? profile.secret : "-", rows[i].secret ? rows[i].secret : "-");
		assert_string_equal(profile.token ? profile.token : "-", rows[i].token ? rows[i].token : "-");
		assert_string_equal(profile.region ? profile.region : "-", rows[i].region ? rows[i].region : "-");
		assert_null(profile.endpoint);
		/* What a first file said stays. */
		assert_int_equal(s3_profile_read("[fourth]\nregion=new\n[other]\nregion=new\n", rows[i].name, &profile, &found, &line), 0);
		if (rows[i].region)
			assert_string_equal(profile.region, rows[i].region);
		s3_profile_done(&profile);
	}
}

static void test_bad_profiles(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = { { "[default]\nwords\n", 2 }, { "[default\n", 1 }, { "\n\n[]\n", 3 }, { "x", 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct s3_profile profile = { 0 };
		unsigned line;
		bool found;

		assert_int_equal(s3_profile_read(rows[i].text, "default", &profile, &found, &line), -EINVAL);
		assert_int_equal(line, rows[i].line);
		s3_profile_done(&profile);
	}
}

/* ---- addresses ---- */

static struct s3_account *read_account(struct context *ctx, const char *text)
{
	AUTO_LOCATION struct location *location = NULL;
	struct s3_account *account = NULL;

	assert_int_equal(location_parse(ctx, text, &location), 0);
	if (s3_account_read(ctx, location, directory, &account) < 0)
		assert_null(account);
	return account;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *scheme, *host, *root, *prefix, *region;
	} rows[] = {
		{ "s3://sets", "https", "sets.s3.us-east-1.amazonaws.com", "", "", "us-east-1" },
		{ "s3://sets/a/b/", "https", "sets.s3.us-east-1.amazonaws.com", "", "/a/b", "us-east-1" },
		{ "s3://my.sets/a?region=eu-west-3", "https", "s3.eu-west-3.amazonaws.com", "/my.sets", "/a", "eu-west-3" },
		{ "s3://sets//a//b?style=path", "https", "s3.us-east-1.amazonaws.com", "/sets", "/a/b", "us-east-1" },
		{ "s3:sets:/a b=c+d", "https", "sets.s3.us-east-1.amazonaws.com", "", "/a%20b%3Dc%2Bd", "us-east-1" },
		{ "s3://sets/a%2fb%3Fc%c3%A4", "https", "sets.s3.us-east-1.amazonaws.com", "", "/a/b%3Fc%C3%A4", "us-east-1" },
		{ "s3://sets/a?endpoint=http://[::1]:9000/&region=x", "http", "[::1]:9000", "/sets", "/a", "x" },
		{ "s3://sets/a?endpoint=store.example:444", "https", "store.example:444", "/sets", "/a", "us-east-1" },
		{ "s3://sets/a?endpoint=https%3A%2F%2Fstore.example&style=host", "https", "sets.store.example", "", "/a", "us-east-1" },
	};

	(void)state;
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "A", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct context ctx;
		struct s3_account *account;

		context_init(&ctx);
		account = read_account(&ctx, rows[i].text);
		if (!account)
			fail_msg("%s: %s", rows[i].text, context_detail(&ctx));
		assert_string_equal(account->scheme, rows[i].scheme);
		assert_string_equal(account->host, rows[i].host);
		assert_string_equal(account->root, rows[i].root);
		assert_string_equal(account->prefix, rows[i].prefix);
		assert_string_equal(account->region, rows[i].region);
		s3_account_free(account);
		context_done(&ctx);
	}
}

static void test_bad_addresses(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "s3://KEY:geheim@sets/a", "Keys of S3 do not stand in the address" },
		{ "s3://sets:9000/a", "?endpoint=https://sets:9000" },
		{ "s3://se_ts%20/a", "cannot be the name of a bucket" },
		{ "s3://sets/a/../b", "a part '..'" },
		{ "s3://sets/%zz", "a wrong escape" },
		{ "s3://sets/%00", "a wrong escape" },
		{ "s3://sets/a?style=dots", "neither path nor host" },
		{ "s3://sets/a?regio=x", "no word 'regio'" },
		{ "s3://sets/a?region=x&region=y", "has it twice" },
		{ "s3://sets/a?region=a/b", "cannot be the name of a region" },
		{ "s3://sets/a?endpoint=ftp://h", "is written as https://HOST" },
		{ "s3://sets/a?endpoint=https://h/path", "nothing behind it" },
		{ "s3://sets/a?endpoint=https://u:geheim@h", "is written as https://HOST" },
	};

	(void)state;
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "A", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct context ctx;

		context_init(&ctx);
		assert_null(read_account(&ctx, rows[i].text));
		if (!strstr(context_detail(&ctx), rows[i].why))
			fail_msg("%s: %s", rows[i].text, context_detail(&ctx));
		assert_null(strstr(context_detail(&ctx), "geheim"));
		context_done(&ctx);
	}
}

/* ---- keys ---- */

static void assert_key(const char *text, const char *key, const char *region, const char *sentence)
{
	struct s3_account *account;
	struct context ctx;

	context_init(&ctx);
	account = read_account(&ctx, text);
	if (!account && (key || !strstr(context_detail(&ctx), sentence)))
		fail_msg("%s: %s", text, context_detail(&ctx));
	if (account) {
		assert_string_equal(account->key, key);
		assert_string_equal(account->region, region);
		if (sentence)
			assert_string_equal(account->token, sentence);
		else
			assert_null(account->token);
	}
	s3_account_free(account);
	context_done(&ctx);
}

static void test_keys(void **state)
{
	AUTO_FREE char *other = NULL;

	(void)state;
	clear_environment();
	other = text_format("%s/other", directory);
	assert_key("s3://sets", NULL, NULL, "there are no keys for the bucket sets");
	write_file(".aws/credentials", "[default]\naws_access_key_id=HOME\naws_secret_access_key=S\naws_session_token=T\n"
				       "[work]\naws_access_key_id=WORK\naws_secret_access_key=S\n");
	write_file(".aws/config", "[default]\nregion=config\n[profile work]\nregion=work-config\nendpoint_url=https://work.example\n");
	assert_key("s3://sets", "HOME", "config", "T");
	assert_key("s3://sets?profile=work", "WORK", "work-config", NULL);
	setenv("AWS_PROFILE", "work", 1);
	assert_key("s3://sets", "WORK", "work-config", NULL);
	setenv("AWS_REGION", "env", 1);
	assert_key("s3://sets", "WORK", "env", NULL);
	assert_key("s3://sets?region=address", "WORK", "address", NULL);
	assert_key("s3://sets?profile=none", NULL, NULL, "has no profile [none]");
	unsetenv("AWS_PROFILE");
	write_file("s3", "[default]\naws_access_key_id=ACCESS\naws_secret_access_key=S\nregion=of-file\n");
	unsetenv("AWS_REGION");
	assert_key("s3://sets", "ACCESS", "of-file", NULL);
	write_file("other", "[default]\naws_access_key_id=OTHER\naws_secret_access_key=S\n");
	setenv("AWS_SHARED_CREDENTIALS_FILE", other, 1);
	assert_key("s3://sets", "OTHER", "config", NULL);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
	assert_key("s3://sets", NULL, NULL, "/nonexistent, which AWS_SHARED_CREDENTIALS_FILE names, is not there");
	setenv("AWS_SHARED_CREDENTIALS_FILE", other, 1);
	write_file("other", "[default]\nnonsense\n");
	assert_key("s3://sets", NULL, NULL, "line 2 of");
	/* Half a key in the environment is none; the environment goes before files, but not before a profile that is named. */
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
	setenv("AWS_SESSION_TOKEN", "ET", 1);
	assert_key("s3://sets", "ACCESS", "of-file", NULL);
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	assert_key("s3://sets", "ENV", "config", "ET");
	assert_key("s3://sets?profile=default", "ACCESS", "of-file", NULL);
	clear_environment();
}

/* ---- answers ---- */

static int append(void *data, const char *path, const char *text)
{
	struct buffer *buffer = data;
	AUTO_FREE char *line = text_format("%s=%s;", path, text);

	return buffer_append(buffer, line, strlen(line));
}

static void test_xml(void **state)
{
	AUTO_BUFFER struct buffer found = { 0 };
	static const char text[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error xmlns=\"http://s3\"><Code>A&amp;B</Code><In a='b'>x<Deep>y</Deep>z</In></Error>";

	(void)state;
	assert_int_equal(s3_xml_read(text, strlen(text), "Error", append, &found), 0);
	assert_string_equal(found.data, "Code=A&B;In/Deep=y;In=xz;=;");
}

static void test_bad_xml(void **state)
{
	static const char *const texts[] = {
		"", "no xml", "<Error>", "<Other></Other>", "<Other/>", "<Error></Error><Error></Error>", "<Error>&bomb;</Error>",
		"<!DOCTYPE Error [<!ENTITY a \"aaaa\">]><Error>&a;</Error>", "<!DOCTYPE Error SYSTEM \"file:///etc/passwd\"><Error></Error>",
		"<Error><a><b><c><d><e><f><g><h></h></g></f></e></d></c></b></a></Error>", "<Error>\xff</Error>",
		"<?xml version=\"1.0\" encoding=\"UTF-16\"?><Error><x/>",
	};
	AUTO_BUFFER struct buffer found = { 0 }, longest = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		if (s3_xml_read(texts[i], strlen(texts[i]), "Error", append, &found) != -EBADMSG)
			fail_msg("taken: %s", texts[i]);
	assert_int_equal(buffer_append(&longest, "<Error><a>", 10), 0);
	for (size_t i = 0; i <= S3_XML_TEXT; i++)
		assert_int_equal(buffer_append(&longest, "x", 1), 0);
	assert_int_equal(buffer_append(&longest, "</a></Error>", 12), 0);
	assert_int_equal(s3_xml_read(longest.data, longest.length, "Error", append, &found), -EBADMSG);
	longest.length = 7;
	for (size_t i = 0; i < S3_XML_ELEMENTS; i++)
		assert_int_equal(buffer_append(&longest, "<a/>", 4), 0);
	assert_int_equal(buffer_append(&longest, "</Error>", 8), 0);
	found.length = 0;
	assert_int_equal(s3_xml_read(longest.data, longest.length, "Error", append, &found), -EBADMSG);
}

static int print_item(void *data, const struct s3_item *item)
{
	AUTO_FREE char *line = text_format("%s%s %llu %lld;", item->name, item->folder ? "/" : "", (unsigned long long)item->size, (long long)item->changed);

	if (!strcmp(item->name, "stop"))
		return -EUCLEAN;
	return buffer_append(data, line, strlen(line));
}

#define LIST(body) "<ListBucketResult xmlns=\"http://s3\"><Name>b</Name><Prefix>p/</Prefix>" body "</ListBucketResult>"
#define ITEM(key) "<Contents><Key>" key "</Key><LastModified>1970-01-02T00:00:00.000Z</LastModified><Size>7</Size></Contents>"

static void test_lists(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *found, *token;
	} rows[] = {
		{ LIST(""), 0, "", NULL },
		{ LIST(ITEM("p/a") ITEM("p/b/c") "<CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes>"), 0, "a 7 86400;b/c 7 86400;d/ 0 0;", NULL },
		{ LIST(ITEM("p/") ITEM("p/by-hand/")), 0, "", NULL },
		{ LIST("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" ITEM("p/a")), 0, "a 7 86400;", "t" },
		{ LIST("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>"), 0, "", NULL },
		{ LIST("<IsTruncated>true</IsTruncated>"), -EBADMSG, NULL, NULL },
		{ LIST("<IsTruncated>1</IsTruncated>" ITEM("p/a")), -EBADMSG, NULL, NULL },
		{ LIST(ITEM("p/a") "<NextContinuationToken>t</NextContinuationToken>"), 0, "a 7 86400;", "t" },
		{ LIST(ITEM("p/a") "<NextContinuationToken></NextContinuationToken>"), 0, "a 7 86400;", NULL },
		{ LIST(ITEM("q/a")), -EBADMSG, NULL, NULL },
		{ LIST("<Contents><Key>p/a</Key></Contents>"), -EBADMSG, NULL, NULL },
		{ LIST("<Contents><Key>p/a</Key><Size>-1</Size></Contents>"), -EBADMSG, NULL, NULL },
		{ LIST("<Contents><Size>7</Size></Contents>"), -EBADMSG, NULL, NULL },
		{ LIST("<Contents><Key>p/a</Key><Key>p/b</Key><Size>7</Size></Contents>"), -EBADMSG, NULL, NULL },
		{ LIST("<CommonPrefixes><Prefix>p/d</Prefix></CommonPrefixes>"), -EBADMSG, NULL, NULL },
		{ LIST(ITEM("p/a") ITEM("p/stop") ITEM("p/b")), -EUCLEAN, "a 7 86400;", NULL },
		{ "<html></html>", -EBADMSG, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_BUFFER struct buffer found = { 0 };
		AUTO_FREE char *token = NULL;
		int r = s3_list_read(rows[i].text, strlen(rows[i].text), "p/", 2, print_item, &found, &token);

		if (r != rows[i].r)
			fail_msg("%s: %d", rows[i].text, r);
		if (rows[i].found)
			assert_string_equal(found.data ? found.data : "", rows[i].found);
		assert_string_equal(token ? token : "-", rows[i].token ? rows[i].token : "-");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_bad_profiles),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_bad_xml),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
