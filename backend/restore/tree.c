/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "../devices/mounts.h"
#include "../set/pax.h"

/* Enough for the depth of real trees; workers times this stays far below the usual 1024 descriptors. */
#define SLOTS 32

struct slot {
	char *path;              /* NULL: free; "" is the root */
	size_t length;
	unsigned long used;      /* age: the smallest goes first */
	struct tree_directory directory;
};

struct tree {
	int root_fd;
	struct filesystems *table;
	const struct tree_graft *grafts;
	size_t graft_count;
	struct slot slots[SLOTS];
	struct slot *last;
	unsigned long clock;
};

struct tree *tree_new(int root_fd, struct filesystems *table)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (tree) {
		tree->root_fd = root_fd;
		tree->table = table;
	}
	return tree;
}

static void empty_slot(struct slot *slot)
{
	if (!slot->path)
		return;
	close(slot->directory.fd);
	free(slot->path);
	*slot = (struct slot){ 0 };
}

void tree_forget(struct tree *tree)
{
	for (size_t i = 0; i < SLOTS; i++)
		empty_slot(tree->slots + i);
	tree->last = NULL;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	tree_forget(tree);
	free(tree);
}

/* Length of the first name of PATH; 0 for a name that must not be there. */
static size_t name_length(const char *path)
{
	size_t length = strcspn(path, "/");

	if ((length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
		return 0;
	return length;
}

static int open_directory(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		fd = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

/* Fills in what is known of the open directory. */
static int describe_directory(struct tree *tree, struct tree_directory *directory)
{
	struct stat status;
	struct hints hints = { 0 };
	int flags = 0;

	if (fstat(directory->fd, &status) < 0)
		return -errno;
	directory->gid = status.st_gid;
	directory->has_flags = ioctl(directory->fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & (int)FLAGS_KEPT);
	directory->has_flags |= hints_get(directory->fd, &hints) == 0 && !hints_are_none(&hints);
	directory->default_acl = fgetxattr(directory->fd, "system.posix_acl_default", NULL, 0) > 0;
	if (tree->last && tree->last->directory.filesystem && tree->last->directory.filesystem->device == status.st_dev)
		directory->filesystem = tree->last->directory.filesystem;
	else
		directory->filesystem = filesystems_find(tree->table, directory->fd, status.st_dev);
	if (!directory->filesystem)
		return -ENOMEM;
	/* Linux numbers the root of a FAT filesystem 1. */
	directory->is_fat_root = filesystem_is_fat(directory->filesystem) && status.st_ino == 1;
	return 0;
}

/* Puts the directory NAME of PARENT_FD into the cache as PATH[0..LENGTH). */
static struct slot *add_slot(struct tree *tree, int parent_fd, const char *name, const char *path, size_t length)
{
	struct slot made = { .length = length, .used = ++tree->clock }, *oldest = tree->slots;
	int r;

	made.directory.fd = open_directory(parent_fd, name);
	if (made.directory.fd < 0)
		return NULL;
	made.path = strndup(path, length);
	r = made.path ? describe_directory(tree, &made.directory) : -ENOMEM;
	if (r < 0) {
		close(made.directory.fd);
		free(made.path);
		errno = -r;
		return NULL;
	}
	for (size_t i = 0; i < SLOTS && oldest->path; i++)
		if (!tree->slots[i].path || tree->slots[i].used < oldest->used)
			oldest = tree->slots + i;
	empty_slot(oldest);
	*oldest = made;
	tree->last = oldest;
	return oldest;
}

static bool slot_leads_to(const struct slot *slot, const char *path, size_t length)
{
	return slot->path && slot->length <= length &&
	       (slot->length == 0 || slot->length == length || path[slot->length] == '/') &&
	       !memcmp(slot->path, path, slot->length);
}

void tree_graft(struct tree *tree, const struct tree_graft *grafts, size_t count)
{
	tree->grafts = grafts;
	tree->graft_count = count;
}

static const struct tree_graft *find_graft(const struct tree_graft *grafts, size_t count, const char *path, size_t length)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = path_order(grafts[middle].path, strlen(grafts[middle].path), path, length);

		if (order == 0)
			return &grafts[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct tree_graft *tree_graft_of(const struct tree_graft *grafts, size_t count, const char *path, size_t length)
{
	const struct tree_graft *found = NULL;

	while (count && length > 0 && !(found = find_graft(grafts, count, path, length)))
		while (length > 0 && path[--length] != '/')
			;
	return found;
}

/* The open directory nearest to PATH[0..LENGTH). */
static struct slot *nearest_slot(struct tree *tree, const char *path, size_t length)
{
	const struct tree_graft *graft;
	struct slot *best = NULL;

	if (tree->last && tree->last->length == length && slot_leads_to(tree->last, path, length))
		return tree->last;
	graft = tree_graft_of(tree->grafts, tree->graft_count, path, length);
	for (size_t i = 0; i < SLOTS; i++)
		if (slot_leads_to(tree->slots + i, path, length) && (!best || tree->slots[i].length > best->length))
			best = tree->slots + i;
	if (graft && (!best || best->length < strlen(graft->path)))
		return add_slot(tree, graft->fd, ".", graft->path, strlen(graft->path));
	return best ? best : add_slot(tree, tree->root_fd, ".", "", 0);
}

static const struct tree_directory *open_prefix(struct tree *tree, const char *path, size_t length)
{
	struct slot *slot = nearest_slot(tree, path, length);

	while (slot && slot->length < length) {
		size_t start = slot->length ? slot->length + 1 : 0, part = name_length(path + start);
		char name[NAME_MAX + 1];

		slot->used = ++tree->clock;
		if (part == 0 || start + part > length) {
			errno = EINVAL;
			return NULL;
		}
		if (part > NAME_MAX) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		memcpy(name, path + start, part);
		name[part] = '\0';
		slot = add_slot(tree, slot->directory.fd, name, path, start + part);
	}
	if (!slot)
		return NULL;
	slot->used = ++tree->clock;
	tree->last = slot;
	return &slot->directory;
}

const struct tree_directory *tree_open(struct tree *tree, const char *path)
{
	if (!strcmp(path, "."))
		return open_prefix(tree, "", 0);
	if (name_length(path) == 0) {
		errno = EINVAL;
		return NULL;
	}
	return open_prefix(tree, path, strlen(path));
}

const struct tree_directory *tree_parent(struct tree *tree, const char *path, const char **ret_name)
{
	const char *slash, *name;

	const struct tree_graft *graft = tree_graft_of(tree->grafts, tree->graft_count, path, strlen(path));

	*ret_name = ".";
	if (!strcmp(path, "."))
		return open_prefix(tree, "", 0);
	if (graft && !strcmp(graft->path, path))
		return open_prefix(tree, path, strlen(path));
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	if (name_length(name) == 0 || (slash && name_length(path) == 0)) {
		errno = EINVAL;
		return NULL;
	}
	*ret_name = name;
	return open_prefix(tree, path, slash ? (size_t)(slash - path) : 0);
}
