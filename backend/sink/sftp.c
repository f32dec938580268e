/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an SSH server that a set is written into. Members are gathered in memory, a stretch at a time, because one that a broken connection
 * has left half written is written again.
 */
#include "../remote/sftp.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../set/manifest.h"
#include "claim.h"
#include "names.h"
#include "sink_type.h"

#define OPEN_PATIENCE_S 10.0 /* a wrong name is told soon */
#define PATIENCE_S 120.0     /* a server may be started anew, a cable be put back */
#define REMOVE_S 10.0
#define STRETCH (16u << 20)
#define DRAFT_NAME MANIFEST_NAME ".new-1"
#define PUBLISH_ATTEMPTS 3
#define REMOVE_ATTEMPTS 3

struct state {
	struct sftp *sftp;
	char *claim;             /* its text */
	unsigned made;           /* directories of the place that were made, from the innermost on */
	atomic_bool claimed;     /* what is there is ours */
	atomic_uint segments;    /* that were ended */
};

/* ---- what is there ---- */

struct content {
	bool empty, segments, attachments, claim, other;
	uint32_t newest;         /* seconds, by the server's clock */
};

static int look_at_entry(void *data, const struct sftp_entry *entry)
{
	struct content *content = data;

	content->empty = false;
	if (entry->modified > content->newest)
		content->newest = entry->modified;
	if (entry->directory && !strcmp(entry->name, SEGMENTS_NAME))
		content->segments = true;
	else if (entry->directory && !strcmp(entry->name, ATTACHMENTS_NAME))
		content->attachments = true;
	else if (entry->regular && !strcmp(entry->name, LOCK_NAME))
		content->claim = true;
	else if (!entry->regular || !strcmp(entry->name, MANIFEST_NAME) || !name_is_top(entry->name))
		content->other = true;
	return 0;
}

static int look_at_segment(void *data, const struct sftp_entry *entry)
{
	struct content *content = data;

	if (entry->modified > content->newest)
		content->newest = entry->modified;
	content->other |= !entry->regular || !name_is_segment(entry->name);
	return 0;
}

static int look_at_attachment(void *data, const struct sftp_entry *entry)
{
	struct content *content = data;

	content->other |= !entry->regular || !attachment_is_name(entry->name);
	return 0;
}

static int look(struct context *ctx, const struct state *state, struct content *ret)
{
	int r;

	*ret = (struct content){ .empty = true };
	r = sftp_list(ctx, state->sftp, "", look_at_entry, ret);
	if (r == 0 && ret->segments)
		r = sftp_list(ctx, state->sftp, SEGMENTS_NAME, look_at_segment, ret);
	if (r == 0 && ret->attachments)
		r = sftp_list(ctx, state->sftp, ATTACHMENTS_NAME, look_at_attachment, ret);
	ret->other |= !ret->empty && !ret->segments && !ret->claim;
	return r;
}

/* ---- removing ---- */

static int keep_name(void *data, const struct sftp_entry *entry)
{
	return strv_append(data, entry->name);
}

/* Files with names that are OWN, of the directory NAME and until UNTIL; false when there may be more. */
static bool remove_files(struct context *ctx, const struct state *state, const char *name, bool (*own)(const char *name), double until)
{
	AUTO_STRV char **names = NULL;
	bool all = sftp_list(ctx, state->sftp, name, keep_name, &names) == 0;

	for (char **entry = names; all && entry && *entry; entry++) {
		AUTO_FREE char *path = *name ? text_format("%s/%s", name, *entry) : strdup(*entry);
		int r = !own(*entry) ? 0 : !path ? -ENOMEM : clock_now() > until ? -ETIMEDOUT : sftp_remove(ctx, state->sftp, path);

		all = r == 0 || r == -ENOENT;
	}
	return all;
}

static void remove_part(struct context *ctx, const struct state *state, const char *name, bool (*own)(const char *name), double until)
{
	for (int attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++)
		if (!remove_files(ctx, state, name, own, until) || sftp_remove_directory(ctx, state->sftp, name) == 0)
			return;
}

/* All that a capture makes. The manifest first: without it nothing is taken for a set. */
static void empty_place(struct context *ctx, const struct state *state, double until)
{
	remove_files(ctx, state, "", name_is_top, until);
	remove_part(ctx, state, SEGMENTS_NAME, name_is_segment, until);
	remove_part(ctx, state, ATTACHMENTS_NAME, attachment_is_name, until);
	(void)!sftp_remove(ctx, state->sftp, LOCK_NAME);
}

