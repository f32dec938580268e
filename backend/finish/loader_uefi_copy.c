/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_uefi_copy.h"

#include <errno.h>
#include <string.h>

#include "identifiers.h"
#include "loader_uefi_files.h"
#include "rooted.h"

/* Directories below EFI/ID that are followed: signed parts of some loaders lie in one. */
#define DEPTH_LIMIT 4

static int copy_directory(int root_fd, const char *from, const char *to, unsigned depth)
{
	AUTO_STRV char **names = NULL;
	int r = rooted_list(root_fd, from, &names);

	if (r == 0)
		r = rooted_make_directories(root_fd, to);
	for (char **name = names; r >= 0 && name && *name; name++) {
		AUTO_FREE char *source = text_format("%s/%s", from, *name), *copy = text_format("%s/%s", to, *name);

		if (!source || !copy)
			return -ENOMEM;
		if (rooted_is_directory(root_fd, source))
			r = depth ? copy_directory(root_fd, source, copy, depth - 1) : -ELOOP;
		else if (rooted_has_content(root_fd, source) && !rooted_has_content(root_fd, copy))
			r = rooted_copy(root_fd, source, copy);
	}
	return r < 0 ? r : 0;
}

static int copy_below_efi(int root_fd, const char *from, const char *to, const char *directory)
{
	AUTO_FREE char *source = text_format("%s/EFI/%s", from, directory), *copy = text_format("%s/EFI/%s", to, directory);

	if (!source || !copy)
		return -ENOMEM;
	return rooted_is_directory(root_fd, source) ? copy_directory(root_fd, source, copy, DEPTH_LIMIT) : 0;
}

int loader_uefi_copy_own(struct context *ctx, struct finish_job *job, const struct node *mount, char **ret_id)
{
	const struct node *own = identifier_esp(job->options->plan, NULL);
	AUTO_FREE char *id = own && own != mount ? loader_uefi_id(job->root_fd, own->mount.path, job->options->manifest->machine.loader_id) : NULL;
	int r;

	if (!id)
		return 0;
	job_step(ctx, "Copying the loader of %s to %s", own->mount.path, mount->mount.path);
	r = copy_below_efi(job->root_fd, own->mount.path, mount->mount.path, id);
	if (r == 0)
		r = copy_below_efi(job->root_fd, own->mount.path, mount->mount.path, "BOOT");
	if (r == 0)
		*ret_id = TAKE_POINTER(id);
	return r;
}
