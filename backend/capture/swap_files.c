/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swap_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../devices/kernel_tables.h"
#include "../devices/mount_kinds.h"

struct swap_file {
	dev_t device;
	ino_t inode;
};

struct swap_files {
	struct swap_file *files;
	size_t count;
};

void swap_files_free(struct swap_files *files)
{
	if (files)
		free(files->files);
	free(files);
}

bool swap_files_contain(const struct swap_files *files, const struct stat *st)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].device == st->st_dev && files->files[i].inode == st->st_ino)
			return true;
	return false;
}

static int look_at(const struct mount_tree *tree, const struct volumes *volumes, const char *path, struct stat *st)
{
	const struct mount_point *on = mount_tree_containing(tree, path);
	const char *relative = mount_tree_relative(tree, path);

	if (relative) {
		AUTO_CLOSE int fd = volumes_open_file(volumes, relative, O_PATH | O_NOFOLLOW);

		return fd < 0 ? fd : fstat(fd, st);
	}
	if (!on || on->blind || !mount_answers(on->entry))
		return -ENOENT;
	return fstatat(AT_FDCWD, path, st, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW);
}

static int add_file(struct swap_files *files, const struct mount_tree *tree, const struct volumes *volumes, const char *path)
{
	struct swap_file *grown;
	struct stat st;

	if (!path || *path != '/' || look_at(tree, volumes, path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	grown = reallocarray(files->files, files->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	files->files = grown;
	grown[files->count++] = (struct swap_file){ st.st_dev, st.st_ino };
	return 0;
}

int swap_files_read(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes, struct swap_files **ret)
{
	AUTO_LIBMNT_TABLE struct libmnt_table *swaps = NULL;
	AUTO_LIBMNT_ITER struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct swap_files *files = *ret = calloc(1, sizeof(*files));
	struct libmnt_fs *swap = NULL;
	int r = iterator && files ? kernel_swaps_read(ctx, &swaps) : -ENOMEM;

	while (r == 0 && mnt_table_next_fs(swaps, iterator, &swap) == 0)
		r = add_file(files, tree, volumes, mnt_fs_get_source(swap));
	return r;
}
