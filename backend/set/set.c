/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "set.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../remote/remote.h"
#include "lines.h"
#include "set_parts.h"
#include "slow_disc.h"
#include "set_discs.h"

void set_be_patient(struct set *set, double seconds, double server_seconds)
{
	set->source->patience = seconds;
	if (server_seconds > 0 && set->source->remote)
		remote_be_patient(set->source->remote, server_seconds);
}

const struct manifest *set_manifest(const struct set *set)
{
	return set->manifest;
}

const char *set_location(const struct set *set)
{
	return set->location;
}

const char *set_place(const struct set *set)
{
	return set->place;
}

bool set_is_random_access(const struct set *set)
{
	return source_is_random_access(set->source);
}

unsigned set_readers(const struct set *set)
{
	return set->source->type->readers ? set->source->type->readers : 1;
}

bool set_is_stream(const struct set *set)
{
	return source_is_stream(set->source);
}

bool set_is_on_tape(const struct set *set)
{
	return set->source->tape;
}

void set_let_go(struct set *set)
{
	if (set->source->tape)
		set->source->let_go(set->source->tape);
}

int set_read_to_end(struct context *ctx, struct set *set)
{
	uint64_t behind = 0;
	int r = set_is_stream(set) && !set_has_passed(set) ? patient_drain(ctx, set->source, &behind) : 0;

	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r < 0)
		return context_fail(ctx, -r, "the end of the stream %s cannot be read: %s", set->place, strerror(-r));
	if (behind)
		context_warn(ctx, "Behind the end of the recovery set in %s there are %llu bytes that are no part of it: they are not read", set->place,
			     (unsigned long long)behind);
	return 0;
}

const struct discs *set_discs(const struct set *set)
{
	return source_discs(set->source);
}

void set_ask_for_discs(struct set *set, set_ask_disc *ask, void *data)
{
	set->ask = ask;
	set->ask_data = data;
}

const char *set_present_location(const struct set *set)
{
	return set->source->spread ? source_disc_place(set->source) : set->location;
}

