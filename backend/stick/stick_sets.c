/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick_sets.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../core/run.h"
#include "../sink/convert.h"
#include "../storage/detached_mount.h"

#define MIB (1ull << 20)
#define NAME_LIMIT 64
/* A directory's own blocks, and the rest of the last one of each file. */
#define PER_FILE 8192
#define AUTO_DETACHED_MOUNT CLEANUP(detached_mount_close)

void stick_sets_done(struct stick_sets *sets)
{
	strv_free(sets->names);
	strv_free(sets->ids);
	*sets = (struct stick_sets){ 0 };
}

int stick_sets_format(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part)
{
	struct loop_device AUTO_LOOP_DEVICE loop = LOOP_DEVICE_NONE;
	int r = loop_device_open_part_to_write(disk->fd, disk->node->disk.logical_sector, part->start, part->size, &loop);

	if (r < 0)
		return context_fail(ctx, -r, "No loop device can be made for %s, which is needed to make a filesystem on it: %s", disk->node->device, strerror(-r));
	/* Files are segments, of some MiB each. */
	r = run_simple(ctx, "mkfs.ext4", "-q", "-F", "-L", "LIFEBOAT-SETS", "-m", "0", "-i", "65536", loop.path, (char *)NULL);
	if (r == 0 && fsync(loop.fd) < 0)
		r = context_fail(ctx, errno, "%s cannot be written: %s", disk->node->device, strerror(errno));
	return r;
}

static int open_mount(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, bool writable, struct detached_mount *ret)
{
	int r = detached_mount_open_part(disk->fd, part->start, part->size, writable, ret);

	return r < 0 ? context_fail(ctx, -r, "The filesystem for sets on %s cannot be mounted: %s", disk->node->device, strerror(-r)) : 0;
}

/* A path that leads below what is open as TOP, in this process. */
static char *below(const struct detached_mount *mount, const char *name)
{
	return text_format("/proc/self/fd/%d/%s", mount->top, name);
}

static int add_set(struct context *ctx, const struct detached_mount *mount, const char *name, struct stick_sets *sets)
{
	AUTO_FREE char *path = below(mount, name);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_SET struct set *set = NULL;
	int r = path ? set_open(ctx, path, &set) : -ENOMEM;

	if (r == -ENOMEM || strv_append(&sets->names, name) < 0 || strv_append(&sets->ids, r == 0 ? set_manifest(set)->set_id : "") < 0)
		return -ENOMEM;
	return 0;
}

