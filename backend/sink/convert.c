/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/location.h"
#include "../core/progress.h"
#include "../set/lines.h"
#include "../set/set.h"
#include "convert_parts.h"

#define COPIED (1u << 20)

/* A table, piece by piece: what it says was looked at by nobody yet, so its digest decides. */
static int copy_table(struct context *ctx, struct set *set, struct converted *to, const struct lines_member *table)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	AUTO_FREE char *buffer = malloc(COPIED);
	char sha256[DIGEST_HEX];
	int r = digest && buffer ? converted_begin(ctx, to, table->name, table->stored) : context_oom(ctx);

	for (uint64_t done = 0; r == 0 && done < table->stored;) {
		uint64_t left = table->stored - done;
		int n = set_member_read(ctx, set, table, done, buffer, left < COPIED ? (size_t)left : COPIED);

		if (n <= 0)
			return n < 0 ? n : context_fail(ctx, EBADMSG, "%s is too short", table->name);
		digest_update(digest, buffer, (size_t)n);
		done += (uint64_t)n;
		r = converted_write(ctx, to, buffer, (size_t)n);
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	if (r < 0)
		return r;
	digest_finish(digest, sha256);
	if (strcmp(sha256, table->sha256) != 0)
		return context_fail(ctx, EBADMSG, "%s is damaged: its checksum is not the manifest's", table->name);
	return converted_end(ctx, to);
}

static int copy_tables(struct context *ctx, struct set *set, struct converted *to)
{
	const struct manifest *manifest = set_manifest(set);
	const struct lines_member tables[] = {
		{ .name = SEGMENT_TABLE_NAME, .what = N_("table of segments"), .stored = manifest->table_stored, .sha256 = manifest->table_sha256 },
		{ .name = INDEX_NAME, .what = N_("index"), .stored = manifest->index_stored, .sha256 = manifest->index_sha256 },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(tables) && r == 0; i++)
		r = copy_table(ctx, set, to, tables + i);
	return r;
}

static int copy_attachments(struct context *ctx, struct set *set, struct converted *to)
{
	const struct manifest *manifest = set_manifest(set);
	int r = 0;

	for (size_t i = 0; i < manifest->attachment_count && r == 0; i++) {
		const struct attachment *attachment = manifest->attachments + i;
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", attachment->name);
		AUTO_FREE void *data = NULL;

		r = name ? set_attachment_load(ctx, set, attachment, &data) : context_oom(ctx);
		if (r == 0)
			r = converted_member(ctx, to, name, data, (size_t)attachment->stored);
	}
	return r;
}

static int copy_segments(struct context *ctx, struct set *set, struct converted *to)
{
	const struct manifest *manifest = set_manifest(set);
	int r = 0;

	for (size_t i = 0; i < manifest->segment_count && r == 0; i++) {
		const struct segment *segment = manifest->segments + i;
		AUTO_FREE void *data = NULL;

		progress_item(ctx, segment_name(segment).text);
		r = set_segment_load(ctx, set, segment, &data);
		if (r == 0)
			r = converted_member(ctx, to, segment_name(segment).text, data, segment->stored);
		if (r == 0)
			progress_add(ctx, segment->stored, 1);
	}
	return r;
}

/* The manifest's bytes: those of the set that was opened. */
static int load_manifest(struct context *ctx, struct set *set, void **ret, size_t *ret_length)
{
	AUTO_MANIFEST struct manifest *manifest = NULL;
	int r = set_file_load(ctx, set, MANIFEST_NAME, MANIFEST_LIMIT, ret, ret_length);

	if (r == -ENOENT)
		return context_fail(ctx, EBADMSG, "%s: %s is no longer there", set_place(set), MANIFEST_NAME);
	if (r == 0)
		r = manifest_parse(ctx, *ret, *ret_length, &manifest);
	if (r == 0 && strcmp(manifest->sha256, set_manifest(set)->sha256) != 0)
		return context_fail(ctx, EBADMSG, "%s holds another recovery set now", set_place(set));
	return r;
}

static int convert_set(struct context *ctx, struct set *set, struct converted *to, struct convert_result *result)
{
	const struct manifest *manifest = set_manifest(set);
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	int r;

	for (size_t i = 0; i < manifest->segment_count; i++)
		result->bytes += manifest->segments[i].stored;
	result->segments = manifest->segment_count;
	result->set_id = strdup(manifest->set_id);
	if (!result->set_id ||
	    (ctx->progress && progress_plan(ctx->progress, "convert", N_("Copying the set"), PROGRESS_CHECK, result->bytes, result->segments) < 0))
		return context_oom(ctx);
	progress_begin(ctx, "convert", result->bytes, result->segments);
	r = load_manifest(ctx, set, &text, &length);
	if (r == 0)
		r = converted_manifest(ctx, to, text, length, false);
	if (r == 0)
		r = copy_tables(ctx, set, to);
	if (r == 0)
		r = copy_attachments(ctx, set, to);
	if (r == 0)
		r = copy_segments(ctx, set, to);
	if (r == 0)
		r = converted_manifest(ctx, to, text, length, true);
	if (r == 0)
		progress_end(ctx);
	return r;
}

/* Standard input that is no file: what it holds is known only when it has passed. */
static bool comes_through_pipe(const char *from)
{
	struct stat st;

	return !strcmp(from, "-") && (fstat(STDIN_FILENO, &st) < 0 || !S_ISREG(st.st_mode));
}

int set_convert(struct context *ctx, const char *from, const char *to, struct convert_result *result)
{
	AUTO_SET struct set *set = NULL;
	struct converted *target = NULL;
	bool pipe = comes_through_pipe(from);
	int r = 0;

	*result = (struct convert_result){ 0 };
	if (pipe && converted_is_stream(to))
		return context_fail(ctx, EINVAL, "a stream from a pipe becomes a directory: a stream of it can be kept as it comes, with 'cat'");
	if (pipe && isatty(STDIN_FILENO))
		return context_fail(ctx, EINVAL, "a set as a stream comes from a pipe or a file, and standard input is a terminal");
	if (!pipe)
		r = set_open(ctx, from, &set);
	if (r == 0)
		r = converted_open(ctx, to, &target);
	if (r == 0)
		r = pipe ? convert_pipe(ctx, STDIN_FILENO, target, result) : convert_set(ctx, set, target, result);
	return converted_close(ctx, target, r);
}
