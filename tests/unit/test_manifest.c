/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest: what is printed is parsed back; damage, lies and unknown things are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <zstd.h>

#include "../../backend/set/segment_table.h"

static char digest_text[DIGEST_HEX] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct manifest *sample(void)
{
	struct manifest *m = calloc(1, sizeof(*m));

	m->set_id = strdup("01234567-89ab-cdef-0123-456789abcdef");
	m->label = strdup("caf\xc3\xa9");
	m->created = strdup("2026-01-02T03:04:05Z");
	m->tool = strdup("lifeboat 0.1");
	m->machine.host = strdup("web1");
	m->machine.os = strdup("Debian GNU/Linux 12");
	m->machine.kernel = strdup("6.1.0-1-amd64");
	m->machine.architecture = strdup("x86_64");
	m->machine.firmware = strdup("uefi");
	m->machine.loader = strdup("grub-uefi");
	m->machine.loader_id = strdup("debian");
	m->layout = layout_new();
	m->segments = calloc(3, sizeof(*m->segments));
	m->segment_count = 3;
	for (size_t i = 0; i < 3; i++) {
		m->segments[i] = (struct segment){ .number = (uint32_t)i, .kind = (enum segment_kind)i, .bytes = 10240,
						   .stored = 100 + (uint32_t)i, .entries = 5 };
		assert_true(digest_parse(digest_text, m->segments[i].sha256));
	}
	memcpy(m->table_sha256, digest_text, DIGEST_HEX);
	m->table_stored = 88;
	m->total_bytes = 5000;
	m->total_files = 12;
	m->changed_files = 1;
	memcpy(m->index_sha256, digest_text, DIGEST_HEX);
	m->index_stored = 77;
	strv_append(&m->excluded, "/proc: proc, no files of the machine");
	strv_append_counted(&m->lost, &m->lost_count, "/dev/sda3, ntfs \"data\", 20 GiB: not mounted");
	return m;
}

/* Puts the right closing digest under TEXT, whose closing lines may be stale. */
static char *close_text(const char *text)
{
	const char *closing = strstr(text, "\n  \"sha256\": \"");
	char sha256[DIGEST_HEX];
	size_t length;

	assert_non_null(closing);
	for (const char *later; (later = strstr(closing + 1, "\n  \"sha256\": \""));)
		closing = later;
	length = (size_t)(closing + 1 - text);
	assert_int_equal(digest_buffer(text, length, sha256), 0);
	return text_format("%.*s  \"sha256\": \"%s\"\n}\n", (int)length, text, sha256);
}

static int parse(const char *text, size_t length, struct manifest **ret)
{
	struct context ctx;
	int r;

	context_init(&ctx);
	r = manifest_parse(&ctx, text, length, ret);
	if (r < 0)
		assert_true(*context_detail(&ctx) != '\0');
	context_done(&ctx);
	return r;
}

static void test_round_trip(void **state)
{
	AUTO_MANIFEST struct manifest *m = sample(), *read = NULL;
	AUTO_FREE char *text = NULL, *again = NULL;
	size_t length, again_length;

	(void)state;
	text = manifest_print(m, &length);
	assert_int_equal(strlen(text), length);
	assert_int_equal(parse(text, length, &read), 0);
	assert_string_equal(read->set_id, m->set_id);
	assert_string_equal(read->label, m->label);
	assert_string_equal(read->machine.loader_id, "debian");
	assert_int_equal(read->segment_count, 3);
	assert_int_equal(read->table_stored, 88);
	assert_string_equal(read->table_sha256, digest_text);
	assert_int_equal(read->changed_files, 1);
	assert_string_equal(read->excluded[0], m->excluded[0]);
	assert_null(read->excluded[1]);
	assert_string_equal(read->lost[0], m->lost[0]);
	assert_null(read->lost[1]);
	again = manifest_print(read, &again_length);
	assert_string_equal(text, again);
}

