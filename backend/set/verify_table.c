#include "verify_table.h"

#include <errno.h>
#include <string.h>

#include "content.h"

struct verify_table {
	struct table_row **buckets;
	size_t bucket_count, count;
	uint64_t bytes;
};

int table_row_digest(const struct index_row *row, char hex[DIGEST_HEX])
{
	AUTO_BUFFER struct buffer text = { 0 };
	struct index_row told = *row;
	int r;

	if (row->hard_link) {
		told.mode = S_IFREG | (row->mode & 07777);
		told.size = told.data = told.flags = 0;
		told.device = 0;
	}
	told.changed = false;
	r = index_row_print(&text, &told);
	return r < 0 ? r : digest_buffer(text.data, text.length, hex);
}

static struct table_row **bucket_of(const struct verify_table *table, const char *path, size_t length)
{
	uint64_t hash = 14695981039346656037ull;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)path[i]) * 1099511628211ull;
	return &table->buckets[(hash ^ hash >> 32) & (table->bucket_count - 1)];
}

/* The row of the first LENGTH bytes of PATH. */
static struct table_row *find(const struct verify_table *table, const char *path, size_t length)
{
	struct table_row *row = *bucket_of(table, path, length);

	while (row && (strncmp(row->path, path, length) != 0 || row->path[length]))
		row = row->next;
	return row;
}

struct table_row *verify_table_find(const struct verify_table *table, const char *path)
{
	return find(table, path, strlen(path));
}

static void free_pieces(struct piece_state *pieces)
{
	if (!pieces)
		return;
	content_digest_free(pieces->digest);
	index_row_done(&pieces->row);
	free(pieces);
}

void verify_table_free(struct verify_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		for (struct table_row *row = table->buckets[i], *next; row; row = next) {
			next = row->next;
			free_pieces(row->pieces);
			free(row->path);
			free(row);
		}
	}
	free(table->buckets);
	free(table);
}

const char *verify_table_unseen(const struct verify_table *table)
{
	for (size_t i = 0; i < table->bucket_count; i++)
		for (const struct table_row *row = table->buckets[i]; row; row = row->next)
			if (!row->seen || (row->pieces && row->pieces->next_segment != row->segment_count))
				return row->path;
	return NULL;
}

uint64_t verify_table_bytes(const struct verify_table *table)
{
	return table->bytes;
}

/* Data that cannot lie in the row's segments is not believed: nobody is to hash zeros for a lie. */
static bool fits_segments(const struct manifest *manifest, const struct index_row *row)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < row->segment_count; i++)
		bytes += manifest->segments[row->segments[i]].bytes;
	return row->hard_link || row->data <= bytes;
}

static int bad_row(struct context *ctx, const char *path, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));

	return context_fail(ctx, EBADMSG, "the set's index is not valid: /%s %s", shown ? shown : "?", what);
}

/* Everything lies in a directory of the set. */
static int check_parents(struct context *ctx, const struct verify_table *table)
{
	for (size_t i = 0; i < table->bucket_count; i++) {
		for (const struct table_row *row = table->buckets[i]; row; row = row->next) {
			const char *slash = strrchr(row->path, '/');
			const struct table_row *parent = slash ? find(table, row->path, (size_t)(slash - row->path)) : NULL;

			if (slash && (!parent || !S_ISDIR(parent->type)))
				return bad_row(ctx, row->path, "lies in no directory of it");
		}
	}
	return 0;
}

static int add_row(struct context *ctx, struct verify_table *table, const struct manifest *manifest, struct index_row *from)
{
	struct table_row **bucket = bucket_of(table, from->path, strlen(from->path)), *row;
	bool several = from->segment_count > 1;

	if (verify_table_find(table, from->path))
		return bad_row(ctx, from->path, "is in it twice");
	if (!fits_segments(manifest, from) || (several && (!S_ISREG(from->mode) || from->hard_link ||
			from->segments[from->segment_count - 1] - from->segments[0] != from->segment_count - 1)))
		return bad_row(ctx, from->path, "cannot lie in these segments");
	row = calloc(1, sizeof(*row));
	if (!row || table_row_digest(from, row->digest) < 0) {
		free(row);
		return context_fail(ctx, ENOMEM, "out of memory");
	}
	row->path = TAKE_POINTER(from->path);
	row->size = from->size;
	row->data = from->data;
	row->first_segment = from->segments[0];
	row->segment_count = (uint32_t)from->segment_count;
	row->changed = from->changed;
	row->hard_link = from->hard_link;
	row->type = from->mode & S_IFMT;
	row->next = *bucket;
	*bucket = row;
	table->bytes += S_ISREG(from->mode) && !row->hard_link ? row->data : 0;
	row->pieces = several ? calloc(1, sizeof(*row->pieces)) : NULL;
	return several && !row->pieces ? context_fail(ctx, ENOMEM, "out of memory") : 0;
}

int verify_table_read(struct context *ctx, struct set *set, struct verify_table **ret)
{
	AUTO_INDEX struct index_reader *reader = NULL;
	struct verify_table *table = calloc(1, sizeof(*table));
	struct index_row row = { 0 };
	int r;

	if (!table)
		return context_fail(ctx, ENOMEM, "out of memory");
	/* The manifest's count was held against its segments; still memory is not given for a lie. */
	table->bucket_count = 1024;
	while (table->bucket_count < set_manifest(set)->total_files && table->bucket_count < (1u << 22))
		table->bucket_count *= 2;
	table->buckets = calloc(table->bucket_count, sizeof(struct table_row *));
	r = table->buckets ? index_open(ctx, set, &reader) : context_fail(ctx, ENOMEM, "out of memory");
	while (r >= 0 && (r = index_read(ctx, reader, &row)) == 1) {
		r = add_row(ctx, table, set_manifest(set), &row);
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	index_row_done(&row);
	if (r >= 0)
		r = check_parents(ctx, table);
	if (r < 0) {
		verify_table_free(table);
		return r;
	}
	*ret = table;
	return 0;
}
