/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "../core/open_below.h"
#include "../core/root_open.h"
#include "mount_copy.h"

struct volumes {
	struct volume *volumes;
	size_t count;
	struct mount_point root; /* where the mount table does not tell what the captured directory lies on */
};

void volumes_free(struct volumes *volumes)
{
	if (!volumes)
		return;
	for (size_t i = 0; i < volumes->count; i++) {
		if (volumes->volumes[i].fd >= 0)
			close(volumes->volumes[i].fd);
		free(volumes->volumes[i].left);
	}
	free(volumes->volumes);
	free(volumes);
}

/* Whether FD lies in the mount of the table: what is mounted may have changed. */
static bool is_mount(int fd, const struct mount_entry *entry)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return false;
	return !(stx.stx_mask & STATX_MNT_ID) || stx.stx_mnt_id == entry->id;
}

/* The root of the mount, without looking into it. */
static int open_point(const struct mount_point *point, int root_fd)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (!strcmp(point->path, "."))
		fd = openat(root_fd, ".", O_PATH | O_CLOEXEC);
	else
		fd = (int)syscall(SYS_openat2, AT_FDCWD, point->target, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS)
		fd = open(point->target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (strcmp(point->path, ".") && !is_mount(fd, point->entry))
		return -ESTALE;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? TAKE_FD(fd) : -ENOTDIR;
}

static void open_volume(struct volume *volume, int root_fd)
{
	int fd = open_point(volume->point, root_fd), copy;

	volume->fd = fd < 0 ? -1 : fd;
	volume->error = fd < 0 ? -fd : 0;
	if (fd < 0)
		return;
	copy = mount_copy(fd, volume->point->target);
	if (copy < 0)
		return;
	close(fd);
	volume->fd = copy;
	volume->is_private = true;
}

int volumes_open(struct context *ctx, const struct mount_tree *tree, int root_fd, struct volumes **ret)
{
	struct volumes *volumes = calloc(1, sizeof(*volumes));
	const struct mount_point *point;
	size_t points = 0;

	while (mount_tree_point(tree, points))
		points++;
	if (volumes)
		volumes->volumes = calloc(points + 1, sizeof(*volumes->volumes));
	if (!volumes || !volumes->volumes) {
		volumes_free(volumes);
		return context_oom(ctx);
	}
	for (size_t i = 0; (point = mount_tree_point(tree, i)); i++) {
		struct volume *volume = &volumes->volumes[volumes->count];

		if (!point->path || point->choice != MOUNT_WALK)
			continue;
		*volume = (struct volume){ .point = point, .path = point->path };
		open_volume(volume, root_fd);
		volumes->count++;
	}
	/* The mount table of a machine without its own root's line: a container, or a captured machine. */
	if (!volumes->count || strcmp(volumes->volumes[0].path, ".")) {
		volumes->root = (struct mount_point){ .target = mount_tree_root(tree), .path = "." };
		memmove(volumes->volumes + 1, volumes->volumes, volumes->count++ * sizeof(*volumes->volumes));
		volumes->volumes[0] = (struct volume){ .point = &volumes->root, .path = "." };
		open_volume(&volumes->volumes[0], root_fd);
	}
	if (volumes->volumes[0].error) {
		int error = volumes->volumes[0].error;

		volumes_free(volumes);
		return context_fail(ctx, error, "the directory to capture cannot be opened: %s", strerror(error));
	}
	*ret = volumes;
	return 0;
}

