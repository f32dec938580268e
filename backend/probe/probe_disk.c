/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_disk.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../devices/multipath.h"
#include "../devices/sysfs.h"
#include "../superblocks/device_text.h"
#include "probe_by_path.h"

#define VPD_LIMIT 65536

/* Copy of LENGTH bytes as text, stripped; NULL when nothing is left of it. */
static char *text_of(const char *bytes, size_t length)
{
	AUTO_FREE char *copy = strndup(bytes, length);
	AUTO_FREE char *text = copy ? text_strip(copy) : NULL;

	return text && *text ? TAKE_POINTER(text) : NULL;
}

/* Page 0x80: the unit serial number. */
static char *vpd_serial(struct context *ctx, const char *directory)
{
	AUTO_FREE char *page = NULL;
	size_t length, stated;

	if (sysfs_bytes(ctx, directory, "device/vpd_pg80", VPD_LIMIT, &page, &length) || length < 4)
		return NULL;
	stated = be16((const unsigned char *)page + 2);
	return text_of(page + 4, stated < length - 4 ? stated : length - 4);
}

/* Page 0x83: designators. The NAA name of the logical unit is its WWN; the T10 vendor designator of an ATA disk holds the
 * whole model name, which the INQUIRY data cut after 16 bytes. */
static void vpd_designators(struct context *ctx, const char *directory, char **wwn, char **ata_model)
{
	enum { T10 = 1, NAA = 3 };
	AUTO_FREE char *page = NULL;
	size_t length, at = 4;

	if (sysfs_bytes(ctx, directory, "device/vpd_pg83", VPD_LIMIT, &page, &length))
		return;
	while (at + 4 <= length) {
		const unsigned char *designator = (const unsigned char *)page + at;
		size_t size = designator[3];
		unsigned kind = designator[1] & 0x0f, association = designator[1] >> 4 & 3;

		at += 4 + size;
		if (at > length)
			return;
		if (association != 0)
			continue;
		if (kind == NAA && (size == 8 || size == 16) && !*wwn) {
			char hex[33];

			for (size_t i = 0; i < size; i++)
				snprintf(hex + 2 * i, 3, "%02x", designator[4 + i]);
			*wwn = text_format("0x%s", hex);
		}
		if (kind == T10 && size >= 48 && !memcmp(designator + 4, "ATA     ", 8) && !*ata_model)
			*ata_model = text_of((const char *)designator + 12, 40);
	}
}

/* The nearest ancestor that is a USB device has the serial number that udev takes for bridges without page 0x80. */
static char *usb_serial(struct context *ctx, const char *directory)
{
	AUTO_FREE char *up = strdup(directory);
	char *slash;

	while (up && (slash = strrchr(up, '/')) && slash > up) {
		AUTO_FREE char *number = NULL;

		*slash = '\0';
		number = sysfs_text(ctx, up, "bDeviceClass");
		if (number)
			return sysfs_text(ctx, up, "serial");
	}
	return NULL;
}

/* Some bridges and emulators answer with a row of blanks, zeros or placeholders: worse than none. */
static bool is_no_serial(const char *serial)
{
	size_t length = strlen(serial);

	return strspn(serial, "0 ") == length || strspn(serial, "F") == length || strspn(serial, "f") == length;
}

static const char *transport_of(const char *name, const char *directory)
{
	static const struct {
		const char *part, *transport;
	} parts[] = {
		{ "/rport-", "fc" },
		{ "/session", "iscsi" },
		{ "/end_device-", "sas" },
		{ "/usb", "usb" },
		{ "/ata", "sata" },
		{ "/nvme", "nvme" },
		{ "/mmc_host", "mmc" },
		{ "/vmbus", "vmbus" },
		{ "/VMBUS", "vmbus" },
		{ "/host", "scsi" },
		{ "/virtio", "virtio" },
		{ "/vbd-", "xen" },
	};

	if (!strncmp(name, "loop", 4))
		return "loop";
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (strstr(directory, parts[i].part))
			return parts[i].transport;
	return NULL;
}

