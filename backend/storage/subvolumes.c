/* Makes the subvolumes of a btrfs filesystem, through the kernel's own calls (linux/btrfs.h), while its top is mounted
 * at plan->root, before anything else is.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "actions.h"

/* btrfs_tree.h: the inode number of a subvolume's root. */
#define FIRST_INODE 256

struct subvolumes_work {
	const struct plan *plan;
	const struct node *filesystem;
	int top; /* directory of the mounted top */
};

static const struct node *subvolume_at(const struct subvolumes_work *work, size_t i)
{
	return layout_child(work->plan->result, work->filesystem->id, NODE_SUBVOLUME, i);
}

/* Opens the directory LENGTH bytes of PATH name, below TOP, no symlink followed; MAKE: makes plain directories on the
 * way. A descriptor or -errno. */
static int open_below(int top, const char *path, size_t length, bool make)
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
	AUTO_CLOSE int fd = open_below(top, path, strlen(path), false);
	struct stat status;

	return fd >= 0 && !fstat(fd, &status) && status.st_ino == FIRST_INODE;
}

static int create_one(int top, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	AUTO_CLOSE int parent = open_below(top, path, slash ? (size_t)(slash - path) : 0, true);
	struct btrfs_ioctl_vol_args arguments = { 0 };

	if (parent < 0)
		return parent;
	if (strlen(name) >= sizeof(arguments.name))
		return -ENAMETOOLONG;
	memcpy(arguments.name, name, strlen(name) + 1);
	return ioctl(parent, BTRFS_IOC_SUBVOL_CREATE, &arguments) < 0 ? -errno : 0;
}

/* Makes a subvolume, after those it lies in. */
static int create_with_parents(struct context *ctx, const struct subvolumes_work *work, const char *path)
{
	const struct node *other;
	int r;

	if (is_subvolume(work->top, path))
		return 0;
	for (size_t i = 0; (other = subvolume_at(work, i)); i++) {
		size_t length = strlen(other->subvolume.path);

		if (strncmp(other->subvolume.path, path, length) || path[length] != '/')
			continue;
		r = create_with_parents(ctx, work, other->subvolume.path);
		if (r)
			return r;
	}
	r = create_one(work->top, path);
	return r ? context_fail(ctx, -r, "The subvolume %s could not be made: %s", path, strerror(-r)) : 0;
}

static int set_default(struct context *ctx, const struct subvolumes_work *work, const struct node *subvolume)
{
	AUTO_CLOSE int fd = open_below(work->top, subvolume->subvolume.path, strlen(subvolume->subvolume.path), false);
	struct btrfs_ioctl_ino_lookup_args lookup = { .objectid = FIRST_INODE };
	uint64_t id;

	if (fd < 0 || ioctl(fd, BTRFS_IOC_INO_LOOKUP, &lookup) < 0)
		return context_fail(ctx, fd < 0 ? -fd : errno, "The subvolume %s could not be looked up: %s",
				    subvolume->subvolume.path, strerror(fd < 0 ? -fd : errno));
	id = lookup.treeid;
	if (ioctl(work->top, BTRFS_IOC_DEFAULT_SUBVOL, &id) < 0)
		return context_fail(ctx, errno, "The subvolume %s could not be made the default: %s",
				    subvolume->subvolume.path, strerror(errno));
	return 0;
}

/* The subvolume with the lowest number above AFTER. */
static const struct node *next_subvolume(const struct subvolumes_work *work, uint64_t after)
{
	const struct node *subvolume, *next = NULL;

	for (size_t i = 0; (subvolume = subvolume_at(work, i)); i++)
		if (subvolume->subvolume.number > after &&
		    (!next || subvolume->subvolume.number < next->subvolume.number))
			next = subvolume;
	return next;
}

/* In order of their numbers, so that they come out the same where there were no gaps. */
static int create_all(struct context *ctx, struct subvolumes_work *work)
{
	const struct node *subvolume = NULL;
	int r = 0;

	while (!r && (subvolume = next_subvolume(work, subvolume ? subvolume->subvolume.number : 0)))
		r = create_with_parents(ctx, work, subvolume->subvolume.path);
	for (size_t i = 0; !r && (subvolume = subvolume_at(work, i)); i++)
		if (subvolume->subvolume.is_default)
			r = set_default(ctx, work, subvolume);
	return r;
}

