/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "set_discs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "manifest.h"

#define SEGMENTS "segments/"
#define TRIES 3                  /* a volume that is found and cannot be opened */

struct spread {
	struct discs *table;
	char *place;             /* that the set was opened at */
	uint32_t first;          /* the volume that lay there then */
	/* Guarded by the source's lock: */
	struct set_source *here; /* the volume that is open; NULL: none */
	char *where;             /* place of that */
	uint32_t number;         /* of that; 0: none */
};

const struct discs *source_discs(const struct set_source *source)
{
	return source->spread ? source->spread->table : NULL;
}

const char *source_disc_place(const struct set_source *source)
{
	return source->spread ? source->spread->where : NULL;
}

uint32_t source_disc_number(const struct set_source *source)
{
	return source->spread ? source->spread->number : 0;
}

/* The volume that NAME lies on; 0: on each of them. */
static uint32_t disc_of(const struct discs *table, const char *name)
{
	unsigned long segment;

	if (!strcmp(name, MANIFEST_NAME) || !strcmp(name, SEGMENT_TABLE_NAME))
		return 0;
	if (strncmp(name, SEGMENTS, strlen(SEGMENTS)) != 0)
		return 1;
	segment = strtoul(name + strlen(SEGMENTS), NULL, 10);
	return segment < SEGMENTS_LIMIT ? discs_find(table, (uint32_t)segment) : 1;
}

/* The open volume with NAME, held; NULL: another one is wanted. */
static struct set_source *hold(struct set_source *source, const char *name)
{
	struct spread *spread = source->spread;
	uint32_t number = disc_of(spread->table, name);
	struct set_source *here = NULL;

	pthread_mutex_lock(&source->lock);
	if (spread->here && (number == 0 || number == spread->number)) {
		here = spread->here;
		atomic_fetch_add(&here->holders, 1);
	}
	pthread_mutex_unlock(&source->lock);
	return here;
}

static int spread_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	struct set_source *here = hold(source, name);
	int r = here ? source_load(ctx, here, name, limit, ret, ret_length) : -ENOMEDIUM;

	source_release(here);
	return r;
}

static int spread_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	struct set_source *here = hold(source, name);
	int r = here ? source_read(ctx, here, name, offset, buffer, length) : -ENOMEDIUM;

	source_release(here);
	return r;
}

/* Of discs that are not in a drive nothing can be asked: which set they belong to is looked at when they are put in, and each segment has its
 * digest. So all that can change is that the open one goes away. */
static int spread_look(struct context *ctx, struct set_source *source, const char *name, bool touch, struct member_state *ret)
{
	struct set_source *here = touch ? hold(source, name) : NULL;
	struct member_state state;
	int r = here ? source_touch(ctx, here, name, &state) : 0;

	source_release(here);
	*ret = (struct member_state){ .size = MEMBER_SIZE_UNKNOWN };
	memcpy(ret->version, source->spread->table->sha256, sizeof(ret->version));
	return r;
}

