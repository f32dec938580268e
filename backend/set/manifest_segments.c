/* Reading a manifest's table of segments, row by row. */
#include <errno.h>
#include <string.h>

#include "manifest_format.h"

static int take_count(struct json_pull *json, uint64_t *ret)
{
	int64_t number;

	if (!json_pull_integer(json, &number) || number < 0)
		return -EBADMSG;
	*ret = (uint64_t)number;
	return 0;
}

static int take_kind(struct json_pull *json, enum segment_kind *ret)
{
	const char *kind;

	if (!json_pull_string(json, &kind, NULL))
		return -EBADMSG;
	return segment_kind_parse(kind, ret) ? 0 : -EBADMSG;
}

static int take_sha256(struct json_pull *json, char ret[DIGEST_HEX])
{
	const char *sha256;

	if (!json_pull_string(json, &sha256, NULL) || !manifest_is_digest(sha256))
		return -EBADMSG;
	memcpy(ret, sha256, DIGEST_HEX);
	return 0;
}

static int take_name(struct json_pull *json, const char *expected)
{
	const char *name;

	return json_pull_string(json, &name, NULL) && !strcmp(name, expected) ? 0 : -EBADMSG;
}

/* One member of a row; SEEN has a bit for each that was there. */
static int parse_segment_member(struct json_pull *json, const char *expected, unsigned *seen, struct segment *segment)
{
	static const char *const members[] = { "name", "kind", "entries", "bytes", "stored", "sha256" };
	const char *name;
	size_t i = 0;

	if (!json_pull_name(json, &name))
		return -EBADMSG;
	while (i < ARRAY_LENGTH(members) && strcmp(members[i], name))
		i++;
	if (i == ARRAY_LENGTH(members) || *seen & 1u << i)
		return -EBADMSG;
	*seen |= 1u << i;
	switch (i) {
	case 0:
		return take_name(json, expected);
	case 1:
		return take_kind(json, &segment->kind);
	case 2:
		return take_count(json, &segment->entries);
	case 3:
		return take_count(json, &segment->bytes);
	case 4:
		return take_count(json, &segment->stored);
	default:
		return take_sha256(json, segment->sha256);
	}
}

static int parse_segment(struct context *ctx, struct json_pull *json, size_t number, struct segment *segment)
{
	AUTO_FREE char *expected = text_format(SEGMENT_NAME_FORMAT, number);
	bool begun = false;
	unsigned seen = 0;
	int r = json_pull_open(json, '{') ? 0 : -EBADMSG;

	if (!expected)
		return context_oom(ctx);
	while (r == 0 && json_pull_more(json, '}', &begun))
		r = parse_segment_member(json, expected, &seen, segment);
	if (json_pull_error(json) == -ENOMEM)
		return context_oom(ctx);
	if (r < 0 || json_pull_error(json) < 0 || seen != 0x3f)
		return context_fail(ctx, EBADMSG, "the manifest " MANIFEST_NAME " is not valid: the row of segment %s is malformed",
				    expected);
	if (segment->bytes < 1024 || segment->bytes % 512 || segment->bytes > SEGMENT_TAR_LIMIT ||
	    segment->entries > segment->bytes / 512 || segment->stored < 1 || segment->stored > segment_limit(segment->kind))
		return manifest_bad(ctx, "a segment's sizes are impossible");
	segment->name = TAKE_POINTER(expected);
	return 0;
}

/* Room for one more, grown at powers of two. */
static int grow_segments(struct context *ctx, struct manifest *manifest)
{
	size_t count = manifest->segment_count;
	struct segment *grown;

	if (count & (count - 1))
		return 0;
	grown = reallocarray(manifest->segments, count ? 2 * count : 1, sizeof(*grown));
	if (!grown)
		return context_oom(ctx);
	manifest->segments = grown;
	return 0;
}

int manifest_parse_segments(struct context *ctx, struct json_pull *json, struct manifest *manifest)
{
	bool begun = false;

	if (!json_pull_open(json, '['))
		return manifest_bad(ctx, "\"segments\" is no array");
	while (json_pull_more(json, ']', &begun)) {
		size_t number = manifest->segment_count;
		struct segment *segment;
		int r = number < SEGMENTS_LIMIT ? grow_segments(ctx, manifest) : manifest_bad(ctx, "it has too many segments");

		if (r < 0)
			return r;
		segment = manifest->segments + number;
		*segment = (struct segment){ 0 };
		r = parse_segment(ctx, json, number, segment);
		if (r < 0)
			return r;
		manifest->segment_count++;
		if (number == 0 ? segment->kind != SEGMENT_DIRECTORIES : segment->kind < segment[-1].kind)
			return manifest_bad(ctx, "the segments are out of order");
	}
	if (!json_pull_ended(json) || manifest->segment_count == 0)
		return manifest_bad(ctx, "\"segments\" is malformed or empty");
	return 0;
}

int manifest_check_totals(struct context *ctx, const struct manifest *manifest)
{
	uint64_t entries = 0, bytes = 0;

	for (size_t i = 0; i < manifest->segment_count; i++) {
		entries += manifest->segments[i].entries;
		bytes += manifest->segments[i].bytes;
	}
	if (manifest->total_files == 0 || manifest->total_files > entries || manifest->total_bytes > bytes ||
	    manifest->changed_files > manifest->total_files)
		return manifest_bad(ctx, "its totals do not fit its segments");
	return 0;
}
