/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flags.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

int inode_flags_set(int fd, unsigned long flags)
{
	int present = 0;
	int wanted;

	/* The kernel reads and writes an int here, whatever the macro says. */
	if (ioctl(fd, FS_IOC_GETFLAGS, &present) < 0)
		return flags ? -errno : 0;
	wanted = (present & ~(int)FLAGS_KEPT) | (int)flags;
	if (wanted == present)
		return 0;
	return ioctl(fd, FS_IOC_SETFLAGS, &wanted) < 0 ? -errno : 0;
}

void inode_flags_unlock(int parent_fd, const char *name)
{
	AUTO_CLOSE int fd = openat(parent_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int flags = 0;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & (int)INODE_FLAGS_LATE))
		return;
	flags &= ~(int)INODE_FLAGS_LATE;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
		return; /* what is tried next will fail and say so */
}

char *inode_flags_print(unsigned long flags)
{
	static const struct {
		unsigned long flag;
		char letter;
	} letters[] = {
		{ FS_SECRM_FL, 's' }, { FS_UNRM_FL, 'u' }, { FS_COMPR_FL, 'c' }, { FS_SYNC_FL, 'S' },
		{ FS_IMMUTABLE_FL, 'i' }, { FS_APPEND_FL, 'a' }, { FS_NODUMP_FL, 'd' }, { FS_NOATIME_FL, 'A' },
		{ FS_JOURNAL_DATA_FL, 'j' }, { FS_NOTAIL_FL, 't' }, { FS_DIRSYNC_FL, 'D' }, { FS_TOPDIR_FL, 'T' },
		{ FS_NOCOW_FL, 'C' }, { FS_DAX_FL, 'x' }, { FS_PROJINHERIT_FL, 'P' },
	};
	char text[ARRAY_LENGTH(letters) + 1];
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(letters); i++)
		if (flags & letters[i].flag)
			text[length++] = letters[i].letter;
	text[length] = '\0';
	return strdup(text);
}

/* ---- those that go last ---- */

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
