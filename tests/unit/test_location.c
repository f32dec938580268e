/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where sets lie: parsed, printed back, and shown without passwords. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../backend/core/location.h"
#include "../../backend/core/scrub.h"

static void same_text(const char *found, const char *wanted)
{
	if (!wanted)
		assert_null(found);
	else
		assert_string_equal(found, wanted);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		struct location wanted;
		const char *printed, *shown; /* NULL: as TEXT */
	} rows[] = {
		{ "/mnt/set", { .scheme = "/", .path = "/mnt/set" }, NULL, NULL },
		{ "set", { .scheme = "/", .path = "set" }, NULL, NULL },
		{ "odd:name", { .scheme = "/", .path = "odd:name" }, NULL, NULL },
		{ "/mnt/x://u:pw@h", { .scheme = "/", .path = "/mnt/x://u:pw@h" }, NULL, NULL },
		{ "-", { .scheme = "-", .path = "" }, NULL, NULL },
		{ "12345678-1234-1234-1234-123456789abC", { .scheme = "#", .path = "12345678-1234-1234-1234-123456789abC" }, NULL, NULL },
		{ "cdrom:", { .scheme = "cdrom", .path = "" }, NULL, NULL },
		{ "CDROM:/dev/sr1", { .scheme = "cdrom", .path = "/dev/sr1" }, "cdrom:/dev/sr1", "cdrom:/dev/sr1" },
		{ "tape:/dev/nst0", { .scheme = "tape", .path = "/dev/nst0" }, NULL, NULL },
		{ "tape:/dev/nst0?boot=a&b.iso&changer=/dev/sch0&block=512&density=0x46",
		  { .scheme = "tape", .path = "/dev/nst0?changer=/dev/sch0&density=0x46", .query = "boot=a&b.iso&block=512" },
		  "tape:/dev/nst0?changer=/dev/sch0&density=0x46", "tape:/dev/nst0?changer=/dev/sch0&density=0x46" },
		{ "tape:/a?b?compression=off?block=512&boot=c", { .scheme = "tape", .path = "/a?b?compression=off", .query = "block=512&boot=c" },
		  "tape:/a?b?compression=off", "tape:/a?b?compression=off" },
		{ "tape:/a?b&boot=c", { .scheme = "tape", .path = "/a?b&boot=c" }, NULL, NULL },
		{ "tape:///dev/nst0", { .scheme = "tape", .path = "/dev/nst0" }, "tape:/dev/nst0", "tape:/dev/nst0" },
		{ "nfs://host/path", { .scheme = "nfs", .host = "host", .path = "/path" }, NULL, NULL },
		{ "nfs:host:/path", { .scheme = "nfs", .host = "host", .path = "/path" }, "nfs://host/path", "nfs://host/path" },
		{ "HTTPS://h:8443/a/b?c=d&e", { .scheme = "https", .host = "h", .port = "8443", .path = "/a/b", .query = "c=d&e" },
		  "https://h:8443/a/b?c=d&e", "https://h:8443/a/b?c=d&e" },
		{ "http://h:80/a@b", { .scheme = "http", .host = "h", .port = "80", .path = "/a@b" }, NULL, NULL },
		{ "http://[2001:db8::1]:80/x", { .scheme = "http", .host = "[2001:db8::1]", .port = "80", .path = "/x" }, NULL, NULL },
		{ "ssh://root@h/srv/set", { .scheme = "ssh", .user = "root", .host = "h", .path = "/srv/set" }, NULL, NULL },
		{ "https://user:pw@h/set", { .scheme = "https", .user = "user", .password = "pw", .host = "h", .path = "/set" }, NULL,
		  "https://user:***@h/set" },
		{ "https://user:p@w:x@h:1/", { .scheme = "https", .user = "user", .password = "p@w:x", .host = "h", .port = "1", .path = "/" },
		  NULL, "https://user:***@h:1/" },
		{ "smb://dom;u:p%2Fw@h/share", { .scheme = "smb", .user = "dom;u", .password = "p%2Fw", .host = "h", .path = "/share" }, NULL,
		  "smb://dom;u:***@h/share" },
		{ "s3://b/p?X-Amz-Signature=abc&n=1&token=t", { .scheme = "s3", .host = "b", .path = "/p",
		  .query = "X-Amz-Signature=abc&n=1&token=t" }, NULL, "s3://b/p?X-Amz-Signature=***&n=1&token=***" },
		{ "x-y+z.1://h", { .scheme = "x-y+z.1", .host = "h", .path = "" }, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_LOCATION struct location *found = NULL;
		AUTO_FREE char *printed = NULL, *shown = NULL;

		assert_int_equal(location_parse(NULL, rows[i].text, &found), 0);
		same_text(found->scheme, rows[i].wanted.scheme);
		same_text(found->user, rows[i].wanted.user);
		same_text(found->password, rows[i].wanted.password);
		same_text(found->host, rows[i].wanted.host);
		same_text(found->port, rows[i].wanted.port);
		same_text(found->path, rows[i].wanted.path);
		same_text(found->query, rows[i].wanted.query);
		printed = location_print(found);
		assert_string_equal(printed, rows[i].printed ? rows[i].printed : rows[i].text);
		shown = location_show(found);
		assert_string_equal(shown, rows[i].shown ? rows[i].shown : rows[i].text);
	}
}