/* 1: the claim there is ours; 0: it is another's, or there is none; -errno. */
static int is_ours(struct context *ctx, const struct state *state)
{
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	int r = sftp_load(ctx, state->sftp, LOCK_NAME, 4096, &text, &length);

	if (r < 0)
		return r == -ENOENT || r == -EFBIG ? 0 : r;
	return length == strlen(state->claim) && !memcmp(text, state->claim, length);
}

static void ssh_remove(struct sink *sink)
{
	struct state *state = sink->state;
	struct context ctx;

	/* Who stopped the capture has not stopped this. */
	context_init(&ctx);
	sftp_be_patient(state->sftp, REMOVE_S);
	if (atomic_load(&state->claimed) && is_ours(&ctx, state) == 1) {
		empty_place(&ctx, state, clock_now() + REMOVE_S);
		sftp_remove_place(&ctx, state->sftp, state->made);
	}
	context_done(&ctx);
}

/* ---- claiming ---- */

/* Seconds since anything was written there, by the server's clock. */
static int quiet_since(struct context *ctx, const struct state *state, const struct content *content, unsigned *ret)
{
	struct sftp_entry now = { 0 };
	int r;

	(void)!sftp_remove(ctx, state->sftp, DRAFT_NAME);
	context_clear(ctx);
	r = sftp_store(ctx, state->sftp, DRAFT_NAME, 0, "", 0);
	if (r == 0)
		r = sftp_describe(ctx, state->sftp, DRAFT_NAME, &now);
	if (r == 0)
		r = sftp_remove(ctx, state->sftp, DRAFT_NAME);
	*ret = now.modified > content->newest ? now.modified - content->newest : 0;
	return r;
}

static int clean_place(struct context *ctx, struct sink *sink, struct content *content)
{
	struct state *state = sink->state;
	unsigned quiet = 0;
	int r = quiet_since(ctx, state, content, &quiet);

	if (r < 0)
		return r;
	if (quiet < CLAIM_QUIET_S)
		return claim_young(ctx, sink->place, quiet);
	context_info(ctx, "removing the rest of an interrupted capture from %s", sink->place);
	empty_place(ctx, state, clock_now() + 3600);
	context_clear(ctx);
	return look(ctx, state, content);
}

static int claim(struct context *ctx, struct sink *sink, bool clean)
{
	struct state *state = sink->state;
	struct content content;
	int r = look(ctx, state, &content);

	if (r == 0 && clean && !content.empty && !content.other)
		r = clean_place(ctx, sink, &content);
	if (r < 0)
		return r;
	if (content.other)
		return context_fail(ctx, ENOTEMPTY, "%s is not empty: name a new directory for the recovery set, or empty it", sink->place);
	if (!content.empty)
		return claim_rest(ctx, sink->place);
	r = sftp_claim(ctx, state->sftp, LOCK_NAME, state->claim, strlen(state->claim));
	if (r == -EEXIST)
		return claim_taken(ctx, sink->place);
	if (r < 0)
		return r;
	/* Only now: a set that another one has completed meanwhile is not ours to remove. */
	r = sftp_make_directory(ctx, state->sftp, SEGMENTS_NAME);
	if (r == 0)
		atomic_store(&state->claimed, true);
	else
		(void)!sftp_remove(ctx, state->sftp, LOCK_NAME);
	return r == -EEXIST ? claim_taken(ctx, sink->place) : r;
}

static int ssh_open(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	struct state *state = sink->state = calloc(1, sizeof(*state));
	int r = state && (state->claim = claim_text()) ? 0 : context_oom(ctx);

	if (r == 0)
		r = sftp_new(ctx, location, OPEN_PATIENCE_S, &state->sftp);
	if (r == 0)
		r = sftp_make_place(ctx, state->sftp, &state->made);
	if (r == 0)
		sftp_be_patient(state->sftp, sink->server.patience ? sink->server.patience : PATIENCE_S);
	if (r == 0) {
		r = claim(ctx, sink, clean);
		if (r < 0)
			sftp_remove_place(ctx, state->sftp, state->made);
	}
	if (r < 0 && !*context_detail(ctx))
		return context_fail(ctx, -r, "the recovery set at %s cannot be written: %s", sink->place, strerror(-r));
	return r;
}

static void ssh_close(struct sink *sink)
{
	struct state *state = sink->state;

	if (!state)
		return;
	sftp_free(state->sftp);
	free(state->claim);
	free(state);
}

/* ---- members ---- */

struct gathered {
	struct buffer buffer;
	uint64_t stored;         /* bytes before those */
};

