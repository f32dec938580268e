#include "agreement.h"

#include <errno.h>
#include <string.h>

#include "agreement_table.h"
#include "content.h"

/* Large files whose last piece has not come: so many a set may have at a time, and so many of them with a block of CONTENT_BLOCK each. A
 * set of ours has one for each processor of the machine that wrote it. */
#define OPEN_LIMIT 65536
#define OPEN_BLOCKS_LIMIT 64

/* A file in pieces while they come in. */
struct piece_state {
	struct content_digest *digest; /* NULL where contents are not looked at */
	uint64_t at;             /* with content: where the next piece starts */
	uint64_t size, data;     /* of the pieces so far */
	uint32_t pieces;         /* how many */
	bool lost;               /* one of them is not as the index says */
	bool has_first;
	struct index_row row;    /* what the first piece said */
};

struct agreement {
	struct agreement_table table;
	const struct manifest *manifest;
	atomic_uint *met;        /* entries of each segment that are rows of the index */
	pthread_mutex_t lock;    /* guards what follows, and the states of pieces */
	pthread_cond_t moved;
	bool *over;              /* by segment */
	size_t all_over;         /* segments below it are all over */
	bool stopped;
	size_t open, open_blocks; /* files in pieces that are begun and not ended */
};

struct agreement_check {
	struct context *ctx;
	struct agreement *agreement;
	struct content_digest *digest;
	struct buffer text;      /* scratch */
	/* The present entry. */
	const struct pax_entry *entry;
	size_t number;           /* of its segment */
	size_t place;            /* of its row; SIZE_MAX: it is none */
	struct agreement_file *file; /* it lies in pieces; NULL */
	struct content_digest *into; /* gets its data; NULL */
	size_t extent;           /* where they go: this extent */
	uint64_t within, read;   /* so far in it; bytes so far */
};

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

static void free_state(struct piece_state *state)
{
	if (!state)
		return;
	content_digest_free(state->digest);
	index_row_done(&state->row);
	free(state);
}

