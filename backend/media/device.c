/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device.h"

#include <blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../devices/multipath.h"
#include "../devices/partitions.h"

/* Filesystems that carry sets. */
static bool carries_sets(const char *name)
{
	static const char *const names[] = {
		"iso9660", "udf", "vfat", "exfat", "ext2", "ext3", "ext4", "xfs", "btrfs", "squashfs", "ntfs",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void device_done(struct media_device *device)
{
	free(device->path);
	free(device->filesystem);
	free(device->uuid);
	free(device->label);
	free(device->model);
}

void devices_done(struct media_devices *devices)
{
	for (size_t i = 0; i < devices->count; i++)
		device_done(devices->list + i);
	free(devices->list);
	*devices = (struct media_devices){ 0 };
}

static char *probed(blkid_probe probe, const char *name)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 && *value ? strdup(value) : NULL;
}

/* What libblkid sees on the device; without a filesystem nothing is filled in. */
static void probe_contents(struct media_device *device)
{
	blkid_probe probe = blkid_new_probe_from_filename(device->path);

	if (!probe)
		return;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL);
	if (blkid_do_safeprobe(probe) == 0) {
		device->filesystem = probed(probe, "TYPE");
		device->uuid = probed(probe, "UUID");
		device->label = probed(probe, "LABEL");
	}
	blkid_free_probe(probe);
}

static char *drive_model(const struct context *ctx, const char *disk)
{
	AUTO_FREE char *path = text_format("/sys/class/block/%s/device/model", disk);

	return path ? file_attribute(ctx, path) : NULL;
}

/* Of a partition in sysfs, the name of its disk is that of the folder above it. */
static char *disk_of(const struct context *ctx, const char *name)
{
	AUTO_FREE char *link = text_format("%s/sys/class/block/%s", ctx->prefix, name);
	AUTO_FREE char *partition = link ? text_format("%s/partition", link) : NULL;
	AUTO_FREE char *target = NULL;
	char *slash;

	if (!partition || access(partition, F_OK) < 0)
		return strdup(name);
	target = realpath(link, NULL);
	slash = target ? strrchr(target, '/') : NULL;
	if (!slash)
		return strdup(name);
	*slash = '\0';
	slash = strrchr(target, '/');
	return strdup(slash ? slash + 1 : name);
}

static bool has_no_size(const struct context *ctx, const char *name)
{
	AUTO_FREE char *path = text_format("/sys/class/block/%s/size", name);
	AUTO_FREE char *size = path ? file_attribute(ctx, path) : NULL;

	return !size || !strcmp(size, "0");
}

static enum device_state drive_state(const char *node)
{
	AUTO_CLOSE int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int status = fd < 0 ? CDS_NO_INFO : ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);

	return status == CDS_NO_DISC ? DEVICE_EMPTY : status == CDS_TRAY_OPEN ? DEVICE_OPEN :
	       status == CDS_DRIVE_NOT_READY ? DEVICE_NOT_READY : DEVICE_THERE;
}

enum device_state device_state(const struct context *ctx, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	AUTO_FREE char *sysfs = text_format("%s/sys/class/block/%s", ctx->prefix, name), *node = text_format("%s/dev/%s", ctx->prefix, name);
	bool disc = !strncmp(name, "sr", 2);
	enum device_state state;
	AUTO_CLOSE int fd = -1;

	if (!sysfs || !node)
		return DEVICE_THERE;
	if (access(sysfs, F_OK) < 0)
		return DEVICE_GONE;
	state = disc ? drive_state(node) : DEVICE_THERE;
	if (state != DEVICE_THERE || (!disc && !has_no_size(ctx, name)))
		return state;
	/* The kernel asks a drive for the size of what was put into it only when it is opened. */
	fd = open(node, O_RDONLY | O_CLOEXEC);
	return has_no_size(ctx, name) ? DEVICE_EMPTY : DEVICE_THERE;
}

