/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../core/rescue_names.h"
#include "../devices/disks_beneath.h"
#include "../set/set.h"
#include "../set/tape_glance.h"
#include "../storage/mount_unreplayed.h"
#include "../tape/drives.h"
#include "device.h"
#include "memory.h"

static void set_done(struct media_set *set)
{
	free(set->location);
	strv_free(set->places);
	free(set->set_id);
	free(set->host);
	free(set->os);
	free(set->created);
	free(set->label);
	free(set->medium);
	free(set->reason);
}

ssize_t media_find(const struct media *media, const char *set_id)
{
	for (size_t i = 0; i < media->count; i++)
		if (media->sets[i].set_id && !strcasecmp(media->sets[i].set_id, set_id))
			return (ssize_t)i;
	return -1;
}

ssize_t media_find_same(const struct media *media, const char *sha256)
{
	for (size_t i = 0; i < media->count; i++)
		if (media->sets[i].usable && !strcmp(media->sets[i].sha256, sha256))
			return (ssize_t)i;
	return -1;
}

static char *copy_or_null(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void take_words(struct media_set *entry, const struct manifest *manifest)
{
	entry->set_id = copy_or_null(manifest->set_id);
	entry->host = copy_or_null(manifest->machine.host);
	entry->os = copy_or_null(manifest->machine.os);
	entry->created = copy_or_null(manifest->created);
	entry->label = copy_or_null(manifest->label);
	entry->bytes = manifest->total_bytes;
	entry->files = manifest->total_files;
	/* A beginning tells which set it is, not yet what is in it. */
	if (!manifest->is_beginning)
		memcpy(entry->sha256, manifest->sha256, sizeof(entry->sha256));
	entry->usable = true;
}

/* What the manifest says, or why the set cannot be used. */
static void describe_set(struct context *ctx, struct media_set *entry)
{
	AUTO_SET struct set *set = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (set_open(ctx, entry->location, &set) < 0) {
		entry->reason = strdup(context_detail(ctx));
		return;
	}
	take_words(entry, set_manifest(set));
}

static bool is_listed(const struct media *media, const char *location)
{
	for (size_t i = 0; i < media->count; i++)
		if (strv_contains(media->sets[i].places, location))
			return true;
	return false;
}

/* ENTRY, which is taken, joins the list. */
static int list_set(struct context *ctx, struct media *media, struct media_set *entry)
{
	struct media_set *grown = reallocarray(media->sets, media->count + 1, sizeof(*grown));

	if (!grown || !entry->location || strv_append(&entry->places, entry->location) < 0) {
		media->sets = grown ? grown : media->sets;
		set_done(entry);
		return context_oom(ctx);
	}
	media->sets = grown;
	media->sets[media->count++] = *entry;
	if (entry->usable)
		context_info(ctx, "recovery set found: %s", entry->location);
	else
		context_info(ctx, "recovery set found: %s, not usable: %s", entry->location, entry->reason);
	return 0;
}

/* The set at LOCATION joins the list; one that is known already only gets a further place. */
static int add_set(struct context *ctx, struct media *media, const char *location, const char *medium)
{
	struct media_set entry = { 0 };
	ssize_t known;

	if (is_listed(media, location))
		return 0;
	entry.location = strdup(location);
	entry.medium = strdup(medium);
	if (entry.location)
		describe_set(ctx, &entry);
	known = entry.usable ? media_find_same(media, entry.sha256) : -1;
	if (known < 0)
		return list_set(ctx, media, &entry);
	set_done(&entry);
	return strv_append(&media->sets[known].places, location);
}

static bool holds_manifest(const char *directory)
{
	AUTO_FREE char *path = text_format("%s/" MANIFEST_NAME, directory);
	struct stat status;

	return path && lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* DIRECTORY itself, its folder "lifeboat", and every folder one level down. The number of sets found or -errno. */
static int look_into(struct context *ctx, struct media *media, const char *directory, const char *medium)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	struct dirent *entry;
	int found = 0, r;

	if (holds_manifest(directory)) {
		r = add_set(ctx, media, directory, medium);
		return r < 0 ? r : 1;
	}
	dir = opendir(directory);
	if (!dir)
		return context_fail(ctx, errno, "%s cannot be read: %s", directory, strerror(errno));
	while ((r = directory_next(dir, &entry)) > 0) {
		AUTO_FREE char *path = text_format("%s/%s", directory, entry->d_name);

		if (entry->d_name[0] == '.' || !path || !holds_manifest(path))
			continue;
		r = add_set(ctx, media, path, medium);
		if (r < 0)
			return r;
		found++;
	}
	return r < 0 ? context_fail(ctx, -r, "%s cannot be read: %s", directory, strerror(-r)) : found;
}

/* The tools image, and whether the rescue system booted from here. */
static int note_rescue_medium(struct media *media, const char *directory, const char *device)
{
	AUTO_FREE char *kernel = text_format("%s/" RESCUE_MARKER, directory), *tools = text_format("%s/" TOOLS_IMAGE_NAME, directory);

	if (!kernel || !tools)
		return -ENOMEM;
	if (access(kernel, F_OK) == 0 && !strv_contains(media->rescue_devices, device) &&
	    strv_append(&media->rescue_devices, device) < 0)
		return -ENOMEM;
	return access(tools, R_OK) == 0 && !strv_contains(media->tools, tools) ? strv_append(&media->tools, tools) : 0;
}

const char *media_mount_of(const struct media *media, const char *device)
{
	for (size_t i = 0; i < media->mount_count; i++)
		if (!strcmp(media->mounts[i].device, device))
			return media->mounts[i].path;
	return NULL;
}

int media_remember_mount(struct media *media, const char *device, const char *path)
{
	struct media_mount *grown = reallocarray(media->mounts, media->mount_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	media->mounts = grown;
	grown[media->mount_count] = (struct media_mount){ .device = strdup(device), .path = strdup(path) };
	media->mount_count++;
	return 0;
}

/* Mounts DEVICE, looks into it, for tools alone or for sets, too, and keeps it mounted only when it holds what was looked for. The number of sets or
 * -errno. */
static int look_into_mounted(struct context *ctx, struct media *media, const struct media_device *device, bool tools_only)
{
	const char *base = strrchr(device->path, '/') ? strrchr(device->path, '/') + 1 : device->path;
	AUTO_FREE char *path = text_format(MEDIA_DIRECTORY "/%s", base);
	AUTO_FREE char *medium = device_describe(device);
	size_t tools_before = strv_length(media->tools);
	int r;

	if (!path || !medium)
		return context_oom(ctx);
	if (media_mount_of(media, device->path))
		return 0;
	r = make_directories(path, 0700);
	if (r < 0)
		return context_fail(ctx, -r, "%s could not be made: %s", path, strerror(-r));
	r = ops_of(ctx)->mount(ctx, device->path, path, mount_kernel_type(device->filesystem), MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			    mount_unreplayed_options(device->filesystem));
	if (r < 0)
		return r;
	/* It is never written: a medium that cannot be remembered is not used. */
	r = note_rescue_medium(media, path, device->path) < 0 ? context_oom(ctx) : tools_only ? 0 : look_into(ctx, media, path, medium);
	if (r > 0 || strv_length(media->tools) > tools_before)
		return media_remember_mount(media, device->path, path) < 0 ? context_oom(ctx) : r;
	if (ops_of(ctx)->unmount(ctx, path, 0) < 0)
		return -EBUSY;
	rmdir(path);
	return r;
}

static int look_into_device(struct context *ctx, struct media *media, const struct media_device *device)
{
	return look_into_mounted(ctx, media, device, false);
}

static int scan(struct context *ctx, struct media *media, bool tools_only)
{
	AUTO_DEVICES struct media_devices devices = { 0 };
	int r = devices_list(ctx, &devices);

	for (size_t i = 0; r >= 0 && i < devices.count; i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = context_check_cancel(ctx);
		if (r < 0)
			return context_scope_keep(&scope, r);
		/* One that cannot be read - an empty drive, a partition of a stick that is mounted whole - hides no other. */
		r = look_into_mounted(ctx, media, devices.list + i, tools_only);
		if (r == -ENOMEM)
			return context_scope_keep(&scope, r);
		if (r < 0)
			context_debug(ctx, "%s", context_detail(ctx));
		r = 0;
	}
	return r;
}

/* A whole set that ENTRY, of a tape, is another place of: where only the beginning is known, that says which set it is. -1: none. */
static ssize_t find_same_as_tape(const struct media *media, const struct media_set *entry)
{
	ssize_t same = *entry->sha256 ? media_find_same(media, entry->sha256) : -1;

	for (size_t i = 0; !*entry->sha256 && same < 0 && entry->set_id && i < media->count; i++) {
		const struct media_set *other = media->sets + i;

		if (other->usable && *other->sha256 && other->set_id && !strcasecmp(other->set_id, entry->set_id))
			same = (ssize_t)i;
	}
	return same;
}

/* The set that begins on the tape in the drive PATH, as it is now: told by its beginning, for all of it takes hours to read. */
static int look_at_tape(struct context *ctx, struct media *media, const char *path)
{
	struct media_set entry = { .location = text_format("tape:%s", path) };
	AUTO_MANIFEST struct manifest *manifest = NULL;
	AUTO_FREE char *tape = NULL;
	int r = entry.location ? 0 : context_oom(ctx);

	if (r == 0 && !is_listed(media, entry.location)) {
		r = tape_glance(ctx, path, &manifest, &tape);
		if (r == 0) {
			ssize_t known;

			take_words(&entry, manifest);
			known = find_same_as_tape(media, &entry);
			if (known >= 0) {
				context_info(ctx, "the tape in the drive %s holds the recovery set that is also at %s", path, media->sets[known].location);
				r = strv_append(&media->sets[known].places, entry.location) < 0 ? context_oom(ctx) : 0;
				set_done(&entry);
				return r;
			}
			entry.medium = *tape ? sentence(N_("the tape '%s' in the drive %s"), tape, path) : sentence(N_("the tape in the drive %s"), path);
			return list_set(ctx, media, &entry);
		}
	}
	set_done(&entry);
	return r;
}

static int scan_tapes(struct context *ctx, struct media *media)
{
	AUTO_STRV char **drives = NULL;
	int r = tape_drives(ctx, &drives);

	for (char **drive = drives; r == 0 && drive && *drive; drive++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = look_at_tape(ctx, media, *drive);
		if (r == -ENOMEM || r == -ECANCELED)
			return context_scope_keep(&scope, r);
		/* That another tape of a set is in is worth a word; that none is, is not. */
		if (r == -EMEDIUMTYPE)
			context_info(ctx, "%s", context_detail(ctx));
		else if (r < 0)
			context_debug(ctx, "%s", context_detail(ctx));
		r = 0;
	}
	return r;
}

int media_add_memory(struct context *ctx, struct media *media)
{
	return holds_manifest(MEMORY_SET) ? add_set(ctx, media, MEMORY_SET, sentence_words(N_("the memory of this machine"))) : 0;
}

int media_scan(struct context *ctx, struct media *media)
{
	int r = media_add_memory(ctx, media);

	if (r == 0)
		r = scan(ctx, media, false);
	return r < 0 ? r : scan_tapes(ctx, media);
}

int media_scan_tools(struct context *ctx, struct media *media)
{
	return scan(ctx, media, true);
}

/* Devices for which WANTED says yes. */
static int look_into_matching(struct context *ctx, struct media *media, bool (*wanted)(const struct media_device *, const char *),
			      const char *what)
{
	AUTO_DEVICES struct media_devices devices = { 0 };
	int r = devices_list(ctx, &devices), found = 0;

	for (size_t i = 0; r >= 0 && i < devices.count; i++) {
		if (!wanted(devices.list + i, what))
			continue;
		r = look_into_device(ctx, media, devices.list + i);
		if (r < 0)
			return r;
		found += r + (media_mount_of(media, devices.list[i].path) != NULL);
	}
	return r < 0 ? r : found;
}

static bool is_disc(const struct media_device *device, const char *what)
{
	(void)what;
	return device->disc;
}

static bool has_path(const struct media_device *device, const char *what)
{
	return !strcmp(device->path, what);
}

static bool has_uuid(const struct media_device *device, const char *what)
{
	return device->uuid && !strcasecmp(device->uuid, what);
}

static int add_uuid(struct context *ctx, struct media *media, const char *uuid)
{
	int r = media_scan(ctx, media);

	if (r < 0 || media_find(media, uuid) >= 0)
		return r;
	r = look_into_matching(ctx, media, has_uuid, uuid);
	return r != 0 ? r : context_fail(ctx, ENOENT, "There is no recovery set and no filesystem with the id %s here", uuid);
}

static int add_cdrom(struct context *ctx, struct media *media)
{
	int r = look_into_matching(ctx, media, is_disc, NULL);

	return r != 0 ? r : context_fail(ctx, ENOENT, "There is no disc with a recovery set in any drive");
}

static int add_path(struct context *ctx, struct media *media, const char *path)
{
	struct stat status;
	int r;

	if (stat(path, &status) < 0)
		return context_fail(ctx, errno, "There is no recovery set at %s: %s", path, strerror(errno));
	if (S_ISBLK(status.st_mode)) {
		r = look_into_matching(ctx, media, has_path, path);
		return r != 0 ? r : context_fail(ctx, ENOENT, "%s holds no recovery set that can be found", path);
	}
	if (S_ISREG(status.st_mode))
		return add_set(ctx, media, path, path);
	r = look_into(ctx, media, path, path);
	return r != 0 ? r : context_fail(ctx, ENOENT, "There is no recovery set in %s", path);
}

/* Why it cannot be used is the caller's answer: nothing else lies there. */
static int add_server(struct context *ctx, struct media *media, const struct location *location, const char *place)
{
	AUTO_FREE char *medium = sentence(location_has_scheme(location, "s3") ? N_("the bucket %s") : N_("the server %s"), location->host);
	AUTO_SET struct set *set = NULL;
	int r = medium ? set_open(ctx, place, &set) : context_oom(ctx);

	return r < 0 ? r : add_set(ctx, media, place, medium);
}

int media_add_location(struct context *ctx, struct media *media, const char *place)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, place, &location);

	if (r == 0)
		r = set_check_media(ctx, location);
	if (r < 0)
		return r;
	if (location_has_scheme(location, LOCATION_ID))
		r = add_uuid(ctx, media, location->path);
	else if (location_has_scheme(location, "cdrom") && !*location->path)
		r = add_cdrom(ctx, media);
	else if (location_has_scheme(location, "tape"))
		r = *location->path ? look_at_tape(ctx, media, location->path) :
				      context_fail(ctx, EINVAL, "Name the tape drive, as in tape:/dev/nst0; 'lifeboat tape status' lists the drives");
	else if (location->host)
		r = add_server(ctx, media, location, place);
	else
		r = add_path(ctx, media, location->path);
	return r < 0 ? r : 0;
}

