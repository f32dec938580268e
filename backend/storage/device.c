/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device.h"

#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/json_text.h"
#include "../devices/multipath.h"
#include "../devices/sysfs.h"
#include "mapped_partitions.h"

#define EDGE (1u << 20)
#define DEADLINE_S 10
#define POLL_S 0.05

int device_open(struct context *ctx, const char *path, const char *device, int *ret_fd)
{
	double deadline = clock_now() + DEADLINE_S;
	struct stat status;

	for (;;) {
		AUTO_CLOSE int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
		int error = errno;

		if (fd >= 0) {
			if (fstat(fd, &status) < 0 || !S_ISBLK(status.st_mode))
				return context_fail(ctx, ENOTBLK, "%s is no block device", device);
			/* udev does not look at a disk that is locked so. */
			if (!flock(fd, LOCK_EX | LOCK_NB)) {
				*ret_fd = TAKE_FD(fd);
				return 0;
			}
			error = errno == EWOULDBLOCK ? EBUSY : errno;
		}
		if (error != EBUSY || clock_now() > deadline)
			return error == EBUSY
				       ? context_fail(ctx, error, "%s could not be opened for writing because something uses it: %s", device,
						      strerror(error))
				       : context_fail(ctx, error, "%s could not be opened for writing: %s", device, strerror(error));
		clock_pause(POLL_S);
	}
}

/* Zeros LENGTH bytes at OFFSET. 0 or -errno. */
static int zero_range(int fd, uint64_t offset, uint64_t length)
{
	AUTO_FREE char *zeros = calloc(1, EDGE);

	if (!zeros)
		return -ENOMEM;
	while (length) {
		size_t piece = length < EDGE ? length : EDGE;
		ssize_t written = pwrite(fd, zeros, piece, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		offset += (uint64_t)written;
		length -= (uint64_t)written;
	}
	return 0;
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

/* Signatures one after the other until libblkid finds none. 0 or -errno. */
static int wipe_signatures(int fd, uint64_t offset, uint64_t length)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();

	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)offset, (blkid_loff_t)length))
		return -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
	/* Bounded, for a signature that stays however often it is wiped: a wiped one makes libblkid step back and look
	 * again. */
	for (unsigned rounds = 0; rounds < 256 && blkid_do_probe(probe) == 0; rounds++)
		if (blkid_do_wipe(probe, 0) < 0)
			return -EIO;
	return 0;
}

int device_wipe(struct context *ctx, int fd, const char *device, uint64_t offset, uint64_t length)
{
	uint64_t size = 0;
	int r;

	if (ioctl(fd, BLKGETSIZE64, &size) < 0)
		return context_fail(ctx, errno, "The size of %s could not be read: %s", device, strerror(errno));
	if (offset >= size)
		return 0;
	if (!length || length > size - offset)
		length = size - offset;
	r = wipe_signatures(fd, offset, length);
	if (!r)
		r = zero_range(fd, offset, length < EDGE ? length : EDGE);
	if (!r && length > EDGE)
		r = zero_range(fd, offset + length - EDGE, EDGE);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (r)
		return context_fail(ctx, -r, "%s could not be erased: %s", device, strerror(-r));
	return 0;
}

static int partition_ioctl(int fd, int operation, const struct blkpg_partition *partition)
{
	struct blkpg_partition copy = *partition;
	struct blkpg_ioctl_arg argument = { .op = operation, .datalen = sizeof(copy), .data = &copy };

	return ioctl(fd, BLKPG, &argument) < 0 ? -errno : 0;
}

int device_forget_partitions(int fd)
{
	/* More than any table here holds; numbers that are not there are ENXIO. */
	for (int number = 1; number <= LAYOUT_PARTITION_LIMIT; number++) {
		int r = partition_ioctl(fd, BLKPG_DEL_PARTITION, &(struct blkpg_partition){ .pno = number });

		if (r && r != -ENXIO)
			return r;
	}
	return 0;
}

/* The kernel name of what FD is, where it is a disk of several paths; NULL otherwise. New string. */
static char *map_of(const struct context *ctx, int fd, dev_t *ret_number)
{
	AUTO_FREE char *name = NULL;
	struct stat status;

	if (fstat(fd, &status) < 0 || block_name(ctx, major(status.st_rdev), minor(status.st_rdev), &name) < 0 || !name ||
	    !multipath_is_map(ctx, name))
		return NULL;
	*ret_number = status.st_rdev;
	return TAKE_POINTER(name);
}