void agreement_free(struct agreement *agreement)
{
	if (!agreement)
		return;
	for (size_t i = 0; i < agreement->table.file_count; i++)
		free_state(agreement->table.files[i].state);
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

static const char *path_of(const struct agreement_check *check)
{
	return check->entry->piece_of ? check->entry->piece_of : check->entry->path;
}

static int bad(struct agreement_check *check, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(path_of(check), strlen(path_of(check)));

	if (check->file && check->file->state) {
		pthread_mutex_lock(&check->agreement->lock);
		check->file->state->lost = true;
		pthread_cond_broadcast(&check->agreement->moved);
		pthread_mutex_unlock(&check->agreement->lock);
	}
	check->place = SIZE_MAX;
	return context_fail(check->ctx, EBADMSG, "segment %s: /%s %s", segment_name(check->agreement->manifest->segments + check->number).text,
			    shown ? shown : "?", sentence_words(what));
}

static int no_memory(struct agreement_check *check)
{
	return context_oom(check->ctx);
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
				   .hints = entry->hints,
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
static int compare_row(struct agreement_check *check, const struct index_row *row)
{
	const struct agreement_table *table = &check->agreement->table;
	uint64_t said;

	if (agreement_row_hash(table, row, &check->text, &said) < 0)
		return no_memory(check);
	if (said != table->rows[check->place].said)
		return bad(check, N_("is not what the index says of it"));
	atomic_fetch_or(&table->flags[check->place], ROW_GOOD);
	return 0;
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
		return bad(check, N_("is a hard link to what is not in the set"));
	return (of_target & ROW_TYPE) == (flags & ROW_TYPE) ? 0 : bad(check, N_("is not what the index says of it"));
}

/* What the first piece says of the file is kept for the last. With the lock held. */
static int keep_first(struct piece_state *state, const struct pax_entry *entry)
{
	struct index_row *row = &state->row;
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
	state->has_first = true;
	return r == 0 && !row->path ? -ENOMEM : r;
}

/* With content: waits until the piece is next, or every earlier segment is over and it never will be. With the lock held. */
static int wait_for_turn(struct agreement_check *check, const struct piece_state *state, uint32_t part)
{
	struct agreement *agreement = check->agreement;

	while (!agreement->stopped && !state->lost && state->pieces != part && agreement->all_over < check->number)
		pthread_cond_wait(&agreement->moved, &agreement->lock);
	return agreement->stopped ? -ECANCELED : state->lost || state->pieces != part ? -ENODATA : 0;
}

static bool has_block(const struct agreement *agreement, const struct agreement_file *file)
{
	return agreement->table.content && content_digest_is_by_block(file->size, file->data);
}

/* Makes the state of the present entry's file unless it is there. With the lock held. 0, -ENOMEM, -EMFILE: too many are open. */
static int open_state(struct agreement_check *check)
{
	struct agreement *agreement = check->agreement;
	struct agreement_file *file = check->file;

	if (file->state)
		return 0;
	if (agreement->open == OPEN_LIMIT || (has_block(agreement, file) && agreement->open_blocks == OPEN_BLOCKS_LIMIT))
		return -EMFILE;
	file->state = calloc(1, sizeof(*file->state));
	if (file->state && agreement->table.content)
		file->state->digest = content_digest_new(file->size, file->data);
	if (!file->state || (agreement->table.content && !file->state->digest))
		return -ENOMEM;
	agreement->open++;
	agreement->open_blocks += has_block(agreement, file);
	return 0;
}

/* The file's last piece was taken: what is kept of it is only that. */
static void close_state(struct agreement *agreement, struct agreement_file *file)
{
	pthread_mutex_lock(&agreement->lock);
	agreement->open--;
	agreement->open_blocks -= has_block(agreement, file);
	content_digest_free(TAKE_POINTER(file->state->digest));
	index_row_done(&file->state->row);
	pthread_mutex_unlock(&agreement->lock);
}

static int begin_piece(struct agreement_check *check)
{
	const struct pax_entry *entry = check->entry;
	struct agreement *agreement = check->agreement;
	struct agreement_file *file = check->file;
	uint32_t part = (uint32_t)check->number - file->first_segment;
	struct piece_state *state = NULL;
	bool gap = false;
	int r;

	if (check->number < file->first_segment || part >= file->segment_count || (part == 0) != !entry->piece_of ||
	    entry->whole_size != file->size)
		return bad(check, N_("has a piece that the index does not know of"));
	pthread_mutex_lock(&agreement->lock);
	r = open_state(check);
	if (r == 0)
		state = file->state;
	if (r == 0 && agreement->table.content)
		r = wait_for_turn(check, state, part);
	if (r == 0 && agreement->table.content)
		gap = state->at != entry->piece_offset;
	if (r == 0 && part == 0)
		r = keep_first(state, entry);
	if (r == 0)
		check->into = state->digest;
	/* What follows a lost piece is lost with it, and was told. */
	if (r == -ENODATA)
		state->lost = true;
	pthread_mutex_unlock(&agreement->lock);
	if (r == -EMFILE)
		return bad(check, N_("is one of too many large files whose last pieces do not come"));
	return r == -ENOMEM ? no_memory(check) : gap ? bad(check, N_("lacks the piece before this one")) : r;
}

static int begin_plain(struct agreement_check *check)
{
	const struct pax_entry *entry = check->entry;

	if (entry->whole_size || entry->piece_of)
		return bad(check, N_("has a piece that the index does not know of"));
	if (!S_ISREG(entry->mode) || entry->hard_link || !check->agreement->table.content)
		return 0;
	check->into = check->digest;
	return content_digest_reset(check->digest, entry->size, pax_entry_data(entry)) < 0 ? no_memory(check) : 0;
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
	if (!is_right_kind(check->agreement->manifest->segments + number, entry) || in_pieces != (entry->recipe || entry->piece_of))
		return bad(check, N_("does not belong into a segment of this kind"));
	if (entry->recipe)
		return 0;
	check->place = agreement_table_find(table, path_of(check));
	if (check->place == SIZE_MAX)
		return bad(check, N_("is not in the index"));
	flags = table->flags[check->place];
	if (!entry->piece_of)
		flags = atomic_fetch_or(&table->flags[check->place], ROW_SEEN);
	if (!entry->piece_of && (flags & ROW_SEEN))
		return bad(check, N_("is in the set twice"));
	atomic_fetch_add(&check->agreement->met[number], 1);
	if (flags & ROW_PIECES)
		check->file = agreement_table_file(table, table->rows[check->place].path);
	if (entry->hard_link)
		r = check_target(check, flags);
	return r < 0 ? r : check->file ? begin_piece(check) : begin_plain(check);
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

/* The row as the index should have it: of consecutive segments. */
static int compare_whole(struct agreement_check *check, struct index_row *row, uint32_t first, uint32_t count)
{
	AUTO_FREE uint32_t *segments = calloc(count, sizeof(*segments));
	struct index_row whole = *row;

	for (uint32_t i = 0; segments && i < count; i++)
		segments[i] = first + i;
	whole.segments = segments;
	whole.segment_count = count;
	return segments ? compare_row(check, &whole) : no_memory(check);
}

static int end_plain(struct agreement_check *check)
{
	struct index_row row = { 0 };
	int r = row_of_entry(check->entry, &row);

	if (r == 0 && check->into)
		content_digest_finish(check->into, row.sha256);
	r = r < 0 ? no_memory(check) : compare_whole(check, &row, (uint32_t)check->number, 1);
	free(row.xattrs);
	return r;
}

static int end_piece(struct agreement_check *check)
{
	struct agreement *agreement = check->agreement;
	struct agreement_file *file = check->file;
	struct piece_state *state = file->state;
	bool last;
	int r;

	pthread_mutex_lock(&agreement->lock);
	state->data += check->read;
	state->size += check->entry->size;
	state->at = check->entry->piece_offset + check->entry->size;
	last = ++state->pieces == file->segment_count;
	pthread_cond_broadcast(&agreement->moved);
	pthread_mutex_unlock(&agreement->lock);
	if (!last)
		return 0;
	state->row.data = state->data;
	if (state->digest)
		content_digest_finish(state->digest, state->row.sha256);
	r = state->has_first && state->size == file->size
		    ? compare_whole(check, &state->row, file->first_segment, file->segment_count)
		    : bad(check, N_("lacks one of its pieces"));
	close_state(agreement, file);
	return r;
}

int agreement_end(struct agreement_check *check)
{
	if (check->place == SIZE_MAX)
		return 0;
	if (check->read == pax_entry_data(check->entry))
		return check->file ? end_piece(check) : end_plain(check);
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
		r = context_check_cancel(ctx);
		if (r == 0 && what)
			r = lost(data, &row, what);
	}
	index_row_done(&row);
	return r;
}
