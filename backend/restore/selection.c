/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "selection.h"

#include <errno.h>
#include <string.h>

#include "../core/pathset.h"

/* The first name of a file is not selected, one of its additional names is. */
struct stand_in {
	char *first, *name;
};

struct selection {
	char **prefixes;         /* normalised; NULL-ended */
	bool *met;               /* for each prefix: the set has something there */
	bool *segments;          /* wanted, by place in the manifest's table */
	size_t segment_count;
	struct stand_in *stand_ins; /* sorted by first */
	size_t stand_in_count, stand_in_capacity;
};

char *selection_normalise(const char *path)
{
	char *text = malloc(strlen(path) + 2);
	size_t length = 0;

	if (!text)
		return NULL;
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && path[0] == '.' && path[1] == '.') {
			free(text);
			errno = EINVAL;
			return NULL;
		}
		if (part > 0 && !(part == 1 && path[0] == '.')) {
			if (length)
				text[length++] = '/';
			memcpy(text + length, path, part);
			length += part;
		}
		path += part;
		path += strspn(path, "/");
	}
	if (length == 0)
		text[length++] = '.';
	text[length] = '\0';
	return text;
}

void selection_free(struct selection *selection)
{
	if (!selection)
		return;
	strv_free(selection->prefixes);
	for (size_t i = 0; i < selection->stand_in_count; i++) {
		free(selection->stand_ins[i].first);
		free(selection->stand_ins[i].name);
	}
	free(selection->stand_ins);
	free(selection->met);
	free(selection->segments);
	free(selection);
}

static bool is_below(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	return !strncmp(path, prefix, length) && (path[length] == '\0' || path[length] == '/');
}

bool selection_has(const struct selection *selection, const char *path)
{
	if (!selection)
		return true;
	for (char **prefix = selection->prefixes; *prefix; prefix++)
		if (is_below(path, *prefix))
			return true;
	return false;
}

bool selection_is_parent(const struct selection *selection, const char *path)
{
	if (!selection || selection_has(selection, path))
		return false;
	if (!strcmp(path, "."))
		return true;
	for (char **prefix = selection->prefixes; *prefix; prefix++)
		if (is_below(*prefix, path))
			return true;
	return false;
}

bool selection_wants(const struct selection *selection, size_t segment)
{
	return !selection || !selection->segment_count || (segment < selection->segment_count && selection->segments[segment]);
}

static int compare_stand_ins(const void *a, const void *b)
{
	const struct stand_in *left = a, *right = b;

	return strcmp(left->first, right->first);
}

const char *selection_name(const struct selection *selection, const char *path)
{
	struct stand_in wanted = { .first = (char *)path };
	const struct stand_in *found;

	if (selection_has(selection, path))
		return path;
	if (selection->stand_in_count == 0)
		return NULL;
	found = bsearch(&wanted, selection->stand_ins, selection->stand_in_count, sizeof(wanted), compare_stand_ins);
	return found ? found->name : NULL;
}

