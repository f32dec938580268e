/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the subvolumes of a btrfs filesystem, through the kernel's own calls (linux/btrfs.h), while its top is mounted
 * at target->root, before anything else is.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../storage/actions.h"
#include "../storage/content.h"
#include "subvolume_seal.h"
#include "../storage/device.h"
#include "../storage/hold.h"
#include "../storage/mounted.h"
#include "subvolumes.h"

/* btrfs_tree.h: the inode number of a subvolume's root. */
#define FIRST_INODE 256

/* Numbers that may be used up so that the subvolumes keep theirs: each costs a little metadata, and on older kernels a commit. What
 * takes longer is no longer worth it: then the numbers differ, and finish/ corrects the settings that name them. */
#define BURN_LIMIT 20000
#define BURN_SECONDS 20
#define BURN_SYNC 512 /* a commit lets the space of those that were deleted be used again */

struct subvolumes_work {
	const struct target *target;
	const struct node *filesystem;
	int top; /* directory of the mounted top */
	bool trial;              /* no numbers are used up, and the plan does not learn those that there are */
	uint64_t burnt;          /* numbers used up so far */
	double burn_end;         /* clock_now(); 0: none burnt yet */
};

static struct node *next_subvolume(const struct subvolumes_work *work, size_t *at)
{
	return layout_next_child(work->target->result, work->filesystem->id, NODE_SUBVOLUME, at);
}

static size_t count_subvolumes(const struct subvolumes_work *work)
{
	return layout_count_children(work->target->result, work->filesystem->id, NODE_SUBVOLUME);
}

int subvolume_open(int top, const char *path, size_t length, bool make)
{
	AUTO_FREE char *copy = strndup(path, length);
	AUTO_CLOSE int directory = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *rest = NULL;

	if (!copy)
		return -ENOMEM;
	if (directory < 0)
		return -errno;
	for (char *name = strtok_r(copy, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		int next;

		if (make && mkdirat(directory, name, 0755) < 0 && errno != EEXIST)
			return -errno;
		next = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(directory);
		directory = next;
	}
	return TAKE_FD(directory);
}

/* True when PATH itself is a subvolume. */
static bool is_subvolume(int top, const char *path)
{
	AUTO_CLOSE int fd = subvolume_open(top, path, strlen(path), false);
	struct stat status;

	return fd >= 0 && !fstat(fd, &status) && status.st_ino == FIRST_INODE;
}

int subvolume_number(int top, const char *path, uint64_t *ret)
{
	AUTO_CLOSE int fd = subvolume_open(top, path, strlen(path), false);
	struct btrfs_ioctl_ino_lookup_args lookup = { .objectid = FIRST_INODE };
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_ino != FIRST_INODE)
		return -ENOTDIR;
	if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &lookup) < 0)
		return -errno;
	*ret = lookup.treeid;
	return 0;
}

/* BTRFS_IOC_SUBVOL_CREATE or BTRFS_IOC_SNAP_DESTROY of NAME in the top. */
static int change_at_top(const struct subvolumes_work *work, unsigned long request, const char *name)
{
	struct btrfs_ioctl_vol_args arguments = { 0 };

	if (strlen(name) >= sizeof(arguments.name))
		return -ENAMETOOLONG;
	memcpy(arguments.name, name, strlen(name) + 1);
	return ioctl(work->top, request, &arguments) < 0 ? -errno : 0;
}

/* True when COUNT more numbers may be used up. */
static bool may_burn(struct subvolumes_work *work, uint64_t count)
{
	/* A trial asks only whether they can be made. */
	if (work->trial)
		return false;
	if (!work->burn_end)
		work->burn_end = clock_now() + BURN_SECONDS;
	return count <= BURN_LIMIT && work->burnt + count <= BURN_LIMIT && clock_now() < work->burn_end;
}

/* Makes the subvolume NAME in the top, with the number WANTED if that is to be had: numbers are given in ascending order, and the ones
 * in between go to subvolumes that are deleted at once. 0 or -errno. */
static int create_numbered(struct context *ctx, struct subvolumes_work *work, const char *name, uint64_t wanted)
{
	for (;;) {
		uint64_t number = 0;
		int r = context_check_cancel(ctx);

		if (!r)
			r = change_at_top(work, BTRFS_IOC_SUBVOL_CREATE, name);
		if (!r)
			r = subvolume_number(work->top, name, &number);
		if (r || work->trial || number >= wanted || !may_burn(work, wanted - number))
			return r;
		r = change_at_top(work, BTRFS_IOC_SNAP_DESTROY, name);
		if (r)
			return r;
		if (++work->burnt % BURN_SYNC == 0 && syncfs(work->top) < 0)
			return -errno;
	}
}