static int add_device(const struct context *ctx, struct media_devices *devices, const char *name)
{
	AUTO_FREE char *disk = disk_of(ctx, name);
	struct media_device device = { .path = text_format("/dev/%s", name), .disc = !strncmp(name, "sr", 2) };
	struct media_device *grown;

	if (!disk || !device.path) {
		device_done(&device);
		return -ENOMEM;
	}
	probe_contents(&device);
	if (!device.filesystem || !carries_sets(device.filesystem)) {
		device_done(&device);
		return 0;
	}
	device.model = drive_model(ctx, disk);
	grown = reallocarray(devices->list, devices->count + 1, sizeof(*grown));
	if (!grown) {
		device_done(&device);
		return -ENOMEM;
	}
	devices->list = grown;
	grown[devices->count++] = device;
	return 0;
}

/* Discs first, as that is where a rescue most often comes from; else by name, so that a whole disk comes before its partitions. */
static int compare_names(const void *a, const void *b)
{
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	int left_disc = !strncmp(left, "sr", 2), right_disc = !strncmp(right, "sr", 2);

	return left_disc != right_disc ? right_disc - left_disc : strverscmp(left, right);
}

/* What lies on a disk of several paths is seen through the map of them. */
static bool is_path(const struct context *ctx, const char *name)
{
	AUTO_FREE char *whole = NULL, *map = NULL;

	return block_whole(ctx, name, &whole) == 0 && whole && multipath_map_of(ctx, whole, &map) == 0 && map;
}

static bool is_removable(const struct context *ctx, const char *name)
{
	AUTO_FREE char *disk = disk_of(ctx, name);
	AUTO_FREE char *path = disk ? text_format("/sys/class/block/%s/removable", disk) : NULL;
	AUTO_FREE char *value = path ? file_attribute(ctx, path) : NULL;

	return !strncmp(name, "sr", 2) || !strncmp(name, "loop", 4) || (value && !strcmp(value, "1"));
}

static int list(struct context *ctx, bool removable, struct media_devices *ret)
{
	static const char *const passed_over[] = { "ram", "zram", "fd", "nbd" };
	AUTO_FREE char *path = context_path(ctx, "/sys/class/block");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	AUTO_STRV char **names = NULL;
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return context_fail(ctx, errno, "The list of disks cannot be read from /sys/class/block: %s", strerror(errno));
	while ((r = directory_next(dir, &entry)) > 0) {
		bool skip = entry->d_name[0] == '.';

		for (size_t i = 0; i < ARRAY_LENGTH(passed_over); i++)
			skip |= !strncmp(entry->d_name, passed_over[i], strlen(passed_over[i]));
		skip = skip || (removable && !is_removable(ctx, entry->d_name));
		if (skip || device_state(ctx, entry->d_name) != DEVICE_THERE || is_path(ctx, entry->d_name))
			continue;
		if (strv_append(&names, entry->d_name) < 0)
			return context_oom(ctx);
	}
	if (r < 0)
		return context_fail(ctx, -r, "The list of disks cannot be read from /sys/class/block: %s", strerror(-r));
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	for (size_t i = 0; r == 0 && i < strv_length(names); i++)
		r = add_device(ctx, ret, names[i]);
	return r < 0 ? context_fail(ctx, -r, "Out of memory") : 0;
}

int devices_list(struct context *ctx, struct media_devices *ret)
{
	return list(ctx, false, ret);
}

int devices_list_removable(struct context *ctx, struct media_devices *ret)
{
	return list(ctx, true, ret);
}

static int eject_now(struct context *ctx, void *data)
{
	const char *device = data;
	AUTO_CLOSE int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	(void)ctx;
	ioctl(fd, CDROM_LOCKDOOR, 0);
	return ioctl(fd, CDROMEJECT, 0) < 0 ? -errno : 0;
}

int device_eject(struct context *ctx, const char *path)
{
	AUTO_FREE char *text = text_format("eject the disc in %s", path), *device = strdup(path);

	if (strncmp(path, "/dev/sr", strlen("/dev/sr")) != 0)
		return 0;
	return text && device ? ops_of(ctx)->change(ctx, text, eject_now, device) : -ENOMEM;
}

char *device_describe(const struct media_device *device)
{
	AUTO_FREE char *place = device->label ? text_format("%s, %s", device->path, device->label) : strdup(device->path);

	if (!place)
		return NULL;
	if (!device->model)
		return device->disc ? sentence("disc (%s)", place) : sentence("disk (%s)", place);
	return device->disc ? sentence("disc in %s (%s)", device->model, place) : sentence("disk in %s (%s)", device->model, place);
}
