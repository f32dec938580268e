/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/file.h"

#define ATTRIBUTE_LIMIT 65536 /* bytes; a page, of all that is read here */

static int shorter_first(const void *a, const void *b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	size_t left_length = strlen(left), right_length = strlen(right);

	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strcmp(left, right);
}

int sysfs_list(const struct context *ctx, const char *path, char ***ret)
{
	AUTO_FREE char *full = context_path(ctx, path);
	AUTO_CLOSEDIR DIR *directory = full ? opendir(full) : NULL;
	AUTO_STRV char **names = NULL;
	struct dirent *entry;
	int r;

	*ret = NULL;
	if (!directory)
		return !full ? -ENOMEM : errno == ENOENT ? 0 : -errno;
	while ((r = directory_next(directory, &entry)) > 0)
		if (entry->d_name[0] != '.' && (r = strv_append(&names, entry->d_name)) < 0)
			break;
	if (r < 0)
		return r;
	if (names)
		qsort(names, strv_length(names), sizeof(*names), shorter_first);
	*ret = TAKE_POINTER(names);
	return 0;
}

/* Text of a link below the prefix. As all that gives an int. */
static int read_link(const struct context *ctx, const char *path, char **ret)
{
	AUTO_FREE char *full = context_path(ctx, path);
	char target[PATH_MAX];
	ssize_t length = full ? readlink(full, target, sizeof(target) - 1) : -1;

	*ret = NULL;
	if (length < 0)
		return !full ? -ENOMEM : errno == ENOENT ? 0 : -errno;
	target[length] = '\0';
	*ret = strdup(target);
	return *ret ? 0 : -ENOMEM;
}