/* Moves the subvolume NAME of the top to its PATH. */
static int put_in_place(const struct subvolumes_work *work, const char *name, const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_CLOSE int parent = subvolume_open(work->top, path, slash ? (size_t)(slash - path) : 0, true);

	if (parent < 0)
		return parent;
	return renameat2(work->top, name, parent, slash ? slash + 1 : path, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

/* Where a subvolume lies until those that it lies in are in place. New string. */
static char *waiting_name(const struct node *subvolume)
{
	return text_format(".lifeboat-subvolume-%" PRIu64, subvolume->subvolume.number);
}

static int set_default(struct context *ctx, const struct subvolumes_work *work, const struct node *subvolume)
{
	uint64_t number;
	int r = subvolume_number(work->top, subvolume->subvolume.path, &number);

	if (!r && ioctl(work->top, BTRFS_IOC_DEFAULT_SUBVOL, &number) < 0)
		r = -errno;
	return r ? context_fail(ctx, -r, "The subvolume %s could not be made the default: %s", subvolume->subvolume.path, strerror(-r))
		 : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct node *one = *(struct node *const *)a, *two = *(struct node *const *)b;

	return (one->subvolume.number > two->subvolume.number) - (one->subvolume.number < two->subvolume.number);
}

/* Those that others lie in come first. */
static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->subvolume.path, (*(struct node *const *)b)->subvolume.path);
}

static int fail_subvolume(struct context *ctx, const struct node *subvolume, int r)
{
	if (r == -ECANCELED)
		return r;
	return context_fail(ctx, -r, "The subvolume %s could not be made: %s", subvolume->subvolume.path, strerror(-r));
}

/* In order of their numbers, whatever lies in what; one that an interrupted restore made is there already. */
static int create_waiting(struct context *ctx, struct subvolumes_work *work, struct node *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *name = waiting_name(all[i]);
		int r = name ? 0 : -ENOMEM;

		if (!r && !is_subvolume(work->top, all[i]->subvolume.path) && !is_subvolume(work->top, name))
			r = create_numbered(ctx, work, name, all[i]->subvolume.number);
		if (r)
			return fail_subvolume(ctx, all[i], r);
	}
	return 0;
}

/* Moves all to their places, and takes the numbers that they have now into the plan's result. */
static int place_all(struct context *ctx, struct subvolumes_work *work, struct node *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct subvolume_info *info = &all[i]->subvolume;
		AUTO_FREE char *name = waiting_name(all[i]);
		uint64_t number = 0;
		int r = name ? 0 : -ENOMEM;

		if (!r && !is_subvolume(work->top, info->path))
			r = put_in_place(work, name, info->path);
		if (!r)
			r = subvolume_number(work->top, info->path, &number);
		if (r)
			return fail_subvolume(ctx, all[i], r);
		if (work->trial)
			continue;
		if (number != info->number)
			context_info(ctx, "The subvolume %s has the number %llu; on the saved machine it had %llu", info->path,
				(unsigned long long)number, (unsigned long long)info->number);
		info->number = number;
	}
	return 0;
}

static int create_all(struct context *ctx, struct subvolumes_work *work)
{
	size_t count = count_subvolumes(work), at = 0;
	AUTO_FREE struct node **all = calloc(count + 1, sizeof(struct node *));
	int r;

	if (!all)
		return context_oom(ctx);
	for (size_t i = 0; i < count; i++)
		all[i] = next_subvolume(work, &at);
	qsort(all, count, sizeof(*all), by_number);
	r = create_waiting(ctx, work, all, count);
	qsort(all, count, sizeof(*all), by_path);
	if (!r)
		r = place_all(ctx, work, all, count);
	for (size_t i = 0; !r && i < count; i++)
		if (all[i]->subvolume.is_default)
			r = set_default(ctx, work, all[i]);
	return r;
}

int subvolumes_try(struct context *ctx, const struct target *target, const struct node *filesystem, int top)
{
	struct subvolumes_work work = { .target = target, .filesystem = filesystem, .top = top, .trial = true };

	return create_all(ctx, &work);
}

