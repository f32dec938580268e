/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a disk that stay. Forms of /dev/disk/by-id: udev's 60-persistent-storage.rules with ata_id, scsi_id and usb_id. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "identity.h"

/* Text as udev puts it into a link name: runs of white space become one '_', other unsafe characters '_' each. */
static char *udev_text(const char *text)
{
	char *out = malloc(strlen(text) + 1), *at = out;

	if (!out)
		return NULL;
	while (isspace((unsigned char)*text))
		text++;
	while (*text) {
		size_t space = strspn(text, " \t\n\v\f\r");

		if (space) {
			text += space;
			if (*text)
				*at++ = '_';
			continue;
		}
		*at++ = isalnum((unsigned char)*text) || strchr("#+-.:=@_", *text) || (unsigned char)*text >= 0x80 ? *text : '_';
		text++;
	}
	*at = '\0';
	return out;
}

/* NAME is LEFT and RIGHT with BETWEEN between them. */
static bool is_joined(const char *name, const char *left, char between, const char *right)
{
	size_t length = strlen(left);

	return !strncmp(name, left, length) && name[length] == between && !strcmp(name + length + 1, right);
}

static bool is_wwn(const struct disk_info *disk, const char *name)
{
	const char *wwn = disk->wwn;

	if (!wwn)
		return false;
	if (!strncmp(name, "wwn-", 4) || !strncmp(name, "nvme-", 5))
		name = strchr(name, '-') + 1;
	if (!strcasecmp(name, wwn))
		return true;
	return !strncmp(wwn, "0x", 2) && !strcasecmp(name, wwn + 2);
}

/* "pci-0000:00:1f.2-ata-1.0" is also "pci-0000:00:1f.2-ata-1", as older systems wrote it; virtio disks have a prefix more. */
static bool is_by_path(const struct disk_info *disk, const char *name)
{
	const char *path = disk->by_path;
	size_t length;

	if (!path)
		return false;
	if (!strncmp(name, "virtio-", 7))
		name += 7;
	if (!strcmp(name, path))
		return true;
	length = strlen(path);
	return strstr(path, "-ata-") && length > 2 && !strcmp(path + length - 2, ".0") && strlen(name) == length - 2 &&
	       !strncmp(name, path, length - 2);
}

/* MODEL_SERIAL_NAMESPACE; the number of the namespace ends the by-path name. */
static bool is_namespace(const struct disk_info *disk, const char *name, const char *model, const char *serial)
{
	const char *number = disk->by_path ? strstr(disk->by_path, "-nvme-") : NULL;
	AUTO_FREE char *full = number ? text_format("%s_%s_%s", model, serial, number + strlen("-nvme-")) : NULL;

	return full && !strcmp(name, full);
}

/* BUS-MODEL_SERIAL, with what the buses put around it. */
static bool is_by_id(const struct disk_info *disk, const char *name)
{
	static const char *const buses[] = { "ata-", "nvme-", "usb-", "mmc-", "scsi-" };
	AUTO_FREE char *model = disk->model ? udev_text(disk->model) : NULL;
	AUTO_FREE char *serial = disk->serial ? udev_text(disk->serial) : NULL;
	AUTO_FREE char *copy = NULL;
	char *tail;

	if (!serial)
		return false;
	if (!strncmp(name, "virtio-", 7))
		return !strcmp(name + 7, serial);
	for (size_t i = 0; model && i < ARRAY_LENGTH(buses); i++) {
		size_t length = strlen(buses[i]);

		if (strncmp(name, buses[i], length))
			continue;
		if (is_joined(name + length, model, '_', serial) ||
		    (!strcmp(buses[i], "nvme-") && is_namespace(disk, name + length, model, serial)))
			return true;
		/* usb_id adds the logical unit, scsi_id the kind of the id before it. */
		copy = strdup(name + length);
		tail = copy ? strrchr(copy, '-') : NULL;
		if (tail && !strcmp(buses[i], "usb-")) {
			*tail = '\0';
			return is_joined(copy, model, '_', serial);
		}
		return copy && *copy && !strcmp(buses[i], "scsi-") && strchr("01S", *copy) && is_joined(copy + 1, model, '_', serial);
	}
	return false;
}

bool disk_is_called(const struct node *disk, const char *name)
{
	static const char *const places[] = { "/dev/disk/by-id/", "/dev/disk/by-path/" };
	const struct disk_info *info = &disk->disk;

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
		if (!strncmp(name, places[i], strlen(places[i])))
			name += strlen(places[i]);
	if (!*name)
		return false;
	if (info->serial && (!strcmp(name, info->serial) || is_by_id(info, name)))
		return true;
	if (info->serial && info->model && is_joined(name, info->model, ':', info->serial))
		return true;
	if (info->wwn && !strncmp(name, "scsi-3", 6) && !strncmp(info->wwn, "0x", 2) && !strcasecmp(name + 6, info->wwn + 2))
		return true;
	return is_wwn(info, name) || is_by_path(info, name);
}

bool is_kernel_disk_name(const char *name)
{
	static const char *const lettered[] = { "sd", "vd", "hd", "xvd" };
	static const char *const numbered[] = { "nvme", "mmcblk", "loop", "md", "dm-", "nbd", "sr", "ram", "zram" };

	if (!strncmp(name, "/dev/", 5))
		return strncmp(name + 5, "disk/by-", 8) != 0;
	for (size_t i = 0; i < ARRAY_LENGTH(lettered); i++) {
		size_t length = strlen(lettered[i]), letters, rest;

		if (strncmp(name, lettered[i], length))
			continue;
		letters = strspn(name + length, "abcdefghijklmnopqrstuvwxyz");
		rest = strspn(name + length + letters, "0123456789");
		if (letters && letters <= 3 && !name[length + letters + rest])
			return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(numbered); i++) {
		size_t length = strlen(numbered[i]);

		if (!strncmp(name, numbered[i], length) && isdigit((unsigned char)name[length]) &&
		    strspn(name + length, "0123456789np") == strlen(name + length))
			return true;
	}
	return false;
}

/* Whether NAME can stand in a comma-separated kernel argument and is no other disk's. */
static bool is_good_name(const struct layout *present, const struct node *disk, const char *name)
{
	if (!name || !*name || strpbrk(name, " ,\"\t") || is_kernel_disk_name(name) || !strcmp(name, "blank"))
		return false;
	for (size_t i = 0; i < present->count; i++)
		if (present->nodes[i]->type == NODE_DISK && present->nodes[i] != disk && disk_is_called(present->nodes[i], name))
			return false;
	return true;
}

char *disk_best_name(const struct layout *present, const struct node *disk)
{
	bool weak = disk_identity_is_weak(&disk->disk);
	const char *names[] = { weak ? disk->disk.by_path : disk->disk.serial, disk->disk.wwn,
				weak ? disk->disk.serial : disk->disk.by_path };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (is_good_name(present, disk, names[i]))
			return strdup(names[i]);
	return NULL;
}
