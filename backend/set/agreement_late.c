/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries that pass before the index: of each the hashes that a row of the index has are remembered, in a file without a name, and held against the
 * rows when these are there.
 */
#include <errno.h>
#include <string.h>

#include "../core/file.h"
#include "agreement_parts.h"

#define WAITING 4096 /* entries that are in memory */
#define WRONG (1u << 31) /* with what was met of a segment: more than it can be of one that is right */

enum late_kind {
	LATE_ENTRY,
	LATE_PART,               /* a piece of a large file; of the path of that file */
	LATE_HELPER,             /* the helper beside the first; of the same */
	LATE_UNREAD,             /* an entry whose data nobody took: only its path is known */
};

struct late_entry {
	uint64_t path, said;     /* as struct agreement_row; of a piece its metadata, of a helper nothing */
	uint32_t number;         /* of the segment */
	uint32_t kind;
};

struct agreement_late {
	int fd;
	uint64_t count;          /* entries in it */
	struct late_entry waiting[WAITING];
	size_t waits;
};

void agreement_late_free(struct agreement_late *late)
{
	if (!late)
		return;
	if (late->fd >= 0)
		close(late->fd);
	free(late);
}

struct agreement_late *agreement_late_new(void)
{
	struct agreement_late *late = calloc(1, sizeof(*late));

	if (late)
		late->fd = -1;
	return late;
}

static int write_waiting(struct agreement_late *late)
{
	int r;

	if (late->fd < 0)
		late->fd = file_open_unnamed();
	r = late->fd < 0 ? late->fd : write_all(late->fd, late->waiting, late->waits * sizeof(*late->waiting));
	late->count += late->waits;
	late->waits = 0;
	return r;
}

static int remember(struct agreement_check *check, enum late_kind kind, uint64_t said)
{
	struct agreement *agreement = check->agreement;
	struct agreement_late *late = agreement->late;
	bool own = kind == LATE_ENTRY || kind == LATE_UNREAD;
	const char *path = own ? check->entry->path : check->entry->recipe ? check->entry->link : agreement_path(check);
	int r = 0;

	pthread_mutex_lock(&agreement->lock);
	late->waiting[late->waits++] = (struct late_entry){ .path = path_hash(&agreement->table.key, path, strlen(path)), .said = said,
							    .number = (uint32_t)check->number, .kind = kind };
	if (late->waits == WAITING)
		r = write_waiting(late);
	pthread_mutex_unlock(&agreement->lock);
	return r == 0 ? 0 : context_fail(check->ctx, -r, "What passes of the recovery set cannot be noted in a file below TMPDIR, /var/tmp or /tmp: %s", strerror(-r));
}

int agreement_late_begin(struct agreement_check *check)
{
	const struct pax_entry *entry = check->entry;
	bool in_pieces = !strncmp(entry->path, PAX_PIECES "/", sizeof(PAX_PIECES));
	uint64_t said = 0;

	/* What segments of files hold. */
	if (in_pieces != (entry->recipe || entry->piece_of) || S_ISDIR(entry->mode) || entry->hard_link != entry->recipe)
		return agreement_bad(check, N_("does not belong into a segment of this kind"));
	if (entry->recipe)
		return remember(check, LATE_HELPER, 0);
	if (entry->whole_size || entry->piece_of)
		return agreement_piece_hash(check, &said) < 0 ? context_oom(check->ctx) : remember(check, LATE_PART, said);
	check->place = 0;
	if (!S_ISREG(entry->mode) || entry->hard_link || !check->agreement->table.content)
		return 0;
	check->into = check->digest;
	return content_digest_reset(check->digest, entry->size, pax_entry_data(entry)) < 0 ? context_oom(check->ctx) : 0;
}

int agreement_late_end(struct agreement_check *check)
{
	struct index_row row = { 0 };
	uint64_t said = 0;
	int r;

	if (check->read != pax_entry_data(check->entry))
		return remember(check, LATE_UNREAD, 0);
	r = agreement_row_of_entry(check->entry, &row);
	if (r == 0 && check->into)
		content_digest_finish(check->into, row.sha256);
	row.first_segment = row.last_segment = (uint32_t)check->number;
	if (r == 0)
		r = agreement_row_hash(&check->agreement->table, &row, &check->text, &said);
	free(row.xattrs);
	return r < 0 ? context_oom(check->ctx) : remember(check, LATE_ENTRY, said);
}

/* All pieces of a file repeat its metadata. */
static bool repeats_metadata(struct agreement_table *table, const struct late_entry *entry)
{
	struct agreement_file *file = agreement_table_file(table, entry->path);

	if (file && !file->said)
		file->said = entry->said;
	return file && file->said == entry->said;
}

