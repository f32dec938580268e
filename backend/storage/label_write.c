/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "label_write.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../core/ops.h"

/* "Microsoft Extensible Firmware Initiative FAT32 File System Specification" (2000): the boot sector, and an entry of a directory. */
#define LABEL_OF_FAT16 43
#define LABEL_OF_FAT32 71
#define ENTRY_ATTRIBUTES 11
#define ATTRIBUTE_VOLUME 0x08
/* union swap_header of the kernel's include/linux/swap.h. */
#define SWAP_LABEL 1052

struct label_work {
	const char *device, *label;
};

bool fat_label_is_plain(const char *label)
{
	if (*label == ' ')
		return false;
	for (; *label; label++)
		if (!isalnum((unsigned char)*label) && !strchr(" _-", *label))
			return false;
	return true;
}

static int write_at(int fd, uint64_t offset, const void *data, size_t length)
{
	ssize_t n = pwrite(fd, data, length, (off_t)offset);

	return n == (ssize_t)length ? 0 : n < 0 ? -errno : -EIO;
}

static int patch_fat(int fd, const char *label)
{
	unsigned char boot[512], entry[32];
	char field[FAT_LABEL_LENGTH + 1];
	uint64_t sector, root, backup;
	bool wide;
	int r;

	if (pread(fd, boot, sizeof(boot), 0) != sizeof(boot))
		return -EIO;
	sector = le16(boot + 11);
	wide = !le16(boot + 22);
	backup = wide ? le16(boot + 50) : 0;
	/* FAT32 keeps the root directory in clusters, of which mkfs.vfat takes the first. */
	root = (le16(boot + 14) + (uint64_t)boot[16] * (wide ? le32(boot + 36) : le16(boot + 22))) * sector;
	if (pread(fd, entry, sizeof(entry), (off_t)root) != sizeof(entry) || entry[ENTRY_ATTRIBUTES] != ATTRIBUTE_VOLUME)
		return -EIO;
	memset(field, ' ', sizeof(field));
	memcpy(field, label, strlen(label));
	r = write_at(fd, wide ? LABEL_OF_FAT32 : LABEL_OF_FAT16, field, FAT_LABEL_LENGTH);
	if (!r && backup)
		r = write_at(fd, backup * sector + LABEL_OF_FAT32, field, FAT_LABEL_LENGTH);
	/* In a directory this byte says that an entry is free. */
	if ((unsigned char)field[0] == 0xe5)
		field[0] = 0x05;
	return r ? r : write_at(fd, root, field, FAT_LABEL_LENGTH);
}

static int patch_swap(int fd, const char *label)
{
	char field[SWAP_LABEL_LENGTH + 1] = { 0 };

	memcpy(field, label, strlen(label));
	return write_at(fd, SWAP_LABEL, field, SWAP_LABEL_LENGTH);
}

static int patch(struct context *ctx, const struct label_work *work, size_t limit, int (*change)(int fd, const char *label))
{
	AUTO_CLOSE int fd = open(work->device, O_RDWR | O_CLOEXEC);
	int r = fd < 0 ? -errno : strlen(work->label) > limit ? -EINVAL : change(fd, work->label);

	if (!r && fsync(fd) < 0)
		r = -errno;
	return r ? context_fail(ctx, -r, "The label of %s cannot be written: %s", work->device, strerror(-r)) : 0;
}

static int change_fat(struct context *ctx, void *data)
{
	return patch(ctx, data, FAT_LABEL_LENGTH, patch_fat);
}

static int change_swap(struct context *ctx, void *data)
{
	return patch(ctx, data, SWAP_LABEL_LENGTH, patch_swap);
}

static int write_label(struct context *ctx, const char *device, const char *label, int (*change)(struct context *ctx, void *data))
{
	struct label_work work = { device, label };
	AUTO_FREE char *text = sentence("write the label of %s", device);

	return text ? ops_of(ctx)->change(ctx, text, change, &work) : context_oom(ctx);
}

int fat_label_write(struct context *ctx, const char *device, const char *label)
{
	return write_label(ctx, device, label, change_fat);
}

int swap_label_write(struct context *ctx, const char *device, const char *label)
{
	return write_label(ctx, device, label, change_swap);
}
