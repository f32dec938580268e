/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "passed.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

struct passed *passed_find(struct passed_members *passed, const char *name)
{
	for (size_t i = 0; i < passed->other_count; i++)
		if (!strcmp(passed->others[i].name, name))
			return passed->others + i;
	return NULL;
}

int passed_is_new(struct passed_members *passed, uint32_t number)
{
	size_t at = number / 8, length = passed->seen_length ? passed->seen_length : 4096;
	unsigned char bit = (unsigned char)(1u << number % 8);

	while (length <= at)
		length *= 2;
	if (length > passed->seen_length) {
		unsigned char *grown = realloc(passed->seen, length);

		if (!grown)
			return -ENOMEM;
		memset(grown + passed->seen_length, 0, length - passed->seen_length);
		passed->seen = grown;
		passed->seen_length = length;
	}
	if (passed->seen[at] & bit)
		return 0;
	passed->seen[at] |= bit;
	return 1;
}

struct passed *passed_add_segment(struct passed_members *passed, uint32_t number)
{
	if (passed->segment_count == passed->segment_capacity) {
		size_t capacity = passed->segment_capacity ? 2 * passed->segment_capacity : 256;
		struct passed *grown = reallocarray(passed->segments, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		passed->segments = grown;
		passed->segment_capacity = capacity;
	}
	passed->segments[passed->segment_count] = (struct passed){ .number = number };
	return passed->segments + passed->segment_count++;
}

struct passed *passed_add(struct passed_members *passed, const char *name)
{
	struct passed *one;

	if (!passed->others)
		passed->others = calloc(PASSED_OTHERS_MAX, sizeof(*passed->others));
	if (!passed->others)
		return NULL;
	one = passed->others + passed->other_count;
	one->name = strdup(name);
	passed->other_count += one->name != NULL;
	return one->name ? one : NULL;
}

static int compare_numbers(const void *a, const void *b)
{
	const struct passed *one = a, *two = b;

	return one->number < two->number ? -1 : one->number > two->number;
}

void passed_sort(struct passed_members *passed)
{
	if (passed->segment_count)
		qsort(passed->segments, passed->segment_count, sizeof(*passed->segments), compare_numbers);
}

struct passed *passed_find_segment(struct passed_members *passed, uint32_t number)
{
	const struct passed wanted = { .number = number };

	return passed->segment_count ? bsearch(&wanted, passed->segments, passed->segment_count, sizeof(*passed->segments), compare_numbers) : NULL;
}

/* What passed as NAME is what the manifest tells of. */
static int check(struct context *ctx, struct passed *one, const char *name, uint64_t size, const unsigned char sha256[DIGEST_BYTES])
{
	if (!one)
		return context_fail(ctx, EBADMSG, "the stream does not hold %s", name);
	one->checked = true;
	if (one->size != size || memcmp(one->sha256, sha256, DIGEST_BYTES) != 0)
		return context_fail(ctx, EBADMSG, "%s is damaged: its checksum is not the manifest's. Nothing was stored", name);
	return 0;
}

static int check_other(struct context *ctx, struct passed_members *passed, const char *name, uint64_t size, const char *sha256)
{
	unsigned char bytes[DIGEST_BYTES];

	digest_parse(sha256, bytes);
	return check(ctx, passed_find(passed, name), name, size, bytes);
}

static int check_segments(struct context *ctx, struct passed_members *passed, const struct manifest *manifest)
{
	size_t at = 0;
	int r = 0;

	passed_sort(passed);
	for (size_t i = 0; i < manifest->segment_count && r == 0; i++) {
		const struct segment *segment = manifest->segments + i;
		bool there = at < passed->segment_count && passed->segments[at].number == segment->number;

		r = check(ctx, there ? passed->segments + at : NULL, segment_name(segment).text, segment->stored, segment->sha256);
		at += there;
	}
	return r;
}

static int fail_foreign(struct context *ctx)
{
	return context_fail(ctx, EBADMSG, "the stream holds a member that its manifest does not tell of: parts of two sets were put together. Nothing was stored");
}

int passed_check(struct context *ctx, struct passed_members *passed, const struct manifest *manifest)
{
	int r = check_segments(ctx, passed, manifest);

	if (r == 0)
		r = check_other(ctx, passed, INDEX_NAME, manifest->index_stored, manifest->index_sha256);
	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", manifest->attachments[i].name);

		r = name ? check_other(ctx, passed, name, manifest->attachments[i].stored, manifest->attachments[i].sha256) : context_oom(ctx);
	}
	for (size_t i = 0; r == 0 && i < passed->segment_count; i++)
		if (!passed->segments[i].checked)
			r = fail_foreign(ctx);
	for (size_t i = 0; r == 0 && i < passed->other_count; i++)
		if (!passed->others[i].checked)
			r = fail_foreign(ctx);
	return r;
}

void passed_done(struct passed_members *passed)
{
	for (size_t i = 0; i < passed->other_count; i++)
		free(passed->others[i].name);
	free(passed->others);
	free(passed->segments);
	free(passed->seen);
}
