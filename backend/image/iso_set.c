/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iso_set.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/progress.h"
#include "../set/index.h"
#include "iso_set_copy.h"

#define ANY_LENGTH UINT64_MAX
#define SIGNATURE_NAME MANIFEST_NAME ".minisig"

/* A directory of this machine is taken as it is; a stream passes once. */
static int check_place(struct context *ctx, const char *place, bool *ret_here)
{
	AUTO_LOCATION struct location *location = NULL;
	struct stat st;
	int r = location_parse(ctx, place, &location);

	if (r < 0)
		return r;
	if (location_has_scheme(location, LOCATION_STREAM))
		return context_fail(ctx, EOPNOTSUPP, "-: a set to put on a medium is copied from a directory, an image or a server; name that");
	*ret_here = location_has_scheme(location, LOCATION_PATH) || location_has_scheme(location, LOCATION_ID);
	if (!*ret_here)
		return 0;
	if (stat(place, &st) < 0)
		return context_fail(ctx, errno, "Cannot read the set %s: %s", place, strerror(errno));
	*ret_here = S_ISDIR(st.st_mode);
	return 0;
}

int iso_set_open(struct context *ctx, const char *location, struct iso_set *ret)
{
	AUTO_FREE char *manifest = NULL;
	bool here;
	int r = check_place(ctx, location, &here);

	if (r == 0)
		r = set_open(ctx, location, &ret->set);
	if (r < 0 || !here)
		return r;
	manifest = text_format("%s/" MANIFEST_NAME, location);
	if (!manifest)
		return context_oom(ctx);
	ret->directory = access(manifest, F_OK) < 0 ? text_format("%s/lifeboat", location) : strdup(location);
	return ret->directory ? 0 : context_oom(ctx);
}

void iso_set_done(struct iso_set *set)
{
	set_close(set->set);
	free(set->directory);
}

static int add_member(struct context *ctx, const struct iso_set *set, struct grafts *grafts, const char *member, uint64_t length)
{
	AUTO_FREE char *name = text_format("/lifeboat/%s", member);
	AUTO_FREE char *source = text_format("%s/%s", set->directory, member);
	struct stat st;

	if (!name || !source)
		return context_oom(ctx);
	if (stat(source, &st) < 0)
		return context_fail(ctx, EBADMSG, "The set in %s is not whole: its member %s cannot be read: %s", set->directory, member,
				    strerror(errno));
	if (length != ANY_LENGTH && (uint64_t)st.st_size != length)
		return context_fail(ctx, EBADMSG, "The set in %s is not whole: its member %s has %llu bytes and should have %llu",
			set->directory, member, (unsigned long long)st.st_size, (unsigned long long)length);
	return grafts_add(ctx, grafts, name, source);
}

int iso_set_fetch(struct context *ctx, struct iso_set *set, const char *work)
{
	if (set->directory)
		return 0;
	set->directory = text_format("%s/set", work);
	return set->directory ? iso_set_copy(ctx, set->set, set->directory) : context_oom(ctx);
}

int iso_set_add_manifest(struct context *ctx, const struct iso_set *set, struct grafts *grafts)
{
	AUTO_FREE char *signature = text_format("%s/" SIGNATURE_NAME, set->directory);
	int r = add_member(ctx, set, grafts, MANIFEST_NAME, ANY_LENGTH);

	if (r == 0 && signature && access(signature, F_OK) == 0)
		r = add_member(ctx, set, grafts, SIGNATURE_NAME, ANY_LENGTH);
	return r == 0 ? add_member(ctx, set, grafts, SEGMENT_TABLE_NAME, set_manifest(set->set)->table_stored) : r;
}

static int add_attachments(struct context *ctx, const struct iso_set *set, struct grafts *grafts)
{
	const struct manifest *manifest = set_manifest(set->set);
	int r = 0;

	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", manifest->attachments[i].name);

		r = name ? add_member(ctx, set, grafts, name, manifest->attachments[i].stored) : context_oom(ctx);
	}
	return r;
}

int iso_set_add_index(struct context *ctx, const struct iso_set *set, struct grafts *grafts)
{
	int r = add_member(ctx, set, grafts, INDEX_NAME, set_manifest(set->set)->index_stored);

	return r == 0 ? add_attachments(ctx, set, grafts) : r;
}

int iso_set_add_segments(struct context *ctx, const struct iso_set *set, size_t first, size_t count, struct grafts *grafts)
{
	const struct manifest *manifest = set_manifest(set->set);
	int r = 0;

	for (size_t i = first; r == 0 && i < first + count; i++)
		r = add_member(ctx, set, grafts, segment_name(manifest->segments + i).text, manifest->segments[i].stored);
	return r;
}

int iso_set_add(struct context *ctx, struct iso_set *set, const char *work, struct grafts *grafts)
{
	const struct manifest *manifest = set_manifest(set->set);
	int r = iso_set_fetch(ctx, set, work);

	if (r == 0)
		r = iso_set_add_manifest(ctx, set, grafts);
	if (r == 0)
		r = add_attachments(ctx, set, grafts);
	if (r == 0)
		r = iso_set_add_segments(ctx, set, 0, manifest->segment_count, grafts);
	return r < 0 ? r : add_member(ctx, set, grafts, INDEX_NAME, manifest->index_stored);
}

uint64_t iso_set_bytes(const struct iso_set *set)
{
	const struct manifest *manifest = set_manifest(set->set);
	uint64_t bytes = manifest->table_stored + manifest->index_stored;

	for (size_t i = 0; i < manifest->attachment_count; i++)
		bytes += manifest->attachments[i].stored;
	for (size_t i = 0; i < manifest->segment_count; i++)
		bytes += manifest->segments[i].stored;
	return bytes;
}

int iso_set_check(struct context *ctx, const struct iso_set *set, const char *image)
{
	const struct manifest *manifest;
	struct set AUTO_SET *written = NULL;
	int r = set_open(ctx, image, &written);

	if (r < 0)
		return r;
	manifest = set_manifest(written);
	if (strcmp(manifest->set_id, set_manifest(set->set)->set_id) != 0)
		return context_fail(ctx, EBADMSG, "The set in %s was changed while it was written", set_place(set->set));
	for (size_t i = 0; r == 0 && i < manifest->attachment_count; i++) {
		AUTO_FREE void *attachment = NULL;

		r = set_attachment_load(ctx, written, &manifest->attachments[i], &attachment);
	}
	for (size_t i = 0; r == 0 && i < manifest->segment_count; i++) {
		AUTO_FREE void *segment = NULL;

		r = set_segment_load(ctx, written, &manifest->segments[i], &segment);
		progress_add(ctx, manifest->segments[i].stored, 0);
	}
	return r < 0 ? r : index_check(ctx, written);
}