bool set_is_directory(const struct set *set, int directory)
{
	struct stat one, other;

	return set->source->fd >= 0 && source_is_random_access(set->source) && fstat(set->source->fd, &one) == 0 && fstat(directory, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* ---- whether it is still there ---- */

#define DISC_TRIES 3 /* a disc that is there each time it is asked for, and goes away each time it is read */
#define ATTACHMENTS_KEPT (256u << 20) /* bytes of all of them */
#define TOUCHED 32 /* segments of which two blocks are read: a disc drive seeks for each */

/* What the source said of R, in the scope that it was asked in. New string. */
static char *reason(struct context *ctx, int r)
{
	return strdup(*context_detail(ctx) ? context_detail(ctx) : strerror(-r));
}

static int fail_away(struct context *ctx, const struct set *set, int r)
{
	AUTO_FREE char *why = reason(ctx, r);

	if (!why)
		return context_oom(ctx);
	if (r == -ECANCELED)
		return context_cancelled(ctx);
	if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return context_reword(ctx, -r, "The recovery set at %s could not be looked at: %s", set->place, why);
	if (r == -EMEDIUMTYPE)
		return context_reword(ctx, ENOMEDIUM, "%s holds another recovery set now", set->place);
	return context_reword(ctx, ENOMEDIUM, "The recovery set at %s cannot be reached any more: %s", set->place, why);
}

int set_look(struct context *ctx, struct set *set)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct member_state file;
	int r = set_is_stream(set) ? 0 : patient_touch(ctx, set->source, MANIFEST_NAME, &file);

	if (r == 0 && !set_is_stream(set) && strcmp(file.version, set->file.version))
		r = -EMEDIUMTYPE;
	return context_scope_keep(&scope, r < 0 ? fail_away(ctx, set, r) : 0);
}

/* The sentence for a member that could not be read, in the scope that it was asked for in; WHAT names it, STORED is its length in the manifest. */
static int fail_member(struct context *ctx, const struct set *set, int r, const char *name, const char *what, uint64_t stored)
{
	AUTO_FREE char *why = reason(ctx, r);
	const char *location = set->place;

	if (!why)
		return context_oom(ctx);
	what = sentence_words(what);
	switch (-r) {
	case ECANCELED:
		return context_cancelled(ctx);
	case ENOENT:
		return context_reword(ctx, EBADMSG, set_is_stream(set) ? N_("%s %s is missing from the stream %s, or comes in another order") :
				    N_("%s %s is missing from the set at %s"), what, name, location);
	case -SOURCE_NO_FILE:
		return context_reword(ctx, EBADMSG, "%s %s of the set at %s is no regular file", what, name, location);
	case ESPIPE:
		return context_reword(ctx, ESPIPE, "%s %s has passed with the stream and was not kept. Store the set first, in a directory (lifeboat set convert - DIRECTORY) or "
				      "a file", what, name);
	case ENOMEDIUM:
		return context_reword(ctx, ENOMEDIUM, "%s %s cannot be read: %s", what, name, why);
	case EFBIG:
		return context_reword(ctx, EBADMSG, "%s %s is longer than the manifest says (%llu bytes)", what, name,
			(unsigned long long)stored);
	case ENOMEM:
		return context_reword(ctx, ENOMEM, "out of memory for %s %s (%llu bytes)", what, name, (unsigned long long)stored);
	case EBADMSG:
		return context_reword(ctx, EBADMSG, set_is_stream(set) ? N_("%s %s cannot be read: the stream %s ends in the middle of it") :
				    N_("%s %s cannot be read: the image %s, on which it lies, is damaged or cut short"), what, name, location);
	case EMFILE:
	case ENFILE:
		return context_reword(ctx, -r, "%s %s cannot be opened: %s", what, name, why);
	default:
		/* ENXIO, ESTALE, EUCLEAN, EACCES, ...: to who reads a set they are one. */
		return context_reword(ctx, EIO, set->source->type->look ? N_("%s %s cannot be read from %s: %s") :
				    N_("%s %s cannot be read from %s: %s; check the medium"), what, name, location, why);
	}
}

/* What looks like damage of a member is none where all of the set is away: then that is said. 0 or R comes back as it was. */
static int tell_away(struct context *ctx, struct set *set, int r)
{
	struct error_scope scope;

	if (!set_error_is_damage(r))
		return r;
	scope = context_scope_begin(ctx);
	if (set_look(ctx, set) == -ENOMEDIUM) {
		AUTO_FREE char *why = strdup(context_detail(ctx));

		context_scope_end(&scope);
		return context_reword(ctx, ENOMEDIUM, "%s", why ? why : sentence_words(N_("the recovery set cannot be reached any more")));
	}
	context_scope_end(&scope);
	return r;
}

static int touch_member(struct context *ctx, struct set *set, const char *name, const char *what, uint64_t stored)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct member_state state;
	int r = context_check_cancel(ctx);

	if (r == 0)
		r = patient_touch(ctx, set->source, name, &state);
	if (r == 0 && source_is_random_access(set->source) && state.size != stored && state.size != MEMBER_SIZE_UNKNOWN)
		r = context_fail(ctx, EBADMSG, "%s %s has another length than the manifest says", sentence_words(what), name);
	else if (r < 0)
		r = tell_away(ctx, set, fail_member(ctx, set, r, name, what, stored));
	return context_scope_keep(&scope, r);
}