int source_directory(struct set_source *source)
{
	struct set_source *here = source->spread ? hold(source, MANIFEST_NAME) : source;
	/* Elsewhere it is that of a stream's file, or none. */
	int fd = here && here->fd >= 0 && !here->table ? fcntl(here->fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (source->spread)
		source_release(here);
	return fd;
}

void source_let_go(struct set_source *source)
{
	struct spread *spread = source->spread;
	struct set_source *here;

	pthread_mutex_lock(&source->lock);
	here = TAKE_POINTER(spread->here);
	spread->number = 0;
	free(TAKE_POINTER(spread->where));
	pthread_mutex_unlock(&source->lock);
	source_release(here);
}

static void spread_close(struct set_source *source)
{
	struct spread *spread = TAKE_POINTER(source->spread);

	if (!spread)
		return;
	source_release(spread->here);
	discs_free(spread->table);
	free(spread->place);
	free(spread->where);
	free(spread);
}

static const struct source_type spread_type = {
	.load = spread_load,
	.read = spread_read,
	.look = spread_look,
	.close = spread_close,
};

/* ---- opening one ---- */

static int open_place(struct set_source *source, const char *place)
{
	struct stat st;

	if (stat(place, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? source_open_directory(source, place) : S_ISREG(st.st_mode) ? source_open_image(source, place) : -ENOENT;
}

static int read_table(struct context *ctx, struct set_source *source, struct discs **ret)
{
	AUTO_FREE void *text = NULL;
	size_t length = 0;
	int r = patient_load(ctx, source, VOLUME_NAME, VOLUME_FILE_LIMIT, &text, &length);

	/* What is behind damage of an image is told when it is wanted. */
	if ((r == -EBADMSG || r == -EIO) && source->fd < 0)
		return -ENOENT;
	return r < 0 ? r : discs_parse(text, length, ret);
}

/* Takes the volume NUMBER that lies at PLACE. 0; -ENOENT: it does not. */
static int take(struct context *ctx, struct set_source *source, const char *place, uint32_t number)
{
	struct spread *spread = source->spread;
	struct set_source *here = source_new();
	AUTO_DISCS struct discs *table = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE char *where = strdup(place);
	int r = here && where ? open_place(here, place) : -ENOMEM;

	if (r == 0)
		r = read_table(ctx, here, &table);
	if (r == 0 && (!discs_match(spread->table, table) || (number != 0 && table->number != number)))
		r = -ENOENT;
	if (r < 0) {
		source_release(here);
		return r == -ENOMEM ? r : -ENOENT;
	}
	pthread_mutex_lock(&source->lock);
	spread->here = here;
	spread->number = table->number;
	free(spread->where);
	spread->where = TAKE_POINTER(where);
	pthread_mutex_unlock(&source->lock);
	return 0;
}

/* Where the volume NUMBER lies when the first one that was opened lies at its place: the last number before the ending, or at the end, is its.
 * New string; NULL: it has none. */
static char *sibling(const struct spread *spread, uint32_t number)
{
	const char *place = spread->place, *end = place + strlen(place), *digits;
	AUTO_FREE char *own = NULL;
	uint64_t found;

	while (end > place && end[-1] == '/')
		end--;
	if (end - place > 4 && !strncasecmp(end - 4, ".iso", 4))
		end -= 4;
	for (digits = end; digits > place && strchr("0123456789", digits[-1]);)
		digits--;
	own = strndup(digits, (size_t)(end - digits));
	if (!own || !parse_decimal(own, &found) || found != spread->first)
		return NULL;
	return text_format("%.*s%u%s", (int)(digits - place), place, number, end);
}

/* Without anybody's help: at the place itself, or beside it. */
static int find(struct context *ctx, struct set_source *source, uint32_t number)
{
	struct spread *spread = source->spread;
	AUTO_FREE char *beside = number ? sibling(spread, number) : NULL;
	int r = take(ctx, source, spread->place, number);

	return r == -ENOENT && beside ? take(ctx, source, beside, number) : r;
}

static int fail_missing(struct context *ctx, const struct set_source *source, uint32_t number)
{
	AUTO_FREE char *what = discs_describe(source->spread->table, number);

	return context_fail(ctx, ENOMEDIUM, "%s of the recovery set is not at %s. Put the images of all discs into one directory, their names as they were made, "
			    "and name the first", what ? what : "a disc", source->spread->place);
}

int source_bring(struct context *ctx, struct set_source *source, const char *name, set_ask_disc *ask, void *data)
{
	const struct discs *table = source->spread->table;
	uint32_t number = disc_of(table, name);
	struct set_source *here = hold(source, name);
	int r;

	if (here) {
		source_release(here);
		return 0;
	}
	/* Whoever changes the medium must find it let go of. */
	source_let_go(source);
	r = find(ctx, source, number);
	number = number ? number : 1;
	for (unsigned tries = 0; r == -ENOENT && tries < TRIES; tries++) {
		AUTO_FREE char *place = NULL;

		r = ask ? ask(data, ctx, table, number, &place) : fail_missing(ctx, source, number);
		if (r == 0)
			r = take(ctx, source, place, number);
	}
	if (r == -ENOENT) {
		AUTO_FREE char *what = discs_describe(table, number);

		return context_fail(ctx, ENOMEDIUM, "%s of the recovery set is there and cannot be read", what ? what : "a disc");
	}
	return r == -ENOMEM ? context_oom(ctx) : r;
}

/* ---- opening the first ---- */

/* Whether the directory SOURCE holds what lies on all of them. */
static bool holds_all(struct set_source *source, const struct discs *table)
{
	struct member_state state;
	struct context ctx;
	bool all = source->type->open && source->fd >= 0;

	context_init(&ctx);
	for (uint32_t i = 0; all && i < table->count; i++) {
		struct segment segment = { .number = table->list[i].first };

		all = table->list[i].count == 0 || patient_look(&ctx, source, segment_name(&segment).text, &state) == 0;
	}
	context_done(&ctx);
	return all;
}

/* What SOURCE had opened is OTHER's. */
static void move_to(struct set_source *source, struct set_source *other)
{
	other->fd = source->fd;
	other->path = TAKE_POINTER(source->path);
	other->folder = TAKE_POINTER(source->folder);
	other->archive = TAKE_POINTER(source->archive);
	other->next = TAKE_POINTER(source->next);
	other->next_size = source->next_size;
	other->next_at = source->next_at;
	other->entries = source->entries;
	other->type = source->type;
	source->fd = -1;
	source->next_at = source->next_size = 0;
	source->entries = 0;
}

int source_spread(struct context *ctx, struct set_source *source, const char *path)
{
	AUTO_DISCS struct discs *table = NULL;
	struct spread *spread;
	int r = read_table(ctx, source, &table);

	if (r == -ENOENT)
		return 0;
	if (r == -EBADMSG || r == -EFBIG)
		return context_fail(ctx, EBADMSG, "%s is one of several discs, and its file %s, which tells where the parts of the recovery set lie, is damaged", path,
				    VOLUME_NAME);
	if (r < 0 || table->count == 1 || holds_all(source, table))
		return r;
	spread = calloc(1, sizeof(*spread));
	if (!spread || !(spread->here = source_new()) || !(spread->place = strdup(path)) || !(spread->where = strdup(path))) {
		if (spread) {
			source_release(spread->here);
			free(spread->place);
		}
		free(spread);
		return -ENOMEM;
	}
	move_to(source, spread->here);
	spread->number = spread->first = table->number;
	spread->table = TAKE_POINTER(table);
	source->spread = spread;
	source->type = &spread_type;
	return 0;
}
