/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a set at its place: manifest and table of segments are read and checked; of a stream, the index is kept. */
#include <errno.h>
#include <string.h>

#include "../remote/file_server.h"
#include "segment_table.h"
#include "stream_table.h"
#include "set_discs.h"
#include "set_parts.h"

/* The sentence for a place where no set was found; where the place itself was refused, it stands. */
static int fail_open(struct context *ctx, const char *place, int r)
{
	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r == -ENOENT)
		return context_fail(ctx, ENOENT, "there is no recovery set at %s: no %s is there", place, MANIFEST_NAME);
	if (r == -EBADMSG)
		return context_fail(ctx, EBADMSG, "the recovery set at %s cannot be opened: the image it lies on is damaged", place);
	if (r == -ESPIPE)
		return context_fail(ctx, ESPIPE, "this stream was written by a capture, which tells only at its end what is in it, and from a pipe it is read once. Write it "
				    "into a file and name that, or make a directory of it: lifeboat set convert - DIRECTORY");
	/* What libarchive says of a file that is none of its formats. */
	if (r == -EILSEQ && !strcmp(place, "-"))
		return context_fail(ctx, EINVAL, "there is no recovery set on standard input: it is no tar archive with a set");
	if (r == -EILSEQ)
		return context_fail(ctx, EINVAL, "there is no recovery set at %s: it is neither a directory nor an ISO image", place);
	return context_fail(ctx, -r, "the recovery set at %s cannot be opened: %s", place, strerror(-r));
}

static int open_source(struct context *ctx, const char *text, struct set *set)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, text, &location);

	if (r < 0)
		return r;
	set->location = location_print(location);
	set->place = location_show(location);
	if (!set->location || !set->place)
		return context_oom(ctx);
	if (location_has_scheme(location, "nfs") || location_has_scheme(location, "smb") ||
	    (location_has_scheme(location, LOCATION_PATH) && file_server_has(ctx, location->path)))
		set->source->patience = FILE_SERVER_PATIENCE_S;
	set->source->in_place = location_has_scheme(location, "tape");
	r = patient_open(ctx, set->source, set->location);
	if (r == 0 && location->path && (location_has_scheme(location, LOCATION_PATH) || location_has_scheme(location, LOCATION_ID)) &&
	    !set->source->table && !set_is_stream(set))
		r = source_spread(ctx, set->source, location->path);
	return r < 0 ? fail_open(ctx, set->place, r) : 0;
}

/* Of a stream that is taken as it comes there is only the beginning yet, which knows nothing of the tables. */
static int load_beginning(struct context *ctx, struct set *set)
{
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = patient_load(ctx, set->source, STREAM_BEGIN_NAME, MANIFEST_LIMIT, &text, &length);

	if (r == 0)
		r = manifest_parse_beginning(ctx, text, length, &set->manifest);
	if (r == -EBADMSG || r == -ENOENT)
		r = context_reword(ctx, EBADMSG, "the beginning of the stream %s, %s, is damaged: nothing is restored while it passes. Store it first: what the set is stands at "
				   "its end, too (lifeboat set convert - DIRECTORY)", set->place, STREAM_BEGIN_NAME);
	if (r == 0)
		set->manifest->segment_count = 0;
	return context_scope_keep(&scope, r);
}

static int load_manifest(struct context *ctx, struct set *set)
{
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	int r = set_is_stream(set) ? 0 : patient_look(ctx, set->source, MANIFEST_NAME, &set->file);

	if (r == 0)
		r = patient_load(ctx, set->source, MANIFEST_NAME, MANIFEST_LIMIT, &text, &length);
	if (r == -EFBIG)
		return context_fail(ctx, EBADMSG, "the manifest %s is not valid: it is too long", MANIFEST_NAME);
	if (r == SOURCE_NO_FILE)
		return context_fail(ctx, EBADMSG, "the manifest %s at %s is no regular file", MANIFEST_NAME, set->place);
	if (r < 0)
		return fail_open(ctx, set->place, r);
	return digest_buffer(text, length, set->file_sha256) < 0 ? context_oom(ctx) : manifest_parse(ctx, text, length, &set->manifest);
}

/* What a stream as captured begins with is of the same set as what ends it: else two were put together. */
static int check_beginning(struct context *ctx, struct set *set)
{
	AUTO_FREE void *text = NULL;
	AUTO_MANIFEST struct manifest *beginning = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	size_t length = 0;
	int r = patient_load(ctx, set->source, STREAM_BEGIN_NAME, MANIFEST_LIMIT, &text, &length);

	if (r == 0)
		r = manifest_parse_beginning(ctx, text, length, &beginning);
	if (r == 0 && strcmp(beginning->set_id, set->manifest->set_id) != 0)
		return context_scope_keep(&scope, context_fail(ctx, EBADMSG, "%s begins as the set %s and ends as another one, %s: parts of two streams were put together",
							       set->place, beginning->set_id, set->manifest->set_id));
	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	context_scope_end(&scope);
	/* With its tables first it has none. */
	if (r < 0 && r != -ENOENT)
		context_warn(ctx, "The beginning of the stream %s is damaged. It proves nothing, and the set is read without it", set->place);
	return 0;
}