int set_look_closely(struct context *ctx, struct set *set)
{
	const struct manifest *manifest = set->manifest;
	size_t step = manifest->segment_count / TOUCHED + 1;
	char sha256[DIGEST_HEX];
	int r = set_look(ctx, set);

	if (r < 0 || set_is_stream(set))
		return r;
	if (source_is_random_access(set->source)) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = patient_digest(ctx, set->source, MANIFEST_NAME, MANIFEST_LIMIT, sha256);
		if (r == 0 && strcmp(sha256, set->file_sha256))
			r = -EMEDIUMTYPE;
		if (r < 0)
			return context_scope_keep(&scope, fail_away(ctx, set, r));
	}
	r = touch_member(ctx, set, SEGMENT_TABLE_NAME, N_("the table of segments"), manifest->table_stored);
	if (r == 0)
		r = touch_member(ctx, set, INDEX_NAME, N_("the index"), manifest->index_stored);
	for (size_t i = 0; r == 0 && i < manifest->segment_count; i += step)
		r = touch_member(ctx, set, segment_name(manifest->segments + i).text, N_("segment"), manifest->segments[i].stored);
	return r;
}

int set_stamp(struct context *ctx, struct set *set, char ret[DIGEST_HEX])
{
	/* An image is one file. */
	size_t count = source_is_random_access(set->source) ? set->manifest->segment_count : 0;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = patient_stamp(ctx, set->source, count, ret);

	return context_scope_keep(&scope, r < 0 ? fail_away(ctx, set, r) : 0);
}

/* ---- its members ---- */

/* Of a set on several discs: the one with NAME is open after it. */
static int bring(struct context *ctx, struct set *set, const char *name)
{
	return set->source->spread ? source_bring(ctx, set->source, name, set->ask, set->ask_data) : 0;
}

/* A read error need not be the last word of a disc. */
static int load_patiently(struct context *ctx, struct set *set, const char *name, uint64_t stored, void **ret, size_t *ret_length)
{
	int r = patient_load(ctx, set->source, name, stored, ret, ret_length);

	for (unsigned tries = 0; r == -EIO && context_check_cancel(ctx) == 0; tries++) {
		AUTO_CLOSE int fd = source_directory(set->source);

		if (fd < 0 || !slow_disc_try_again(ctx, fd, tries))
			return r;
		context_clear(ctx);
		r = patient_load(ctx, set->source, name, stored, ret, ret_length);
	}
	return r;
}

/* A member of known length and digest; WHAT names it in sentences. */
static int load_checked(struct context *ctx, struct set *set, const char *name, const char *what, uint64_t stored,
			const char *sha256, void **ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE void *data = NULL;
	char found[DIGEST_HEX];
	size_t length = 0;
	int r = context_check_cancel(ctx);

	if (r == 0)
		r = bring(ctx, set, name);
	if (r < 0)
		return context_scope_keep(&scope, r);
	r = load_patiently(ctx, set, name, stored, &data, &length);
	if (r < 0)
		return context_scope_keep(&scope, fail_member(ctx, set, r, name, what, stored));
	context_scope_end(&scope);
	if (length < stored)
		return context_fail(ctx, EBADMSG, "%s %s is too short: %zu bytes instead of %llu", sentence_words(what), name, length,
			(unsigned long long)stored);
	if (digest_buffer(data, length, found) < 0)
		return context_oom(ctx);
	if (strcmp(found, sha256))
		return context_fail(ctx, EBADMSG, "%s %s is damaged: its checksum is not the manifest's", sentence_words(what), name);
	*ret = TAKE_POINTER(data);
	return 0;
}

/* Damage is told with the disc that it is on. R comes back. */
static int name_disc(struct context *ctx, struct set *set, int r)
{
	AUTO_FREE char *disc = NULL, *why = NULL;
	uint32_t number = source_disc_number(set->source);

	if (!set_error_is_damage(r) || !number)
		return r;
	disc = discs_describe(set_discs(set), number);
	why = strdup(context_detail(ctx));
	return disc && why ? context_reword(ctx, -r, "%s, on %s", why, disc) : r;
}

