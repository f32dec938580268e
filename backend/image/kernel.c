/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernel the rescue boots. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "image.h"

/* The kernel image of RELEASE in a new string, or NULL when either it or its modules are not there. */
static char *find_image(const struct context *ctx, const char *release)
{
	static const char *const patterns[] = { "/boot/vmlinuz-%s", "/usr/lib/modules/%s/vmlinuz", "/lib/modules/%s/vmlinuz" };
	AUTO_FREE char *modules = text_format("%s/lib/modules/%s/modules.dep", ctx->prefix, release);

	if (!modules || access(modules, F_OK) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		const char *mark = strchr(patterns[i], '%');
		char *path = text_format("%s%.*s%s%s", ctx->prefix, (int)(mark - patterns[i]), patterns[i], release, mark + 2);

		if (path && access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* In *RET, a new string; NULL when there is none. 0 or -errno with a sentence. */
static int newest_release(struct context *ctx, char **ret)
{
	AUTO_FREE char *place = text_format("%s/lib/modules", ctx->prefix);
	DIR *directory AUTO_CLOSEDIR = place ? opendir(place) : NULL;
	AUTO_FREE char *best = NULL;
	struct dirent *entry;
	int r = 0;

	while (directory && (r = directory_next(directory, &entry)) > 0) {
		AUTO_FREE char *image = entry->d_name[0] == '.' ? NULL : find_image(ctx, entry->d_name);

		if (!image || (best && strverscmp(entry->d_name, best) <= 0))
			continue;
		free(best);
		best = strdup(entry->d_name);
	}
	if (r < 0)
		return context_fail(ctx, -r, "The directory %s cannot be read: %s", place, strerror(-r));
	*ret = TAKE_POINTER(best);
	return 0;
}

int image_kernel(struct context *ctx, const struct image_options *options, char **ret_path, char **ret_release)
{
	AUTO_FREE char *release = NULL, *path = NULL;
	struct utsname running;

	if (options->kernel) {
		if (!*options->kernel || *options->kernel == '.' || strchr(options->kernel, '/'))
			return context_fail(ctx, EINVAL, "'%s' is not the name of a kernel release", options->kernel);
		release = strdup(options->kernel);
		path = release ? find_image(ctx, release) : NULL;
		if (release && !path)
			return context_fail(ctx, ENOENT, "Kernel %s is not on this machine: /boot/vmlinuz-%s and /lib/modules/%s are "
					    "both needed", release, release, release);
	} else if (uname(&running) == 0 && (path = find_image(ctx, running.release))) {
		release = strdup(running.release);
	} else {
		int r = newest_release(ctx, &release);

		if (r < 0)
			return r;
		path = release ? find_image(ctx, release) : NULL;
		if (!path)
			return context_fail(ctx, ENOENT, "There is no kernel with its modules on this machine (/boot/vmlinuz-RELEASE and "
					    "/lib/modules/RELEASE): install the package linux-image-amd64");
		context_info(ctx, "The running kernel has no image or no modules here; the rescue boots the newest that has, %s", release);
	}
	if (!path || !release)
		return context_oom(ctx);
	*ret_path = TAKE_POINTER(path);
	*ret_release = TAKE_POINTER(release);
	return 0;
}

