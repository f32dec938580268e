/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content_check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../core/background.h"
#include "../core/ops.h"
#include "../core/pathset.h"
#include "../core/progress.h"

struct found {
	char *path, *what;
	bool told;
};

struct content_check {
	struct context ctx;      /* a child: its own sentence */
	struct set *set;
	int root_fd;             /* of the view */
	struct image_device *images;
	atomic_uint_fast64_t read; /* bytes */
	struct compare_result result;
	struct background background;
	bool started;
	int error;               /* of keeping what was found */
	struct found *found;     /* serialised by the comparison; by path when it is over */
	size_t count, capacity;
	const struct compare_options *options; /* of content_check_finish() */
};

void content_forget_cached(struct context *ctx)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	sync();
	if (ops_of(ctx)->write_text(ctx, "/proc/sys/vm/drop_caches", "3") < 0)
		context_info(ctx, "verification may read from memory what it should read from disk: %s", context_detail(ctx));
}

int content_check_view(const char *root)
{
	struct mount_attr alone = { .propagation = MS_PRIVATE };
	AUTO_CLOSE int fd = (int)syscall(SYS_open_tree, AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	/* What is mounted in the tree must not come to be in the view. */
	if (fd < 0 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &alone, sizeof(alone)) < 0)
		return -ENOSYS;
	return TAKE_FD(fd);
}

int content_check_new(struct context *ctx, struct set *set, int view, struct image_device *images, struct content_check **ret)
{
	struct content_check *check = calloc(1, sizeof(*check));

	if (!check) {
		close(view);
		image_devices_free(images);
		return context_oom(ctx);
	}
	context_init_child(&check->ctx, ctx);
	check->ctx.progress = NULL;
	check->set = set;
	check->root_fd = view;
	check->images = images;
	*ret = check;
	return 0;
}

static void keep(void *data, const struct difference *difference)
{
	struct content_check *check = data;
	struct found *found;

	if (check->count == check->capacity) {
		size_t capacity = check->capacity ? 2 * check->capacity : 64;

		found = reallocarray(check->found, capacity, sizeof(*found));
		if (!found) {
			check->error = -ENOMEM;
			return;
		}
		check->found = found;
		check->capacity = capacity;
	}
	found = &check->found[check->count];
	*found = (struct found){ strdup(difference->path), strdup(difference->what), false };
	if (found->path && found->what) {
		check->count++;
		return;
	}
	free(found->path);
	free(found->what);
	check->error = -ENOMEM;
}

static int read_contents(void *data)
{
	struct content_check *check = data;
	const struct compare_options options = { .part = COMPARE_CONTENTS, .images = check->images, .found = keep, .found_data = check,
						 .read = &check->read };
	int r = compare_tree(&check->ctx, check->set, check->root_fd, &options, &check->result);

	return r ? r : check->error;
}

void content_check_start(void *data)
{
	struct content_check *check = data;

	if (!check->started)
		check->started = background_start(&check->background, read_contents, check) == 0;
}

bool content_check_runs(const struct content_check *check)
{
	return check && check->started;
}

static int compare_found_paths(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

/* A path whose content differs, too, is told with both. */
static void tell_rest(void *data, const struct difference *difference)
{
	struct content_check *check = data;
	struct found key = { .path = (char *)difference->path };
	struct found *found = bsearch(&key, check->found, check->count, sizeof(*check->found), compare_found_paths);
	AUTO_FREE char *what = !found ? NULL : *difference->what ? sentence("%s, %s", found->what, difference->what) : strdup(found->what);
	struct difference joined = *difference;

	if (what)
		joined.what = what;
	if (found)
		found->told = true;
	check->options->found(check->options->found_data, &joined);
}

/* Those that nothing but their content makes differ, and that were not changed on purpose since. */
static int tell_contents(struct context *ctx, struct content_check *check, struct compare_result *result)
{
	struct pathset expected = { 0 };
	struct path_key key;
	int r = 0;

	path_key_init(&key);
	for (char *const *path = check->options->expected; !r && path && *path; path++)
		r = pathset_add(&expected, path_hash(&key, *path, strlen(*path)));
	for (size_t i = 0; !r && i < check->count; i++) {
		const struct found *found = &check->found[i];
		struct difference difference = { DIFFERENCE_CHANGED, found->path, found->what };

		if (found->told || pathset_contains(&expected, path_hash(&key, found->path, strlen(found->path))))
			continue;
		result->differences++;
		check->options->found(check->options->found_data, &difference);
	}
	pathset_done(&expected);
	return r ? context_oom(ctx) : 0;
}

static int wait_for_end(struct context *ctx, struct content_check *check)
{
	uint64_t told = 0;
	bool over = false;

	while (!over) {
		int r = context_check_cancel(ctx);
		uint64_t read;

		if (r < 0)
			return r;
		over = background_wait(&check->background);
		read = atomic_load(&check->read);
		progress_add(ctx, read - told, 0);
		told = read;
	}
	return 0;
}

int content_check_finish(struct context *ctx, struct content_check *check, int root_fd, const struct compare_options *options,
			 struct compare_result *result)
{
	struct compare_options rest = *options;
	int r = wait_for_end(ctx, check);

	if (r < 0)
		return r;
	r = background_result(&check->background);
	if (r < 0)
		return context_fail(ctx, -r, "%s", *context_detail(&check->ctx) ? context_detail(&check->ctx) : strerror(-r));
	if (check->count)
		qsort(check->found, check->count, sizeof(*check->found), compare_found_paths);
	for (size_t i = 0; i < check->count; i++)
		check->found[i].told = false;
	check->options = options;
	rest.part = COMPARE_METADATA;
	rest.found = tell_rest;
	rest.found_data = check;
	r = compare_tree(ctx, check->set, root_fd, &rest, result);
	result->bytes += check->result.bytes;
	return r < 0 ? r : tell_contents(ctx, check, result);
}

void content_check_free(struct content_check *check)
{
	if (!check)
		return;
	context_cancel(&check->ctx);
	if (check->started)
		background_join(&check->background);
	for (size_t i = 0; i < check->count; i++) {
		free(check->found[i].path);
		free(check->found[i].what);
	}
	free(check->found);
	close(check->root_fd);
	image_devices_free(check->images);
	context_done(&check->ctx);
	free(check);
}