/* A disc that was taken out while it was read is asked for again. */
static int load_member(struct context *ctx, struct set *set, const char *name, const char *what, uint64_t stored, const char *sha256, void **ret)
{
	if (!set->source->spread)
		return tell_away(ctx, set, load_checked(ctx, set, name, what, stored, sha256, ret));
	for (unsigned tries = 0;; tries++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		int r = tell_away(ctx, set, load_checked(ctx, set, name, what, stored, sha256, ret));

		if (r != -ENOMEDIUM || !set->ask || source_disc_number(set->source) == 0 || tries == DISC_TRIES)
			return name_disc(ctx, set, context_scope_keep(&scope, r));
		context_info(ctx, "%s", context_detail(ctx));
		source_let_go(set->source);
	}
}

int set_segment_load(struct context *ctx, struct set *set, const struct segment *segment, void **ret)
{
	char sha256[DIGEST_HEX];

	digest_print(segment->sha256, sha256);
	return load_member(ctx, set, segment_name(segment).text, N_("segment"), segment->stored, sha256, ret);
}

static int load_attachment(struct context *ctx, struct set *set, const struct attachment *attachment, void **ret)
{
	AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", attachment->name);

	if (!name)
		return context_oom(ctx);
	if (set->source->spread)
		return load_member(ctx, set, name, N_("attachment"), attachment->stored, attachment->sha256, ret);
	return load_checked(ctx, set, name, N_("attachment"), attachment->stored, attachment->sha256, ret);
}

int set_attachment_load(struct context *ctx, struct set *set, const struct attachment *attachment, void **ret)
{
	size_t place = (size_t)(attachment - set->manifest->attachments);
	void *copy;

	if (!set->attachments || place >= set->manifest->attachment_count)
		return load_attachment(ctx, set, attachment, ret);
	copy = malloc((size_t)attachment->stored + 1);
	if (!copy)
		return context_oom(ctx);
	*ret = memcpy(copy, set->attachments[place], (size_t)attachment->stored);
	return 0;
}

int set_keep_attachments(struct context *ctx, struct set *set)
{
	size_t count = set->manifest->attachment_count;
	uint64_t bytes = 0;
	int r = 0;

	/* One that arrives keeps them itself. */
	if (!set_is_stream(set) || set->source->passed || set->attachments || !count)
		return 0;
	for (size_t i = 0; i < count; i++)
		bytes += set->manifest->attachments[i].stored;
	if (bytes > ATTACHMENTS_KEPT)
		return context_fail(ctx, EFBIG, "The recovery set keeps more beside its files than can be held in memory while it passes. Store it in a directory first "
				    "(lifeboat set convert - DIRECTORY), and name that");
	set->attachments = calloc(count, sizeof(*set->attachments));
	if (!set->attachments)
		return context_oom(ctx);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = load_attachment(ctx, set, set->manifest->attachments + i, set->attachments + i);
	if (r < 0)
		set_forget_attachments(set);
	return r;
}

void set_forget_attachments(struct set *set)
{
	const struct manifest *manifest = set->beginning ? set->beginning : set->manifest;

	for (size_t i = 0; set->attachments && i < manifest->attachment_count; i++) {
		/* They may hold keys. */
		if (set->attachments[i])
			explicit_bzero(set->attachments[i], (size_t)manifest->attachments[i].stored);
		free(set->attachments[i]);
	}
	free(set->attachments);
	set->attachments = NULL;
}

bool set_has_passed(const struct set *set)
{
	return set->source->passed;
}

bool set_is_arriving(const struct set *set)
{
	return set->manifest->is_beginning;
}

bool set_has_arrived(const struct set *set)
{
	return set->beginning;
}

int set_next_segment(struct context *ctx, struct set *set, uint32_t *ret_number, void **ret, size_t *ret_size)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = patient_arrive(ctx, set->source, ret_number, ret, ret_size);

	if (r >= 0 || *context_detail(ctx))
		return context_scope_keep(&scope, r);
	if (r == -ECANCELED)
		return context_scope_keep(&scope, context_cancelled(ctx));
	if (r == -ENOMEM)
		return context_scope_keep(&scope, context_oom(ctx));
	if (r == -EBADMSG)
		return context_scope_keep(&scope, context_fail(ctx, EBADMSG, "the stream %s is damaged: a segment is longer than any may be, or is cut off", set->place));
	return context_scope_keep(&scope, context_fail(ctx, -r, "the stream %s cannot be read: %s", set->place, strerror(-r)));
}

