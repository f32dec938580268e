/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

struct binding {
	const char *path;
	int fd;                  /* the copy, or -errno */
};

/* Kernels before Linux 5.2: in a namespace of its own the thread binds the directory onto itself, without what is mounted below. */
static void *bind_privately(void *data)
{
	struct binding *binding = data;

	binding->fd = -1;
	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(binding->path, binding->path, NULL, MS_BIND, NULL) == 0)
		binding->fd = open(binding->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (binding->fd < 0)
		binding->fd = -errno;
	/* Out of the namespace it lives on as long as it is open. */
	else
		umount2(binding->path, MNT_DETACH);
	return NULL;
}

static int bind_copy(const char *path)
{
	struct binding binding = { .path = path };
	pthread_t thread;

	if (pthread_create(&thread, NULL, bind_privately, &binding) != 0)
		return -EAGAIN;
	pthread_join(thread, NULL);
	return binding.fd;
}

int mount_copy(int fd, const char *path)
{
	int copy = (int)syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (copy >= 0)
		return copy;
	return errno == ENOSYS ? bind_copy(path) : -errno;
}
