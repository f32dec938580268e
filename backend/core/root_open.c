/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "root_open.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentence.h"
#include "bytes.h"

static int open_resolved(int root_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		/* Kernel-made links (/proc/PID/root and the like) have no place in a tree at rest. */
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};
	long fd = syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int root_open(int root_fd, const char *path, int flags, mode_t mode)
{
	return open_resolved(root_fd, path, flags, mode, 0);
}

int root_open_within(int root_fd, const char *path, int flags)
{
	return open_resolved(root_fd, path, flags, 0, RESOLVE_NO_XDEV);
}

int root_open_regular(int root_fd, const char *path, int flags)
{
	AUTO_CLOSE int found = root_open(root_fd, path, O_PATH, 0);
	char itself[sizeof("/proc/self/fd/") + 10];
	struct stat st;
	int fd;

	if (found < 0)
		return found;
	if (fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTREG;
	/* The very file that was looked at, whatever is at PATH by now. */
	snprintf(itself, sizeof(itself), "/proc/self/fd/%d", found);
	fd = open(itself, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* What the symbolic link PATH says; NULL when it cannot be read. New string. */
static char *link_read(const char *path)
{
	for (size_t room = 256;; room *= 2) {
		AUTO_FREE char *text = malloc(room);
		ssize_t length = text ? readlink(path, text, room) : -1;

		if (length < 0)
			return NULL;
		if ((size_t)length < room) {
			text[length] = '\0';
			return TAKE_POINTER(text);
		}
	}
}

/* Where FD leads, as a path below the directory ROOT_FD; NULL when it cannot be told. */
static char *path_below(int root_fd, int fd)
{
	AUTO_FREE char *root_link = text_format("/proc/self/fd/%d", root_fd), *link = text_format("/proc/self/fd/%d", fd);
	AUTO_FREE char *root = root_link ? link_read(root_link) : NULL, *path = link ? link_read(link) : NULL;
	size_t length = root ? strlen(root) : 0;

	if (!root || !path)
		return NULL;
	if (length == 1)
		return strdup(path + 1);
	return !strncmp(path, root, length) && path[length] == '/' ? strdup(path + length + 1) : NULL;
}

/* The directory and the last name of PATH, without following the last name. */
static int open_parent(int root_fd, const char *path, char **ret_name)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	AUTO_FREE char *name = strdup(slash ? slash + 1 : path);
	int fd = parent && name ? root_open(root_fd, parent, O_RDONLY | O_DIRECTORY, 0) : -ENOMEM;

	if (fd >= 0)
		*ret_name = TAKE_POINTER(name);
	return fd;
}

int root_open_place(int root_fd, const char *path, char **ret_name)
{
	AUTO_CLOSE int found = root_open(root_fd, path, O_PATH, 0);
	AUTO_FREE char *resolved = NULL, *name = NULL;
	AUTO_CLOSE int parent = -1;
	struct stat st, there;

	if (found < 0 && found != -ENOENT)
		return found;
	if (found >= 0) {
		if (fstat(found, &st) < 0)
			return -errno;
		resolved = path_below(root_fd, found);
		if (!resolved)
			return -EXDEV;
	}
	parent = open_parent(root_fd, resolved ? resolved : path, &name);
	if (parent < 0)
		return parent;
	if (fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT || found >= 0)
			return -errno;
	} else if (found < 0) {
		return -ENOTREG;
	} else if (there.st_ino != st.st_ino || there.st_dev != st.st_dev) {
		return -ESTALE;
	}
	*ret_name = TAKE_POINTER(name);
	return TAKE_FD(parent);
}

const char *root_strerror(int error)
{
	return error == -ENOTREG ? sentence_words(N_("it is not a regular file"))
	       : error == -EILSEQ ? sentence_words(N_("it is no text")) : strerror(-error);
}
