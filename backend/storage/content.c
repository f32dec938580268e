/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content.h"

#include <blkid.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/ops.h"
#include "device.h"
#include "hold.h"

struct holder_work {
	const struct target *target;
	const struct node *holder;
	int fd;
};

static int open_holder(struct context *ctx, void *data)
{
	struct holder_work *work = data;

	return hold_open(ctx, work->target, work->holder, &work->fd);
}

static int wipe_holder(struct context *ctx, void *data)
{
	const struct holder_work *work = data;
	AUTO_CLOSE int fd = -1;
	int r = hold_reopen_alone(ctx, work->fd, work->holder->device, &fd);

	return r ? r : device_wipe(ctx, fd, work->holder->device, 0, 0);
}

int content_prepare_holder(struct context *ctx, const struct target *target, const struct node *holder, int *ret_fd)
{
	struct holder_work work = { target, holder, -1 };
	AUTO_FREE char *look = NULL, *wipe = NULL;
	int r;

	look = sentence("look whether %s is the planned device", holder->device);
	wipe = sentence("erase old signatures on %s", holder->device);
	if (!look || !wipe)
		return context_oom(ctx);
	r = ops_of(ctx)->change(ctx, look, open_holder, &work);
	if (!r)
		r = ops_of(ctx)->change(ctx, wipe, wipe_holder, &work);
	if (r && work.fd >= 0)
		close(work.fd);
	else
		*ret_fd = work.fd;
	return r;
}

/* ---- the devices of a content ---- */

struct mount_device *content_devices(const struct target *target, const struct node *content)
{
	size_t count = strv_length(content->on);
	struct mount_device *devices = calloc(count + 1, sizeof(*devices));

	for (size_t i = 0; devices && i < count; i++) {
		const struct node *holder = layout_find(target->result, content->on[i]);

		devices[i] = (struct mount_device){ -1, holder && holder->device ? holder->device : "" };
	}
	return devices;
}

int content_devices_open(struct context *ctx, const struct target *target, const struct node *content, struct mount_device *devices)
{
	int r = 0;

	for (size_t i = 0; r == 0 && content->on[i]; i++)
		r = hold_open(ctx, target, layout_find(target->result, content->on[i]), &devices[i].fd);
	return r;
}

void content_devices_free(struct mount_device *devices)
{
	for (struct mount_device *device = devices; device && device->name; device++)
		if (device->fd >= 0)
			close(device->fd);
	free(devices);
}

/* ---- what is there ---- */

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

/* Kinds that keep their label in UTF-16. */
static bool has_wide_label(const char *kind)
{
	return !strcmp(kind, "exfat") || !strcmp(kind, "f2fs");
}

/* Byte by byte where it is kept so; FAT fills up with blanks. */
static bool label_is_there(blkid_probe probe, const char *kind, const char *label)
{
	const char *value = "";
	size_t length = 0;

	if (!blkid_probe_lookup_value(probe, has_wide_label(kind) ? "LABEL" : "LABEL_RAW", &value, &length))
		length = strnlen(value, length);
	while (length > strlen(label) && value[length - 1] == ' ')
		length--;
	return length == strlen(label) && !memcmp(value, label, length);
}

int content_is_there(int fd, const char *kind, const char *uuid, const char *label)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	const char *is_kind = NULL, *is_uuid = NULL;

	if (!probe)
		return -ENOMEM;
	errno = 0;
	if (blkid_probe_set_device(probe, fd, 0, 0))
		return errno ? -errno : -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_LABELRAW);
	if (blkid_do_safeprobe(probe))
		return 0;
	blkid_probe_lookup_value(probe, "TYPE", &is_kind, NULL);
	blkid_probe_lookup_value(probe, "UUID", &is_uuid, NULL);
	return is_kind && !strcmp(is_kind, kind) && (!uuid || (is_uuid && !strcasecmp(is_uuid, uuid))) &&
	       (!label || label_is_there(probe, kind, label));
}

int content_is_made(struct context *ctx, const struct target *target, const struct node *content, const char *kind)
{
	int there = 1;

	for (char **id = content->on; there > 0 && *id; id++) {
		const struct node *holder = layout_find(target->result, *id);
		AUTO_CLOSE int fd = -1;
		int r = hold_open(ctx, target, holder, &fd);

		there = r ? r : content_is_there(fd, kind, content->uuid, content->label);
		if (there < 0)
			return context_fail(ctx, -there, "%s could not be read: %s", holder->device, strerror(-there));
	}
	return there;
}
