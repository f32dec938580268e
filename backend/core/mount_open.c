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
	const struct mount_device *devices;
	const char *type, *data;
	unsigned long flags;
	int root; /* where they have their names */
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

	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "source", work->devices->name, 0) < 0 ||
	    ((work->flags & MS_RDONLY) && fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0))
		return -errno;
	for (const struct mount_device *device = work->devices + 1; device->name; device++)
		if (fsconfig(context, FSCONFIG_SET_STRING, "device", device->name, 0) < 0)
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

/* Makes the node NAME of the device NUMBER below ROOT. 0 or -errno. */
static int make_node(int root, const char *name, dev_t number)
{
	AUTO_FREE char *path = strdup(name + 1);

	if (!path)
		return -ENOMEM;
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(root, path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mknodat(root, path, S_IFBLK | 0600, number) < 0 ? -errno : 0;
}

/* A small root, mounted nowhere, that holds the nodes of DEVICES and nothing else. A descriptor or -errno. */
static int make_root(const struct mount_device *devices)
{
	AUTO_CLOSE int context = fsopen("tmpfs", FSOPEN_CLOEXEC), root = -1;
	struct stat status;
	int r = 0;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (root < 0)
		return -errno;
	for (; r == 0 && devices->name; devices++)
		r = fstat(devices->fd, &status) < 0 ? -errno : make_node(root, devices->name, status.st_rdev);
	return r < 0 ? r : TAKE_FD(root);
}

int mount_open(const struct mount_device *devices, const char *target, const char *type, unsigned long flags, const char *data)
{
	struct work work = { .devices = devices, .type = type, .data = data, .flags = flags, .mount = -1 };
	AUTO_CLOSE int root = -1, made = -1;
	struct stat status;
	pthread_t thread;
	int r;

	for (const struct mount_device *device = devices; device->name; device++) {
		if (fstat(device->fd, &status) < 0)
			return -errno;
		if (!S_ISBLK(status.st_mode) || device->name[0] != '/')
			return -ENOTBLK;
	}
	root = work.root = make_root(devices);
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
