/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mapped.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "sysfs.h"

/* The same of the device KERNEL, when it is called NAME. */
static int take_named(const struct context *ctx, const char *kernel, const char *name, char **ret_kernel, char **ret_uuid)
{
	AUTO_FREE char *directory = block_directory(ctx, kernel), *called = directory ? sysfs_text(ctx, directory, "dm/name") : NULL;
	AUTO_FREE char *uuid = NULL, *copy = NULL;

	if (!called || strcmp(called, name))
		return 0;
	uuid = sysfs_text(ctx, directory, "dm/uuid");
	if (!uuid)
		uuid = strdup("");
	copy = strdup(kernel);
	if (!uuid || !copy)
		return -ENOMEM;
	*ret_kernel = TAKE_POINTER(copy);
	if (ret_uuid)
		*ret_uuid = TAKE_POINTER(uuid);
	return 0;
}

int mapped_find(const struct context *ctx, const char *name, char **ret_kernel, char **ret_uuid)
{
	AUTO_STRV char **kernels = NULL;
	int r = sysfs_list(ctx, "/sys/block", &kernels);

	*ret_kernel = NULL;
	if (ret_uuid)
		*ret_uuid = NULL;
	for (char **kernel = kernels; r == 0 && kernel && *kernel && !*ret_kernel; kernel++)
		if (!strncmp(*kernel, "dm-", 3))
			r = take_named(ctx, *kernel, name, ret_kernel, ret_uuid);
	return r;
}
