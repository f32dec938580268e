#include "verify.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "content.h"
#include "segment_reader.h"
#include "verify_table.h"

struct verifier {
	struct context *ctx;
	struct set *set;
	const struct manifest *manifest;
	struct verify_table *table;
	pthread_mutex_t lock;    /* guards what follows and the pieces of the table */
	pthread_cond_t moved;
	size_t next;             /* segment to take */
	bool *done;              /* by segment */
	size_t all_done;         /* segments below it are all done */
	int error;
};

/* One segment being read. */
struct segment_check {
	struct verifier *verifier;
	uint32_t number;
	const struct segment *segment;
	struct segment_reader *reader;
	struct content_digest *digest;
};

static int bad(struct segment_check *check, const char *path, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));

	return context_fail(check->verifier->ctx, EBADMSG, "segment %s: /%s %s", check->segment->name, shown ? shown : "?",
			    what);
}

/* Reads the entry's data into the digest, BASE being where the entry starts in its file. */
static int read_content(struct segment_check *check, const struct pax_entry *entry, struct content_digest *digest,
			uint64_t base)
{
	struct context *ctx = check->verifier->ctx;
	const struct pax_extent all = { 0, entry->size };
	const struct pax_extent *extents = entry->extents ? entry->extents : &all;
	size_t i = 0;
	uint64_t within = 0;
	const void *data;
	ssize_t n;

	while ((n = segment_read_data(ctx, check->reader, &data)) > 0) {
		const char *bytes = data;
		int r = context_check_cancel(ctx);

		if (r < 0)
			return r;
		while (n > 0) {
			uint64_t part = extents[i].length - within;

			if (part > (uint64_t)n)
				part = (uint64_t)n;
			content_digest_update(digest, base + extents[i].offset + within, bytes, (size_t)part);
			bytes += part;
			n -= (ssize_t)part;
			within += part;
			if (within == extents[i].length) {
				i++;
				within = 0;
			}
		}
	}
	return (int)n;
}

/* The row that the entry would have; xattr digests are the caller's to free. Borrows all strings. */
static int row_of_entry(const struct pax_entry *entry, struct index_row *row)
{
	*row = (struct index_row){ .path = entry->path,
				   .mode = entry->mode,
				   .uid = entry->uid,
				   .gid = entry->gid,
				   .mtime = entry->mtime,
				   .size = entry->size,
				   .data = pax_entry_data(entry),
				   .device = entry->device,
				   .flags = entry->flags,
				   .link = entry->hard_link ? NULL : entry->link,
				   .hard_link = entry->hard_link ? entry->link : NULL };
	row->xattrs = calloc(entry->xattr_count + 1, sizeof(*row->xattrs));
	if (!row->xattrs)
		return -ENOMEM;
	for (size_t i = 0; i < entry->xattr_count; i++) {
		row->xattrs[i].name = entry->xattrs[i].name;
		if (digest_buffer(entry->xattrs[i].value, entry->xattrs[i].length, row->xattrs[i].sha256) < 0)
			return -ENOMEM;
	}
	row->xattr_count = entry->xattr_count;
	return 0;
}

/* Does the index say the same? */
static int compare_row(struct segment_check *check, const struct index_row *row, const struct table_row *expected)
{
	AUTO_FREE uint32_t *segments = calloc(expected->segment_count, sizeof(*segments));
	struct index_row whole = *row;
	char digest[DIGEST_HEX];

	for (uint32_t i = 0; segments && i < expected->segment_count; i++)
		segments[i] = expected->first_segment + i;
	whole.segments = segments;
	whole.segment_count = expected->segment_count;
	if (!segments || table_row_digest(&whole, digest) < 0)
		return context_fail(check->verifier->ctx, ENOMEM, "out of memory");
	return strcmp(digest, expected->digest) ? bad(check, row->path, "is not what the index says of it") : 0;
}

static int check_plain(struct segment_check *check, const struct pax_entry *entry, struct table_row *expected)
{
	struct index_row row = { 0 };
	int r = 0;

	if (expected->segment_count != 1 || expected->first_segment != check->number || entry->whole_size)
		return bad(check, entry->path, "lies in another segment than the index says");
	if (S_ISREG(entry->mode) && !entry->hard_link &&
	    (entry->size != expected->size || pax_entry_data(entry) != expected->data))
		return bad(check, entry->path, "has another size than the index says");
	r = row_of_entry(entry, &row);
	if (r == 0 && S_ISREG(entry->mode) && !entry->hard_link) {
		r = content_digest_reset(check->digest, expected->size, expected->data);
		if (r == 0)
			r = read_content(check, entry, check->digest, 0);
		if (r == 0)
			content_digest_finish(check->digest, row.sha256);
	}
	if (r == 0)
		r = compare_row(check, &row, expected);
	free(row.xattrs);
	return r == -ENOMEM ? context_fail(check->verifier->ctx, ENOMEM, "out of memory") : r;
}

