/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agreement.h"

#include <errno.h>
#include <string.h>

#include "agreement_parts.h"

int agreement_new(struct context *ctx, struct set *set, bool content, struct agreement **ret)
{
	struct agreement *agreement = calloc(1, sizeof(*agreement));
	size_t count = set_manifest(set)->segment_count;
	int r;

	if (!agreement)
		return context_oom(ctx);
	pthread_mutex_init(&agreement->lock, NULL);
	pthread_cond_init(&agreement->moved, NULL);
	agreement->manifest = set_manifest(set);
	agreement->table.content = content;
	path_key_init(&agreement->table.key);
	agreement->over = calloc(count + 1, sizeof(*agreement->over));
	agreement->met = calloc(count + 1, sizeof(*agreement->met));
	r = agreement->over && agreement->met ? agreement_table_read(ctx, set, &agreement->table)
					      : context_oom(ctx);
	if (r < 0)
		agreement_free(agreement);
	else
		*ret = agreement;
	return r;
}

struct agreement *agreement_new_late(bool content)
{
	struct agreement *agreement = calloc(1, sizeof(*agreement));

	if (!agreement)
		return NULL;
	pthread_mutex_init(&agreement->lock, NULL);
	pthread_cond_init(&agreement->moved, NULL);
	agreement->table.content = content;
	path_key_init(&agreement->table.key);
	agreement->late = agreement_late_new();
	if (agreement->late)
		return agreement;
	agreement_free(agreement);
	return NULL;
}

void agreement_free(struct agreement *agreement)
{
	if (!agreement)
		return;
	agreement_late_free(agreement->late);
	agreement_free_pieces(agreement);
	agreement_table_done(&agreement->table);
	free(agreement->over);
	free((void *)agreement->met);
	pthread_cond_destroy(&agreement->moved);
	pthread_mutex_destroy(&agreement->lock);
	free(agreement);
}

void agreement_segment_over(struct agreement *agreement, size_t number)
{
	pthread_mutex_lock(&agreement->lock);
	agreement->over[number] = true;
	while (agreement->all_over < agreement->manifest->segment_count && agreement->over[agreement->all_over])
		agreement->all_over++;
	pthread_cond_broadcast(&agreement->moved);
	pthread_mutex_unlock(&agreement->lock);
}

void agreement_stop(struct agreement *agreement)
{
	pthread_mutex_lock(&agreement->lock);
	agreement->stopped = true;
	pthread_cond_broadcast(&agreement->moved);
	pthread_mutex_unlock(&agreement->lock);
}

int agreement_segment_complete(struct context *ctx, struct agreement *agreement, size_t number)
{
	if (agreement->met[number] == agreement->table.listed[number])
		return 0;
	return context_fail(ctx, EBADMSG, "segment %s: it holds other entries than the index lists for it",
			    segment_name(agreement->manifest->segments + number).text);
}

struct agreement_check *agreement_check_new(struct context *ctx, struct agreement *agreement)
{
	struct agreement_check *check = calloc(1, sizeof(*check));

	if (!check)
		return NULL;
	check->ctx = ctx;
	check->agreement = agreement;
	check->digest = content_digest_new(0, 0);
	if (check->digest)
		return check;
	free(check);
	return NULL;
}

void agreement_check_free(struct agreement_check *check)
{
	if (!check)
		return;
	content_digest_free(check->digest);
	buffer_done(&check->text);
	free(check);
}

static bool is_right_kind(const struct segment *segment, const struct pax_entry *entry)
{
	switch (segment->kind) {
	case SEGMENT_DIRECTORIES:
		return S_ISDIR(entry->mode);
	case SEGMENT_FILES:
		return !S_ISDIR(entry->mode) && entry->hard_link == entry->recipe;
	default:
		return entry->hard_link && !entry->recipe;
	}
}

/* A hard link leads to a file of the set, of the type that the row says. */
static int check_target(struct agreement_check *check, unsigned flags)
{
	const struct agreement_table *table = &check->agreement->table;
	size_t target = agreement_table_find(table, check->entry->link);
	unsigned of_target = target == SIZE_MAX ? 0 : table->flags[target];

	if (!of_target || (of_target & ROW_HARD_LINK) || (of_target & ROW_TYPE) == S_IFDIR >> 12)
		return agreement_bad(check, N_("is a hard link to what is not in the set"));
	return (of_target & ROW_TYPE) == (flags & ROW_TYPE) ? 0 : agreement_bad(check, N_("is not what the index says of it"));
}

/* Every directory of an earlier segment was met. With the lock held. */
static bool all_directories_met(const struct agreement *agreement, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (atomic_load(&agreement->met[i]) != agreement->table.listed[i])
			return false;
	return true;
}

/* Segments hold parents before what lies in them. Where an earlier segment is damaged that cannot be told. */
static int check_parent(struct agreement_check *check)
{
	struct agreement *agreement = check->agreement;
	const struct agreement_table *table = &agreement->table;
	const char *slash = strrchr(check->entry->path, '/');
	AUTO_FREE char *parent = slash ? strndup(check->entry->path, (size_t)(slash - check->entry->path)) : strdup(".");
	size_t place = parent ? agreement_table_find(table, parent) : SIZE_MAX;
	bool good;

	if (!parent)
		return context_oom(check->ctx);
	if (place == SIZE_MAX || !strcmp(check->entry->path, "."))
		return 0;
	pthread_mutex_lock(&agreement->lock);
	while (!agreement->stopped && !(table->flags[place] & ROW_SEEN) && agreement->all_over < check->number)
		pthread_cond_wait(&agreement->moved, &agreement->lock);
	good = (table->flags[place] & ROW_SEEN) || !all_directories_met(agreement, check->number);
	pthread_mutex_unlock(&agreement->lock);
	return good ? 0 : agreement_bad(check, N_("stands before the directory that it lies in"));
}

