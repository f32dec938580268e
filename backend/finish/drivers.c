/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drivers.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../core/file.h"

static int add_driver(const char *directory, char ***drivers)
{
	AUTO_FREE char *link = text_format("%s/driver/module", directory);
	AUTO_FREE char *module = link ? realpath(link, NULL) : NULL;
	const char *slash = module ? strrchr(module, '/') : NULL;

	if (!link)
		return -ENOMEM;
	if (!slash || strv_contains(*drivers, slash + 1))
		return 0;
	return strv_append(drivers, slash + 1);
}

/* Of the block device NAME: between it and the root of the device tree. 0 or -ENOMEM. */
static int add_drivers_of(const struct context *ctx, const char *name, char ***drivers)
{
	AUTO_FREE char *link = text_format("%s/sys/class/block/%s", ctx->prefix, name);
	AUTO_FREE char *top = text_format("%s/sys/devices", ctx->prefix);
	AUTO_FREE char *path = link ? realpath(link, NULL) : NULL;
	AUTO_FREE char *top_path = top ? realpath(top, NULL) : NULL;

	if (!link || !top)
		return -ENOMEM;
	while (path && top_path && strlen(path) > strlen(top_path) && !strncmp(path, top_path, strlen(top_path))) {
		if (add_driver(path, drivers) < 0)
			return -ENOMEM;
		*strrchr(path, '/') = '\0';
	}
	return 0;
}

/* The paths of the disk NAME, when several lead to it; those of another one are none. NULL as well when they cannot be read. */
static char **paths_of(const struct context *ctx, const char *name)
{
	AUTO_FREE char *place = text_format("%s/sys/class/block/%s/slaves", ctx->prefix, name);
	AUTO_CLOSEDIR DIR *directory = place ? opendir(place) : NULL;
	struct dirent *entry;
	char **paths = NULL;

	while (directory && directory_next(directory, &entry) > 0)
		if (entry->d_name[0] != '.' && strv_append(&paths, entry->d_name) < 0)
			break;
	return paths;
}

int drivers_of_device(const struct context *ctx, const char *device, char ***ret)
{
	const char *slash = strrchr(device, '/'), *name = slash ? slash + 1 : device;
	AUTO_STRV char **drivers = NULL, **paths = paths_of(ctx, name);
	int r = add_drivers_of(ctx, name, &drivers);

	for (char **path = paths; r == 0 && path && *path; path++)
		r = add_drivers_of(ctx, *path, &drivers);
	if (r == 0)
		*ret = TAKE_POINTER(drivers);
	return r;
}

static bool is_same_name(const char *text, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != name[i] && !(strchr("-_", text[i]) && strchr("-_", name[i])))
			return false;
	return true;
}

bool drivers_are_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strchr(at, '/')); at++)
		if (strlen(at + 1) >= length + 3 && !strncmp(at + 1 + length, ".ko", 3) &&
		    is_same_name(at + 1, name, length))
			return true;
	return false;
}