int volumes_add(struct volumes *volumes, const char *path, int top)
{
	struct volume *grown = reallocarray(volumes->volumes, volumes->count + 1, sizeof(*grown));
	size_t at = 1;
	int fd;

	if (!grown)
		return -ENOMEM;
	volumes->volumes = grown;
	fd = fcntl(top, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	while (at < volumes->count && path_order(grown[at].path, strlen(grown[at].path), path, strlen(path)) < 0)
		at++;
	memmove(grown + at + 1, grown + at, (volumes->count++ - at) * sizeof(*grown));
	grown[at] = (struct volume){ .path = path, .fd = fd, .is_private = true };
	return 0;
}

void volumes_leave(struct volumes *volumes, size_t index, char *reason)
{
	free(volumes->volumes[index].left);
	volumes->volumes[index].left = reason;
}

const struct volume *volumes_get(const struct volumes *volumes, size_t index)
{
	return index < volumes->count ? &volumes->volumes[index] : NULL;
}

static const struct volume *find(const struct volumes *volumes, const char *path, size_t length)
{
	size_t low = 1, high = volumes->count;

	if (length == 1 && *path == '.')
		return &volumes->volumes[0];
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct volume *volume = &volumes->volumes[middle];
		int order = path_order(volume->path, strlen(volume->path), path, length);

		if (order == 0)
			return volume;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct volume *find_walked(const struct volumes *volumes, const char *path, size_t length)
{
	const struct volume *volume = find(volumes, path, length);

	return volume && !volume->error && !volume->left ? volume : NULL;
}

const char *volumes_why_left(const struct volumes *volumes, const struct mount_point *point)
{
	const struct volume *volume = point->reason ? NULL : find(volumes, point->path, strlen(point->path));

	return point->reason ? point->reason : volume && volume->left ? volume->left : sentence_words(N_("another file is mounted on it"));
}

const struct volume *volumes_at(const struct volumes *volumes, const char *path)
{
	return find_walked(volumes, path, strlen(path));
}

const struct volume *volumes_containing(const struct volumes *volumes, const char *path)
{
	for (size_t length = strlen(path); length > 0;) {
		const struct volume *found = find_walked(volumes, path, length);

		if (found)
			return found;
		while (length > 0 && path[--length] != '/')
			;
	}
	return &volumes->volumes[0];
}

const char *volume_path(const struct volume *volume, const char *path)
{
	size_t length = strlen(volume->path);

	if (!strcmp(volume->path, "."))
		return path;
	return path[length] == '/' ? path + length + 1 : ".";
}

const struct volume *volumes_showing(const struct volumes *volumes, const struct volume *volume, const char *path)
{
	const struct mount_point *point = volume->point;
	AUTO_FREE char *part = point && point->entry ? text_format("%s/%s", point->part[1] ? point->part : "", volume_path(volume, path)) : NULL;

	for (size_t i = 0; part && i < volumes->count; i++) {
		const struct volume *other = &volumes->volumes[i];
		const struct mount_point *shown = other->point;

		if (other != volume && !other->error && !other->left && shown && shown->entry && shown->entry->major == point->entry->major &&
		    shown->entry->minor == point->entry->minor && !strcmp(part, shown->part))
			return other;
	}
	return NULL;
}

int volumes_open_file(const struct volumes *volumes, const char *path, int flags)
{
	const struct volume *volume = volumes_containing(volumes, path);
	int fd = root_open_within(volume->fd, volume_path(volume, path), flags);

	/* Before Linux 5.6: what no symbolic link leads to. */
	return fd == -ENOSYS ? open_below_strict(volume->fd, volume_path(volume, path), flags) : fd;
}

/* Another part of the same filesystem comes before it. */
static bool is_counted(const struct volumes *volumes, size_t index)
{
	const struct mount_point *point = volumes->volumes[index].point;

	for (size_t i = 0; i < index; i++) {
		const struct mount_point *other = volumes->volumes[i].point;

		if (other && other->entry && other->entry->major == point->entry->major && other->entry->minor == point->entry->minor)
			return true;
	}
	return false;
}

void volumes_used(const struct volumes *volumes, uint64_t *ret_bytes, uint64_t *ret_files)
{
	*ret_bytes = *ret_files = 0;
	for (size_t i = 0; i < volumes->count && volumes->volumes[0].point->is_mount; i++) {
		const struct volume *volume = &volumes->volumes[i];
		struct statvfs st;

		if (!volume->point || volume->error || volume->left || is_counted(volumes, i) || fstatvfs(volume->fd, &st) < 0 ||
		    st.f_bfree > st.f_blocks)
			continue;
		*ret_bytes += (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
		*ret_files += st.f_files - st.f_ffree;
	}
}
