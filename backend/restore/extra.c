/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extra.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tree.h"

static uint64_t hash_of(const struct comparison *work, const char *path)
{
	return path_hash(&work->key, path, strlen(path));
}

int extra_remember(struct comparison *work, const struct index_row *row)
{
	uint64_t hash = hash_of(work, row->path);
	const char *slash = strrchr(row->path, '/');
	int r = pathset_add(&work->known, hash);

	if (r == 0 && S_ISDIR(row->mode))
		r = pathset_add(&work->directories, hash);
	if (r == 0 && strcmp(row->path, ".") != 0)
		r = pathset_add(&work->parents, slash ? path_hash(&work->key, row->path, (size_t)(slash - row->path))
						      : hash_of(work, "."));
	return r;
}

/* Directories still to be looked into. */
struct stack {
	char **paths;
	size_t count, capacity;
};

static void stack_done(struct stack *stack)
{
	while (stack->count > 0)
		free(stack->paths[--stack->count]);
	free(stack->paths);
}

/* Takes PATH over. */
static int push(struct stack *stack, char *path)
{
	if (stack->count == stack->capacity) {
		size_t capacity = stack->capacity ? stack->capacity * 2 : 64;
		char **grown = reallocarray(stack->paths, capacity, sizeof(*grown));

		if (!grown) {
			free(path);
			return -ENOMEM;
		}
		stack->paths = grown;
		stack->capacity = capacity;
	}
	stack->paths[stack->count++] = path;
	return 0;
}

static bool is_graft(const struct comparison *work, const char *path)
{
	const struct tree_graft *graft = tree_graft_of(work->grafts, work->graft_count, path, strlen(path));

	return graft && !strcmp(graft->path, path);
}

/* One name found in DIRECTORY_PATH. */
static int look_at(struct comparison *work, struct stack *stack, const char *directory_path, const char *name)
{
	char *path = strcmp(directory_path, ".") ? text_format("%s/%s", directory_path, name) : strdup(name);
	uint64_t hash;

	if (!path)
		return context_oom(work->ctx);
	hash = hash_of(work, path);
	if (selection_has(work->selection, path) && !pathset_contains(&work->known, hash))
		compare_found(work, DIFFERENCE_EXTRA, path, "");
	/* What is grafted there was pushed before. */
	if (pathset_contains(&work->directories, hash) && !is_graft(work, path) &&
	    (selection_has(work->selection, path) || selection_is_parent(work->selection, path))) {
		if (push(stack, path) < 0)
			return context_oom(work->ctx);
		return 0;
	}
	free(path);
	return 0;
}

/* A mount below which the set has nothing - /proc, a medium, what was left out - is not part of the comparison. */
static bool is_foreign_mount(struct comparison *work, struct tree *tree, const char *path, const struct filesystem *filesystem)
{
	const struct tree_directory *parent;
	const char *name;

	if (!strcmp(path, ".") || pathset_contains(&work->parents, hash_of(work, path)))
		return false;
	parent = tree_parent(tree, path, &name);
	return parent && parent->filesystem != filesystem;
}

static int look_into(struct comparison *work, struct tree *tree, struct stack *stack, const char *path)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));
	const struct tree_directory *directory = tree_open(tree, path);
	AUTO_CLOSEDIR DIR *list = NULL;
	struct dirent *entry;
	int fd, r = 0;

	/* Missing or something else: told with its row. */
	if (!directory)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0 : context_fail(work->ctx, errno, "the directory '%s' cannot be read: %s", shown, strerror(errno));
	fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	if (!list) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return context_fail(work->ctx, error, "the directory '%s' cannot be read: %s", shown, strerror(error));
	}
	if (is_foreign_mount(work, tree, path, directory->filesystem))
		return 0;
	while (r == 0 && (errno = 0, entry = readdir(list)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = look_at(work, stack, path, entry->d_name);
	if (r == 0 && errno)
		return context_fail(work->ctx, errno, "the directory '%s' cannot be read: %s", shown, strerror(errno));
	return r == 0 ? context_check_cancel(work->ctx) : r;
}

/* The tree itself does not lead to all of them. */
static int push_grafts(struct comparison *work, struct stack *stack)
{
	for (size_t i = 0; i < work->graft_count; i++) {
		const struct tree_graft *graft = &work->grafts[i];
		char *path;

		if (graft->is_way || !pathset_contains(&work->directories, hash_of(work, graft->path)))
			continue;
		path = strdup(graft->path);
		if (!path || push(stack, path) < 0)
			return context_oom(work->ctx);
	}
	return 0;
}

int extra_find(struct comparison *work)
{
	CLEANUP(stack_done) struct stack stack = { 0 };
	struct tree *tree = tree_new(work->root_fd, &work->filesystems);
	char *top = strdup(".");
	int r = 0;

	if (!tree || !top || push(&stack, TAKE_POINTER(top)) < 0) {
		free(top);
		tree_free(tree);
		return context_oom(work->ctx);
	}
	tree_graft(tree, work->grafts, work->graft_count);
	r = push_grafts(work, &stack);
	while (r == 0 && stack.count > 0) {
		AUTO_FREE char *path = stack.paths[--stack.count];

		r = look_into(work, tree, &stack, path);
	}
	tree_free(tree);
	return r;
}
