/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "left_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "content_describe.h"
#include "parts.h"
#include "report.h"

bool left_out_has(const struct capture *capture, const struct node *node)
{
	return layout_left_out(capture->manifest->layout, node);
}

/* The block node that the device file PATH, be it a link, leads to; NULL: none. */
static struct node *find_device(const struct layout *layout, const char *path)
{
	struct stat wanted, found;

	if (stat(path, &wanted) < 0 || !S_ISBLK(wanted.st_mode))
		return NULL;
	for (size_t i = 0; i < layout->count; i++) {
		struct node *node = layout->nodes[i];

		/* Contents have the device of what they lie on. */
		if (node->device && node->type != NODE_FILESYSTEM && node->type != NODE_SWAP && node->type != NODE_PV &&
		    stat(node->device, &found) == 0 && S_ISBLK(found.st_mode) && found.st_rdev == wanted.st_rdev)
			return node;
	}
	return NULL;
}

static int mark(struct capture *capture, const char *path)
{
	struct layout *layout = capture->manifest->layout;
	struct node *node = find_device(layout, path);
	AUTO_FREE char *what = NULL;

	if (!node)
		return context_fail(capture->ctx, ENODEV, "%s is no device of the captured machine, so it cannot be left out", path);
	if (node_property(node, LEFT_OUT_PROPERTY))
		return 0;
	if (node_property_set(node, LEFT_OUT_PROPERTY, "operator") < 0)
		return context_oom(capture->ctx);
	what = content_describe(layout, node);
	if (!what)
		return context_oom(capture->ctx);
	return capture_exclude(capture, what, N_("left out by the operator (--exclude-device): what is on it is not in the set"));
}

/* A pattern of all that is in PATH: the signs that patterns know are quoted. New string. */
static char *pattern_of(const char *path)
{
	char *pattern = malloc(2 * strlen(path) + 3), *to = pattern;

	for (const char *from = path; pattern && *from; from++) {
		if (strchr("*?[]\\", *from))
			*to++ = '\\';
		*to++ = *from;
	}
	if (pattern)
		memcpy(to, "/*", sizeof("/*"));
	return pattern;
}

/* What is mounted of it is not walked into; its directory stays. */
static int leave_mounts(struct capture *capture)
{
	const struct layout *layout = capture->manifest->layout;

	for (size_t i = 0; i < layout->count; i++) {
		const struct node *mount = layout->nodes[i];
		AUTO_FREE char *pattern = NULL;

		if (mount->type != NODE_MOUNT || !left_out_has(capture, mount))
			continue;
		if (!strcmp(mount->mount.path, "/"))
			return context_fail(capture->ctx, EINVAL, "the root filesystem lies on a device that is to be left out (--exclude-device): "
					    "no machine could be restored from such a set");
		pattern = pattern_of(mount->mount.path);
		if (!pattern || strv_append(&capture->exclude, pattern) < 0)
			return context_oom(capture->ctx);
	}
	return 0;
}

int left_out_find(struct capture *capture)
{
	int r = 0;

	for (char *const *pattern = capture->options->exclude; r == 0 && pattern && *pattern; pattern++)
		r = strv_append(&capture->exclude, *pattern);
	for (char *const *device = capture->options->exclude_devices; r == 0 && device && *device; device++)
		r = mark(capture, *device);
	if (r == -ENOMEM)
		return context_oom(capture->ctx);
	return r < 0 ? r : leave_mounts(capture);
}