int stick_sets_list(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, struct stick_sets *ret)
{
	struct detached_mount AUTO_DETACHED_MOUNT mount = DETACHED_MOUNT_NONE;
	AUTO_CLOSEDIR DIR *directory = NULL;
	struct dirent *entry;
	struct statvfs space;
	int fd, r = open_mount(ctx, disk, part, false, &mount);

	if (r < 0)
		return r;
	fd = openat(mount.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	r = directory && fstatvfs(mount.top, &space) == 0 ? 1 : -errno;
	while (r > 0 && (r = directory_next(directory, &entry)) > 0) {
		AUTO_FREE char *manifest = text_format("%s/" MANIFEST_NAME, entry->d_name);

		if (!manifest)
			r = -ENOMEM;
		else if (entry->d_name[0] != '.' && faccessat(mount.top, manifest, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
			 add_set(ctx, &mount, entry->d_name, ret) < 0)
			r = -ENOMEM;
	}
	if (r < 0)
		return context_fail(ctx, -r, "The filesystem for sets on %s cannot be read: %s", disk->node->device, strerror(-r));
	ret->free = (uint64_t)space.f_bavail * space.f_frsize;
	return 0;
}

uint64_t stick_sets_room(const struct stick_part *part)
{
	/* The journal and the tables of inodes: mke2fs(8). */
	return part->size < 4096 * MIB ? part->size - part->size / 8 : part->size - part->size / 50 - 200 * MIB;
}

int stick_sets_fits(struct context *ctx, const struct set *set, const struct stick_disk *disk, uint64_t free)
{
	const struct manifest *manifest = set_manifest(set);
	uint64_t needed = manifest->table_stored + manifest->index_stored + 4 * MIB;
	AUTO_FREE char *needed_text = NULL, *free_text = bytes_print_size(free);

	for (size_t i = 0; i < manifest->segment_count; i++)
		needed += manifest->segments[i].stored + PER_FILE;
	for (size_t i = 0; i < manifest->attachment_count; i++)
		needed += manifest->attachments[i].stored + PER_FILE;
	needed_text = bytes_print_size(needed);
	if (needed <= free)
		return 0;
	return context_fail(ctx, ENOSPC, "The set does not fit onto %s: it needs %s, and %s are free for sets there. Nothing was written", disk->node->device,
			    needed_text ? needed_text : "?", free_text ? free_text : "?");
}

/* "web1-2026-11-29-3f2a9c11", of its host, label and id. */
static char *name_of(const struct manifest *manifest)
{
	const char *host = manifest->machine.host, *label = manifest->label;
	AUTO_FREE char *name = text_format("%.*s%s%.*s", NAME_LIMIT, host && *host ? host : "set", label ? "-" : "", NAME_LIMIT, label ? label : "");

	for (char *at = name; at && *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
			*at = '_';
	if (name && *name == '.')
		*name = '_';
	return name ? text_format("%s-%.8s", name, manifest->set_id) : NULL;
}

static int copy(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, const char *from, const char *name)
{
	struct detached_mount AUTO_DETACHED_MOUNT mount = DETACHED_MOUNT_NONE;
	struct convert_result result = { 0 };
	AUTO_FREE char *to = NULL;
	int r = open_mount(ctx, disk, part, true, &mount);

	if (r < 0)
		return r;
	to = below(&mount, name);
	r = to ? set_convert(ctx, from, to, &result) : context_oom(ctx);
	free(result.set_id);
	if (r == -ENOSPC || r == -EIO || r == -EROFS)
		return context_reword(ctx, -r, "The set cannot be written to %s: %s", disk->node->device, strerror(-r));
	if (r < 0)
		return r;
	r = detached_mount_sync(&mount);
	return r < 0 ? context_fail(ctx, -r, "%s cannot be written: %s", disk->node->device, strerror(-r)) : 0;
}

/* Without its manifest it is no set. */
static void unmake(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, const char *name)
{
	struct detached_mount AUTO_DETACHED_MOUNT mount = DETACHED_MOUNT_NONE;
	AUTO_FREE char *manifest = text_format("%s/" MANIFEST_NAME, name);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (manifest && open_mount(ctx, disk, part, true, &mount) == 0 && unlinkat(mount.top, manifest, 0) == 0 && detached_mount_sync(&mount) == 0)
		return;
	context_warn(ctx, "The directory %s on %s holds a damaged set and could not be removed", name, disk->node->device);
}

static int check(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, struct set *set, const char *name)
{
	struct detached_mount AUTO_DETACHED_MOUNT mount = DETACHED_MOUNT_NONE;
	const struct iso_set original = { .set = set };
	AUTO_FREE char *path = NULL;
	int r = stick_disk_settle(ctx, disk);

	if (r == 0)
		r = open_mount(ctx, disk, part, false, &mount);
	if (r < 0)
		return r;
	path = below(&mount, name);
	return path ? iso_set_check(ctx, &original, path) : context_oom(ctx);
}

int stick_sets_put(struct context *ctx, const struct stick_disk *disk, const struct stick_part *part, const char *from, struct set *set,
		   char **ret_name)
{
	AUTO_FREE char *name = name_of(set_manifest(set));
	int r = name ? copy(ctx, disk, part, from, name) : context_oom(ctx);

	if (r < 0)
		return r;
	progress_begin(ctx, "set-check", 0, 0);
	r = check(ctx, disk, part, set, name);
	if (r < 0) {
		unmake(ctx, disk, part, name);
		return r == -ECANCELED || r == -ENOMEM ? r : context_reword(ctx, -r, "The set on %s cannot be read back as it was written, and was removed from there: %s", disk->node->device, context_detail(ctx));
	}
	progress_end(ctx);
	*ret_name = TAKE_POINTER(name);
	return 0;
}