static int begin_plain(struct agreement_check *check)
{
	const struct pax_entry *entry = check->entry;

	if (entry->whole_size || entry->piece_of)
		return agreement_bad(check, N_("has a piece that the index does not know of"));
	if (!S_ISREG(entry->mode) || entry->hard_link || !check->agreement->table.content)
		return 0;
	check->into = check->digest;
	return content_digest_reset(check->digest, entry->size, pax_entry_data(entry)) < 0 ? context_oom(check->ctx) : 0;
}

int agreement_begin(struct agreement_check *check, size_t number, const struct pax_entry *entry)
{
	struct agreement_table *table = &check->agreement->table;
	bool in_pieces = !strncmp(entry->path, PAX_PIECES "/", sizeof(PAX_PIECES));
	unsigned flags;
	int r = 0;

	check->entry = entry;
	check->number = number;
	check->place = SIZE_MAX;
	check->file = NULL;
	check->into = NULL;
	check->extent = 0;
	check->within = check->read = 0;
	if (check->agreement->late)
		return agreement_late_begin(check);
	if (!is_right_kind(check->agreement->manifest->segments + number, entry) || in_pieces != (entry->recipe || entry->piece_of))
		return agreement_bad(check, N_("does not belong into a segment of this kind"));
	if (entry->recipe)
		return agreement_helper(check);
	check->needs_helper = NULL;
	check->place = agreement_table_find(table, agreement_path(check));
	if (check->place == SIZE_MAX)
		return agreement_bad(check, N_("is not in the index"));
	flags = table->flags[check->place];
	if (!entry->piece_of)
		flags = atomic_fetch_or(&table->flags[check->place], ROW_SEEN);
	if (!entry->piece_of && (flags & ROW_SEEN))
		return agreement_bad(check, N_("is in the set twice"));
	atomic_fetch_add(&check->agreement->met[number], 1);
	if (flags & ROW_PIECES)
		check->file = agreement_table_file(table, table->paths[check->place]);
	if (entry->hard_link)
		r = check_target(check, flags);
	else if (S_ISDIR(entry->mode))
		r = check_parent(check);
	return r < 0 ? r : check->file ? agreement_begin_piece(check) : begin_plain(check);
}

void agreement_data(struct agreement_check *check, const void *data, size_t length)
{
	const struct pax_entry *entry = check->entry;
	const struct pax_extent all = { 0, entry->size };
	const struct pax_extent *extents = entry->extents ? entry->extents : &all;
	const char *bytes = data;

	check->read += length;
	while (check->into && length > 0) {
		const struct pax_extent *extent = extents + check->extent;
		uint64_t part = extent->length - check->within;

		if (part > length)
			part = length;
		content_digest_update(check->into, entry->piece_offset + extent->offset + check->within, bytes, (size_t)part);
		bytes += part;
		length -= (size_t)part;
		check->within += part;
		if (check->within == extent->length) {
			check->extent++;
			check->within = 0;
		}
	}
}

static int end_plain(struct agreement_check *check)
{
	struct index_row row = { 0 };
	int r = agreement_row_of_entry(check->entry, &row);

	if (r == 0 && check->into)
		content_digest_finish(check->into, row.sha256);
	r = r < 0 ? context_oom(check->ctx) : agreement_compare(check, &row, (uint32_t)check->number, 1);
	free(row.xattrs);
	return r;
}

int agreement_end(struct agreement_check *check)
{
	if (check->place == SIZE_MAX)
		return 0;
	if (check->agreement->late)
		return agreement_late_end(check);
	if (check->read == pax_entry_data(check->entry))
		return check->file ? agreement_end_piece(check) : end_plain(check);
	/* Whose piece was not read is not known; nobody waits for it. */
	if (check->file) {
		pthread_mutex_lock(&check->agreement->lock);
		check->file->state->lost = true;
		pthread_cond_broadcast(&check->agreement->moved);
		pthread_mutex_unlock(&check->agreement->lock);
	}
	return 0;
}

static bool is_good(const struct agreement_table *table, const char *path)
{
	size_t place = agreement_table_find(table, path);

	return place != SIZE_MAX && (table->flags[place] & ROW_GOOD);
}

static bool was_met(const struct agreement_table *table, const char *path)
{
	size_t place = agreement_table_find(table, path);

	return place != SIZE_MAX && (table->flags[place] & ROW_SEEN);
}

bool agreement_has(const struct agreement *agreement, const char *path)
{
	return is_good(&agreement->table, path);
}

int agreement_lost(struct context *ctx, struct set *set, const struct agreement *agreement,
		   int (*lost)(void *data, const struct index_row *row, unsigned what), void *data)
{
	AUTO_INDEX struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	int r = index_open(ctx, set, &reader);

	while (r >= 0 && (r = index_read(ctx, reader, &row)) == 1) {
		unsigned what = is_good(&agreement->table, row.path) ? 0 : AGREEMENT_LOST_ENTRY;

		if (row.hard_link && !is_good(&agreement->table, row.hard_link))
			what |= AGREEMENT_LOST_TARGET;
		if (what && was_met(&agreement->table, row.path))
			what |= AGREEMENT_WAS_MET;
		r = context_check_cancel(ctx);
		if (r == 0 && what)
			r = lost(data, &row, what);
	}
	index_row_done(&row);
	return r;
}