static int scsi_identity(struct context *ctx, const char *directory, struct disk_info *disk)
{
	AUTO_FREE char *vendor = sysfs_text(ctx, directory, "device/vendor");
	AUTO_FREE char *model = sysfs_text(ctx, directory, "device/model");
	AUTO_FREE char *serial = vpd_serial(ctx, directory);
	AUTO_FREE char *wwn = NULL, *ata_model = NULL, *full = NULL;
	int r;

	vpd_designators(ctx, directory, &wwn, &ata_model);
	if (!wwn) {
		AUTO_FREE char *wwid = sysfs_text(ctx, directory, "device/wwid");

		if (wwid && !strncmp(wwid, "naa.", 4))
			wwn = text_format("0x%s", wwid + 4);
	}
	if ((!serial || is_no_serial(serial)) && strstr(directory, "/usb")) {
		free(serial);
		serial = usb_serial(ctx, directory);
	}
	if (ata_model)
		full = strdup(ata_model);
	else if (vendor && model && strcmp(vendor, "ATA"))
		full = text_format("%s %s", vendor, model);
	else
		full = model ? strdup(model) : NULL;
	r = device_text_take(&disk->model, full);
	if (!r && serial && !is_no_serial(serial))
		r = device_text_take(&disk->serial, serial);
	return r ? r : device_text_take(&disk->wwn, wwn);
}

/* NVMe, virtio and MMC say it in plain attributes, each in its own place. */
static int plain_identity(struct context *ctx, const char *directory, struct disk_info *disk)
{
	AUTO_FREE char *model = sysfs_text(ctx, directory, "device/model");
	AUTO_FREE char *name = model ? NULL : sysfs_text(ctx, directory, "device/name");
	AUTO_FREE char *own_serial = sysfs_text(ctx, directory, "serial");
	AUTO_FREE char *serial = own_serial ? NULL : sysfs_text(ctx, directory, "device/serial");
	AUTO_FREE char *wwid = sysfs_text(ctx, directory, "wwid");
	const char *best = own_serial ? own_serial : serial;
	int r = 0;

	if (model || (name && !strcmp(disk->transport ? disk->transport : "", "mmc")))
		r = device_text_take(&disk->model, model ? model : name);
	if (!r && best && !is_no_serial(best))
		r = device_text_take(&disk->serial, best);
	return r ? r : device_text_take(&disk->wwn, wwid);
}

static bool is_scsi(struct context *ctx, const char *directory)
{
	AUTO_FREE char *path = text_format("%s/device/subsystem", directory);
	AUTO_FREE char *subsystem = path ? sysfs_link_name(ctx, path) : NULL;

	return subsystem && !strcmp(subsystem, "scsi");
}

/* An attribute that is wrong when it is not read: then nobody takes a FALLBACK for it. 0 or -ENOMEM. */
static int take_number(struct context *ctx, const char *directory, const char *attribute, uint64_t fallback, uint64_t *ret)
{
	AUTO_FREE char *text = NULL;

	if (sysfs_attribute(ctx, directory, attribute, &text) == -ENOMEM)
		return -ENOMEM;
	if (!text || !parse_u64(text, ret))
		*ret = fallback;
	return 0;
}

/* What decides where and whether something can be written. 0 or -ENOMEM. */
static int take_geometry(struct context *ctx, const char *directory, struct node *disk)
{
	uint64_t sectors, logical, physical, read_only;
	int r = take_number(ctx, directory, "size", 0, &sectors);

	if (!r)
		r = take_number(ctx, directory, "queue/logical_block_size", 512, &logical);
	if (!r)
		r = take_number(ctx, directory, "queue/physical_block_size", 512, &physical);
	if (!r)
		r = take_number(ctx, directory, "ro", 0, &read_only);
	if (r)
		return r;
	disk->size = sectors * 512;
	disk->disk.logical_sector = (uint32_t)logical;
	disk->disk.physical_sector = (uint32_t)(physical < logical ? logical : physical);
	disk->disk.read_only = read_only != 0;
	return 0;
}

/* Whether the path PATH takes what it is asked. */
static bool path_works(struct context *ctx, const char *path)
{
	AUTO_FREE char *directory = block_directory(ctx, path), *state = directory ? sysfs_text(ctx, directory, "device/state") : NULL;

	return directory && (!state || !strcmp(state, "running") || !strcmp(state, "live"));
}