static int seal_all(struct context *ctx, struct subvolumes_work *work)
{
	const struct node *subvolume;

	for (size_t at = 0; (subvolume = next_subvolume(work, &at));) {
		AUTO_CLOSE int fd = -1;
		int r;

		if (!subvolume->subvolume.read_only)
			continue;
		fd = subvolume_open(work->top, subvolume->subvolume.path, strlen(subvolume->subvolume.path), false);
		if (fd < 0)
			return context_fail(ctx, -fd, "The subvolume %s could not be opened: %s", subvolume->subvolume.path, strerror(-fd));
		r = subvolume_seal(ctx, fd, subvolume);
		if (r)
			return r;
	}
	return 0;
}

/* Mounts the top of the filesystem at target->root, has WORK done there, unmounts. */
static int with_top(struct context *ctx, const struct target *target, const struct node *filesystem,
		    int (*todo)(struct context *ctx, struct subvolumes_work *work))
{
	struct subvolumes_work work = { .target = target, .filesystem = filesystem, .top = -1 };
	struct mount_device *devices = NULL;
	int r, undone, made = make_directories(target->root, 0755);

	if (made)
		return context_fail(ctx, -made, "The directory %s could not be made: %s", target->root, strerror(-made));
	devices = content_devices(target, filesystem);
	r = devices ? content_devices_open(ctx, target, filesystem, devices) : context_oom(ctx);
	if (!r)
		r = mounted_mount(ctx, devices, filesystem, target->root, 0, "subvolid=5", &work.top);
	if (r) {
		content_devices_free(devices);
		return r;
	}
	r = todo(ctx, &work);
	/* An error of writing back shows here, and nowhere later. */
	undone = mounted_unmount(ctx, devices, work.top, filesystem, target->root);
	content_devices_free(devices);
	return r ? r : undone;
}

static int subvolumes_check(struct context *ctx, const struct target *target, const struct action *action)
{
	struct subvolumes_work work = { .target = target, .filesystem = action->node };
	const struct node *subvolume;
	size_t defaults = 0;

	for (size_t at = 0; (subvolume = next_subvolume(&work, &at));)
		defaults += subvolume->subvolume.is_default;
	if (defaults > 1)
		return context_fail(ctx, EINVAL, "The set names %zu default subvolumes of one filesystem", defaults);
	return 0;
}

static char *subvolumes_print(const struct target *target, const struct action *action)
{
	struct subvolumes_work work = { .target = target, .filesystem = action->node };
	size_t count = count_subvolumes(&work);

	return sentence(PLURAL(count, "Make %zu subvolume on %s", "Make %zu subvolumes on %s"), count, action->node->device);
}

static int subvolumes_change(struct context *ctx, void *data)
{
	const struct subvolumes_work *work = data;

	return with_top(ctx, work->target, work->filesystem, create_all);
}

static int subvolumes_run(struct context *ctx, struct target *target, struct action *action)
{
	struct subvolumes_work work = { .target = target, .filesystem = action->node };
	AUTO_FREE char *text = sentence("make the subvolumes of %s", action->node->device);

	if (!text)
		return context_oom(ctx);
	return ops_of(ctx)->change(ctx, text, subvolumes_change, &work);
}

static int seal_change(struct context *ctx, void *data)
{
	const struct subvolumes_work *work = data;

	return with_top(ctx, work->target, work->filesystem, seal_all);
}

static bool has_read_only(const struct subvolumes_work *work)
{
	const struct node *subvolume;

	for (size_t at = 0; (subvolume = next_subvolume(work, &at));)
		if (subvolume->subvolume.read_only)
			return true;
	return false;
}

/* Subvolumes are made writable, for the files to go in; those that were read-only become it again. */
static int subvolumes_seal(struct context *ctx, struct target *target, struct action *action)
{
	struct subvolumes_work work = { .target = target, .filesystem = action->node };
	AUTO_FREE char *text = NULL;

	if (!has_read_only(&work))
		return 0;
	text = sentence("make subvolumes of %s read-only", work.filesystem->device);
	return text ? ops_of(ctx)->change(ctx, text, seal_change, &work) : context_oom(ctx);
}

const struct action_type action_subvolumes = {
	.name = "subvolumes",
	.destructive = true,
	.check = subvolumes_check,
	.print = subvolumes_print,
	.run = subvolumes_run,
	.seal = subvolumes_seal,
};