static bool lies_below(const char *location, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(location, directory, length) && (location[length] == '/' || location[length] == '\0');
}

void media_unmount_others(struct context *ctx, struct media *media, const char *location)
{
	size_t kept = 0;

	for (size_t i = 0; i < media->mount_count; i++) {
		struct media_mount *mount = media->mounts + i;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		if (location && (lies_below(location, mount->path) || (media->tools_used && lies_below(media->tools_used, mount->path)))) {
			media->mounts[kept++] = *mount;
			continue;
		}
		/* A medium that was pulled is held by what was being read from it; it goes when that is let go. */
		if (ops_of(ctx)->unmount(ctx, mount->path, MNT_DETACH) == 0)
			rmdir(mount->path);
		else
			context_warn(ctx, "%s", context_detail(ctx));
		free(mount->device);
		free(mount->path);
	}
	media->mount_count = kept;
}

void media_release(struct context *ctx, struct media *media)
{
	media_unmount_others(ctx, media, NULL);
	for (size_t i = 0; i < media->count; i++)
		set_done(media->sets + i);
	free(media->sets);
	free(media->mounts);
	strv_free(media->tools);
	free(media->tools_used);
	strv_free(media->rescue_devices);
	*media = (struct media){ 0 };
}

int media_protected(struct context *ctx, const struct media *media, const char *location, char ***ret)
{
	AUTO_STRV char **names = NULL;
	int r = location ? disks_beneath_path(ctx, location, &names) : 0;

	for (char **device = media->rescue_devices; r == 0 && device && *device; device++)
		r = block_disks(ctx, *device + strlen("/dev/"), true, &names);
	if (r < 0)
		return r;
	*ret = TAKE_POINTER(names);
	return 0;
}