static void test_not_valid(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "none is named" },
		{ "https://", "https:// is not valid: it names no host" },
		{ "https:///set", "it names no host" },
		{ "https://user:geheim@/set", "https://user:***@/set is not valid: it names no host" },
		{ "https://host:http/set", "https://host:*** is not valid: its port is no number" },
		{ "https://user:ge/heim@host/set", "https://user:***@host/set is not valid: the characters / ? # of its password" },
		{ "https://user:ge#heim@host/set", "https://user:***@host/set is not valid" },
		{ "https://user:1?heim@host/set", "https://user:***@host/set is not valid" },
		{ "nfs://[::1/set", "its IPv6 address has no closing bracket" },
		{ "https://user:geheim@[::1/set", "its IPv6 address has no closing bracket" },
		{ "nfs://fe80::1/set", "an IPv6 address stands in brackets" },
		{ "host:/set", "host:/set is not valid: a server is written as ssh:HOST:/PATH" },
		{ "user@host:/set", "a server is written as" },
		{ "[::1]:/set", "a directory of this name as ./HOST:/PATH" },
		{ "file:///set", "file:///set is not valid: a directory or an .iso file is named by its path alone" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct location *found = NULL;
		struct context ctx;

		context_init(&ctx);
		assert_int_equal(location_parse(&ctx, rows[i].text, &found), -EINVAL);
		if (!strstr(context_detail(&ctx), rows[i].why))
			fail_msg("%s: %s", rows[i].text, context_detail(&ctx));
		assert_null(strstr(context_detail(&ctx), "heim"));
		context_done(&ctx);
	}
}

static void test_scrub(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: as TEXT */
	} rows[] = {
		{ "nothing here", NULL },
		{ "quiet lifeboat.set=https://u:geheim@h/set ro", "quiet lifeboat.set=https://u:***@h/set ro" },
		{ "lifeboat.set=\"https://u:ge heim@h/my set\" ro", "lifeboat.set=\"https://u:***@h/my set\" ro" },
		{ "two: http://a:geheim@b/ and http://c:geheim@d/.", "two: http://a:***@b/ and http://c:***@d/." },
		{ "'ftp://a:geheim@b' quoted", "'ftp://a:***@b' quoted" },
		{ "cut off: https://u:gehe", "cut off: https://u:***" },
		{ "lifeboat.password=geheim,geheim more", "lifeboat.password=*** more" },
		{ "lifeboat.passphrase=\"ge heim\" more", "lifeboat.passphrase=*** more" },
		{ "rd.iscsi.password=geheim", "rd.iscsi.password=***" },
		{ "\"lifeboat.password=ge heim\" x", "\"lifeboat.password=***\" x" },
		{ "netroot=iscsi:u:geheim@h::3260:1:iqn", "netroot=iscsi:u:***@h::3260:1:iqn" },
		{ "-o vers=3,password=geheim,ro", "-o vers=3,password=***,ro" },
		{ "ssh: connect to host h port 22", NULL },
		{ "lifeboat.key=RWQ path=/x http://h:80/a?b=c ip=[::1]:2 nfs:host:/set", NULL },
		{ "nothing at http://h:80: check it, http://h:81, or http://h:82.", NULL },
		{ "a number: https://u:80: heim@h/", "a number: https://u:***@h/" },
		{ "password= empty", NULL },
		{ "as it stands: https://u:ge'heim\"heim@h/ and more", "as it stands: https://u:***@h/ and more" },
		{ "a blank: https://u:ge heim@h/ and more", "a blank: https://u:***@h/ and more" },
		{ "{\"set\":\"https://u:ge\\\"heim@h/\",\"x\":\"y\"}", "{\"set\":\"https://u:***@h/\",\"x\":\"y\"}" },
		{ "it's https://u:ge'heim@h", "it's https://u:***@h" },
		{ "'lifeboat.password=ge heim' x", "'lifeboat.password=***' x" },
		{ "password=ge'heim x", "password=*** x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_FREE char *found = text_scrub(rows[i].text);

		assert_string_equal(found, rows[i].wanted ? rows[i].wanted : rows[i].text);
		assert_null(strstr(found, "heim"));
	}
}

static void keep_text(void *data, json_t *event)
{
	snprintf(data, 200, "%s", json_string_value(json_object_get(event, "text")));
}

/* Sentences and lines of the log are scrubbed where they are made. */
static void test_sentences(void **state)
{
	struct context ctx;
	char text[200] = "";

	(void)state;
	context_init(&ctx);
	ctx.listener = keep_text;
	ctx.listener_data = text;
	context_warn(&ctx, "%s does not answer", "https://u:geheim@h/set");
	assert_string_equal(text, "https://u:***@h/set does not answer");
	context_fail(&ctx, EIO, "%s does not answer", "https://u:geheim@h/set");
	assert_string_equal(context_detail(&ctx), "https://u:***@h/set does not answer");
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_not_valid),
		cmocka_unit_test(test_scrub),
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
