/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disc_search.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../storage/mount_unreplayed.h"
#include "device.h"

void disc_search_done(struct disc_search *search)
{
	free(search->place);
	strv_free(search->others);
	strv_free(search->ours);
	*search = (struct disc_search){ 0 };
}

bool disc_is_one_of_several(const char *directory)
{
	AUTO_DISCS struct discs *discs = NULL;

	return discs_read(directory, &discs) == 0 && discs->count > 1;
}

char *disc_refusal(const char *place, const struct discs *discs, uint32_t number, const struct discs *other)
{
	AUTO_FREE char *what = other ? discs_describe(other, other->number) : NULL;

	if (!other)
		return sentence("What is in %s is no disc of a recovery set", place);
	if (!what || (discs_match(discs, other) && other->number == number))
		return NULL;
	if (discs_match(discs, other))
		return sentence("In %s is %s", place, what);
	if (!strcmp(discs->sha256, other->sha256))
		return sentence("In %s is %s of the same recovery set, but from discs of another size, which were made at another time", place, what);
	return sentence("In %s is %s of another recovery set", place, what);
}

static bool is_ours(const struct discs *discs, const struct discs *other)
{
	return other && discs_match(discs, other);
}

/* What the filesystem of DEVICE, mounted at PATH, is. 1: the wanted one. */
static int look_at(struct context *ctx, const struct media_device *device, const char *path, const struct discs *discs, uint32_t number,
		   struct disc_search *search)
{
	AUTO_DISCS struct discs *other = NULL;
	AUTO_FREE char *words = NULL;
	int r = discs_read(path, &other);

	if (r == -ENOMEM)
		return context_oom(ctx);
	if (is_ours(discs, other) && other->number == number)
		return 1;
	/* A stick or a disk need not be meant. */
	if (!other && !device->disc)
		return 0;
	words = disc_refusal(device->path, discs, number, other);
	if (!words || strv_append(&search->others, words) < 0 ||
	    (is_ours(discs, other) && device->disc && strv_append(&search->ours, device->path) < 0))
		return context_oom(ctx);
	return 0;
}

static int look_into(struct context *ctx, struct media *media, const struct media_device *device, const struct discs *discs, uint32_t number,
		     struct disc_search *search)
{
	const char *mounted = media_mount_of(media, device->path), *base = strrchr(device->path, '/') + 1;
	AUTO_FREE char *path = text_format(MEDIA_DIRECTORY "/%s", base);
	int r;

	if (!path)
		return context_oom(ctx);
	if (mounted) {
		r = look_at(ctx, device, mounted, discs, number, search);
		if (r == 1)
			search->place = strdup(mounted);
		return r < 0 ? r : 0;
	}
	if (make_directories(path, 0700) < 0)
		return 0;
	r = ops_of(ctx)->mount(ctx, device->path, path, mount_kernel_type(device->filesystem), MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			       mount_unreplayed_options(device->filesystem));
	if (r < 0) {
		context_debug(ctx, "%s", context_detail(ctx));
		context_clear(ctx);
		return 0;
	}
	r = look_at(ctx, device, path, discs, number, search);
	if (r == 1) {
		search->place = strdup(path);
		return search->place && media_remember_mount(media, device->path, path) == 0 ? 0 : context_oom(ctx);
	}
	if (ops_of(ctx)->unmount(ctx, path, MNT_DETACH) < 0)
		context_clear(ctx);
	rmdir(path);
	return r;
}

int disc_search(struct context *ctx, struct media *media, const struct discs *discs, uint32_t number, struct disc_search *ret)
{
	AUTO_DEVICES struct media_devices devices = { 0 };
	int r;

	*ret = (struct disc_search){ 0 };
	/* "/" is below none: only what the rescue system uses itself stays. */
	media_unmount_others(ctx, media, "/");
	r = devices_list_removable(ctx, &devices);
	for (size_t i = 0; r == 0 && !ret->place && i < devices.count; i++) {
		r = context_check_cancel(ctx);
		if (r == 0)
			r = look_into(ctx, media, devices.list + i, discs, number, ret);
	}
	if (r < 0)
		disc_search_done(ret);
	return r;
}