static void test_optional_members(void **state)
{
	AUTO_MANIFEST struct manifest *m = sample(), *read = NULL;
	AUTO_FREE char *text = NULL;
	size_t length;

	(void)state;
	free(m->label);
	free(m->machine.loader_id);
	m->label = m->machine.loader_id = NULL;
	m->excluded = strv_free(m->excluded);
	m->lost = strv_free(m->lost);
	m->lost_count = 0;
	free(m->machine.host);
	m->machine.host = strdup("bad\x1b[2J\xff");
	text = manifest_print(m, &length);
	assert_int_equal(parse(text, length, &read), 0);
	assert_null(read->label);
	assert_null(read->machine.loader_id);
	assert_null(read->excluded);
	assert_null(read->lost);
	assert_string_equal(read->machine.host, "bad%1B[2J%FF");
}

/* "lost" counts lines of "excluded"; without it nothing is lost. */
static void test_lost(void **state)
{
	static const struct {
		const char *member;
		int result;
		size_t lost, excluded;
	} rows[] = {
		{ "\"lost\": 1,", 0, 1, 1 },	{ "", 0, 0, 2 },	   { "\"lost\": 0,", 0, 0, 2 },
		{ "\"lost\": 2,", 0, 2, 0 },	{ "\"lost\": 3,", -EBADMSG, 0, 0 }, { "\"lost\": -1,", -EBADMSG, 0, 0 },
		{ "\"lost\": [],", -EBADMSG, 0, 0 },
	};
	AUTO_MANIFEST struct manifest *m = sample();
	AUTO_FREE char *text = manifest_print(m, NULL);
	char *member = strstr(text, "\"lost\": 1,");

	(void)state;
	assert_non_null(member);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_MANIFEST struct manifest *read = NULL;
		AUTO_FREE char *other = text_format("%.*s%s%s", (int)(member - text), text, rows[i].member, member + 10);
		AUTO_FREE char *closed = close_text(other);

		assert_int_equal(parse(closed, strlen(closed), &read), rows[i].result);
		if (rows[i].result < 0)
			continue;
		assert_int_equal(strv_length(read->lost), rows[i].lost);
		assert_int_equal(strv_length(read->excluded), rows[i].excluded);
	}
}

/* As many as a set may have, each found at once: a resumed restore looks for all of them. */
static void test_find_segment(void **state)
{
	struct manifest m = { .segment_count = SEGMENTS_LIMIT };

	(void)state;
	m.segments = calloc(m.segment_count, sizeof(*m.segments));
	assert_non_null(m.segments);
	for (size_t i = 0; i < m.segment_count; i++)
		m.segments[i].number = (uint32_t)i;
	for (size_t i = 0; i < m.segment_count; i++)
		if (manifest_find_segment(&m, segment_name(m.segments + i).text) != (ssize_t)i)
			fail_msg("%zu", i);
	assert_int_equal(manifest_find_segment(&m, NULL), -1);
	assert_int_equal(manifest_find_segment(&m, "segments/1.tar.zst"), -1);
	assert_int_equal(manifest_find_segment(&m, "segments/16777216.tar.zst"), -1);
	assert_int_equal(manifest_find_segment(&m, "index.zst"), -1);
	free(m.segments);
}

/* Any flipped bit and any cut is noticed. */
static void test_damage(void **state)
{
	AUTO_MANIFEST struct manifest *m = sample(), *read = NULL;
	AUTO_FREE char *text = NULL;
	size_t length;

	(void)state;
	text = manifest_print(m, &length);
	for (size_t i = 0; i < length; i++) {
		text[i] ^= 1;
		assert_int_equal(parse(text, length, &read), -EBADMSG);
		text[i] ^= 1;
	}
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(parse(text, cut, &read), -EBADMSG);
	assert_null(read);
}

