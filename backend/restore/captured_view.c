/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "captured_view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/open_below.h"
#include "../devices/mount_picture.h"
#include "../storage/volumes_bound.h"
#include "unmounted_trees.h"

void captured_view_done(struct captured_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		close(view->grafts[i].fd);
	free(view->grafts);
	free(view->covered);
	strv_free(view->names);
	volumes_free(view->volumes);
	mount_tree_free(view->tree);
	*view = (struct captured_view){ .root_fd = -1 };
}

/* FD is taken. */
static int add_graft(struct captured_view *view, const char *path, int fd, bool is_way)
{
	struct tree_graft *grown = reallocarray(view->grafts, view->count + 1, sizeof(*grown));

	if (!grown) {
		close(fd);
		return -ENOMEM;
	}
	view->grafts = grown;
	view->grafts[view->count++] = (struct tree_graft){ .path = path, .fd = fd, .is_way = is_way };
	return 0;
}

/* The directories above VOLUME that no captured filesystem has: they lie in one in memory, say. Those that have been added are grafts
 * already. */
static int add_ways(struct captured_view *view, const struct volume *volume, int visible_fd)
{
	int r = 0;

	for (const char *cut = strchr(volume->path, '/'); cut && r == 0; cut = strchr(cut + 1, '/')) {
		AUTO_FREE char *way = strndup(volume->path, (size_t)(cut - volume->path));
		const struct volume *on = way ? volumes_containing(view->volumes, way) : NULL;
		AUTO_CLOSE int own = -1, fd = -1;

		if (!way)
			return -ENOMEM;
		own = open_below_strict(on->fd, volume_path(on, way), O_PATH | O_DIRECTORY);
		if (own >= 0 || strv_contains(view->names, way))
			continue;
		fd = openat(visible_fd, way, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		r = strv_append_counted(&view->names, &view->name_count, way);
		if (r == 0)
			r = add_graft(view, view->names[view->name_count - 1], TAKE_FD(fd), true);
	}
	return r;
}

static int add_volumes(struct captured_view *view, int visible_fd)
{
	const struct volume *volume;
	int r = 0;

	for (size_t i = 1; r == 0 && (volume = volumes_get(view->volumes, i)); i++) {
		int fd;

		if (volume->error)
			continue;
		r = add_ways(view, volume, visible_fd);
		if (r < 0)
			return r;
		fd = fcntl(volume->fd, F_DUPFD_CLOEXEC, 0);
		r = fd < 0 ? -errno : add_graft(view, volume->path, fd, false);
	}
	return r;
}

static int add_covered(struct captured_view *view)
{
	const struct mount_point *point;
	size_t points = 0;

	while (mount_tree_point(view->tree, points))
		points++;
	view->covered = calloc(points + 1, sizeof(*view->covered));
	if (!view->covered)
		return -ENOMEM;
	for (size_t i = 0; (point = mount_tree_point(view->tree, i)); i++) {
		bool is_here = point->path && strcmp(point->path, ".");

		if (is_here && !volumes_at(view->volumes, point->path) && !volumes_containing(view->volumes, point->path)->is_private)
			view->covered[view->covered_count++] = (struct covered){ .path = point->path };
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct tree_graft *x = a, *y = b;

	return path_order(x->path, strlen(x->path), y->path, strlen(y->path));
}

int captured_view_open(struct context *ctx, const char *root, struct captured_view *ret)
{
	AUTO_FREE char *real = realpath(root ? root : "/", NULL);
	AUTO_CLOSE int fd = -1;
	int r;

	*ret = (struct captured_view){ .root_fd = -1 };
	if (real)
		fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return context_fail(ctx, errno, "The directory %s cannot be opened: %s", root ? root : "/", strerror(errno));
	r = mount_tree_read(ctx, real, &ret->tree);
	if (r == 0)
		r = volumes_open(ctx, ret->tree, fd, &ret->volumes);
	if (r < 0)
		return r;
	ret->root_fd = volumes_get(ret->volumes, 0)->fd;
	r = add_volumes(ret, fd);
	if (r == 0)
		r = add_covered(ret);
	if (r == 0 && ret->count)
		qsort(ret->grafts, ret->count, sizeof(*ret->grafts), by_path);
	return r < 0 ? context_fail(ctx, -r, "what is mounted below %s cannot be looked at: %s", root ? root : "/", strerror(-r)) : 0;
}

/* Those of volumes that are left out by now. */
static void drop_grafts(struct captured_view *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->count; i++) {
		if (view->grafts[i].is_way || volumes_at(view->volumes, view->grafts[i].path))
			view->grafts[kept++] = view->grafts[i];
		else
			close(view->grafts[i].fd);
	}
	view->count = kept;
}

int captured_view_leave_bound(struct context *ctx, struct captured_view *view, const struct layout *captured, const struct layout *present)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < captured->count; i++) {
		const struct node *mount = captured->nodes[i];
		const struct node *wanted = mount_is_private(mount) ? layout_filesystem_of(captured, mount) : NULL;
		const struct node *here = wanted ? unmounted_trees_find(present, wanted) : NULL;

		if (here)
			r = volumes_leave_bound(view->volumes, captured, wanted, here->device, mount->mount.path + 1);
	}
	drop_grafts(view);
	return r < 0 ? context_oom(ctx) : 0;
}

bool captured_view_covers(struct captured_view *view, const char *path)
{
	for (size_t i = 0; i < view->covered_count; i++) {
		size_t length = strlen(view->covered[i].path);

		if (strncmp(view->covered[i].path, path, length) || (path[length] && path[length] != '/'))
			continue;
		view->covered[i].is_met = true;
		return true;
	}
	return false;
}
