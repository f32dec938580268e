/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "medium.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../devices/mounts.h"

void medium_done(struct medium *medium)
{
	free(medium->device);
	free(medium->where);
	free(medium->label);
	*medium = (struct medium){ 0 };
}

/* The mount that PATH, on the filesystem NUMBER, is seen through: the last one on the longest path of that filesystem. */
static const struct mount_entry *find_mount(const struct mount_table *table, const char *path, dev_t number)
{
	const struct mount_entry *found = NULL;
	const char *rest;

	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *entry = table->entries + i;
		bool same = entry->major == major(number) && entry->minor == minor(number);

		/* btrfs shows another number in its files than in the table. */
		if ((same || entry->major == 0) && path_is_below(path, entry->path, &rest) &&
		    (!found || strlen(entry->path) >= strlen(found->path)))
			found = entry;
	}
	return found;
}

/* Model and label of the device PATH. */
static void describe_device(struct context *ctx, const char *path, struct medium *ret)
{
	AUTO_DEVICES struct media_devices devices = { 0 };
	const struct media_device *found = NULL;

	if (devices_list(ctx, &devices) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
	for (size_t i = 0; i < devices.count && !found; i++)
		found = strcmp(devices.list[i].path, path) ? NULL : devices.list + i;
	ret->label = found && found->label ? strdup(found->label) : NULL;
	ret->where = found && found->model ? text_format("%s (%s)", found->model, path) : strdup(path);
}

void medium_of_path(struct context *ctx, const char *path, struct medium *ret)
{
	AUTO_FREE char *real = realpath(path, NULL);
	CLEANUP(mount_table_done) struct mount_table table = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	const struct mount_entry *mount;
	struct stat st;

	*ret = (struct medium){ 0 };
	if (!real || stat(real, &st) < 0 || mount_table_read(ctx, &table) < 0)
		return;
	mount = find_mount(&table, real, st.st_dev);
	if (!mount)
		return;
	if (!mount->device) {
		ret->where = sentence("%s at %s", mount->source && *mount->source ? mount->source : mount->kind, mount->path);
		return;
	}
	ret->device = text_format("/dev/%s", mount->device);
	ret->disc = !strncmp(mount->device, "sr", 2);
	if (ret->device)
		describe_device(ctx, ret->device, ret);
}

/* "disc LIFEBOAT". */
static char *wanted(const struct medium *medium)
{
	if (medium->disc)
		return medium->label ? sentence("disc %s", medium->label) : sentence("disc with the recovery set");
	return medium->label ? sentence("disk %s", medium->label) : sentence("disk with the recovery set");
}

char *medium_explain(const struct medium *medium, enum device_state state)
{
	AUTO_FREE char *what = wanted(medium), *text = NULL;
	const char *where = medium->where ? medium->where : medium->device;

	if (!what || !where || state == DEVICE_THERE)
		return NULL;
	if (state == DEVICE_GONE)
		text = sentence("%s is not connected any more. Connect the %s again", where, what);
	else if (state == DEVICE_EMPTY)
		text = medium->disc ? sentence("No disc is in %s. Insert the %s again", where, what)
				    : sentence("No medium is in %s. Insert the %s again", where, what);
	else if (state == DEVICE_OPEN)
		text = sentence("The drive %s is open. Insert the %s again", where, what);
	else
		text = sentence("The drive %s is not ready: the %s is wanted. Wait until its light is out", where, what);
	return text ? text_printable(text) : NULL;
}
