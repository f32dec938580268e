/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hold_path.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "held_directory.h"

void hold_path_done(struct hold_path *path)
{
	char *slash;

	if (path->directory && path->path) {
		unlink(path->path);
		/* The directories of the device's name, from the innermost outwards. */
		while (strcmp(path->path, path->directory) && (slash = strrchr(path->path, '/'))) {
			*slash = '\0';
			rmdir(path->path);
		}
	} else if (path->directory) {
		rmdir(path->directory);
	}
	if (path->directory)
		close(path->lock);
	free(TAKE_POINTER(path->path));
	free(TAKE_POINTER(path->directory));
}

/* The path below PARENT. 0 or -errno. */
static int make_path_below(const char *parent, const char *device, const char *leads_to, struct hold_path *ret)
{
	AUTO_HOLD_PATH struct hold_path made = { 0 };
	AUTO_FREE char *directory = NULL;
	int r = held_directory_make(parent, &directory, &made.lock);

	if (r < 0)
		return r;
	made.path = text_format("%s%s", directory, device);
	made.directory = TAKE_POINTER(directory);
	if (!made.path)
		return -ENOMEM;
	*strrchr(made.path, '/') = '\0';
	r = make_directories(made.path, 0700);
	made.path[strlen(made.path)] = '/';
	if (r < 0)
		return r;
	if (symlink(leads_to, made.path) < 0)
		return -errno;
	*ret = made;
	made = (struct hold_path){ 0 };
	return 0;
}

int hold_path_make(struct context *ctx, int fd, const char *device, struct hold_path *ret)
{
	static const char *const parents[] = { "/run", "/tmp", "/dev/shm", "/var/tmp" };
	AUTO_FREE char *leads_to = fd < 0 ? strdup(device) : text_format("/proc/self/fd/%d", fd);

	if (!leads_to)
		return context_oom(ctx);
	for (size_t i = 0; fd >= 0 && i < ARRAY_LENGTH(parents); i++)
		if (make_path_below(parents[i], device, leads_to, ret) == 0)
			return 0;
	/* All of them are full. The disk may be erased already: that the program's messages name the device is not worth its end. */
	*ret = (struct hold_path){ .path = TAKE_POINTER(leads_to) };
	return 0;
}
