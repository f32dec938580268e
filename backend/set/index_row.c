/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of the index as a row. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../core/json_pull.h"
#include "index_format.h"
#include "xattr.h"

struct index_row_parser {
	const struct manifest *manifest;
	struct json_pull json;
	/* Of the present row: what the row itself does not tell. */
	struct index_row *row;
	bool has_size, has_data, has_device;
};

struct index_row_parser *index_row_parser_new(const struct manifest *manifest)
{
	struct index_row_parser *parser = calloc(1, sizeof(*parser));

	if (parser)
		parser->manifest = manifest;
	return parser;
}

void index_row_parser_free(struct index_row_parser *parser)
{
	if (!parser)
		return;
	json_pull_done(&parser->json);
	free(parser);
}

/* What is wrong: with the text, or with the value. */
static int refuse(const struct index_row_parser *parser)
{
	int r = json_pull_error(&parser->json);

	return r < 0 ? r : -EBADMSG;
}

static int take_text(struct index_row_parser *parser, const char **ret)
{
	return json_pull_string(&parser->json, ret, NULL) ? 0 : refuse(parser);
}

/* An escaped text as bytes. */
static int take_bytes(struct index_row_parser *parser, char **ret)
{
	const char *text;
	int r = take_text(parser, &text);

	if (r < 0)
		return r;
	*ret = bytes_unescape(text, NULL);
	return *ret ? 0 : errno == ENOMEM ? -ENOMEM : -EBADMSG;
}

/* An integer from 0 to MAX. */
static int take_number(struct index_row_parser *parser, int64_t max, int64_t *ret)
{
	return json_pull_integer(&parser->json, ret) && *ret >= 0 && *ret <= max ? 0 : refuse(parser);
}

static int take_digest(struct index_row_parser *parser, char ret[DIGEST_HEX])
{
	const char *text;
	int r = take_text(parser, &text);

	if (r < 0)
		return r;
	if (strlen(text) != DIGEST_HEX - 1 || strspn(text, "0123456789abcdef") != DIGEST_HEX - 1)
		return -EBADMSG;
	memcpy(ret, text, DIGEST_HEX);
	return 0;
}

static int take_path(struct index_row_parser *parser)
{
	return take_bytes(parser, &parser->row->path);
}

static int take_type(struct index_row_parser *parser)
{
	const char *type;
	int r = take_text(parser, &type);

	for (size_t i = 0; r == 0 && i < INDEX_TYPE_COUNT; i++)
		if (!strcmp(index_types[i].name, type)) {
			parser->row->mode |= index_types[i].type;
			return 0;
		}
	return r < 0 ? r : -EBADMSG;
}

static int take_mode(struct index_row_parser *parser)
{
	const char *text;
	int r = take_text(parser, &text);

	if (r < 0)
		return r;
	if (strlen(text) != 4 || strspn(text, "01234567") != 4)
		return -EBADMSG;
	parser->row->mode |= (mode_t)strtoul(text, NULL, 8);
	return 0;
}

/* The last number means "leave it" to chown(2): nobody's id. */
static int take_id(struct index_row_parser *parser, unsigned *ret)
{
	int64_t number;
	int r = take_number(parser, (int64_t)UINT32_MAX - 1, &number);

	if (r == 0)
		*ret = (unsigned)number;
	return r;
}

static int take_uid(struct index_row_parser *parser)
{
	return take_id(parser, &parser->row->uid);
}

static int take_gid(struct index_row_parser *parser)
{
	return take_id(parser, &parser->row->gid);
}

static int take_mtime(struct index_row_parser *parser)
{
	struct json_pull *json = &parser->json;
	int64_t seconds, nanoseconds;
	bool begun = false;

	if (!json_pull_open(json, '[') || !json_pull_more(json, ']', &begun) || !json_pull_integer(json, &seconds) ||
	    !json_pull_more(json, ']', &begun) || !json_pull_integer(json, &nanoseconds) || json_pull_more(json, ']', &begun) ||
	    json_pull_error(json) < 0 || nanoseconds < 0 || nanoseconds > 999999999)
		return refuse(parser);
	parser->row->mtime = (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = (long)nanoseconds };
	return 0;
}

