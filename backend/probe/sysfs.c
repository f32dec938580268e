/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/file.h"

static int shorter_first(const void *a, const void *b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	size_t left_length = strlen(left), right_length = strlen(right);

	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strcmp(left, right);
}

char **sysfs_list(const struct context *ctx, const char *path)
{
	AUTO_FREE char *full = context_path(ctx, path);
	AUTO_CLOSEDIR DIR *directory = full ? opendir(full) : NULL;
	AUTO_STRV char **names = NULL;
	struct dirent *entry;
	int r;

	if (!directory)
		return NULL;
	while ((r = directory_next(directory, &entry)) > 0)
		if (entry->d_name[0] != '.' && (r = strv_append(&names, entry->d_name)) < 0)
			break;
	errno = -r;
	if (r < 0)
		return NULL;
	if (names)
		qsort(names, strv_length(names), sizeof(*names), shorter_first);
	return TAKE_POINTER(names);
}

/* Text of a link below the prefix. */
static char *read_link(const struct context *ctx, const char *path)
{
	AUTO_FREE char *full = context_path(ctx, path);
	char target[PATH_MAX];
	ssize_t length = full ? readlink(full, target, sizeof(target) - 1) : -1;

	if (length <= 0)
		return NULL;
	target[length] = '\0';
	return strdup(target);
}

char *sysfs_resolve(const struct context *ctx, const char *path)
{
	AUTO_FREE char *target = read_link(ctx, path);
	AUTO_FREE char *base = NULL;
	const char *rest = target;
	char *slash, *resolved;

	if (!target || target[0] == '/')
		return NULL;
	/* Links in /sys are relative; they are followed as text, so that they stay below the prefix. */
	base = strdup(path);
	if (!base)
		return NULL;
	slash = strrchr(base, '/');
	*slash = '\0';
	while (!strncmp(rest, "../", 3)) {
		rest += 3;
		slash = strrchr(base, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
	resolved = text_format("%s/%s", base, rest);
	return resolved;
}

char *sysfs_link_name(const struct context *ctx, const char *path)
{
	AUTO_FREE char *target = read_link(ctx, path);
	char *slash = target ? strrchr(target, '/') : NULL;

	return target ? strdup(slash ? slash + 1 : target) : NULL;
}

char *sysfs_text(const struct context *ctx, const char *directory, const char *attribute)
{
	AUTO_FREE char *path = text_format("%s/%s", directory, attribute);
	AUTO_FREE char *text = path ? file_attribute(ctx, path) : NULL;

	return text && *text ? TAKE_POINTER(text) : NULL;
}

uint64_t sysfs_number(const struct context *ctx, const char *directory, const char *attribute, uint64_t fallback)
{
	AUTO_FREE char *text = sysfs_text(ctx, directory, attribute);
	uint64_t number;

	return text && parse_u64(text, &number) ? number : fallback;
}

int sysfs_bytes(const struct context *ctx, const char *directory, const char *attribute, size_t limit, char **ret,
		size_t *ret_length)
{
	AUTO_FREE char *path = text_format("%s/%s", directory, attribute);
	AUTO_FREE char *full = path ? context_path(ctx, path) : NULL;

	return full ? file_read(AT_FDCWD, full, limit, ret, ret_length) : -ENOMEM;
}

/* /sys writes '!' for the '/' of a name. */
static char *sysfs_name(const char *name)
{
	char *copy = strdup(name);

	for (char *c = copy; c && *c; c++)
		if (*c == '/')
			*c = '!';
	return copy;
}

static char *kernel_name(char *name)
{
	for (char *c = name; c && *c; c++)
		if (*c == '!')
			*c = '/';
	return name;
}

char *block_directory(const struct context *ctx, const char *name)
{
	static const char *const places[] = { "/sys/class/block", "/sys/block" };
	AUTO_FREE char *in_sysfs = sysfs_name(name);

	for (size_t i = 0; in_sysfs && *in_sysfs && in_sysfs[0] != '.' && i < ARRAY_LENGTH(places); i++) {
		AUTO_FREE char *path = text_format("%s/%s", places[i], in_sysfs);
		AUTO_FREE char *full = path ? context_path(ctx, path) : NULL;
		struct stat st;
		char *resolved;

		if (!full || stat(full, &st) || !S_ISDIR(st.st_mode))
			continue;
		resolved = sysfs_resolve(ctx, path);
		return resolved ? resolved : TAKE_POINTER(path);
	}
	return NULL;
}

char *block_name(const struct context *ctx, unsigned major, unsigned minor)
{
	AUTO_FREE char *path = text_format("/sys/dev/block/%u:%u", major, minor);

	return path ? kernel_name(sysfs_link_name(ctx, path)) : NULL;
}

char *block_name_of_node(const struct context *ctx, const char *path)
{
	AUTO_FREE char *full = context_path(ctx, path);
	AUTO_FREE char *directory = NULL;
	struct stat st;

	if (full && !stat(full, &st) && S_ISBLK(st.st_mode))
		return block_name(ctx, major(st.st_rdev), minor(st.st_rdev));
	/* In a captured machine there are no nodes, but plain names say enough. */
	if (strncmp(path, "/dev/", 5))
		return NULL;
	directory = block_directory(ctx, path + 5);
	return directory ? strdup(path + 5) : NULL;
}

char *block_whole(const struct context *ctx, const char *name)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_FREE char *number = directory ? sysfs_text(ctx, directory, "partition") : NULL;
	char *slash;

	if (!directory)
		return NULL;
	if (!number)
		return strdup(name);
	slash = strrchr(directory, '/');
	*slash = '\0';
	return kernel_name(strdup(strrchr(directory, '/') + 1));
}

char *block_partition_name(const char *disk, unsigned number)
{
	bool digit = *disk && isdigit((unsigned char)disk[strlen(disk) - 1]);

	return text_format("%s%s%u", disk, digit ? "p" : "", number);
}

char **block_partitions(const struct context *ctx, const char *name)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_STRV char **entries = directory ? sysfs_list(ctx, directory) : NULL;
	AUTO_STRV char **partitions = NULL;

	for (char **entry = entries; entry && *entry; entry++) {
		AUTO_FREE char *attribute = text_format("%s/partition", *entry);
		AUTO_FREE char *number = attribute ? sysfs_text(ctx, directory, attribute) : NULL;

		if (number && strv_append(&partitions, kernel_name(*entry)))
			return NULL;
	}
	return TAKE_POINTER(partitions);
}

char **block_slaves(const struct context *ctx, const char *name)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_FREE char *path = directory ? text_format("%s/slaves", directory) : NULL;
	char **slaves = path ? sysfs_list(ctx, path) : NULL;

	for (char **slave = slaves; slave && *slave; slave++)
		kernel_name(*slave);
	return slaves;
}
