/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partitions.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "multipath.h"
#include "sysfs.h"

/* Attributes are files, devices below a device are directories. 1, 0 or -errno. */
static int is_directory(const struct context *ctx, const char *path)
{
	AUTO_FREE char *full = context_path(ctx, path);
	struct stat st;

	if (!full || stat(full, &st) < 0)
		return !full ? -ENOMEM : errno == ENOENT ? 0 : -errno;
	return S_ISDIR(st.st_mode);
}

int block_whole(const struct context *ctx, const char *name, char **ret)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_FREE char *number = NULL;
	unsigned mapped;
	char *slash;
	int r = directory ? sysfs_attribute(ctx, directory, "partition", &number) : errno == ENOMEM ? -ENOMEM : 0;

	*ret = NULL;
	if (r < 0 || !directory)
		return r;
	r = multipath_partition_of(ctx, name, ret, &mapped);
	if (r < 0 || *ret)
		return r;
	if (number) {
		slash = strrchr(directory, '/');
		*slash = '\0';
		name = block_kernel_name(strrchr(directory, '/') + 1);
	}
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}

int block_partition_name(const struct context *ctx, const char *disk, unsigned number, char **ret)
{
	bool digit = *disk && isdigit((unsigned char)disk[strlen(disk) - 1]);

	if (multipath_is_map(ctx, disk))
		return multipath_partition(ctx, disk, number, ret);
	/* The kernel puts a 'p' between a name that ends in a digit and the number. */
	*ret = text_format("%s%s%u", disk, digit ? "p" : "", number);
	return *ret ? 0 : -ENOMEM;
}

int block_partitions(const struct context *ctx, const char *name, char ***ret)
{
	AUTO_FREE char *directory = block_directory(ctx, name);
	AUTO_STRV char **entries = NULL, **partitions = NULL;
	int r = directory ? sysfs_list(ctx, directory, &entries) : errno == ENOMEM ? -ENOMEM : 0;

	*ret = NULL;
	if (r == 0 && multipath_is_map(ctx, name))
		return multipath_partitions(ctx, name, ret);
	for (char **entry = entries; r == 0 && entry && *entry; entry++) {
		AUTO_FREE char *below = text_format("%s/%s", directory, *entry), *number = NULL;

		r = below ? is_directory(ctx, below) : -ENOMEM;
		if (r > 0)
			r = sysfs_attribute(ctx, below, "partition", &number);
		if (r == 0 && number)
			r = strv_append(&partitions, block_kernel_name(*entry));
	}
	if (r == 0)
		*ret = TAKE_POINTER(partitions);
	return r;
}
