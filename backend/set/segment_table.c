/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "segment_table.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/json_pull.h"

#define LINE_LIMIT 4096 /* bytes of a row; what features add is in it, too */

/* Counts and digests what passes to the sink. */
struct measured_sink {
	pax_sink sink;
	void *data;
	struct digest *digest;
	uint64_t stored;
};

static int measure(void *data, const void *bytes, size_t length)
{
	struct measured_sink *measured = data;

	measured->stored += length;
	digest_update(measured->digest, bytes, length);
	return measured->stored > (uint64_t)SEGMENT_TABLE_LIMIT ? -EFBIG : measured->sink(measured->data, bytes, length);
}

static int write_row(struct lines_writer *writer, const struct segment *segment)
{
	char sha256[DIGEST_HEX], line[256];
	int length;

	digest_print(segment->sha256, sha256);
	length = snprintf(line, sizeof(line),
			  "{\"sha256\":\"%s\",\"name\":\"%s\",\"kind\":\"%s\",\"entries\":%" PRIu32 ",\"bytes\":%" PRIu64 ",\"stored\":%" PRIu32 "}\n",
			  sha256, segment_name(segment).text, segment_kind_name(segment->kind), segment->entries, segment->bytes, segment->stored);
	return lines_write(writer, line, (size_t)length);
}

int segment_table_write(struct manifest *manifest, pax_sink sink, void *data)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	struct measured_sink measured = { sink, data, digest, 0 };
	struct lines_writer *writer = lines_writer_new(measure, &measured);
	int r = digest && writer ? 0 : -ENOMEM;

	for (size_t i = 0; i < manifest->segment_count && r == 0; i++)
		r = write_row(writer, manifest->segments + i);
	if (r == 0)
		r = lines_writer_finish(writer);
	lines_writer_free(writer);
	if (r < 0)
		return r;
	manifest->table_stored = measured.stored;
	digest_finish(digest, manifest->table_sha256);
	return 0;
}

static int take_count(struct json_pull *json, uint64_t limit, uint64_t *ret)
{
	int64_t number;

	if (!json_pull_integer(json, &number) || number < 0 || (uint64_t)number > limit)
		return -EBADMSG;
	*ret = (uint64_t)number;
	return 0;
}

static int take_small_count(struct json_pull *json, uint32_t *ret)
{
	uint64_t number = 0;
	int r = take_count(json, UINT32_MAX, &number);

	*ret = (uint32_t)number;
	return r;
}

static int take_kind(struct json_pull *json, enum segment_kind *ret)
{
	const char *kind;

	if (!json_pull_string(json, &kind, NULL))
		return -EBADMSG;
	return segment_kind_parse(kind, ret) ? 0 : -EBADMSG;
}

static int take_sha256(struct json_pull *json, unsigned char ret[DIGEST_BYTES])
{
	const char *sha256;

	return json_pull_string(json, &sha256, NULL) && digest_parse(sha256, ret) ? 0 : -EBADMSG;
}

static int take_name(struct json_pull *json, const struct segment *segment)
{
	const char *name;

	return json_pull_string(json, &name, NULL) && !strcmp(name, segment_name(segment).text) ? 0 : -EBADMSG;
}

/* One member of a row; SEEN has a bit for each that was there. */
static int parse_member(struct json_pull *json, char *const *optional, unsigned *seen, struct segment *segment)
{
	static const char *const members[] = { "name", "kind", "entries", "bytes", "stored", "sha256" };
	const char *name, *value;
	size_t length, i = 0;

	if (!json_pull_name(json, &name))
		return -EBADMSG;
	while (i < ARRAY_LENGTH(members) && strcmp(members[i], name))
		i++;
	if (i == ARRAY_LENGTH(members))
		return strv_contains(optional, name) && json_pull_skip(json, &value, &length) ? 0 : -EBADMSG;
	if (*seen & 1u << i)
		return -EBADMSG;
	*seen |= 1u << i;
	switch (i) {
	case 0:
		return take_name(json, segment);
	case 1:
		return take_kind(json, &segment->kind);
	case 2:
		return take_small_count(json, &segment->entries);
	case 3:
		return take_count(json, INT64_MAX, &segment->bytes);
	case 4:
		return take_small_count(json, &segment->stored);
	default:
		return take_sha256(json, segment->sha256);
	}
}

