/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inode flags i and a, which go last: a set is read once, so they are listed while their files are put. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "metadata.h"

int keep_flags(struct extraction *work, const char *path, uint32_t flags)
{
	struct late_flags *late = &work->late;
	char *copy = strdup(path);
	int r = copy ? 0 : -ENOMEM;

	pthread_mutex_lock(&work->lock);
	if (r == 0 && late->count == late->capacity) {
		size_t capacity = late->capacity ? late->capacity * 2 : 64;
		struct late_flag *grown = reallocarray(late->list, capacity, sizeof(*grown));

		r = grown ? 0 : -ENOMEM;
		late->list = grown ? grown : late->list;
		late->capacity = grown ? capacity : late->capacity;
	}
	if (r == 0)
		late->list[late->count++] = (struct late_flag){ TAKE_POINTER(copy), flags };
	pthread_mutex_unlock(&work->lock);
	free(copy);
	return r < 0 ? context_oom(work->ctx) : 0;
}

void late_flags_done(struct late_flags *late)
{
	for (size_t i = 0; i < late->count; i++)
		free(late->list[i].path);
	free(late->list);
	*late = (struct late_flags){ 0 };
}

static int set_flags(struct worker *worker, const struct late_flag *late)
{
	struct extraction *work = worker->work;
	const char *name;
	const struct tree_directory *parent = tree_parent(worker->tree, late->path, &name);
	AUTO_CLOSE int fd = -1;
	int r;

	if (!parent)
		return 0; /* listed when it could not be made */
	fd = openat(parent->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	r = fd >= 0 ? inode_flags_set(fd, late->flags & FLAGS_KEPT) : -errno;
	if (r < 0 && r != -ENOENT) {
		AUTO_FREE char *shown = inode_flags_print(late->flags);

		return work_failed(work, late->path, -r, parent->fd, "its inode flags (%s) are missing", shown ? shown : "?");
	}
	return 0;
}

int finish_flags(struct worker *worker)
{
	const struct late_flags *late = &worker->work->late;
	int r = 0;

	for (size_t i = 0; i < late->count && r == 0; i++)
		r = set_flags(worker, late->list + i);
	return r;
}