/* The device that tells who the disk NAME is: where it has PATHS, one that works, else one that is still there. */
static const char *choose_teller(struct context *ctx, const char *name, char *const *paths)
{
	const char *there = NULL;

	for (char *const *path = paths; path && *path; path++) {
		AUTO_FREE char *directory = block_directory(ctx, *path);

		if (directory && path_works(ctx, *path))
			return *path;
		if (directory && !there)
			there = *path;
	}
	return there ? there : name;
}

int probe_take_mapped_name(struct context *ctx, const char *directory, struct node *node)
{
	AUTO_FREE char *name = NULL;
	int r = sysfs_attribute(ctx, directory, "dm/name", &name);

	return r < 0 || !name ? (r == -ENOMEM ? r : 0) : device_text_property(node, "opened_as", name, strlen(name));
}

/* What tells a disk that several paths lead to from a plain one. 0 or -ENOMEM. */
static int take_multipath(struct context *ctx, const char *directory, char *const *paths, struct node *disk)
{
	AUTO_FREE char *uuid = sysfs_text(ctx, directory, "dm/uuid");
	const char *wwid = uuid && strlen(uuid) > strlen(MULTIPATH_UUID) ? uuid + strlen(MULTIPATH_UUID) : NULL;
	int r = node_number_set(disk, MULTIPATH_PROPERTY, strv_length(paths));

	if (!r && wwid)
		r = device_text_property(disk, MULTIPATH_WWID, wwid, strlen(wwid));
	return r ? r : probe_take_mapped_name(ctx, directory, disk);
}

bool probe_disk_answers(struct context *ctx, const char *name)
{
	AUTO_STRV char **paths = NULL;
	AUTO_FREE char *directory = block_directory(ctx, name);

	if (!multipath_is_map(ctx, name))
		return true;
	/* What is suspended, or keeps what is asked of it until a path is back, would be waited for. */
	if (!directory || sysfs_number(ctx, directory, "dm/suspended", 0) || block_slaves(ctx, name, &paths) < 0)
		return false;
	for (char **path = paths; path && *path; path++)
		if (path_works(ctx, *path))
			return true;
	return false;
}

/* What TELLER says of the disk. 0, -ENODEV or -ENOMEM. */
static int ask(struct context *ctx, const char *teller, bool is_path, struct disk_info *info)
{
	AUTO_FREE char *directory = block_directory(ctx, teller);
	int r = directory ? device_text_take(&info->transport, transport_of(teller, directory)) : errno == ENOMEM ? -ENOMEM : -ENODEV;

	if (r)
		return r;
	info->removable = sysfs_number(ctx, directory, "removable", 0) != 0;
	/* Each path has one of its own. */
	if (!is_path)
		info->by_path = probe_by_path(ctx, directory);
	return is_scsi(ctx, directory) ? scsi_identity(ctx, directory, info) : plain_identity(ctx, directory, info);
}

/* A path may go away while it is asked: then another one says the same. 0, -ENODEV or -ENOMEM. */
static int ask_paths(struct context *ctx, const char *name, char *const *paths, struct disk_info *info)
{
	const char *teller = choose_teller(ctx, name, paths), *next;
	int r = ask(ctx, teller, true, info);

	for (size_t i = 0; r != -ENOMEM && paths[i] && !path_works(ctx, teller); i++) {
		next = choose_teller(ctx, name, paths);
		if (next == teller)
			break;
		teller = next;
		r = ask(ctx, teller, true, info);
	}
	return r;
}

int probe_disk_identity(struct context *ctx, const char *name, struct node *disk)
{
	AUTO_FREE char *own = block_directory(ctx, name);
	AUTO_STRV char **paths = NULL;
	struct disk_info *info = &disk->disk;
	int r = own ? 0 : errno == ENOMEM ? -ENOMEM : -ENODEV;

	if (!r && multipath_is_map(ctx, name))
		r = block_slaves(ctx, name, &paths);
	if (!r)
		r = take_geometry(ctx, own, disk);
	if (!r && paths)
		r = take_multipath(ctx, own, paths, disk);
	if (r)
		return r;
	info->rotational = sysfs_number(ctx, own, "queue/rotational", 0) != 0;
	info->sequence = sysfs_number(ctx, own, "diskseq", 0);
	info->name = strdup(name);
	disk->device = text_format("/dev/%s", name);
	if (!info->name || !disk->device)
		return -ENOMEM;
	return paths ? ask_paths(ctx, name, paths, info) : ask(ctx, name, false, info);
}