/* What was remembered, held against the rows. A segment with anything else than they say never counts as complete. */
static void compare_late(struct agreement *agreement, const struct late_entry *entry)
{
	struct agreement_table *table = &agreement->table;
	size_t place = agreement_table_place(table, entry->path);
	unsigned flags = place == SIZE_MAX ? 0 : atomic_fetch_or(&table->flags[place], ROW_SEEN);
	bool part = entry->kind == LATE_PART || entry->kind == LATE_HELPER, good;

	good = place != SIZE_MAX && part == !!(flags & ROW_PIECES) && (part || !(flags & ROW_SEEN)) &&
	       (entry->kind != LATE_ENTRY || (uint32_t)entry->said == table->said[place]) &&
	       (entry->kind != LATE_PART || repeats_metadata(table, entry));
	if (good)
		atomic_fetch_add(&agreement->met[entry->number], 1);
	else
		atomic_fetch_or(&agreement->met[entry->number], WRONG);
	if (good && entry->kind == LATE_ENTRY)
		atomic_fetch_or(&table->flags[place], ROW_GOOD);
	else if (!good && place != SIZE_MAX)
		atomic_fetch_and(&table->flags[place], (uint8_t)~ROW_GOOD);
}

/* An entry of what is none of the set's segments may have taken the place of a good one. */
static void distrust(struct agreement_table *table, const struct late_entry *entry)
{
	size_t place = agreement_table_place(table, entry->path);

	if (place == SIZE_MAX)
		return;
	atomic_fetch_or(&table->flags[place], ROW_SEEN);
	atomic_fetch_and(&table->flags[place], (uint8_t)~ROW_GOOD);
}

static void take_late(struct agreement *agreement, const struct late_entry *entry, const bool *spoilt, bool of_spoilt)
{
	bool is_spoilt = entry->number >= agreement->manifest->segment_count || spoilt[entry->number];

	if (is_spoilt && of_spoilt)
		distrust(&agreement->table, entry);
	else if (!is_spoilt && !of_spoilt)
		compare_late(agreement, entry);
}

/* Those of spoilt segments, or those of all others. */
static int take_all(struct context *ctx, struct agreement *agreement, const bool *spoilt, bool of_spoilt)
{
	struct agreement_late *late = agreement->late;
	int r = late->waits ? write_waiting(late) : 0;

	for (uint64_t done = 0; r == 0 && done < late->count;) {
		size_t wanted = late->count - done < WAITING ? (size_t)(late->count - done) : WAITING;
		ssize_t n = read_full_at(late->fd, late->waiting, wanted * sizeof(*late->waiting), (off_t)(done * sizeof(*late->waiting)));

		r = n < 0 ? (int)n : (size_t)n < wanted * sizeof(*late->waiting) ? -EIO : 0;
		for (size_t i = 0; r == 0 && i < wanted; i++)
			take_late(agreement, late->waiting + i, spoilt, of_spoilt);
		done += wanted;
	}
	return r == 0 ? 0 : context_fail(ctx, -r, "What was noted of the recovery set while it passed cannot be read: %s", strerror(-r));
}

int agreement_arrive(struct context *ctx, struct agreement *agreement, struct set *set, const bool *spoilt)
{
	size_t count = set_manifest(set)->segment_count;
	int r;

	agreement->manifest = set_manifest(set);
	agreement->over = calloc(count + 1, sizeof(*agreement->over));
	agreement->met = calloc(count + 1, sizeof(*agreement->met));
	r = agreement->over && agreement->met ? agreement_table_read(ctx, set, &agreement->table) : context_oom(ctx);
	if (r == 0)
		r = take_all(ctx, agreement, spoilt, false);
	if (r == 0)
		r = take_all(ctx, agreement, spoilt, true);
	agreement_late_free(TAKE_POINTER(agreement->late));
	return r;
}

int agreement_split(struct agreement *agreement, const struct pax_entry *entry, uint64_t data, size_t first, size_t last, const char *sha256)
{
	struct agreement_table *table = &agreement->table;
	size_t place = agreement_table_find(table, entry->path);
	AUTO_BUFFER struct buffer text = { 0 };
	struct index_row row = { 0 };
	uint64_t said = 0;
	int r = agreement_row_of_entry(entry, &row);

	row.size = entry->whole_size;
	row.data = data;
	row.first_segment = (uint32_t)first;
	row.last_segment = (uint32_t)last;
	memcpy(row.sha256, sha256, strlen(sha256) + 1);
	if (r == 0)
		r = agreement_row_hash(table, &row, &text, &said);
	free(row.xattrs);
	if (r < 0)
		return -ENOMEM;
	if (place == SIZE_MAX || (uint32_t)said != table->said[place])
		return 0;
	atomic_fetch_or(&table->flags[place], ROW_GOOD | ROW_SEEN);
	return 1;
}
