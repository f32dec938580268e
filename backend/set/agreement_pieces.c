/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large files in pieces: do the pieces follow one another, and belong to one file? What the recipe by hand relies on is checked, too: how
 * pieces are called, that each has the file's metadata, that the helper beside the first leads to the file.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agreement_parts.h"

/* Large files whose last piece has not come: so many a set may have at a time, and so many of them with a block of CONTENT_BLOCK each. A
 * set of ours has one for each processor of the machine that wrote it. */
#define OPEN_LIMIT 65536
#define OPEN_BLOCKS_LIMIT 64

void agreement_free_pieces(struct agreement *agreement)
{
	for (size_t i = 0; i < agreement->table.file_count; i++) {
		struct piece_state *state = agreement->table.files[i].state;

		if (!state)
			continue;
		content_digest_free(state->digest);
		index_row_done(&state->row);
		free(state);
	}
	pathset_done(&agreement->numbers);
}

/* What the first piece says of the file is kept for the last. With the lock held. */
static int keep_first(struct piece_state *state, const struct pax_entry *entry)
{
	struct index_row *row = &state->row;
	int r = agreement_row_of_entry(entry, row);
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

	while (!agreement->stopped && !state->lost && state->pieces < part && agreement->all_over < check->number)
		pthread_cond_wait(&agreement->moved, &agreement->lock);
	return agreement->stopped ? -ECANCELED : state->lost || state->pieces < part ? -ENODATA : 0;
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

/* The number of the directory in PAX_PIECES in which PATH is called NAME; 0: it is not. */
static uint64_t number_in(const char *path, const char *name)
{
	const char *text = path + sizeof(PAX_PIECES), *slash = strncmp(path, PAX_PIECES "/", sizeof(PAX_PIECES)) ? NULL : strchr(text, '/');
	AUTO_FREE char *digits = slash ? strndup(text, (size_t)(slash - text)) : NULL;
	uint64_t number;

	return digits && !strcmp(slash + 1, name) && parse_decimal(digits, &number) ? number : 0;
}

/* Every piece and the helper lie in one directory of their own. With the lock held. NULL, or what is wrong; *RET gets -ENOMEM. */
static const char *check_number(struct agreement *agreement, struct piece_state *state, uint64_t number, int *ret)
{
	uint64_t hash = path_hash(&agreement->table.key, (const char *)&number, sizeof(number));

	if (number && state->number == number)
		return NULL;
	if (!number || state->number || pathset_contains(&agreement->numbers, hash))
		return N_("has pieces that are not called as pieces of one file");
	state->number = number;
	*ret = pathset_add(&agreement->numbers, hash);
	return NULL;
}

int agreement_piece_hash(struct agreement_check *check, uint64_t *ret)
{
	struct index_row row;
	int r = agreement_row_of_entry(check->entry, &row);

	row.path = check->entry->piece_of ? check->entry->piece_of : check->entry->path;
	row.size = row.data = 0;
	if (r == 0)
		r = agreement_row_hash(&check->agreement->table, &row, &check->text, ret);
	free(row.xattrs);
	return r;
}

/* All pieces repeat the file's metadata. With the lock held; as check_number(). */
static const char *check_metadata(struct agreement_check *check, struct piece_state *state, int *ret)
{
	uint64_t said = 0;
	int r = agreement_piece_hash(check, &said);

	*ret = r;
	if (r == 0 && state->has_said && state->said != said)
		return N_("has pieces with different metadata");
	state->has_said = true;
	state->said = said;
	return NULL;
}

/* What is wrong with the present piece, whose turn it is; NULL. With the lock held; as check_number(). */
static const char *check_piece(struct agreement_check *check, struct piece_state *state, uint32_t part, int *ret)
{
	const struct pax_entry *entry = check->entry;
	const char *wrong = NULL;
	char name[16];

	snprintf(name, sizeof(name), "%08" PRIu32, part);
	if (check->agreement->table.content && state->pieces > part)
		return N_("has a piece that is in the set twice");
	if (check->agreement->table.content && state->at != entry->piece_offset)
		return N_("lacks the piece before this one");
	if (part > 0)
		wrong = check_number(check->agreement, state, number_in(entry->path, name), ret);
	return wrong || *ret < 0 ? wrong : check_metadata(check, state, ret);
}

int agreement_begin_piece(struct agreement_check *check)
{
	const struct pax_entry *entry = check->entry;
	struct agreement *agreement = check->agreement;
	struct agreement_file *file = check->file;
	uint32_t part = (uint32_t)check->number - file->first_segment;
	struct piece_state *state = NULL;
	const char *wrong = NULL;
	int r;

	if (check->number < file->first_segment || part >= file->segment_count || (part == 0) != !entry->piece_of ||
	    entry->whole_size != file->size)
		return agreement_bad(check, N_("has a piece that the index does not know of"));
	pthread_mutex_lock(&agreement->lock);
	r = open_state(check);
	if (r == 0)
		state = file->state;
	if (r == 0 && agreement->table.content)
		r = wait_for_turn(check, state, part);
	if (r == 0)
		wrong = check_piece(check, state, part, &r);
	if (r == 0 && !wrong && part == 0)
		r = keep_first(state, entry);
	if (r == 0)
		check->into = state->digest;
	/* What follows a lost piece is lost with it, and was told. */
	if (r == -ENODATA)
		state->lost = true;
	pthread_mutex_unlock(&agreement->lock);
	if (r == -EMFILE)
		return agreement_bad(check, N_("is one of too many large files whose last pieces do not come"));
	if (part == 0)
		check->needs_helper = file;
	return r == -ENOMEM ? context_oom(check->ctx) : wrong ? agreement_bad(check, wrong) : r;
}

int agreement_end_piece(struct agreement_check *check)
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
	r = state->has_first && state->size == file->size ? agreement_compare(check, &state->row, file->first_segment, file->segment_count) :
							    agreement_bad(check, N_("lacks one of its pieces"));
	close_state(agreement, file);
	return r;
}

int agreement_helper(struct agreement_check *check)
{
	struct agreement *agreement = check->agreement;
	const struct pax_entry *entry = check->entry;
	struct agreement_file *file = check->needs_helper;
	const char *wrong = NULL;
	int r = 0;

	check->needs_helper = NULL;
	if (!file || path_hash(&agreement->table.key, entry->link, strlen(entry->link)) != file->path)
		return agreement_bad(check, N_("does not stand behind the first piece of the file that it leads to"));
	pthread_mutex_lock(&agreement->lock);
	/* The first piece was wrong, which was told. */
	if (!file->state || file->state->lost)
		r = -ENODATA;
	else
		wrong = check_number(agreement, file->state, number_in(entry->path, "target"), &r);
	pthread_mutex_unlock(&agreement->lock);
	if (r == -ENODATA)
		return r;
	if (wrong || r < 0)
		return wrong ? agreement_bad(check, wrong) : context_oom(check->ctx);
	atomic_fetch_add(&agreement->met[check->number], 1);
	return 0;
}
