/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket at ADDRESS to which nobody listens, because its engine crashed, is removed. Another engine's is not taken from it, and no other kind
 * of file is deleted. */
static int remove_left_behind(struct context *ctx, const struct sockaddr_un *address)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *path = address->sun_path;
	struct stat status;

	if (fd < 0 || lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : context_fail(ctx, errno, "The consoles' socket %s could not be made: %s", path,
							  strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return context_fail(ctx, EEXIST, "The consoles' socket cannot be made at %s, because another file is there; give another path "
				    "(--socket)", path);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno != ECONNREFUSED)
		return context_fail(ctx, EADDRINUSE, "The socket %s belongs to another program that runs: 'lifeboat attach' joins its restore; "
				    "for a second one give another path (--socket)", path);
	return unlink(path) < 0 && errno != ENOENT ? context_fail(ctx, errno, "The socket %s, which an engine that died left behind, cannot be "
								  "removed: %s", path, strerror(errno)) : 0;
}

int listener_open(struct context *ctx, const char *path, struct listener *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = -1;
	struct stat status;
	mode_t old;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return context_fail(ctx, ENAMETOOLONG, "The socket's path %s is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return context_fail(ctx, errno, "No socket for the consoles could be made: %s", strerror(errno));
	r = remove_left_behind(ctx, &address);
	if (r < 0)
		return r;
	old = umask(0177);
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0 ? -errno : 0;
	umask(old);
	if (r == 0 && lstat(path, &status) < 0)
		r = -errno;
	if (r < 0)
		return context_fail(ctx, -r, "The consoles' socket %s could not be made: %s", path, strerror(-r));
	*ret = (struct listener){ .fd = TAKE_FD(fd), .path = path, .device = status.st_dev, .inode = status.st_ino };
	return 0;
}

void listener_close(struct listener *listener)
{
	struct stat now;

	if (listener->fd < 0)
		return;
	close(listener->fd);
	if (lstat(listener->path, &now) == 0 && now.st_dev == listener->device && now.st_ino == listener->inode)
		unlink(listener->path);
	*listener = LISTENER_NONE;
}