int set_segment_keep(struct context *ctx, struct set *set, uint32_t number, const void *data, size_t size)
{
	int r = source_keep(set->source, number, data, size);

	return r == 0 ? 0 : context_fail(ctx, -r, "A part of the recovery set, %zu bytes, cannot be kept in a file below TMPDIR, /var/tmp or /tmp: %s", size, strerror(-r));
}

/* SEGMENTS_LIMIT: NAME is of no segment. */
static int check_passed(struct context *ctx, struct set *set, const char *name, const char *what, uint32_t number, uint64_t stored,
			const char *sha256)
{
	char found[DIGEST_HEX];
	uint64_t size = 0;
	int r = source_find_passed(set->source, number == SEGMENTS_LIMIT ? name : NULL, number, &size, found);

	if (r < 0)
		return context_fail(ctx, EBADMSG, "%s %s is missing from the stream %s, or comes in another order", sentence_words(what), name, set->place);
	if (size != stored || strcmp(found, sha256) != 0)
		return context_fail(ctx, EBADMSG, "%s %s is damaged: its checksum is not the manifest's", sentence_words(what), name);
	return 0;
}

int set_segment_check(struct context *ctx, struct set *set, const struct segment *segment)
{
	char sha256[DIGEST_HEX];

	digest_print(segment->sha256, sha256);
	return check_passed(ctx, set, segment_name(segment).text, N_("segment"), segment->number, segment->stored, sha256);
}

int set_attachment_check(struct context *ctx, struct set *set, const struct attachment *attachment)
{
	AUTO_FREE char *name = text_format(ATTACHMENTS_NAME "/%s", attachment->name);

	return name ? check_passed(ctx, set, name, N_("attachment"), SEGMENTS_LIMIT, attachment->stored, attachment->sha256) : context_oom(ctx);
}

int set_file_load(struct context *ctx, struct set *set, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = bring(ctx, set, name);

	if (r < 0)
		return context_scope_keep(&scope, r);
	r = patient_load(ctx, set->source, name, limit, ret, ret_length);
	if (r == 0 || r == -ENOENT)
		return r;
	return context_scope_keep(&scope, context_fail(ctx, -r, "%s: %s cannot be read: %s", set->place, name, strerror(-r)));
}

/* The index is on the first disc, and kept when it is read first. */
static int bring_index(struct context *ctx, struct set *set, const char *name)
{
	bool is_index = !strcmp(name, INDEX_NAME);
	int r = is_index && set->index_fd >= 0 ? 0 : bring(ctx, set, name);

	return r == 0 && is_index && set->index_fd < 0 ? set_keep_index(ctx, set) : r;
}

int set_member_read(struct context *ctx, struct set *set, const struct lines_member *member, uint64_t offset, void *buffer, size_t length)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int brought = set->source->spread ? bring_index(ctx, set, member->name) : 0;
	bool is_index = !strcmp(member->name, INDEX_NAME), kept = set->index_fd >= 0 && is_index;
	int r = brought < 0 ? brought : kept ? (int)read_full_at(set->index_fd, buffer, length, (off_t)offset) :
		       patient_read(ctx, set->source, member->name, offset, buffer, length);
	AUTO_FREE char *what = r < 0 ? sentence("the %s", sentence_words(member->what)) : NULL;

	if (brought < 0)
		return context_scope_keep(&scope, brought);
	if (r < 0)
		r = tell_away(ctx, set, fail_member(ctx, set, r, member->name, what ? what : "", member->stored));
	return r < 0 ? context_scope_keep(&scope, r) : r;
}