static int take_size(struct index_row_parser *parser)
{
	int64_t number;
	int r = take_number(parser, INT64_MAX, &number);

	if (r == 0)
		parser->row->size = (uint64_t)number;
	parser->has_size = true;
	return r;
}

static int take_data(struct index_row_parser *parser)
{
	int64_t number;
	int r = take_number(parser, INT64_MAX, &number);

	if (r == 0)
		parser->row->data = (uint64_t)number;
	parser->has_data = true;
	return r;
}

static int take_sha256(struct index_row_parser *parser)
{
	return take_digest(parser, parser->row->sha256);
}

/* "major:minor", as the writer prints it. */
static int take_device(struct index_row_parser *parser)
{
	unsigned major_number, minor_number;
	AUTO_FREE char *again = NULL;
	const char *text;
	int r = take_text(parser, &text);

	if (r < 0)
		return r;
	if (strlen(text) > 21 || sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
		return -EBADMSG;
	again = text_format("%u:%u", major_number, minor_number);
	if (!again)
		return -ENOMEM;
	parser->row->device = makedev(major_number, minor_number);
	parser->has_device = true;
	return strcmp(again, text) || !pax_device_is_valid(major_number, minor_number) ? -EBADMSG : 0;
}

static int take_link(struct index_row_parser *parser)
{
	return take_bytes(parser, &parser->row->link);
}

static int take_hard_link(struct index_row_parser *parser)
{
	return take_bytes(parser, &parser->row->hard_link);
}

static int take_flags(struct index_row_parser *parser)
{
	const char *text;
	int r = take_text(parser, &text);

	return r < 0 ? r : pax_flags_parse(text, &parser->row->flags);
}

static int take_hints(struct index_row_parser *parser)
{
	const char *text;
	int r = take_text(parser, &text);

	return r < 0 ? r : hints_parse(text, &parser->row->hints);
}

static int take_changed(struct index_row_parser *parser)
{
	return json_pull_boolean(&parser->json, &parser->row->changed) && parser->row->changed ? 0 : refuse(parser);
}

static int by_name(const void *a, const void *b)
{
	const struct index_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* ARRAY of COUNT members of SIZE bytes with room for one more: grown at powers of two. NULL when out of memory. */
static void *grow(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : reallocarray(array, count ? 2 * count : 1, size);
}

static int take_xattr(struct index_row_parser *parser)
{
	struct index_row *row = parser->row;
	const char *name;
	struct index_xattr *xattr;

	if (!json_pull_name(&parser->json, &name))
		return refuse(parser);
	xattr = grow(row->xattrs, row->xattr_count, sizeof(*row->xattrs));
	if (!xattr)
		return -ENOMEM;
	row->xattrs = xattr;
	xattr += row->xattr_count;
	xattr->name = bytes_unescape(name, NULL);
	if (!xattr->name)
		return errno == ENOMEM ? -ENOMEM : -EBADMSG;
	row->xattr_count++;
	if (!xattr_is_kept(xattr->name))
		return -EBADMSG;
	return take_digest(parser, xattr->sha256);
}

static int take_xattrs(struct index_row_parser *parser)
{
	struct index_row *row = parser->row;
	bool begun = false;
	int r = json_pull_open(&parser->json, '{') ? 0 : refuse(parser);

	while (r == 0 && json_pull_more(&parser->json, '}', &begun))
		r = take_xattr(parser);
	if (r < 0 || json_pull_error(&parser->json) < 0)
		return r < 0 ? r : refuse(parser);
	if (row->xattr_count == 0)
		return -EBADMSG;
	if (row->xattr_count > 1)
		qsort(row->xattrs, row->xattr_count, sizeof(*row->xattrs), by_name);
	for (size_t i = 1; i < row->xattr_count; i++)
		if (!strcmp(row->xattrs[i - 1].name, row->xattrs[i].name))
			return -EBADMSG;
	return 0;
}

/* One number, or the first and the last of several. */
static int take_segments(struct index_row_parser *parser)
{
	struct index_row *row = parser->row;
	int64_t limit = (int64_t)parser->manifest->segment_count - 1, first, last;
	bool begun = false;
	int r;

	if (!json_pull_open(&parser->json, '[') || !json_pull_more(&parser->json, ']', &begun))
		return refuse(parser);
	r = take_number(parser, limit, &first);
	last = first;
	if (r == 0 && json_pull_more(&parser->json, ']', &begun)) {
		r = take_number(parser, limit, &last);
		if (r == 0 && (last <= first || json_pull_more(&parser->json, ']', &begun)))
			r = -EBADMSG;
	}
	if (r < 0 || json_pull_error(&parser->json) < 0)
		return r < 0 ? r : refuse(parser);
	row->first_segment = (uint32_t)first;
	row->last_segment = (uint32_t)last;
	return 0;
}

/* docs/set-format.md, "The index". */
static const struct member {
	const char *name;
	bool needed;
	int (*take)(struct index_row_parser *parser);
} members[] = {
	{ "path", true, take_path },	   { "type", true, take_type },	      { "mode", true, take_mode },
	{ "uid", true, take_uid },	   { "gid", true, take_gid },	      { "mtime", true, take_mtime },
	{ "size", false, take_size },	   { "data", false, take_data },      { "sha256", false, take_sha256 },
	{ "device", false, take_device },  { "link", false, take_link },      { "hard_link", false, take_hard_link },
	{ "flags", false, take_flags },	   { "xattrs", false, take_xattrs },  { "changed", false, take_changed },
	{ "segments", true, take_segments }, { "hints", false, take_hints },
};

/* Attributes, flags and hints that Linux takes of its type. */
static bool has_fitting_metadata(const struct index_row *row)
{
	for (size_t i = 0; i < row->xattr_count; i++)
		if (!xattr_fits_type(row->xattrs[i].name, row->mode))
			return false;
	return (S_ISREG(row->mode) || S_ISDIR(row->mode) || !row->flags) && hints_fit_type(&row->hints, row->mode);
}

/* What each type must have and must not have. */
static bool is_consistent(const struct index_row_parser *parser)
{
	const struct index_row *row = parser->row;
	bool link = row->hard_link, file = S_ISREG(row->mode) && !link, device = (S_ISCHR(row->mode) || S_ISBLK(row->mode)) && !link;

	if (!pax_path_is_safe(row->path) || strlen(row->path) > PAX_PATH_LIMIT)
		return false;
	/* All else of an additional name is told by what it is a name of. */
	if (link && (!pax_path_is_safe(row->hard_link) || S_ISDIR(row->mode) || row->flags || row->xattr_count || row->changed ||
		     !hints_are_none(&row->hints)))
		return false;
	return has_fitting_metadata(row) && file == parser->has_size && (file || !parser->has_data) && file == (row->sha256[0] != '\0') &&
	       row->data <= row->size && !(parser->has_data && row->data == row->size) &&
	       (S_ISLNK(row->mode) && !link) == (row->link && *row->link) &&
	       (S_ISLNK(row->mode) || !row->link) && (!row->link || strlen(row->link) < PATH_MAX) && device == parser->has_device;
}

static int take_member(struct index_row_parser *parser, unsigned *seen)
{
	const char *name, *value;
	size_t length;

	if (!json_pull_name(&parser->json, &name))
		return refuse(parser);
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++) {
		if (strcmp(members[i].name, name))
			continue;
		if (*seen & 1u << i)
			return -EBADMSG;
		*seen |= 1u << i;
		return members[i].take(parser);
	}
	/* What a feature tells that this version need not know. */
	return strv_contains(parser->manifest->optional, name) && json_pull_skip(&parser->json, &value, &length) ? 0 : -EBADMSG;
}

int index_row_parse(struct index_row_parser *parser, const char *line, size_t length, struct index_row *row)
{
	unsigned seen = 0;
	bool begun = false;
	int r;

	parser->row = row;
	parser->has_size = parser->has_data = parser->has_device = false;
	json_pull_begin(&parser->json, line, length);
	r = json_pull_open(&parser->json, '{') ? 0 : refuse(parser);
	while (r == 0 && json_pull_more(&parser->json, '}', &begun))
		r = take_member(parser, &seen);
	if (r < 0 || !json_pull_ended(&parser->json))
		return r < 0 ? r : refuse(parser);
	for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
		if (members[i].needed && !(seen & 1u << i))
			return -EBADMSG;
	if (!parser->has_data)
		row->data = row->size;
	return is_consistent(parser) ? 0 : -EBADMSG;
}
