/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agreement_table.h"

#include <errno.h>
#include <string.h>

#include "agreement.h"

static size_t place_of(const struct agreement_table *table, uint64_t path)
{
	/* The hash's share of all hashes is the place's share of all places. */
	size_t at = (size_t)((unsigned __int128)path * table->capacity >> 64);

	while (table->paths[at] && table->paths[at] != path)
		at = at + 1 < table->capacity ? at + 1 : 0;
	return at;
}

size_t agreement_table_place(const struct agreement_table *table, uint64_t path)
{
	size_t at = place_of(table, path);

	return table->paths[at] ? at : SIZE_MAX;
}

size_t agreement_table_find(const struct agreement_table *table, const char *path)
{
	return agreement_table_place(table, path_hash(&table->key, path, strlen(path)));
}

static int compare_files(const void *a, const void *b)
{
	const struct agreement_file *x = a, *y = b;

	return x->path < y->path ? -1 : x->path > y->path;
}

struct agreement_file *agreement_table_file(const struct agreement_table *table, uint64_t path)
{
	struct agreement_file wanted = { .path = path };

	return table->file_count ? bsearch(&wanted, table->files, table->file_count, sizeof(wanted), compare_files) : NULL;
}

static int add_text(struct buffer *text, const char *word)
{
	return buffer_append(text, word ? word : "", word ? strlen(word) + 1 : 1);
}

int agreement_row_hash(const struct agreement_table *table, const struct index_row *row, struct buffer *text, uint64_t *ret)
{
	bool link = row->hard_link;
	int64_t numbers[] = {
		link ? (int64_t)(row->mode & 07777) : (int64_t)row->mode, row->uid, row->gid, row->mtime.tv_sec, row->mtime.tv_nsec,
		(int64_t)row->size, (int64_t)row->data, (int64_t)row->device, (int64_t)row->flags,
		row->hints.flags, row->hints.extent_size, row->hints.cow_extent_size, row->hints.project,
		link, row->link != NULL, (int64_t)row->xattr_count, row->first_segment, row->last_segment,
	};
	int r;

	text->length = 0;
	r = buffer_append(text, numbers, sizeof(numbers));
	if (r == 0)
		r = add_text(text, row->path);
	if (r == 0)
		r = add_text(text, row->link);
	if (r == 0)
		r = add_text(text, row->hard_link);
	if (r == 0)
		r = add_text(text, table->content ? row->sha256 : NULL);
	for (size_t i = 0; r == 0 && i < row->xattr_count; i++) {
		r = add_text(text, row->xattrs[i].name);
		if (r == 0)
			r = add_text(text, row->xattrs[i].sha256);
	}
	if (r == 0)
		*ret = path_hash(&table->key, text->data, text->length);
	return r;
}

static int bad_row(struct context *ctx, const char *path, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));

	return context_fail(ctx, EBADMSG, "the set's index is not valid: /%s %s", shown ? shown : "?", sentence_words(what));
}

/* Data that cannot lie in the row's segments is not believed: nobody is to hash zeros for a lie. */
static bool fits_segments(const struct manifest *manifest, const struct index_row *row)
{
	uint64_t bytes = 0;

	if (row->hard_link)
		return true;
	for (size_t i = row->first_segment; i <= row->last_segment && bytes < row->data; i++)
		bytes += manifest->segments[i].bytes;
	return row->data <= bytes;
}