int device_forget_mappings(struct context *ctx, int fd, const char *device)
{
	dev_t number;
	AUTO_FREE char *map = map_of(ctx, fd, &number);

	return map ? mapped_partitions_remove(ctx, map, device) : 0;
}

int device_reread(struct context *ctx, int fd, const char *device)
{
	double deadline = clock_now() + DEADLINE_S;
	dev_t number;
	AUTO_FREE char *map = map_of(ctx, fd, &number);
	int r;

	if (fsync(fd) < 0)
		return context_fail(ctx, errno, "%s could not be written: %s", device, strerror(errno));
	/* The kernel reads no table of it, and its mappings went before it was opened alone. */
	if (map)
		return 0;
	for (;;) {
		r = ioctl(fd, BLKRRPART) < 0 ? -errno : 0;
		if (r == -EINVAL)
			r = device_forget_partitions(fd);
		if (r != -EBUSY || clock_now() > deadline)
			break;
		clock_pause(POLL_S);
	}
	/* Callers take -EBUSY as: nothing was written. */
	if (r)
		return context_fail(ctx, r == -EBUSY ? ETIMEDOUT : -r,
				    "The kernel did not read the new partition table of %s: %s", device, strerror(-r));
	return 0;
}

/* A number of the sysfs directory of device NUMBER; UINT64_MAX when it is not there. */
static uint64_t number_of(const struct context *ctx, dev_t number, const char *name)
{
	AUTO_FREE char *path = text_format("/sys/dev/block/%u:%u/%s", major(number), minor(number), name);
	AUTO_FREE char *text = path ? file_attribute(ctx, path) : NULL;
	uint64_t value;

	return text && parse_u64(text, &value) ? value : UINT64_MAX;
}

bool device_is_partition(const struct context *ctx, dev_t number, dev_t disk, const struct node *node)
{
	bool extended = node->partition.role && !strcmp(node->partition.role, "extended");

	if (mapped_partition_is_on(ctx, number, disk))
		return mapped_partition_is(ctx, number, disk, node);
	return device_is_on(ctx, number, disk) &&
	       number_of(ctx, number, "partition") == node->partition.number &&
	       number_of(ctx, number, "start") == node->partition.start / 512 &&
	       (extended || number_of(ctx, number, "size") == node->size / 512);
}

bool device_is_on(const struct context *ctx, dev_t number, dev_t disk)
{
	AUTO_FREE char *expected = text_format("%u:%u", major(disk), minor(disk));
	AUTO_FREE char *path = text_format("/sys/dev/block/%u:%u/../dev", major(number), minor(number));
	AUTO_FREE char *parent = path ? file_attribute(ctx, path) : NULL;

	return (parent && expected && !strcmp(parent, expected)) || mapped_partition_is_on(ctx, number, disk);
}

bool device_is_alive(const struct context *ctx, dev_t number)
{
	return number_of(ctx, number, "size") != UINT64_MAX;
}

/* Whether PARTITION's name leads to this partition of the disk open as FD. */
static bool is_shown(const struct context *ctx, int fd, const struct node *partition)
{
	struct stat whole, part;

	return !fstat(fd, &whole) && !stat(partition->device, &part) && S_ISBLK(part.st_mode) &&
	       device_is_partition(ctx, part.st_rdev, whole.st_rdev, partition);
}

int device_show_partition(struct context *ctx, int fd, const struct node *disk, const struct node *partition)
{
	double deadline = clock_now() + DEADLINE_S;
	bool extended = partition->partition.role && !strcmp(partition->partition.role, "extended");
	/* An extended partition shows no more than its own record: the first logical one may begin right behind it, and the
	 * kernel refuses what overlaps. */
	struct blkpg_partition place = {
		.start = (long long)partition->partition.start,
		.length = extended ? (long long)node_sector(disk) : (long long)partition->size,
		.pno = (int)partition->partition.number,
	};
	dev_t number;
	AUTO_FREE char *map = map_of(ctx, fd, &number);
	int r;

	if (map) {
		r = mapped_partition_make(ctx, map, number, partition);
		if (r)
			return r;
	} else if (!is_shown(ctx, fd, partition)) {
		r = partition_ioctl(fd, BLKPG_ADD_PARTITION, &place);
		/* It is there, and only its device node is late. */
		if (r && r != -EBUSY)
			return context_fail(ctx, -r, "The kernel does not take partition %u of %s: %s", partition->partition.number,
				disk->device, strerror(-r));
	}
	while (!is_shown(ctx, fd, partition)) {
		if (clock_now() > deadline)
			return context_fail(ctx, ETIMEDOUT, "Partition %u of %s was made, but the kernel does not show it as %s",
				partition->partition.number, disk->device, partition->device);
		clock_pause(POLL_S);
	}
	return 0;
}

