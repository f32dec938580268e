/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../layout/image.h"
#include "index_format.h"

/* What all attributes of a file can need: xattr(7) lists 64 KiB of their names at most, each three times as long when escaped; and a
 * digest each, of names of at least seven bytes. What stands in a row beside texts. */
#define XATTRS_LIMIT ((3u << 16) + (1u << 16) / 7 * 80)
#define REST_LIMIT 4096

struct index_reader {
	const struct manifest *manifest;
	struct lines_reader *lines;
	struct index_row_parser *parser;
	uint64_t rows;
	uint64_t parts, image_parts; /* of images: that were met, that there must be */
	bool others;             /* the last row was none of a directory: no more of them come */
	uint32_t last_segment;   /* of the last row */
	bool failed;
};

static struct lines_member index_member(const struct manifest *manifest)
{
	return (struct lines_member){
		.name = INDEX_NAME, .what = N_("index"), .stored = manifest->index_stored, .sha256 = manifest->index_sha256,
		/* A path and where a link leads, escaped. */
		.line_limit = 2 * 3 * (size_t)PAX_PATH_LIMIT + XATTRS_LIMIT + REST_LIMIT,
		.text_limit = INDEX_TEXT_LIMIT,
	};
}

static uint64_t count_image_parts(const struct layout *layout)
{
	uint64_t parts = 0;

	for (size_t i = 0; layout && i < layout->count; i++)
		parts += node_image(layout->nodes[i]) ? image_part_count(layout->nodes[i]) : 0;
	return parts;
}

/* LINES is taken, also on failure; NULL is out of memory. */
static int open_lines(struct context *ctx, const struct manifest *manifest, struct lines_reader *lines, struct index_reader **ret)
{
	AUTO_INDEX struct index_reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->manifest = manifest;
		reader->lines = lines;
		reader->parser = index_row_parser_new(manifest);
		reader->image_parts = count_image_parts(manifest->layout);
	} else {
		lines_close(lines);
	}
	if (!reader || !lines || !reader->parser)
		return context_oom(ctx);
	*ret = TAKE_POINTER(reader);
	return 0;
}

int index_open_bytes(struct context *ctx, const struct manifest *manifest, void *bytes, size_t length,
		     struct index_reader **ret)
{
	struct lines_member member = index_member(manifest);

	return open_lines(ctx, manifest, lines_open_bytes(&member, bytes, length), ret);
}

int index_open(struct context *ctx, struct set *set, struct index_reader **ret)
{
	struct lines_member member = index_member(set_manifest(set));

	return open_lines(ctx, set_manifest(set), lines_open(set, &member), ret);
}

void index_close(struct index_reader *reader)
{
	if (!reader)
		return;
	index_row_parser_free(reader->parser);
	lines_close(reader->lines);
	free(reader);
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

/* The directory of filesystems that were not mounted, or a name in it: their tops. */
static bool is_unmounted_top(const char *path)
{
	const char *rest = path + strlen(LAYOUT_UNMOUNTED_NAME);

	return is_at_or_below(path, LAYOUT_UNMOUNTED_NAME) && (!*rest || !strchr(rest + 1, '/'));
}

/* Whether a row at or below the directory of images is one of its directories or a whole part. */
static bool is_of_image(const struct manifest *manifest, const struct index_row *row)
{
	uint64_t part;
	const struct node *image;

	if (S_ISDIR(row->mode))
		return layout_is_images_directory(manifest->layout, row->path);
	image = S_ISREG(row->mode) && !row->hard_link ? layout_image_part(manifest->layout, row->path, &part) : NULL;
	return image && row->size == image_part_size(image, part) && row->first_segment == row->last_segment;
}

/* What is wrong with the place or the type of a row whose members are right; NULL when nothing is. */
static const char *misplaced(const struct index_reader *reader, const struct index_row *row)
{
	if (reader->rows == 1 && (strcmp(row->path, ".") || !S_ISDIR(row->mode)))
		return N_("its first row is not the directory '.'");
	if (reader->rows > 1 && !strcmp(row->path, "."))
		return N_("it holds '.' twice");
	if (is_at_or_below(row->path, PAX_PIECES))
		return N_("the name .lifeboat-pieces is only for pieces of files");
	if (is_unmounted_top(row->path) && !S_ISDIR(row->mode))
		return N_(".lifeboat-unmounted and what lies directly in it must be directories");
	if (path_is_of_images(row->path) && !is_of_image(reader->manifest, row))
		return N_("what lies in .lifeboat-images is no part of an image of the layout");
	if (S_ISDIR(row->mode) ? reader->others : reader->others && row->last_segment < reader->last_segment)
		return N_("its rows are out of order");
	return NULL;
}

static int read_row(struct context *ctx, struct index_reader *reader, struct index_row *row)
{
	const char *line = NULL, *what;
	size_t length = 0;
	int r = lines_next(ctx, reader->lines, &line, &length);

	if (r == 0 && reader->rows == 0)
		return lines_bad(ctx, reader->lines, N_("it is empty, not even the directory '.' is in it"));
	if (r == 0 && reader->rows != reader->manifest->total_files)
		return lines_bad(ctx, reader->lines, N_("it has fewer rows than the manifest says"));
	if (r == 0 && reader->parts != reader->image_parts)
		return lines_bad(ctx, reader->lines, N_("a part of an image is missing, or there twice"));
	if (r <= 0)
		return r;
	if (++reader->rows > reader->manifest->total_files)
		return lines_bad(ctx, reader->lines, N_("it has more rows than the manifest says"));
	r = index_row_parse(reader->parser, line, length, row);
	if (r == -ENOMEM)
		return context_oom(ctx);
	if (r < 0) {
		AUTO_FREE char *row_number = sentence("row %llu is malformed", (unsigned long long)reader->rows);

		return lines_bad(ctx, reader->lines, row_number ? row_number : N_("a row is malformed"));
	}
	what = misplaced(reader, row);
	reader->others = !S_ISDIR(row->mode);
	reader->parts += !what && !S_ISDIR(row->mode) && path_is_of_images(row->path);
	reader->last_segment = row->last_segment;
	return what ? lines_bad(ctx, reader->lines, what) : 1;
}

int index_read(struct context *ctx, struct index_reader *reader, struct index_row *row)
{
	int r;

	index_row_done(row);
	if (reader->failed)
		return -EBADMSG;
	r = read_row(ctx, reader, row);
	if (r <= 0)
		index_row_done(row);
	reader->failed = r < 0;
	return r;
}

int index_check(struct context *ctx, struct set *set)
{
	struct lines_member member = index_member(set_manifest(set));
	AUTO_LINES struct lines_reader *lines = lines_open(set, &member);

	return lines ? lines_check(ctx, lines) : context_oom(ctx);
}

int index_visit(struct context *ctx, struct set *set, const struct index_visitor *visitors, size_t count)
{
	AUTO_INDEX struct index_reader *reader = NULL;
	CLEANUP(index_row_done) struct index_row row = { 0 };
	int r = index_open(ctx, set, &reader);

	while (r == 0 && (r = index_read(ctx, reader, &row)) > 0) {
		r = 0;
		for (size_t i = 0; r == 0 && i < count; i++)
			r = visitors[i].row(visitors[i].data, &row);
		if (r)
			return context_oom(ctx);
		r = context_check_cancel(ctx);
	}
	return r;
}