char *sysfs_resolve(const struct context *ctx, const char *path)
{
	AUTO_FREE char *target = NULL, *base = NULL;
	const char *rest;
	char *slash, *resolved;

	if (read_link(ctx, path, &target) < 0 || !target || target[0] == '/')
		return NULL;
	rest = target;
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

/* Its last component. As all that gives an int. */
static int link_name(const struct context *ctx, const char *path, char **ret)
{
	AUTO_FREE char *target = NULL;
	int r = read_link(ctx, path, &target);
	char *slash = target ? strrchr(target, '/') : NULL;

	*ret = target ? strdup(slash ? slash + 1 : target) : NULL;
	return target && !*ret ? -ENOMEM : r;
}

char *sysfs_link_name(const struct context *ctx, const char *path)
{
	char *name;

	return link_name(ctx, path, &name) < 0 ? NULL : name;
}

int sysfs_attribute(const struct context *ctx, const char *directory, const char *attribute, char **ret)
{
	AUTO_FREE char *path = text_format("%s/%s", directory, attribute);
	AUTO_FREE char *full = path ? context_path(ctx, path) : NULL;
	AUTO_FREE char *text = NULL, *line = NULL;
	int r = full ? file_read(AT_FDCWD, full, ATTRIBUTE_LIMIT, &text, NULL) : -ENOMEM;

	*ret = NULL;
	/* The kernel says ENODEV of a device that goes away just now. */
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	text[strcspn(text, "\n")] = '\0';
	line = text_strip(text);
	if (line && *line)
		*ret = TAKE_POINTER(line);
	return *ret || line ? 0 : -ENOMEM;
}

char *sysfs_text(const struct context *ctx, const char *directory, const char *attribute)
{
	char *text;

	return sysfs_attribute(ctx, directory, attribute, &text) < 0 ? NULL : text;
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

char *block_kernel_name(char *name)
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

	if (!in_sysfs)
		return NULL;
	for (size_t i = 0; *in_sysfs && in_sysfs[0] != '.' && i < ARRAY_LENGTH(places); i++) {
		AUTO_FREE char *path = text_format("%s/%s", places[i], in_sysfs);
		AUTO_FREE char *full = path ? context_path(ctx, path) : NULL;
		struct stat st;
		char *resolved;

		if (!full)
			return NULL;
		if (stat(full, &st) || !S_ISDIR(st.st_mode))
			continue;
		resolved = sysfs_resolve(ctx, path);
		return resolved ? resolved : TAKE_POINTER(path);
	}
	errno = ENOENT;
	return NULL;
}

int block_size(const struct context *ctx, const char *name, uint64_t *ret)
{
	AUTO_FREE char *directory = block_directory(ctx, name), *text = NULL;
	int r = directory ? sysfs_attribute(ctx, directory, "size", &text) : errno == ENOMEM ? -ENOMEM : 0;

	if (r < 0)
		return r;
	*ret = 0;
	if (text && parse_u64(text, ret))
		*ret = *ret > UINT64_MAX / 512 ? 0 : *ret * 512;
	return 0;
}

int block_name(const struct context *ctx, unsigned major, unsigned minor, char **ret)
{
	AUTO_FREE char *path = text_format("/sys/dev/block/%u:%u", major, minor);
	int r = path ? link_name(ctx, path, ret) : -ENOMEM;

	if (r == 0)
		block_kernel_name(*ret);
	return r;
}

bool block_number(const struct context *ctx, const char *name, dev_t *ret)
{
	AUTO_FREE char *path = text_format("/sys/class/block/%s/dev", name);
	AUTO_FREE char *text = path ? file_attribute(ctx, path) : NULL;
	unsigned major_number, minor_number;

	if (!text || sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
		return false;
	*ret = makedev(major_number, minor_number);
	return true;
}

int block_name_of_node(const struct context *ctx, const char *path, char **ret)
{
	AUTO_FREE char *full = context_path(ctx, path);
	AUTO_FREE char *directory = NULL;
	struct stat st;

	*ret = NULL;
	if (full && !stat(full, &st) && S_ISBLK(st.st_mode))
		return block_name(ctx, major(st.st_rdev), minor(st.st_rdev), ret);
	/* In a captured machine there are no nodes, but plain names say enough. */
	if (strncmp(path, "/dev/", 5))
		return 0;
	directory = block_directory(ctx, path + 5);
	*ret = directory ? strdup(path + 5) : NULL;
	return directory && !*ret ? -ENOMEM : 0;
}

/* The devices in the directory LINKS of device NAME. */
static int list_devices(const struct context *ctx, const char *name, const char *links, char ***ret)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_FREE char *path = directory ? text_format("%s/%s", directory, links) : NULL;
	int r = path ? sysfs_list(ctx, path, ret) : errno == ENOMEM ? -ENOMEM : 0;

	if (!path)
		*ret = NULL;
	for (char **device = *ret; device && *device; device++)
		block_kernel_name(*device);
	return r;
}

int block_slaves(const struct context *ctx, const char *name, char ***ret)
{
	return list_devices(ctx, name, "slaves", ret);
}

int block_holders(const struct context *ctx, const char *name, char ***ret)
{
	return list_devices(ctx, name, "holders", ret);
}

bool block_lies_only_on(const struct context *ctx, const char *name, char *const *below)
{
	AUTO_STRV char **slaves = NULL;

	if (block_slaves(ctx, name, &slaves) < 0 || !slaves)
		return false;
	for (char **slave = slaves; *slave; slave++)
		if (!strv_contains(below, *slave))
			return false;
	return *slaves;
}

int block_backing_file(const struct context *ctx, const char *name, char **ret)
{
	AUTO_FREE char *directory = block_directory(ctx, name);

	*ret = NULL;
	return directory ? sysfs_attribute(ctx, directory, "loop/backing_file", ret) : errno == ENOMEM ? -ENOMEM : 0;
}

int btrfs_members(const struct context *ctx, const char *name, char ***ret)
{
	AUTO_STRV char **all = NULL;
	int r = sysfs_list(ctx, "/sys/fs/btrfs", &all);

	*ret = NULL;
	for (char **uuid = all; r == 0 && uuid && *uuid; uuid++) {
		AUTO_FREE char *path = text_format("/sys/fs/btrfs/%s/devices", *uuid);
		AUTO_STRV char **members = NULL;

		r = path ? sysfs_list(ctx, path, &members) : -ENOMEM;
		if (r == 0 && members && strv_contains(members, name)) {
			*ret = TAKE_POINTER(members);
			return 0;
		}
	}
	return r;
}