/* Waits until the piece that starts at OFFSET is next, or every earlier segment is done and it never will be. */
static int wait_for_turn(struct segment_check *check, const struct piece_state *pieces, uint64_t offset, uint32_t part)
{
	struct verifier *verifier = check->verifier;
	int r;

	pthread_mutex_lock(&verifier->lock);
	while (!verifier->error && verifier->all_done < check->number && pieces->next_segment != part)
		pthread_cond_wait(&verifier->moved, &verifier->lock);
	r = verifier->error ? -ECANCELED : pieces->next_segment == part && pieces->at == offset;
	pthread_mutex_unlock(&verifier->lock);
	return r;
}

/* What the first piece says of the file is kept for the last. */
static int keep_first(struct piece_state *pieces, const struct pax_entry *entry, const struct table_row *expected)
{
	struct index_row *row = &pieces->row;
	int r = row_of_entry(entry, row);
	size_t count = row->xattr_count;

	row->path = strdup(entry->path);
	row->size = entry->whole_size;
	/* The names are the entry's until each is copied. */
	for (row->xattr_count = 0; row->xattr_count < count && r == 0; row->xattr_count++) {
		row->xattrs[row->xattr_count].name = strdup(entry->xattrs[row->xattr_count].name);
		if (!row->xattrs[row->xattr_count].name)
			r = -ENOMEM;
	}
	pieces->digest = content_digest_new(expected->size, expected->data);
	return r == 0 && (!row->path || !pieces->digest) ? -ENOMEM : r;
}

