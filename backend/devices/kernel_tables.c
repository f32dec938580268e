/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define SWAPS_LIMIT (1u << 20)
#define SWAPS_HEAD "Filename\t"

static int refuse(struct libmnt_table *table, const char *name, int line)
{
	(void)table;
	(void)name;
	(void)line;
	return -EINVAL;
}

/* A text whose first line is no mountinfo is an fstab to libmount. */
static int only_mountinfo(struct libmnt_table *table)
{
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs = NULL;

	if (!iterator)
		return -ENOMEM;
	while (mnt_table_next_fs(table, iterator, &fs) == 0)
		if (!mnt_fs_get_root(fs) || !mnt_fs_get_target(fs) || !mnt_fs_get_fstype(fs))
			return -EINVAL;
	return 0;
}

static int parse(const char *text, bool strict, struct libmnt_table **ret)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *table = mnt_new_table();
	FILE *file = table && *text ? fmemopen((void *)text, strlen(text), "r") : NULL;
	int r = 0;

	if (!table || (*text && !file))
		return -ENOMEM;
	if (strict)
		mnt_table_set_parser_errcb(table, refuse);
	if (file) {
		/* libmount knows the table by its first line. */
		r = mnt_table_parse_stream(table, file, "");
		fclose(file);
	}
	if (r == 0)
		*ret = TAKE_POINTER(table);
	return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

int kernel_mounts_parse(const char *text, bool strict, struct libmnt_table **ret)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *table = NULL;
	int r = parse(text, strict, &table);

	if (r == 0)
		r = only_mountinfo(table);
	if (r == 0)
		*ret = TAKE_POINTER(table);
	return r;
}

/* libmount drops the mark of a file that was deleted: another file may have its name by now. In place. */
static void drop_deleted(char *text)
{
	static const char mark[] = "\\040(deleted)";
	char *to = text;

	while (*text) {
		size_t length = strcspn(text, "\n"), name = strcspn(text, " \t\n"), whole = length + (text[length] == '\n');
		bool deleted = name >= sizeof(mark) - 1 && !memcmp(text + name - (sizeof(mark) - 1), mark, sizeof(mark) - 1);

		if (!deleted) {
			memmove(to, text, whole);
			to += whole;
		}
		text += whole;
	}
	*to = '\0';
}

/* A kernel without swap has no such file. */
static int read_swaps(const struct context *ctx, struct libmnt_table **ret)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/swaps"), *text = NULL;
	int r = path ? file_read(AT_FDCWD, path, SWAPS_LIMIT, &text, NULL) : -ENOMEM;

	if (r == -ENOENT || (r == 0 && !*text))
		return parse("", false, ret);
	if (r < 0)
		return r;
	if (strncmp(text, SWAPS_HEAD, strlen(SWAPS_HEAD)))
		return -EINVAL;
	drop_deleted(text);
	return parse(text, false, ret);
}

int kernel_swaps_read(struct context *ctx, struct libmnt_table **ret)
{
	int r = read_swaps(ctx, ret);

	if (r == -ENOMEM)
		return context_oom(ctx);
	return r ? context_fail(ctx, -r, "the table of swap in use cannot be read: %s", strerror(-r)) : 0;
}

bool kernel_swap_is_device(struct libmnt_fs *swap)
{
	const char *kind = mnt_fs_get_swaptype(swap), *source = mnt_fs_get_source(swap);

	return kind && source && *source == '/' && !strcmp(kind, "partition");
}
