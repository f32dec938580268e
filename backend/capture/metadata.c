/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "../core/open_below.h"
#include "../set/xattr.h"

int open_quietly(int root_fd, const char *path, int flags)
{
	const int quiet = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags;
	int fd = open_below(root_fd, path, quiet | O_NOATIME);

	/* Only the owner and root may ask for O_NOATIME. */
	return fd == -EPERM ? open_below(root_fd, path, quiet) : fd;
}

/* The value of an attribute, however large: 1, 0 when it went away, -errno. */
static int get_value(int fd, const char *path, const char *name, void **ret, size_t *ret_length)
{
	for (size_t room = 256;;) {
		AUTO_FREE void *value = malloc(room + 1);
		ssize_t n;

		if (!value)
			return -ENOMEM;
		n = path ? lgetxattr(path, name, value, room) : fgetxattr(fd, name, value, room);
		if (n >= 0) {
			*ret = TAKE_POINTER(value);
			*ret_length = (size_t)n;
			return 1;
		}
		if (errno == ENODATA)
			return 0;
		if (errno != ERANGE || room > (64u << 20))
			return -errno;
		room *= 16;
	}
}

/* All names, each with its NUL; length, or -errno. */
static ssize_t get_names(int fd, const char *path, char **ret)
{
	for (size_t room = 1024;;) {
		AUTO_FREE char *names = malloc(room);
		ssize_t n;

		if (!names)
			return -ENOMEM;
		n = path ? llistxattr(path, names, room) : flistxattr(fd, names, room);
		if (n >= 0) {
			*ret = TAKE_POINTER(names);
			return n;
		}
		if (errno == EOPNOTSUPP)
			return 0;
		if (errno != ERANGE || room > (64u << 20))
			return -errno;
		room *= 16;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct pax_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int add_xattr(struct pax_entry *entry, const char *name, void *value, size_t length)
{
	struct pax_xattr *grown = reallocarray(entry->xattrs, entry->xattr_count + 1, sizeof(*grown));
	char *copy = strdup(name);

	if (grown)
		entry->xattrs = grown;
	if (!grown || !copy) {
		free(copy);
		free(value);
		return -ENOMEM;
	}
	grown[entry->xattr_count].name = copy;
	grown[entry->xattr_count].value = value;
	grown[entry->xattr_count++].length = length;
	return 0;
}

/* FAT holds no attributes. Where the running kernel has a policy of SELinux, it still shows one a file: it makes it up. */
static bool are_made_up(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && status.f_type == MSDOS_SUPER_MAGIC;
}

int metadata_xattrs(int fd, const char *path, struct pax_entry *entry)
{
	AUTO_FREE char *names = NULL;
	ssize_t length = get_names(fd, path, &names);
	int odd = 0;

	if (length < 0)
		return (int)length;
	if (length > 0 && !path && are_made_up(fd))
		return 0;
	for (const char *name = names; names && name < names + length; name += strlen(name) + 1) {
		size_t value_length = 0;
		void *value = NULL;
		int r;

		if (!xattr_is_kept(name))
			continue;
		r = get_value(fd, path, name, &value, &value_length);
		/* No set may hold what no Linux takes: all others are kept. */
		if (r > 0 && !xattr_value_is_valid(name, value, value_length)) {
			free(value);
			odd = -EBADMSG;
		} else if (r > 0) {
			r = add_xattr(entry, name, value, value_length);
		}
		if (r < 0)
			return r;
	}
	if (entry->xattr_count > 1)
		qsort(entry->xattrs, entry->xattr_count, sizeof(*entry->xattrs), by_name);
	return odd;
}

int metadata_flags(int fd, unsigned long *ret)
{
	/* The kernel writes an int whatever the ioctl's number says. */
	unsigned flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 && errno != ENOTTY && errno != EOPNOTSUPP)
		return -errno;
	*ret = flags & FLAGS_KEPT;
	return 0;
}

int metadata_extents(int fd, uint64_t size, struct pax_extent **ret, size_t *ret_count)
{
	AUTO_FREE struct pax_extent *extents = malloc(sizeof(*extents));
	size_t count = 0, capacity = 1;
	off_t at = 0;

	if (!extents)
		return -ENOMEM;
	while ((uint64_t)at < size) {
		off_t start = lseek(fd, at, SEEK_DATA), end;

		if (start < 0 && errno == ENXIO)
			break;
		end = start < 0 ? -1 : lseek(fd, start, SEEK_HOLE);
		if (end < 0)
			return 0;
		if ((uint64_t)start >= size)
			break;
		at = (uint64_t)end > size ? (off_t)size : end;
		if (count == capacity) {
			struct pax_extent *grown = reallocarray(extents, capacity *= 2, sizeof(*extents));

			if (!grown)
				return -ENOMEM;
			extents = grown;
		}
		extents[count++] = (struct pax_extent){ (uint64_t)start, (uint64_t)(at - start) };
	}
	if (count == 1 && extents[0].length == size)
		return 0;
	*ret_count = count;
	*ret = TAKE_POINTER(extents);
	return 0;
}

void metadata_stat(const struct stat *st, struct pax_entry *entry)
{
	entry->mode = st->st_mode;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->mtime = st->st_mtim;
	entry->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	entry->device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? st->st_rdev : 0;
}