static int check_piece(struct segment_check *check, const struct pax_entry *entry, struct table_row *expected)
{
	struct verifier *verifier = check->verifier;
	const char *path = entry->piece_of ? entry->piece_of : entry->path;
	struct piece_state *pieces = expected->pieces;
	uint32_t part = check->number - expected->first_segment;
	int r;

	if (!pieces || check->number < expected->first_segment || part >= expected->segment_count ||
	    (part == 0) != !entry->piece_of || entry->whole_size != expected->size)
		return bad(check, path, "has a piece that the index does not know of");
	r = wait_for_turn(check, pieces, entry->piece_offset, part);
	if (r <= 0)
		return r < 0 ? r : bad(check, path, "lacks the piece before this one");
	if (part == 0)
		r = keep_first(pieces, entry, expected);
	else
		r = 0;
	if (r < 0)
		return context_fail(verifier->ctx, ENOMEM, "out of memory");
	r = read_content(check, entry, pieces->digest, entry->piece_offset);
	if (r < 0)
		return r;
	pieces->data += pax_entry_data(entry);
	if (part + 1 == expected->segment_count) {
		if (entry->piece_offset + entry->size != expected->size)
			return bad(check, path, "lacks its last piece");
		pieces->row.data = pieces->data;
		content_digest_finish(pieces->digest, pieces->row.sha256);
		r = compare_row(check, &pieces->row, expected);
	}
	pthread_mutex_lock(&verifier->lock);
	pieces->at = entry->piece_offset + entry->size;
	pieces->next_segment++;
	pthread_cond_broadcast(&verifier->moved);
	pthread_mutex_unlock(&verifier->lock);
	return r;
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

static int check_entry(struct segment_check *check, const struct pax_entry *entry)
{
	const char *path = entry->piece_of ? entry->piece_of : entry->path;
	bool in_pieces = !strncmp(entry->path, PAX_PIECES "/", sizeof(PAX_PIECES));
	struct table_row *row;

	if (!is_right_kind(check->segment, entry) || in_pieces != (entry->recipe || entry->piece_of))
		return bad(check, entry->path, "does not belong into a segment of this kind");
	if (entry->recipe)
		return 0;
	row = verify_table_find(check->verifier->table, path);
	if (!row)
		return bad(check, path, "is not in the index");
	if (entry->hard_link) {
		const struct table_row *target = verify_table_find(check->verifier->table, entry->link);

		if (!target || target->hard_link || S_ISDIR(target->type))
			return bad(check, path, "is a hard link to what is not in the set");
		if (target->type != row->type)
			return bad(check, path, "is not what the index says of it");
	}
	if (!entry->piece_of && atomic_exchange(&row->seen, true))
		return bad(check, path, "is in the set twice");
	return row->segment_count > 1 ? check_piece(check, entry, row) : check_plain(check, entry, row);
}

static int read_segment(struct segment_check *check)
{
	struct context *ctx = check->verifier->ctx;
	struct pax_entry entry = { 0 };
	void *data = NULL;
	int r = set_segment_load(ctx, check->verifier->set, check->segment, &data);

	if (r < 0)
		return r;
	r = segment_reader_start(ctx, check->reader, check->segment, data);
	while (r >= 0 && (r = segment_read(ctx, check->reader, &entry)) == 1)
		r = check_entry(check, &entry);
	pax_entry_done(&entry);
	return r;
}

static int check_segment(struct verifier *verifier, uint32_t number)
{
	struct segment_check check = { .verifier = verifier,
				       .number = number,
				       .segment = &verifier->manifest->segments[number],
				       .reader = segment_reader_new(),
				       .digest = content_digest_new(0, 0) };
	int r = check.reader && check.digest ? read_segment(&check) : context_fail(verifier->ctx, ENOMEM, "out of memory");

	if (r == 0)
		progress_add(verifier->ctx, check.segment->stored, check.segment->entries);
	segment_reader_free(check.reader);
	content_digest_free(check.digest);
	return r;
}

static void *work(void *data)
{
	struct verifier *verifier = data;

	for (;;) {
		size_t number;
		int r;

		pthread_mutex_lock(&verifier->lock);
		number = verifier->next < verifier->manifest->segment_count && !verifier->error ? verifier->next++ : SIZE_MAX;
		pthread_mutex_unlock(&verifier->lock);
		if (number == SIZE_MAX)
			return NULL;
		r = check_segment(verifier, (uint32_t)number);
		pthread_mutex_lock(&verifier->lock);
		if (r < 0 && !verifier->error)
			verifier->error = r;
		verifier->done[number] = true;
		while (verifier->all_done < verifier->manifest->segment_count && verifier->done[verifier->all_done])
			verifier->all_done++;
		pthread_cond_broadcast(&verifier->moved);
		pthread_mutex_unlock(&verifier->lock);
	}
}

static int run_workers(struct verifier *verifier, unsigned workers)
{
	AUTO_FREE pthread_t *threads = calloc(workers, sizeof(*threads));
	unsigned started = 0;

	if (!threads)
		return context_fail(verifier->ctx, ENOMEM, "out of memory");
	while (started < workers && pthread_create(&threads[started], NULL, work, verifier) == 0)
		started++;
	if (started == 0)
		work(verifier);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return verifier->error;
}

static int check_totals(struct verifier *verifier)
{
	const char *unseen = verify_table_unseen(verifier->table);

	if (unseen) {
		AUTO_FREE char *shown = bytes_escape(unseen, strlen(unseen));

		return context_fail(verifier->ctx, EBADMSG, "the index names /%s, which no segment holds",
				    shown ? shown : "?");
	}
	if (verify_table_bytes(verifier->table) != verifier->manifest->total_bytes)
		return context_fail(verifier->ctx, EBADMSG,
				    "the manifest's total of %llu bytes is not that of the index, %llu",
				    (unsigned long long)verifier->manifest->total_bytes,
				    (unsigned long long)verify_table_bytes(verifier->table));
	return 0;
}

int set_verify(struct context *ctx, struct set *set, unsigned workers, struct verify_result *result)
{
	struct verifier verifier = { .ctx = ctx, .set = set, .manifest = set_manifest(set) };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t stored = 0;
	int r;

	*result = (struct verify_result){ 0 };
	for (size_t i = 0; i < verifier.manifest->segment_count; i++)
		stored += verifier.manifest->segments[i].stored;
	if (ctx->progress && progress_plan(ctx->progress, "verify", "Verifying the set", stored) < 0)
		return context_fail(ctx, ENOMEM, "out of memory");
	r = verify_table_read(ctx, set, &verifier.table);
	if (r < 0)
		return r;
	pthread_mutex_init(&verifier.lock, NULL);
	pthread_cond_init(&verifier.moved, NULL);
	verifier.done = calloc(verifier.manifest->segment_count, sizeof(*verifier.done));
	progress_begin(ctx, "verify", stored, verifier.manifest->total_files);
	r = verifier.done ? run_workers(&verifier, workers ? workers : cores > 0 ? (unsigned)cores : 1)
			  : context_fail(ctx, ENOMEM, "out of memory");
	if (r == 0)
		r = check_totals(&verifier);
	if (r == 0) {
		progress_end(ctx);
		*result = (struct verify_result){ verifier.manifest->segment_count, verifier.manifest->total_files,
						  verifier.manifest->total_bytes };
	}
	free(verifier.done);
	pthread_cond_destroy(&verifier.moved);
	pthread_mutex_destroy(&verifier.lock);
	verify_table_free(verifier.table);
	return r;
}