int media_disks(struct context *ctx, const char *device, char ***disks)
{
	return block_disks(ctx, device + strlen("/dev/"), false, disks);
}

static json_t *text_or_null(const char *text)
{
	AUTO_FREE char *printable = text ? text_printable(text) : NULL;

	return printable ? json_string(printable) : json_null();
}

char *media_place_name(const char *place)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = location_parse(NULL, place, &location) == 0 ? location_show(location) : NULL;

	return shown ? bytes_escape(shown, strlen(shown)) : NULL;
}

static json_t *place_name(const char *place)
{
	AUTO_FREE char *name = media_place_name(place);

	return name ? json_string(name) : json_null();
}

json_t *media_to_json(const struct media *media)
{
	json_t *array = json_array();

	for (size_t i = 0; i < media->count; i++) {
		const struct media_set *set = media->sets + i;
		json_t *places = json_array();

		for (size_t p = 0; p < strv_length(set->places); p++)
			json_array_append_new(places, place_name(set->places[p]));
		json_array_append_new(array, json_pack("{so, so, so, so, so, so, so, sI, sI, so, sb, so}", "location",
						       place_name(set->location), "places", places, "set_id",
						       text_or_null(set->set_id), "host", text_or_null(set->host), "os",
						       text_or_null(set->os), "created", text_or_null(set->created), "label",
						       text_or_null(set->label), "bytes", (json_int_t)set->bytes, "files",
						       (json_int_t)set->files, "medium", text_or_null(set->medium), "usable",
						       set->usable, "reason", text_or_null(set->reason)));
	}
	return array;
}