static int to_buffer(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

/* Reads the table of TEXT with TOTALS of the manifest; what the reader says, its sentence in SENTENCE. */
static int read_table(const char *text, struct manifest *manifest, char sentence[256])
{
	AUTO_BUFFER struct buffer table = { 0 };
	struct lines_writer *writer = lines_writer_new(to_buffer, &table);
	struct context ctx;
	int r;

	assert_int_equal(lines_write(writer, text, strlen(text)), 0);
	assert_int_equal(lines_writer_finish(writer), 0);
	lines_writer_free(writer);
	free(manifest->segments);
	manifest->segments = NULL;
	context_init(&ctx);
	r = segment_table_read_bytes(&ctx, manifest, table.data, table.length);
	table = (struct buffer){ 0 };
	snprintf(sentence, 256, "%s", context_detail(&ctx));
	context_done(&ctx);
	return r;
}

/* The lines of the sample's table. */
static char *table_lines(struct manifest *m)
{
	AUTO_BUFFER struct buffer table = { 0 };
	char *text = calloc(1, 4096);
	size_t length;

	assert_int_equal(segment_table_write(m, to_buffer, &table), 0);
	length = ZSTD_decompress(text, 4095, table.data, table.length);
	assert_false(ZSTD_isError(length));
	text[length] = '\0';
	return text;
}

static void test_table(void **state)
{
	AUTO_MANIFEST struct manifest *m = sample();
	AUTO_FREE char *text = table_lines(m);
	char sentence[256];

	(void)state;
	if (read_table(text, m, sentence) < 0)
		fail_msg("%s", sentence);
	assert_int_equal(m->segments[2].kind, SEGMENT_LINKS);
	assert_int_equal(m->segments[1].stored, 101);
	assert_string_equal(segment_name(m->segments + 2).text, "segments/000002.tar.zst");
	m->total_files = 16;
	assert_int_equal(read_table(text, m, sentence), -EBADMSG);
	m->total_files = 12;
	m->total_bytes = 50000;
	assert_int_equal(read_table(text, m, sentence), -EBADMSG);
	m->total_bytes = 5000;
	m->segment_count = 4;
	assert_int_equal(read_table(text, m, sentence), -EBADMSG);
	assert_non_null(strstr(sentence, "fewer rows"));
	m->segment_count = 2;
	assert_int_equal(read_table(text, m, sentence), -EBADMSG);
	assert_non_null(strstr(sentence, "more rows"));
}

/* However the bytes come: what one reader takes, another must not refuse. */
static void test_length_of_a_row(void **state)
{
	AUTO_MANIFEST struct manifest *m = sample();
	AUTO_FREE char *text = table_lines(m);
	const char *rest = strchr(text, '\n');
	char sentence[256];

	(void)state;
	for (int length = 4095; length <= 4097; length++) {
		AUTO_FREE char *padded = text_format("{%*s%s", length - (int)(rest - text), "", text + 1);

		assert_int_equal(strchr(padded, '\n') - padded, length);
		assert_int_equal(read_table(padded, m, sentence), length > 4096 ? -EBADMSG : 0);
		assert_true(length <= 4096 || strstr(sentence, "too long"));
	}
}

static void test_table_lies(void **state)
{
	static const struct {
		const char *from, *to;
	} lies[] = {
		{ "segments/000000.tar.zst", "segments/../../etc/passwd" },
		{ "segments/000001.tar.zst", "segments/000000.tar.zst" },
		{ "segments/000001.tar.zst", "segments/000002.tar.zst" },
		{ "\"kind\":\"directories\"", "\"kind\":\"files\"" },
		{ "\"kind\":\"files\"", "\"kind\":\"directory\"" },
		{ "\"kind\":\"links\"", "\"kind\":\"directories\"" },
		{ "\"bytes\":10240", "\"bytes\":10241" },
		{ "\"bytes\":10240", "\"bytes\":-512" },
		{ "\"bytes\":10240", "\"bytes\":9223372036854775296" },
		{ "\"bytes\":10240", "\"bytes\":1e4" },
		{ "\"stored\":100", "\"stored\":0" },
		{ "\"stored\":100", "\"stored\":2000000000" },
		{ "\"stored\":100", "\"stored\":4294967396" },
		{ "\"entries\":5", "\"entries\":-1" },
		{ "\"entries\":5", "\"entries\":900000" },
		{ "\"entries\":5", "\"entries\":4294967301" },
		{ "\"entries\":5", "\"entries\":5,\"entries\":5" },
		{ "\"entries\":5", "\"entries\":5,\"more\":5" },
		{ "\"entries\":5,", "" },
		{ "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef" },
		{ "}\n", "}{}\n" },
	};
	AUTO_MANIFEST struct manifest *m = sample();
	AUTO_FREE char *text = table_lines(m);
	char sentence[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lies); i++) {
		const char *at = strstr(text, lies[i].from);
		AUTO_FREE char *changed = NULL;

		if (!at)
			fail_msg("not in the table: %s", lies[i].from);
		changed = text_format("%.*s%s%s", (int)(at - text), text, lies[i].to, at + strlen(lies[i].from));
		if (read_table(changed, m, sentence) != -EBADMSG || !*sentence)
			fail_msg("accepted: %s", lies[i].to);
	}
}