static int add_stand_in(struct selection *selection, const char *first, const char *name)
{
	struct stand_in *made;

	if (selection->stand_in_count == selection->stand_in_capacity) {
		size_t capacity = selection->stand_in_capacity ? selection->stand_in_capacity * 2 : 16;
		struct stand_in *grown = reallocarray(selection->stand_ins, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		selection->stand_ins = grown;
		selection->stand_in_capacity = capacity;
	}
	made = selection->stand_ins + selection->stand_in_count;
	*made = (struct stand_in){ .first = strdup(first), .name = strdup(name) };
	selection->stand_in_count++;
	return made->first && made->name ? 0 : -ENOMEM;
}

static void mark_segments(struct selection *selection, const struct index_row *row)
{
	for (size_t i = row->first_segment; i <= row->last_segment && i < selection->segment_count; i++)
		selection->segments[i] = true;
}

static int look_at_row(struct selection *selection, const struct index_row *row, const struct path_key *key,
		       struct pathset *firsts)
{
	uint64_t hash;

	if (!selection_has(selection, row->path)) {
		if (S_ISDIR(row->mode) && selection_is_parent(selection, row->path))
			mark_segments(selection, row);
		return 0;
	}
	for (size_t i = 0; selection->prefixes[i]; i++)
		selection->met[i] |= is_below(row->path, selection->prefixes[i]);
	mark_segments(selection, row);
	if (!row->hard_link || selection_has(selection, row->hard_link))
		return 0;
	hash = path_hash(key, row->hard_link, strlen(row->hard_link));
	if (pathset_contains(firsts, hash))
		return 0;
	return pathset_add(firsts, hash) < 0 ? -ENOMEM : add_stand_in(selection, row->hard_link, row->path);
}

/* Calls nothing but marks: the first pass finds what is selected, the second the first names that are stood in for. */
static int read_index(struct context *ctx, struct set *set, struct selection *selection, bool second)
{
	struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	struct pathset firsts = { 0 };
	struct path_key key;
	int r = index_open(ctx, set, &reader);

	path_key_init(&key);
	while (r == 0 && (r = index_read(ctx, reader, &row)) > 0) {
		r = 0;
		if (!second)
			r = look_at_row(selection, &row, &key, &firsts);
		else if (!row.hard_link && selection_name(selection, row.path))
			mark_segments(selection, &row);
		if (r < 0)
			context_fail(ctx, -r, "out of memory");
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	index_row_done(&row);
	index_close(reader);
	pathset_done(&firsts);
	if (r == 0 && !second && selection->stand_in_count)
		qsort(selection->stand_ins, selection->stand_in_count, sizeof(*selection->stand_ins), compare_stand_ins);
	return r;
}

static int check_met(struct context *ctx, const struct selection *selection)
{
	for (size_t i = 0; selection->prefixes[i]; i++)
		if (!selection->met[i]) {
			AUTO_FREE char *shown = bytes_escape(selection->prefixes[i], strlen(selection->prefixes[i]));

			return context_fail(ctx, ENOENT, "the set holds nothing called '%s'", shown ? shown : "?");
		}
	return 0;
}

static int normalise_all(struct context *ctx, char *const *paths, char ***ret)
{
	for (; *paths; paths++) {
		AUTO_FREE char *path = selection_normalise(*paths);

		/* As scripts say it with a variable that is not set: everything is not what they mean. */
		if (!**paths)
			return context_fail(ctx, EINVAL, "a path is empty; '.' stands for the whole tree");
		if (!path && errno == EINVAL)
			return context_fail(ctx, EINVAL, "the path '%s' must not contain '..'", *paths);
		if (!path || strv_append(ret, path) < 0)
			return context_oom(ctx);
	}
	return 0;
}

/* A name as it was given and, where it may be an escaped one, the bytes that it then stands for. */
struct reading {
	char *bytes;             /* owned; NULL: none */
	bool given_met, bytes_met; /* the set holds it */
};

static void readings_free(struct reading *readings, size_t count)
{
	for (size_t i = 0; readings && i < count; i++)
		free(readings[i].bytes);
	free(readings);
}

/* Marks in READINGS, one for each of NAMES, what the set holds. */
static int find_names(struct context *ctx, struct set *set, char *const *names, struct reading *readings)
{
	AUTO_INDEX struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	int r = index_open(ctx, set, &reader);

	while (r >= 0 && (r = index_read(ctx, reader, &row)) > 0) {
		for (size_t i = 0; names[i]; i++) {
			readings[i].given_met |= is_below(row.path, names[i]);
			readings[i].bytes_met |= readings[i].bytes && is_below(row.path, readings[i].bytes);
		}
		r = context_check_cancel(ctx);
	}
	index_row_done(&row);
	return r;
}

static bool is_shown_as(const char *bytes, const char *name)
{
	AUTO_FREE char *shown = bytes_escape(bytes, strlen(bytes));

	return shown && !strcmp(shown, name);
}

/* Puts the bytes in the place of name I, or behind all *NAMES where both are meant. */
static int take_reading(char ***names, size_t i, struct reading *reading)
{
	if (!reading->given_met && reading->bytes) {
		free((*names)[i]);
		(*names)[i] = TAKE_POINTER(reading->bytes);
	} else if (reading->bytes_met && is_shown_as(reading->bytes, (*names)[i])) {
		return strv_append(names, reading->bytes);
	}
	return 0;
}

/* Names may be given as they are shown, odd bytes as %XX. Where the set holds both a file of that very name and one that is shown so, both
 * are meant. */
static int take_escaped(struct context *ctx, struct set *set, char ***names)
{
	size_t count = strv_length(*names);
	struct reading *readings = calloc(count + 1, sizeof(*readings));
	bool any = false;
	int r = readings ? 0 : context_oom(ctx);

	for (size_t i = 0; readings && i < count; i++) {
		readings[i].bytes = strchr((*names)[i], '%') ? bytes_unescape((*names)[i], NULL) : NULL;
		any |= readings[i].bytes != NULL;
	}
	if (any)
		r = find_names(ctx, set, *names, readings);
	for (size_t i = 0; r == 0 && any && i < count; i++)
		if (take_reading(names, i, readings + i) < 0)
			r = context_oom(ctx);
	readings_free(readings, count);
	return r;
}

static int begin(struct context *ctx, struct set *set, struct selection *selection)
{
	selection->segment_count = set ? set_manifest(set)->segment_count : 0;
	selection->met = calloc(strv_length(selection->prefixes), sizeof(*selection->met));
	selection->segments = calloc(selection->segment_count + 1, sizeof(*selection->segments));
	return selection->met && selection->segments ? 0 : context_oom(ctx);
}

int selection_new(struct context *ctx, struct set *set, char *const *paths, struct selection **ret)
{
	AUTO_SELECTION struct selection *selection = calloc(1, sizeof(*selection));
	int r = selection ? 0 : context_oom(ctx);

	*ret = NULL;
	if (r == 0 && paths)
		r = normalise_all(ctx, paths, &selection->prefixes);
	if (r < 0 || !selection->prefixes || strv_contains(selection->prefixes, "."))
		return r;
	if (set)
		r = take_escaped(ctx, set, &selection->prefixes);
	if (r == 0)
		r = begin(ctx, set, selection);
	if (r == 0 && set)
		r = read_index(ctx, set, selection, false);
	if (r == 0 && set)
		r = check_met(ctx, selection);
	if (r == 0 && selection->stand_in_count)
		r = read_index(ctx, set, selection, true);
	if (r == 0)
		*ret = TAKE_POINTER(selection);
	return r;
}
