/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../core/macro.h"

static int by_inode(const void *a, const void *b)
{
	const struct listed_name *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode ? 1 : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	const struct listed_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

size_t listed_names_order(struct listed_name *names, size_t count)
{
	size_t kept = 0;

	if (count == 0)
		return 0;
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 1; i < count; i++) {
		if (by_name(names + i, names + kept))
			names[++kept] = names[i];
		else
			free(names[i].name);
	}
	qsort(names, kept + 1, sizeof(*names), by_inode);
	return kept + 1;
}

void listed_names_free(struct listed_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i].name);
	free(names);
}

int directory_list(int fd, struct listed_name **ret, size_t *ret_count)
{
	AUTO_CLOSEDIR DIR *dir = fdopendir(fd);
	struct listed_name *names = NULL;
	size_t count = 0, capacity = 0;
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return -errno;
	}
	while (errno = 0, (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (count == capacity) {
			struct listed_name *grown = reallocarray(names, capacity ? 2 * capacity : 64, sizeof(*grown));

			if (!grown)
				break;
			names = grown;
			capacity = capacity ? 2 * capacity : 64;
		}
		names[count] = (struct listed_name){ strdup(entry->d_name), entry->d_ino, entry->d_type };
		if (!names[count].name)
			break;
		count++;
	}
	if (errno) {
		int error = errno;

		listed_names_free(names, count);
		return -error;
	}
	*ret = names;
	*ret_count = listed_names_order(names, count);
	return 0;
}