static int ssh_begin(struct context *ctx, struct sink_member *member)
{
	struct state *state = member->sink->state;
	int r = 0;

	if (!strncmp(member->name, ATTACHMENTS_NAME "/", strlen(ATTACHMENTS_NAME "/")))
		r = sftp_make_directory(ctx, state->sftp, ATTACHMENTS_NAME);
	if (r < 0 && r != -EEXIST)
		return r;
	member->state = calloc(1, sizeof(struct gathered));
	return member->state ? 0 : -ENOMEM;
}

static int store(struct context *ctx, struct sink_member *member)
{
	struct gathered *gathered = member->state;
	struct state *state = member->sink->state;
	const char *data = gathered->buffer.data ? gathered->buffer.data : "";
	int r = sftp_store(ctx, state->sftp, member->name, gathered->stored, data, gathered->buffer.length);

	gathered->stored += gathered->buffer.length;
	gathered->buffer.length = 0;
	return r;
}

static int ssh_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	struct gathered *gathered = member->state;
	int r = buffer_append(&gathered->buffer, data, length);

	return r < 0 || gathered->buffer.length < STRETCH ? r : store(ctx, member);
}

static int ssh_end(struct context *ctx, struct sink_member *member)
{
	struct gathered *gathered = member->state;
	struct state *state = member->sink->state;
	int r = gathered->buffer.length || !gathered->stored ? store(ctx, member) : 0;

	if (r == 0 && !strncmp(member->name, SEGMENTS_NAME "/", strlen(SEGMENTS_NAME "/")))
		atomic_fetch_add(&state->segments, 1);
	return r;
}

static void ssh_drop(struct sink_member *member)
{
	struct gathered *gathered = member->state;

	if (gathered)
		buffer_done(&gathered->buffer);
	free(gathered);
}

static ssize_t ssh_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct state *state = sink->state;

	return sftp_read(ctx, state->sftp, name, offset, buffer, length);
}

static int ssh_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	struct state *state = sink->state;

	return sftp_remove(ctx, state->sftp, name);
}

static int count_segment(void *data, const struct sftp_entry *entry)
{
	unsigned *count = data;

	*count += entry->regular && name_is_segment(entry->name);
	return 0;
}

/* Each was made persistent as it was written. */
static int ssh_sync(struct context *ctx, struct sink *sink)
{
	struct state *state = sink->state;
	unsigned count = 0;
	int r = sftp_list(ctx, state->sftp, SEGMENTS_NAME, count_segment, &count);

	if (r == 0 && count < atomic_load(&state->segments))
		r = -ENOENT;
	if (r == 0 && !sftp_is_persistent(state->sftp))
		context_warn(ctx, "The server of %s cannot say when data is on its disk (fsync@openssh.com): the set may be lost if the server loses its power "
				  "within the next minutes", sink->place);
	return r;
}

/* After a connection broke: 1: the manifest is there as TEXT; 0: it is not. */
static int is_published(struct context *ctx, const struct state *state, const void *text, size_t length)
{
	AUTO_FREE void *there = NULL;
	size_t there_length = 0;
	int r = sftp_load(ctx, state->sftp, MANIFEST_NAME, length, &there, &there_length);

	if (r < 0)
		return r == -ENOENT || r == -EFBIG ? 0 : r;
	return there_length == length && !memcmp(there, text, length);
}

static int ssh_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	struct state *state = sink->state;
	int r = is_ours(ctx, state);

	if (r == 0)
		return claim_lost(ctx, sink->place);
	if (r > 0)
		r = sftp_store(ctx, state->sftp, DRAFT_NAME, 0, text, length);
	if (r < 0)
		return r;
	for (int attempt = 0; attempt < PUBLISH_ATTEMPTS; attempt++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		int published;

		r = sftp_rename(ctx, state->sftp, DRAFT_NAME, MANIFEST_NAME);
		if (r == 0)
			break;
		published = r == -ECONNRESET ? is_published(ctx, state, text, length) : 0;
		if (published > 0) {
			r = 0;
			break;
		}
		if (r != -ECONNRESET || published < 0 || attempt == PUBLISH_ATTEMPTS - 1)
			return context_scope_keep(&scope, r);
	}
	(void)!sftp_remove(ctx, state->sftp, LOCK_NAME);
	context_clear(ctx);
	return 0;
}

const struct sink_type sink_sftp_type = {
	.on_server = true,
	.open = ssh_open,
	.begin = ssh_begin,
	.write = ssh_write,
	.end = ssh_end,
	.drop = ssh_drop,
	.read = ssh_read,
	.unlink = ssh_unlink,
	.sync = ssh_sync,
	.publish = ssh_publish,
	.remove = ssh_remove,
	.close = ssh_close,
};
