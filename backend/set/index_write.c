/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "index_format.h"

void index_row_done(struct index_row *row)
{
	free(row->path);
	free(row->link);
	free(row->hard_link);
	for (size_t i = 0; i < row->xattr_count; i++)
		free(row->xattrs[i].name);
	free(row->xattrs);
	memset(row, 0, sizeof(*row));
}

bool index_row_has_data(const struct index_row *row)
{
	return S_ISREG(row->mode) && !row->hard_link && row->data > 0;
}

const char *index_type_name(mode_t mode)
{
	for (size_t i = 0; i < INDEX_TYPE_COUNT; i++)
		if (index_types[i].type == (mode & S_IFMT))
			return index_types[i].name;
	return NULL;
}

const struct index_type index_types[INDEX_TYPE_COUNT] = {
	{ "file", S_IFREG }, { "directory", S_IFDIR }, { "symlink", S_IFLNK }, { "fifo", S_IFIFO },
	{ "socket", S_IFSOCK }, { "character", S_IFCHR }, { "block", S_IFBLK },
};

/* BYTES escaped and in quotes. The escape leaves only quotes and backslashes for JSON to care about. */
static int add_string(struct buffer *text, const char *bytes)
{
	AUTO_FREE char *escaped = bytes_escape(bytes, strlen(bytes));
	int r;

	if (!escaped)
		return -ENOMEM;
	r = buffer_append(text, "\"", 1);
	for (const char *c = escaped; *c && r == 0;) {
		size_t plain = strcspn(c, "\"\\");

		r = buffer_append(text, c, plain);
		c += plain;
		if (*c && r == 0) {
			char pair[2] = { '\\', *c++ };

			r = buffer_append(text, pair, 2);
		}
	}
	return r < 0 ? r : buffer_append(text, "\"", 1);
}

static int PRINTF_LIKE(2, 3) add(struct buffer *text, const char *format, ...)
{
	va_list arguments;
	char piece[256];
	int n;

	va_start(arguments, format);
	n = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	return n < 0 || (size_t)n >= sizeof(piece) ? -EINVAL : buffer_append(text, piece, (size_t)n);
}

static int add_named_string(struct buffer *text, const char *name, const char *bytes)
{
	int r = bytes ? add(text, ",\"%s\":", name) : 0;

	return r < 0 || !bytes ? r : add_string(text, bytes);
}

static int add_xattrs(struct buffer *text, const struct index_row *row)
{
	int r = add(text, ",\"xattrs\":{");

	for (size_t i = 0; i < row->xattr_count && r == 0; i++) {
		if (i > 0)
			r = buffer_append(text, ",", 1);
		if (r == 0)
			r = add_string(text, row->xattrs[i].name);
		if (r == 0)
			r = add(text, ":\"%s\"", row->xattrs[i].sha256);
	}
	return r < 0 ? r : buffer_append(text, "}", 1);
}

static int add_content(struct buffer *text, const struct index_row *row)
{
	int r = 0;

	/* An additional name is told by what it is a name of. */
	if (S_ISREG(row->mode) && !row->hard_link) {
		r = add(text, ",\"size\":%" PRIu64, row->size);
		if (r == 0 && row->data != row->size)
			r = add(text, ",\"data\":%" PRIu64, row->data);
	}
	if (r == 0 && row->sha256[0])
		r = add(text, ",\"sha256\":\"%s\"", row->sha256);
	if (r == 0 && !row->hard_link && (S_ISCHR(row->mode) || S_ISBLK(row->mode)))
		r = add(text, ",\"device\":\"%u:%u\"", major(row->device), minor(row->device));
	if (r == 0)
		r = add_named_string(text, "link", row->link);
	if (r == 0)
		r = add_named_string(text, "hard_link", row->hard_link);
	return r;
}

int index_row_print(struct buffer *text, const struct index_row *row)
{
	const char *type = index_type_name(row->mode);
	int r = type ? buffer_append(text, "{\"path\":", 8) : -EINVAL;

	if (r == 0)
		r = add_string(text, row->path);
	if (r == 0)
		r = add(text, ",\"type\":\"%s\",\"mode\":\"%04o\",\"uid\":%u,\"gid\":%u,\"mtime\":[%lld,%ld]", type,
			(unsigned)(row->mode & 07777), row->uid, row->gid, (long long)row->mtime.tv_sec, row->mtime.tv_nsec);
	if (r == 0)
		r = add_content(text, row);
	if (r == 0 && row->flags)
		r = add(text, ",\"flags\":\"%lx\"", row->flags);
	if (r == 0 && !hints_are_none(&row->hints)) {
		char hints[HINTS_TEXT_SIZE];

		hints_print(&row->hints, hints);
		r = add(text, ",\"hints\":\"%s\"", hints);
	}
	if (r == 0 && row->xattr_count)
		r = add_xattrs(text, row);
	if (r == 0 && row->changed)
		r = add(text, ",\"changed\":true");
	if (r == 0)
		r = add(text, ",\"segments\":[%" PRIu32, row->first_segment);
	if (r == 0 && row->last_segment > row->first_segment)
		r = add(text, ",%" PRIu32, row->last_segment);
	return r < 0 ? r : buffer_append(text, "]}\n", 3);
}

int index_write(struct lines_writer *writer, const struct index_row *row)
{
	AUTO_BUFFER struct buffer line = { 0 };
	int r = index_row_print(&line, row);

	return r < 0 ? r : lines_write(writer, line.data, line.length);
}