static int seal_all(struct context *ctx, struct subvolumes_work *work)
{
	const struct node *subvolume;

	for (size_t i = 0; (subvolume = subvolume_at(work, i)); i++) {
		AUTO_CLOSE int fd = -1;
		uint64_t flags;

		if (!subvolume->subvolume.read_only)
			continue;
		fd = open_below(work->top, subvolume->subvolume.path, strlen(subvolume->subvolume.path), false);
		if (fd < 0 || ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0)
			return context_fail(ctx, fd < 0 ? -fd : errno, "The subvolume %s could not be opened: %s",
					    subvolume->subvolume.path, strerror(fd < 0 ? -fd : errno));
		flags |= BTRFS_SUBVOL_RDONLY;
		if (ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) < 0)
			return context_fail(ctx, errno, "The subvolume %s could not be made read-only: %s",
					    subvolume->subvolume.path, strerror(errno));
	}
	return 0;
}

/* Mounts the top of the filesystem at plan->root, has WORK done there, unmounts. */
static int with_top(struct context *ctx, const struct plan *plan, const struct node *filesystem,
		    int (*todo)(struct context *ctx, struct subvolumes_work *work))
{
	struct subvolumes_work work = { .plan = plan, .filesystem = filesystem, .top = -1 };
	int r, undone, made = make_directories(plan->root, 0755);

	if (made)
		return context_fail(ctx, -made, "The directory %s could not be made: %s", plan->root, strerror(-made));
	r = ctx->ops->mount(ctx, filesystem->device, plan->root, "btrfs", 0, "subvolid=5");
	if (r)
		return r;
	work.top = open(plan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = work.top < 0 ? context_fail(ctx, errno, "%s could not be opened: %s", plan->root, strerror(errno))
			 : todo(ctx, &work);
	/* An error of writing back shows here, and nowhere later. */
	if (!r && syncfs(work.top) < 0)
		r = context_fail(ctx, errno, "%s could not be written: %s", filesystem->device, strerror(errno));
	if (work.top >= 0)
		close(work.top);
	undone = ctx->ops->unmount(ctx, plan->root, 0);
	return r ? r : undone;
}

static int subvolumes_check(struct context *ctx, const struct plan *plan, const struct action *action)
{
	struct subvolumes_work work = { .plan = plan, .filesystem = action->node };
	const struct node *subvolume;
	size_t defaults = 0;

	for (size_t i = 0; (subvolume = subvolume_at(&work, i)); i++)
		defaults += subvolume->subvolume.is_default;
	if (defaults > 1)
		return context_fail(ctx, EINVAL, "The set names %zu default subvolumes of one filesystem", defaults);
	return 0;
}

static char *subvolumes_print(const struct plan *plan, const struct action *action)
{
	struct subvolumes_work work = { .plan = plan, .filesystem = action->node };
	size_t count = 0;

	while (subvolume_at(&work, count))
		count++;
	return text_format("Make %zu subvolume%s on %s", count, count == 1 ? "" : "s", action->node->device);
}

static int subvolumes_change(struct context *ctx, void *data)
{
	const struct subvolumes_work *work = data;

	return with_top(ctx, work->plan, work->filesystem, create_all);
}

static int subvolumes_run(struct context *ctx, struct plan *plan, struct action *action)
{
	struct subvolumes_work work = { .plan = plan, .filesystem = action->node };
	AUTO_FREE char *text = text_format("make the subvolumes of %s", action->node->device);

	if (!text)
		return context_fail(ctx, ENOMEM, "out of memory");
	return ctx->ops->change(ctx, text, subvolumes_change, &work);
}

static int seal_change(struct context *ctx, void *data)
{
	const struct subvolumes_work *work = data;

	return with_top(ctx, work->plan, work->filesystem, seal_all);
}

static bool has_read_only(const struct subvolumes_work *work)
{
	const struct node *subvolume;

	for (size_t i = 0; (subvolume = subvolume_at(work, i)); i++)
		if (subvolume->subvolume.read_only)
			return true;
	return false;
}

int subvolumes_seal(struct context *ctx, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct subvolumes_work work = { .plan = plan, .filesystem = plan->actions[i].node };
		AUTO_FREE char *text = NULL;
		int r;

		if (plan->actions[i].type != &action_subvolumes || !has_read_only(&work))
			continue;
		text = text_format("make subvolumes of %s read-only", work.filesystem->device);
		r = text ? ctx->ops->change(ctx, text, seal_change, &work) : context_fail(ctx, ENOMEM, "out of memory");
		if (r)
			return r;
	}
	return 0;
}

const struct action_type action_subvolumes = {
	.name = "subvolumes",
	.destructive = true,
	.check = subvolumes_check,
	.print = subvolumes_print,
	.run = subvolumes_run,
};