static int add_file(struct agreement_table *table, uint64_t path, const struct index_row *row)
{
	if ((table->file_count & (table->file_count - 1)) == 0) {
		struct agreement_file *grown = reallocarray(table->files, table->file_count ? 2 * table->file_count : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->files = grown;
	}
	table->files[table->file_count++] = (struct agreement_file){ .path = path, .size = row->size, .data = row->data,
								     .first_segment = row->first_segment,
								     .segment_count = row->last_segment - row->first_segment + 1 };
	return 0;
}

/* Rows of directories come first, parents before what lies in them. */
static bool has_directory(const struct agreement_table *table, const char *path)
{
	const char *slash = strrchr(path, '/');
	uint64_t parent = slash ? path_hash(&table->key, path, (size_t)(slash - path)) : 0;
	size_t at = slash ? place_of(table, parent) : 0;

	return !slash || (table->paths[at] && (table->flags[at] & ROW_TYPE) == S_IFDIR >> 12);
}

static int add_row(struct context *ctx, struct agreement_table *table, const struct manifest *manifest, const struct index_row *row,
		   struct buffer *text)
{
	uint64_t path = path_hash(&table->key, row->path, strlen(row->path));
	bool several = row->last_segment > row->first_segment;
	size_t at = place_of(table, path);
	uint64_t said;

	if (table->paths[at])
		return bad_row(ctx, row->path, N_("is in it twice"));
	if (!has_directory(table, row->path))
		return bad_row(ctx, row->path, N_("lies in no directory of it"));
	if (!fits_segments(manifest, row) || (several && (!S_ISREG(row->mode) || row->hard_link)))
		return bad_row(ctx, row->path, N_("cannot lie in these segments"));
	table->paths[at] = path;
	table->flags[at] = (uint8_t)((row->mode & S_IFMT) >> 12 | (row->hard_link ? ROW_HARD_LINK : 0) | (several ? ROW_PIECES : 0));
	if (agreement_row_hash(table, row, text, &said) < 0 || (several && add_file(table, path, row) < 0))
		return context_oom(ctx);
	table->said[at] = (uint32_t)said;
	for (size_t i = row->first_segment; i <= row->last_segment; i++)
		table->listed[i]++;
	/* The helper beside the first piece. */
	table->listed[row->first_segment] += several;
	table->bytes += S_ISREG(row->mode) && !row->hard_link ? row->data : 0;
	return context_check_cancel(ctx);
}

static size_t places(const struct manifest *manifest)
{
	return manifest->total_files + manifest->total_files / 4 + 1;
}

uint64_t agreement_bytes(const struct manifest *manifest)
{
	const struct agreement_table *table = NULL;

	return places(manifest) * (sizeof(*table->paths) + sizeof(*table->said) + sizeof(*table->flags)) +
	       manifest->segment_count * (sizeof(*table->listed) + sizeof(unsigned) + sizeof(bool));
}

/* Room for all rows at once: what the rows do not touch of it costs nothing, whatever the manifest says of their number. */
static int make_room(struct agreement_table *table, const struct manifest *manifest)
{
	table->capacity = places(manifest);
	table->paths = calloc(table->capacity, sizeof(*table->paths));
	table->said = calloc(table->capacity, sizeof(*table->said));
	table->flags = calloc(table->capacity, sizeof(*table->flags));
	table->listed = calloc(manifest->segment_count + 1, sizeof(*table->listed));
	return table->paths && table->said && table->flags && table->listed ? 0 : -ENOMEM;
}

int agreement_table_read(struct context *ctx, struct set *set, struct agreement_table *table)
{
	const struct manifest *manifest = set_manifest(set);
	AUTO_INDEX struct index_reader *reader = NULL;
	AUTO_BUFFER struct buffer text = { 0 };
	struct index_row row = { 0 };
	int r;

	r = make_room(table, manifest) == 0 ? index_open(ctx, set, &reader) : context_oom(ctx);
	while (r >= 0 && (r = index_read(ctx, reader, &row)) == 1)
		r = add_row(ctx, table, manifest, &row, &text);
	index_row_done(&row);
	if (r < 0)
		return r;
	if (table->file_count)
		qsort(table->files, table->file_count, sizeof(*table->files), compare_files);
	if (table->bytes != manifest->total_bytes)
		return context_fail(ctx, EBADMSG, "the manifest's total of %llu bytes is not that of the index, %llu",
				    (unsigned long long)manifest->total_bytes, (unsigned long long)table->bytes);
	return 0;
}

void agreement_table_done(struct agreement_table *table)
{
	free(table->paths);
	free(table->said);
	free((void *)table->flags);
	free(table->files);
	free(table->listed);
}
