/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_open.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "macro.h"

static const struct {
	unsigned long flag;
	unsigned attribute;
} attributes[] = {
	{ MS_NOATIME, MOUNT_ATTR_NOATIME },
	{ MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ MS_NODEV, MOUNT_ATTR_NODEV },
	{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
};

struct work {
	const char *source, *type, *data;
	unsigned long flags;
	int root; /* where SOURCE names the device */
	int mount; /* what came of it: a descriptor or -errno */
};

int mount_set_options(int context, const char *data)
{
	AUTO_FREE char *copy = strdup(data ? data : "");
	char *rest = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *option = strtok_r(copy, ",", &rest); option; option = strtok_r(NULL, ",", &rest)) {
		char *value = strchr(option, '=');

		if (value)
			*value++ = '\0';
		if (fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option, value, 0) < 0)
			return -errno;
	}
	return 0;
}

/* A mount that is nowhere yet; -errno. */
static int make_mount(const struct work *work)
{
	AUTO_CLOSE int context = fsopen(work->type, FSOPEN_CLOEXEC);
	unsigned wanted = 0;
	int r, mount;

	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "source", work->source, 0) < 0 ||
	    ((work->flags & MS_RDONLY) && fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0))
		return -errno;
	r = mount_set_options(context, work->data);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LENGTH(attributes); i++)
		wanted |= work->flags & attributes[i].flag ? attributes[i].attribute : 0;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount = fsmount(context, FSMOUNT_CLOEXEC, wanted);
	return mount < 0 ? -errno : mount;
}

/* In a thread of its own: its root is no other thread's. */
static void *mount_in_root(void *data)
{
	struct work *work = data;

	if (unshare(CLONE_FS) < 0 || fchdir(work->root) < 0 || chroot(".") < 0)
		work->mount = -ENOSYS;
	else
		work->mount = make_mount(work);
	return NULL;
}

/* A small root, mounted nowhere, that holds the node SOURCE of the device NUMBER and nothing else. A descriptor or -errno. */
static int make_root(const char *source, dev_t number)
{
	AUTO_CLOSE int context = fsopen("tmpfs", FSOPEN_CLOEXEC), root = -1;
	AUTO_FREE char *path = strdup(source + 1);

	if (context < 0)
		return -errno;
	if (!path)
		return -ENOMEM;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (root < 0)
		return -errno;
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(root, path, 0700) < 0)
			return -errno;
		*slash = '/';
	}
	return mknodat(root, path, S_IFBLK | 0600, number) < 0 ? -errno : TAKE_FD(root);
}

int mount_open(int fd, const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
	struct work work = { .source = source, .type = type, .data = data, .flags = flags, .mount = -1 };
	AUTO_CLOSE int root = -1, made = -1;
	struct stat device;
	pthread_t thread;
	int r;

	if (fstat(fd, &device) < 0)
		return -errno;
	if (!S_ISBLK(device.st_mode) || source[0] != '/')
		return -ENOTBLK;
	root = work.root = make_root(source, device.st_rdev);
	if (root < 0)
		return root == -ENOMEM ? -ENOMEM : -ENOSYS;
	r = pthread_create(&thread, NULL, mount_in_root, &work);
	if (r)
		return -r;
	pthread_join(thread, NULL);
	made = work.mount;
	if (made < 0)
		return made;
	return move_mount(made, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}
