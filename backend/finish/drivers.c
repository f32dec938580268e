/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drivers.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

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

int drivers_of_device(const struct context *ctx, const char *device, char ***ret)
{
	AUTO_STRV char **drivers = NULL;
	const char *slash = strrchr(device, '/');
	AUTO_FREE char *link = text_format("%s/sys/class/block/%s", ctx->prefix, slash ? slash + 1 : device);
	AUTO_FREE char *top = text_format("%s/sys/devices", ctx->prefix);
	AUTO_FREE char *path = link ? realpath(link, NULL) : NULL;
	AUTO_FREE char *top_path = top ? realpath(top, NULL) : NULL;

	if (!link || !top)
		return -ENOMEM;
	while (path && top_path && strlen(path) > strlen(top_path) && !strncmp(path, top_path, strlen(top_path))) {
		if (add_driver(path, &drivers) < 0)
			return -ENOMEM;
		*strrchr(path, '/') = '\0';
	}
	*ret = TAKE_POINTER(drivers);
	return 0;
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