/* Replaces the first FROM by TO under a right closing digest; what the parser says. */
static int parse_changed(const char *from, const char *to)
{
	AUTO_MANIFEST struct manifest *m = sample(), *read = NULL;
	AUTO_FREE char *text = NULL, *changed = NULL, *closed = NULL;
	const char *at;
	int r;

	text = manifest_print(m, NULL);
	at = strstr(text, from);
	if (!at)
		fail_msg("not in the manifest: %s", from);
	changed = text_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	closed = close_text(changed);
	r = parse(closed, strlen(closed), &read);
	return r;
}

static void test_lies(void **state)
{
	static const struct {
		const char *from, *to;
	} lies[] = {
		{ "lifeboat recovery set", "lifeboat recovery sex" },
		{ "\"version\": 1", "\"version\": \"1\"" },
		{ "\"id\": \"0123", "\"id\": \"../x" },
		{ "2026-01-02T03:04:05Z", "2026-01-02 03:04:05" },
		{ "\"id\"", "\"di\"" },
		{ "\"tool\"", "\"later\": 1, \"tool\"" },
		{ "\"tool\"", "\"tool\": \"twice\", \"tool\"" },
		{ "web1", "web\\u001b[2J" },
		{ "\"uefi\"", "\"coreboot\"" },
		{ "\"grub-uefi\"", "\"lilo\"" },
		{ "\"debian\"", "\"..\"" },
		{ "\"debian\"", "\"a/b\"" },
		{ "\"count\": 3", "\"count\": 0" },
		{ "\"count\": 3", "\"count\": 99999999" },
		{ "\"count\": 3", "\"count\": 3, \"more\": 1" },
		{ "segments.zst", "../segments" },
		{ "\"stored\": 88", "\"stored\": 0" },
		{ "\"stored\": 88", "\"stored\": 2000000000" },
		{ "\"stored\": 77", "\"stored\": 99999999999" },
		{ "\"files\": 12", "\"files\": 0" },
		{ "\"files\": 12", "\"files\": -12" },
		{ "\"changed\": 1", "\"changed\": 13" },
		{ "index.zst", "../x" },
		{ "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef" },
		{ "\"layout\": []", "\"layout\": {}" },
		{ "/proc: proc", "/proc\\n: proc" },
	};

	(void)state;
	assert_int_equal(parse_changed("web1", "web2"), 0);
	assert_int_equal(parse_changed("\"version\": 1", "\"version\": 2"), -EINVAL);
	for (size_t i = 0; i < ARRAY_LENGTH(lies); i++)
		if (parse_changed(lies[i].from, lies[i].to) != -EBADMSG)
			fail_msg("accepted: %s", lies[i].to);
}

/* The sentence that TEXT, put before the id of a good manifest, is refused with; *RET is what was read of it otherwise. */
static int parse_with(const char *text, char sentence[256], struct manifest **ret)
{
	AUTO_MANIFEST struct manifest *m = sample();
	AUTO_FREE char *whole = manifest_print(m, NULL), *changed = NULL, *closed = NULL;
	const char *at = strstr(whole, "\"id\":");
	struct context ctx;
	int r;

	assert_non_null(at);
	changed = text_format("%.*s%s%s", (int)(at - whole), whole, text, at);
	closed = close_text(changed);
	context_init(&ctx);
	r = manifest_parse(&ctx, closed, strlen(closed), ret);
	snprintf(sentence, 256, "%s", context_detail(&ctx));
	context_done(&ctx);
	return r;
}