/* A row into SEGMENT, whose number is set. 0, -EBADMSG, -ENOMEM. */
static int parse_row(struct json_pull *json, char *const *optional, struct segment *segment)
{
	bool begun = false;
	unsigned seen = 0;
	int r = json_pull_open(json, '{') ? 0 : -EBADMSG;

	while (r == 0 && json_pull_more(json, '}', &begun))
		r = parse_member(json, optional, &seen, segment);
	if (r < 0 || !json_pull_ended(json) || seen != 0x3f)
		return json_pull_error(json) == -ENOMEM ? -ENOMEM : -EBADMSG;
	return 0;
}

/* What is wrong with a row that reads well; NULL: nothing. */
static const char *fault_of(const struct segment *segment)
{
	if (segment->bytes < 1024 || segment->bytes % 512 || segment->bytes > SEGMENT_TAR_LIMIT || segment->entries > segment->bytes / 512 ||
	    segment->stored < 1 || segment->stored > segment_limit(segment->kind))
		return N_("a segment's sizes are impossible");
	if (segment->number == 0 ? segment->kind != SEGMENT_DIRECTORIES : segment->kind < segment[-1].kind)
		return N_("the segments are out of order");
	return NULL;
}

/* Room for segment NUMBER, grown at powers of two: the manifest's count is believed when there are as many rows. */
static int grow(struct manifest *manifest, size_t number)
{
	struct segment *grown;

	if (number & (number - 1))
		return 0;
	grown = reallocarray(manifest->segments, number ? 2 * number : 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	manifest->segments = grown;
	return 0;
}

static int read_row(struct context *ctx, struct lines_reader *lines, const char *line, size_t length, size_t number, struct manifest *manifest)
{
	struct json_pull json = { 0 };
	struct segment *segment;
	const char *fault;
	int r;

	if (number == manifest->segment_count)
		return lines_bad(ctx, lines, N_("it has more rows than the manifest says"));
	if (grow(manifest, number) < 0)
		return context_oom(ctx);
	segment = manifest->segments + number;
	*segment = (struct segment){ .number = (uint32_t)number };
	json_pull_begin(&json, line, length);
	r = parse_row(&json, manifest->optional, segment);
	json_pull_done(&json);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0) {
		AUTO_FREE char *what = sentence("the row of segment %s is malformed", segment_name(segment).text);

		return lines_bad(ctx, lines, what ? what : N_("a row is malformed"));
	}
	fault = fault_of(segment);
	return fault ? lines_bad(ctx, lines, fault) : 0;
}

/* The totals must fit what the segments can hold. */
static int check_totals(struct context *ctx, const struct manifest *manifest)
{
	uint64_t entries = 0, bytes = 0;

	for (size_t i = 0; i < manifest->segment_count; i++) {
		entries += manifest->segments[i].entries;
		bytes += manifest->segments[i].bytes;
	}
	return manifest->total_files > entries || manifest->total_bytes > bytes ?
		       context_fail(ctx, EBADMSG, "the manifest %s is not valid: its totals do not fit its segments",
		       	MANIFEST_NAME) :
		       0;
}

/* Takes LINES; NULL is out of memory. */
static int read_table(struct context *ctx, struct lines_reader *taken, struct manifest *manifest)
{
	AUTO_LINES struct lines_reader *lines = taken;
	size_t number = 0, length = 0;
	const char *line = NULL;
	int r = lines ? 0 : context_oom(ctx);

	while (r == 0 && (r = lines_next(ctx, lines, &line, &length)) == 1)
		r = read_row(ctx, lines, line, length, number++, manifest);
	if (r == 0 && number < manifest->segment_count)
		r = lines_bad(ctx, lines, N_("it has fewer rows than the manifest says"));
	return r < 0 ? r : check_totals(ctx, manifest);
}

static struct lines_member table_member(const struct manifest *manifest)
{
	return (struct lines_member){ .name = SEGMENT_TABLE_NAME, .what = N_("table of segments"), .stored = manifest->table_stored,
				      .sha256 = manifest->table_sha256, .line_limit = LINE_LIMIT,
				      .text_limit = (uint64_t)LINE_LIMIT * SEGMENTS_LIMIT };
}

int segment_table_read(struct context *ctx, struct set *set, struct manifest *manifest)
{
	struct lines_member member = table_member(manifest);

	return read_table(ctx, lines_open(set, &member), manifest);
}

int segment_table_read_bytes(struct context *ctx, struct manifest *manifest, void *bytes, size_t length)
{
	struct lines_member member = table_member(manifest);

	return read_table(ctx, lines_open_bytes(&member, bytes, length), manifest);
}
