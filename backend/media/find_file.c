/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "find_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../storage/mount_unreplayed.h"
#include "device.h"
#include "media.h"

#define MOUNT_POINT MEDIA_DIRECTORY "/.file"

/* The bytes of PATH on DEVICE, and their number; NULL when it is not there or the device cannot be read: that hides no other. */
static char *read_from(struct context *ctx, const struct media_device *device, const char *path, size_t limit, size_t *ret_length)
{
	AUTO_FREE char *full = text_format(MOUNT_POINT "/%s", path);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	char *text = NULL;
	int r = full ? make_directories(MOUNT_POINT, 0700) : -ENOMEM;

	if (r == 0)
		r = ops_of(ctx)->mount(ctx, device->path, MOUNT_POINT, mount_kernel_type(device->filesystem),
				       MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, mount_unreplayed_options(device->filesystem));
	if (r == 0) {
		r = file_read(AT_FDCWD, full, limit, &text, ret_length);
		if (r < 0 && r != -ENOENT && r != -ENOTDIR)
			context_warn(ctx, "%s on %s cannot be read: %s", path, device->path, strerror(-r));
		ops_of(ctx)->unmount(ctx, MOUNT_POINT, MNT_DETACH);
	}
	return text;
}

int media_find_file(struct context *ctx, const char *path, size_t limit, char **ret, size_t *ret_length)
{
	AUTO_DEVICES struct media_devices devices = { 0 };
	AUTO_FREE char *where = NULL, *found = NULL;
	size_t length = 0;
	int r = devices_list(ctx, &devices);

	for (size_t i = 0; r == 0 && i < devices.count; i++) {
		size_t other = 0;
		AUTO_FREE char *text = read_from(ctx, devices.list + i, path, limit, &other);

		r = context_check_cancel(ctx);
		if (r < 0 || !text)
			continue;
		if (found && (length != other || memcmp(found, text, length)))
			return context_fail(ctx, EEXIST, "%s is on %s and, different, on %s", path, where, devices.list[i].path);
		if (found)
			continue;
		found = TAKE_POINTER(text);
		length = other;
		where = strdup(devices.list[i].path);
		context_info(ctx, "%s was found on %s", path, devices.list[i].path);
	}
	if (r < 0)
		return r;
	if (!found)
		return context_fail(ctx, ENOENT, "%s is on no medium that is here", path);
	*ret = TAKE_POINTER(found);
	*ret_length = length;
	return 0;
}
