/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chroot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../core/clock.h"
#include "../core/ops.h"
#include "../core/processes.h"
#include "disk_names.h"
#include "identifiers.h"
#include "rooted.h"

/* A program that was killed may keep a mount busy for a moment. */
#define BUSY_TRIES 50
#define BUSY_PAUSE_MS 100

static int mount_one(struct context *ctx, struct chroot *chroot, const char *source, const char *where,
		     const char *type, unsigned long flags, const char *data)
{
	AUTO_FREE char *target = text_format("%s%s", chroot->root, where);
	int r;

	if (!target)
		return context_oom(ctx);
	r = ops_of(ctx)->mount(ctx, source, target, type, flags, data);
	if (r == 0 && strv_append(&chroot->mounted, target) < 0) {
		ops_of(ctx)->unmount(ctx, target, MNT_DETACH);
		return context_oom(ctx);
	}
	return r;
}

/* DIRECTORY/NAME -> ../../DEVICE without "/dev/". A second node of the same name (a copy of a label) is skipped. */
static int make_link(int fd, const char *directory, const char *name, const char *device)
{
	AUTO_FREE char *encoded = NULL, *path = NULL, *target = NULL;

	if (!name || !*name || !device || strncmp(device, "/dev/", 5))
		return 0;
	encoded = disk_name_encode(name);
	path = encoded ? text_format("%s/%s", directory, encoded) : NULL;
	target = text_format("../../%s", device + 5);
	if (!path || !target)
		return -ENOMEM;
	if (mkdirat(fd, directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	/* udev cannot make a link of a label that is too long either. */
	return symlinkat(target, fd, path) < 0 && errno != EEXIST && errno != ENAMETOOLONG ? -errno : 0;
}

/* The links of one layout; of the present one only those of disks that were left alone. */
static int make_layout_links(int directory_fd, const struct plan *plan, const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		/* A container's own name is that of what is in it. */
		const char *device = identifier_device(layout, node->type == NODE_LUKS ? layout_find(layout, node->on[0]) : node);
		AUTO_FREE char *partuuid = NULL;
		int r = 0;

		if (layout == plan->target.present && !identifier_is_left_alone(plan, node))
			continue;
		switch (node->type) {
		case NODE_FILESYSTEM:
		case NODE_SWAP:
		case NODE_LUKS:
		case NODE_RAID:
			r = make_link(directory_fd, "by-uuid", node->uuid, device);
			if (r == 0)
				r = make_link(directory_fd, "by-label", node->label, device);
			break;
		case NODE_PARTITION:
			partuuid = identifier_partuuid(layout, node);
			r = make_link(directory_fd, "by-partuuid", partuuid, device);
			if (r == 0)
				r = make_link(directory_fd, "by-partlabel", node->partition.name, device);
			break;
		default:
			break;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int chroot_make_links(int directory_fd, const struct plan *plan)
{
	int r = make_layout_links(directory_fd, plan, plan->target.result);

	return r == 0 ? make_layout_links(directory_fd, plan, plan->target.present) : r;
}

/* /dev of here, made private so that what is mounted on it stays out of the machine's own /dev, and a /dev/disk of
 * our own. */
static int enter_dev(struct context *ctx, struct chroot *chroot, const struct plan *plan)
{
	AUTO_FREE char *dev = text_format("%s/dev", chroot->root), *disk = text_format("%s/dev/disk", chroot->root);
	AUTO_CLOSE int fd = -1;
	int r;

	if (!dev || !disk)
		return context_oom(ctx);
	r = mount_one(ctx, chroot, "/dev", "/dev", NULL, MS_BIND, NULL);
	if (r == 0)
		r = ops_of(ctx)->mount(ctx, NULL, dev, NULL, MS_PRIVATE, NULL);
	if (r < 0)
		return r;
	if (mkdir(disk, 0755) < 0 && errno != EEXIST)
		return context_fail(ctx, errno, "%s could not be made: %s", disk, strerror(errno));
	r = mount_one(ctx, chroot, "tmpfs", "/dev/disk", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m");
	if (r < 0)
		return r;
	fd = open(disk, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : chroot_make_links(fd, plan);
	return r < 0 ? context_fail(ctx, -r, "The links below %s could not be made: %s", disk, strerror(-r)) : 0;
}

/* Mounts go onto real directories of the tree: a link there could lead anywhere. */
static int prepare_mount_points(struct context *ctx, const char *root)
{
	static const char *const names[] = { "dev", "proc", "sys", "run" };
	AUTO_CLOSE int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", root, strerror(errno));
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		struct stat st;

		if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 &&
		    (errno != ENOENT || mkdirat(fd, names[i], 0755) < 0))
			return context_fail(ctx, errno, "%s/%s could not be made: %s", root, names[i], strerror(errno));
		if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
			return context_fail(ctx, ENOTDIR,
					    "/%s of the restored system is no directory, so its programs cannot run",
					    names[i]);
	}
	return 0;
}

static int enter_firmware(struct context *ctx, struct chroot *chroot)
{
	AUTO_FREE char *variables = text_format("%s/sys/firmware/efi/efivars", chroot->root);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r;

	if (!variables)
		return context_scope_keep(&scope, context_oom(ctx));
	if (access(variables, F_OK) < 0)
		return 0;
	r = mount_one(ctx, chroot, "efivarfs", "/sys/firmware/efi/efivars", "efivarfs",
		      MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(ctx, "The firmware's boot entries cannot be reached: %s", context_detail(ctx));
	else
		chroot->firmware_variables = true;
	return 0;
}

int chroot_enter(struct context *ctx, const char *root, const char *firmware, const struct plan *plan,
		 struct chroot *chroot)
{
	int r;

	memset(chroot, 0, sizeof(*chroot));
	chroot->root = root;
	r = prepare_mount_points(ctx, root);
	if (r == 0)
		r = enter_dev(ctx, chroot, plan);
	if (r == 0)
		r = mount_one(ctx, chroot, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r == 0)
		r = mount_one(ctx, chroot, "sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r == 0)
		r = mount_one(ctx, chroot, "tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64m");
	if (r == 0 && !strcmp(firmware, "uefi"))
		r = enter_firmware(ctx, chroot);
	if (r < 0)
		chroot_leave(ctx, chroot);
	return r;
}

static int unmount_one(struct context *ctx, const char *target)
{
	for (int i = 0; i < BUSY_TRIES; i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		int r = ops_of(ctx)->unmount(ctx, target, UMOUNT_NOFOLLOW);

		if (r == 0)
			return 0;
		if (r != -EBUSY)
			break;
		clock_pause(BUSY_PAUSE_MS / 1000.0);
	}
	return ops_of(ctx)->unmount(ctx, target, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/* Daemons that a package's tool or a fix script started would keep the tree busy. */
static void end_processes(struct context *ctx, const char *root)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (processes_end(ctx, root, PROCESSES_INSIDE) < 0)
		context_warn(ctx, "%s", context_detail(ctx));
}

int chroot_leave(struct context *ctx, struct chroot *chroot)
{
	int result = 0;

	if (chroot->mounted)
		end_processes(ctx, chroot->root);

	for (size_t i = strv_length(chroot->mounted); i-- > 0;) {
		int r = unmount_one(ctx, chroot->mounted[i]);

		if (r < 0)
			result = r;
	}
	strv_free(chroot->mounted);
	memset(chroot, 0, sizeof(*chroot));
	return result;
}