static void warn_behind(struct context *ctx, const struct set *set, uint64_t behind)
{
	if (behind)
		context_warn(ctx, "Behind the end of the recovery set in %s there are %llu bytes that are no part of it: they are not read", set->place,
			     (unsigned long long)behind);
}

/* What a look at the headers of a stream in a file has told. */
static int check_stream(struct context *ctx, struct set *set)
{
	const struct stream_table *table = set->source->table;

	if (table->bad_headers)
		context_warn(ctx, "Headers between the members of the stream %s are damaged (%llu of them); the members behind them count as missing", set->place,
			     (unsigned long long)table->bad_headers);
	warn_behind(ctx, set, table->behind);
	return table->as_captured ? check_beginning(ctx, set) : 0;
}

static int check_passed(struct context *ctx, struct set *set)
{
	warn_behind(ctx, set, set->source->behind);
	return check_beginning(ctx, set);
}

/* Each disc says of which set it is. */
static int check_discs(struct context *ctx, const struct set *set)
{
	const struct discs *discs = set_discs(set);

	if (!strcmp(discs->sha256, set->manifest->sha256) && discs_segments(discs) == set->manifest->segment_count)
		return 0;
	return context_fail(ctx, EBADMSG, "%s is one of several discs, and its file %s belongs to another recovery set", set->place, VOLUME_NAME);
}

/* Manifest and table are there: what is left to be looked at. */
static int check_opened(struct context *ctx, struct set *set)
{
	int r = 0;

	if (set->source->table)
		r = check_stream(ctx, set);
	if (r == 0 && set->source->passed)
		r = check_passed(ctx, set);
	if (r == 0 && set_discs(set))
		r = check_discs(ctx, set);
	if (r == 0)
		r = segment_table_read(ctx, set, set->manifest);
	if (r == 0 && set_is_stream(set) && !set->source->passed)
		r = set_keep_index(ctx, set);
	return r;
}

static int open_set(struct context *ctx, const char *place, bool passes, bool arrives, struct set **ret)
{
	AUTO_SET struct set *set = calloc(1, sizeof(*set));
	int r;

	if (!set)
		return context_oom(ctx);
	set->index_fd = -1;
	set->source = source_new();
	if (!set->source)
		return context_oom(ctx);
	set->source->passes = passes;
	set->source->arrives = arrives;
	r = open_source(ctx, place, set);
	if (r == 0 && arrives && set_is_stream(set) && set_has_passed(set))
		r = load_beginning(ctx, set);
	else if (r == 0 && (r = load_manifest(ctx, set)) == 0)
		r = check_opened(ctx, set);
	if (r == 0)
		*ret = TAKE_POINTER(set);
	return r;
}

int set_open(struct context *ctx, const char *place, struct set **ret)
{
	return open_set(ctx, place, false, false, ret);
}

int set_open_passing(struct context *ctx, const char *place, struct set **ret)
{
	return open_set(ctx, place, true, false, ret);
}

int set_open_arriving(struct context *ctx, const char *place, struct set **ret)
{
	return open_set(ctx, place, false, true, ret);
}

/* Disks were prepared by what the beginning said of them. */
static int check_layout(struct context *ctx, const struct set *set)
{
	json_t *beginning = layout_to_json(set->beginning->layout), *layout = layout_to_json(set->manifest->layout);
	bool equal = beginning && layout && json_equal(beginning, layout);

	json_decref(beginning);
	json_decref(layout);
	return equal ? 0 : context_fail(ctx, EBADMSG, "the stream %s ends with another picture of the machine's storage than it began with: its parts do not belong together",
					set->place);
}

int set_arrive(struct context *ctx, struct set *set)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct manifest *beginning = TAKE_POINTER(set->manifest);
	int r = load_manifest(ctx, set);

	if (r == -ENOENT)
		r = context_reword(ctx, EBADMSG, "the stream %s ends, or is damaged, before its last member, %s: there is no whole recovery set in it, and what is missing of it is "
				   "unknown. Its capture was stopped, or it did not come whole", set->place, MANIFEST_NAME);
	if (r < 0) {
		manifest_free(set->manifest);
		set->manifest = beginning;
		return context_scope_keep(&scope, r);
	}
	set->beginning = beginning;
	r = check_opened(ctx, set);
	return context_scope_keep(&scope, r < 0 ? r : check_layout(ctx, set));
}

void set_close(struct set *set)
{
	if (!set)
		return;
	source_stop(set->source);
	source_release(set->source);
	if (set->index_fd >= 0)
		close(set->index_fd);
	text_wipe(set->location);
	free(set->place);
	set_forget_attachments(set);
	manifest_free(set->manifest);
	manifest_free(set->beginning);
	free(set);
}