/* A required feature that is not known refuses the set by name, whatever else is in it; an optional one owns what is named after it. */
static void test_features(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *sentence;
	} rows[] = {
		{ "\"required\": [],", 0, "" },
		{ "\"optional\": [],", 0, "" },
		{ "\"optional\": [\"birth-times\"],", 0, "" },
		{ "\"optional\": [\"birth-times\"], \"birth-times\": {\"any\": [1]},", 0, "" },
		{ "\"optional\": [\"birth-times\"], \"death-times\": 1,", -EBADMSG, "not valid" },
		{ "\"birth-times\": 1,", -EBADMSG, "not valid" },
		{ "\"required\": [\"split-set\"],", -EINVAL, "split-set" },
		{ "\"required\": [\"split-set\", \"b2\"], \"segments-2\": 1,", -EINVAL, "(split-set, b2)" },
		{ "\"required\": [\"a\", \"a\"],", -EBADMSG, "not valid" },
		{ "\"required\": [\"\"],", -EBADMSG, "not valid" },
		{ "\"required\": [\"A\"],", -EBADMSG, "not valid" },
		{ "\"required\": [\"a\\u001b\"],", -EBADMSG, "not valid" },
		{ "\"required\": [\"a\\u0000\"],", -EBADMSG, "not valid" },
		{ "\"required\": [1],", -EBADMSG, "not valid" },
		{ "\"required\": \"a\",", -EBADMSG, "not valid" },
		{ "\"optional\": {},", -EBADMSG, "not valid" },
		{ "\"optional\": [\"messages\"],", -EBADMSG, "messages" },
		{ "\"optional\": [\"messages\"], \"messages\": [],", -EBADMSG, "messages" },
		{ "\"optional\": [\"messages\"], \"messages\": {\"x\": 1},", 0, "" },
		{ "\"messages\": {},", -EBADMSG, "not valid" },
		{ "\"optional\": [\"label\"],", -EBADMSG, "not valid" },
		{ "\"optional\": [\"segments\"],", -EBADMSG, "not valid" },
		{ "\"optional\": [\"mode\"],", -EBADMSG, "not valid" },
		{ "\"optional\": [\"stored\"],", -EBADMSG, "not valid" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_MANIFEST struct manifest *read = NULL;
		char sentence[256];
		int r = parse_with(rows[i].text, sentence, &read);

		if (r != rows[i].result || !strstr(sentence, rows[i].sentence))
			fail_msg("%s: %d, %s", rows[i].text, r, sentence);
		assert_true((r == 0) == (read != NULL));
	}
}

/* Optional words are printed again: who shows a manifest shows them. */
static void test_optional_features_are_kept(void **state)
{
	AUTO_MANIFEST struct manifest *read = NULL, *again = NULL;
	AUTO_FREE char *text = NULL;
	char sentence[256];
	size_t length;

	(void)state;
	assert_int_equal(parse_with("\"optional\": [\"birth-times\", \"x\"], \"x\": null,", sentence, &read), 0);
	text = manifest_print(read, &length);
	assert_non_null(text);
	assert_int_equal(parse(text, length, &again), 0);
	assert_int_equal(strv_length(again->optional), 2);
	assert_string_equal(again->optional[0], "birth-times");
}