struct node *device_holder(const struct layout *layout, const struct node *content)
{
	return content->on && content->on[0] && !content->on[1] ? layout_find(layout, content->on[0]) : NULL;
}

/* 0 or -ENOMEM; VALUE is stolen. */
static int put(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) ? -ENOMEM : 0;
}

static int put_text(json_t *object, const char *name, const char *text)
{
	AUTO_FREE char *escaped = text ? bytes_escape(text, strlen(text)) : NULL;

	return text ? put(object, name, escaped ? json_string(escaped) : NULL) : 0;
}

static json_t *describe_content(const struct node *node)
{
	json_t *object = json_object();
	int r = put_text(object, "type", node_type_name(node->type));

	r |= put_text(object, "uuid", node->uuid);
	r |= put_text(object, "label", node->label);
	r |= put(object, "size", json_integer((json_int_t)node->size));
	if (node->type == NODE_FILESYSTEM)
		r |= put_text(object, "kind", node->filesystem.kind);
	if (node->type == NODE_PARTITION) {
		r |= put(object, "number", json_integer(node->partition.number));
		r |= put(object, "start", json_integer((json_int_t)node->partition.start));
		r |= put_text(object, "kind", node->partition.kind);
		r |= put_text(object, "partition_uuid", node->partition.uuid);
	}
	if (!r)
		return object;
	json_decref(object);
	return NULL;
}

/* Also what lies on other disks besides: how many of its members are seen depends on which disks are looked at. */
static bool lies_directly_on(const struct layout *layout, const struct node *node, const struct node *disk)
{
	for (char **on = node->on; on && *on; on++) {
		const struct node *holder = layout_find(layout, *on);

		if (holder && (holder == disk || (holder->type == NODE_PARTITION && !strcmp(holder->on[0], disk->id))))
			return true;
	}
	return false;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is on the disk and its partitions, one text each, sorted: an array stands in a layout where its first member does, and that may be on another
 * disk. What arrays make of it depends on which others are assembled. NULL when out of memory. */
static json_t *contents_of(const struct layout *layout, const struct node *disk)
{
	AUTO_STRV char **texts = NULL;
	json_t *holds = json_array();
	int r = holds ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < layout->count; i++) {
		json_t *content = NULL;
		AUTO_FREE char *text = NULL;

		if (layout->nodes[i]->type == NODE_MOUNT || !lies_directly_on(layout, layout->nodes[i], disk))
			continue;
		content = describe_content(layout->nodes[i]);
		text = content ? json_text(content, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
		r = text ? strv_append(&texts, text) : -ENOMEM;
		json_decref(content);
	}
	if (texts)
		qsort(texts, strv_length(texts), sizeof(*texts), compare_texts);
	for (char **text = texts; !r && text && *text; text++)
		r = json_array_append_new(holds, json_string(*text)) ? -ENOMEM : 0;
	if (!r)
		return holds;
	json_decref(holds);
	return NULL;
}

json_t *device_fingerprint(const struct layout *layout, const struct node *disk)
{
	json_t *object = json_object();
	int r = put(object, "holds", contents_of(layout, disk));

	r |= put_text(object, "model", disk->disk.model);
	r |= put_text(object, "serial", disk->disk.serial);
	r |= put_text(object, "wwn", disk->disk.wwn);
	r |= put_text(object, "by_path", disk->disk.by_path);
	r |= put_text(object, "table", disk->disk.table);
	r |= put_text(object, "table_id", disk->disk.table_id);
	r |= put(object, "size", json_integer((json_int_t)disk->size));
	if (!r)
		return object;
	json_decref(object);
	return NULL;
}