/* Lines that the capture said are kept with their forms; a form of another set has an effect only where it says what the line says. */
static void test_messages(void **state)
{
	AUTO_FREE char *line = sentence("/%s: not mounted, and lost", "dev/sdz9"), *text = NULL;
	AUTO_MANIFEST struct manifest *m = sample(), *read = NULL;
	json_t *form, *right = json_pack("[s, s]", "/%s: left out", "data");
	char said[256];
	size_t length;

	(void)state;
	assert_int_equal(strv_append_counted(&m->lost, &m->lost_count, line), 0);
	text = manifest_print(m, &length);
	assert_non_null(strstr(text, "\"/%s: not mounted, and lost\""));
	assert_int_equal(parse(text, length, &read), 0);
	assert_null(read->optional);
	manifest_free(TAKE_POINTER(read));
	assert_int_equal(parse_with("\"optional\": [\"messages\"], \"messages\": {\"/data: left out\": [\"/%s: left out\", \"data\"],"
				    " \"/etc: left out\": [\"all is well, %s\", \"etc\"], \"/usr: left out\": [\"/%n\", 1], \"/var: left out\": null},",
				    said, &read), 0);
	form = sentence_form("/data: left out");
	assert_true(json_equal(form, right));
	json_decref(form);
	json_decref(right);
	assert_null(sentence_form("/etc: left out"));
	assert_null(sentence_form("/usr: left out"));
	assert_null(sentence_form("/var: left out"));
}

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ATTACHED(rows) "\"optional\": [\"attachments\"], \"attachments\": [" rows "],"
#define ATTACHMENT(name, more) "{\"name\": \"" name "\", \"kind\": \"lvm-metadata\", \"stored\": 5, \"sha256\": \"" SHA "\"" more "}"

static void test_attachments_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ ATTACHED(ATTACHMENT("lvm-vg0.vg", "")), 0 },
		{ ATTACHED(ATTACHMENT("a", "") "," ATTACHMENT("b+_.-1", ", \"secret\": true")), 0 },
		{ "\"optional\": [\"attachments\"],", -EBADMSG },
		{ "\"attachments\": [" ATTACHMENT("a", "") "],", -EBADMSG },
		{ "\"required\": [\"attachments\"], \"attachments\": [" ATTACHMENT("a", "") "],", -EINVAL },
		{ ATTACHED(""), -EBADMSG },
		{ ATTACHED("1"), -EBADMSG },
		{ "\"optional\": [\"attachments\"], \"attachments\": {},", -EBADMSG },
		{ ATTACHED(ATTACHMENT("b", "") "," ATTACHMENT("a", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("a", "") "," ATTACHMENT("a", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("A", "") "," ATTACHMENT("a", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("..", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("a/b", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("-a", "")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("a", ", \"secret\": false")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("a", ", \"node\": \"vg:none\"")), -EBADMSG },
		{ ATTACHED(ATTACHMENT("a", ", \"more\": 1")), -EBADMSG },
		{ ATTACHED("{\"name\": \"a\", \"kind\": \"x\", \"stored\": 0, \"sha256\": \"" SHA "\"}"), -EBADMSG },
		{ ATTACHED("{\"name\": \"a\", \"kind\": \"x\", \"stored\": 201326593, \"sha256\": \"" SHA "\"}"), -EBADMSG },
		{ ATTACHED("{\"name\": \"a\", \"kind\": \"X\", \"stored\": 1, \"sha256\": \"" SHA "\"}"), -EBADMSG },
		{ ATTACHED("{\"name\": \"a\", \"kind\": \"x\", \"stored\": 1, \"sha256\": \"0\"}"), -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		AUTO_MANIFEST struct manifest *read = NULL;
		char sentence[256];
		int r = parse_with(rows[i].text, sentence, &read);

		if (r != rows[i].result)
			fail_msg("%s: %d, %s", rows[i].text, r, sentence);
	}
}

static void test_attachments_go_round(void **state)
{
	AUTO_MANIFEST struct manifest *read = NULL, *again = NULL;
	const struct attachment *one;
	AUTO_FREE char *text = NULL;
	char sentence[256];
	size_t length;

	(void)state;
	assert_int_equal(parse_with(ATTACHED(ATTACHMENT("a", "") "," ATTACHMENT("b", ", \"secret\": true")), sentence, &read), 0);
	assert_null(read->optional);
	text = manifest_print(read, &length);
	assert_int_equal(parse(text, length, &again), 0);
	assert_int_equal(again->attachment_count, 2);
	one = manifest_find_attachment(again, "b");
	assert_true(one && one->secret && one->stored == 5);
	assert_string_equal(one->sha256, SHA);
	assert_null(manifest_find_attachment(again, "c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_optional_members),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_find_segment),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_length_of_a_row),
		cmocka_unit_test(test_table_lies),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_optional_features_are_kept),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_attachments_are_read_strictly),
		cmocka_unit_test(test_attachments_go_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
