/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB's two parts for BIOS are put together as grub-bios-setup(8) does it: GRUB's include/grub/i386/pc/boot.h and
 * grub-core/boot/i386/pc/diskboot.S. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "stick_boot.h"

#define SECTOR 512u
#define PIECE (1u << 20)
#define CORE_LIMIT (1u << 20)
/* In the MBR: where the core begins, and a jump that is taken out for disks, as some firmware tells a wrong drive. */
#define MBR_CODE 440
#define MBR_CORE_SECTOR 0x5c
#define MBR_DRIVE_CHECK 0x66
/* The last entry of an MBR; xorriso(1) does the same (--mbr-force-bootable): some firmware starts no disk without an active entry. */
#define MBR_LAST_ENTRY 494
#define MBR_ACTIVE 0x80
/* In the first sector of the core: the list of what it loads, which begins with the sector behind it. */
#define CORE_LIST_START (SECTOR - 12)
#define CORE_LIST_LENGTH (SECTOR - 4)

struct piece {
	void *data;
	size_t length;
	uint64_t offset;
};

static int write_piece(struct context *ctx, const struct stick_disk *disk, const struct piece *piece)
{
	return stick_disk_write(ctx, disk, piece->data, piece->length, piece->offset);
}

static int check_piece(struct context *ctx, const struct stick_disk *disk, const struct piece *piece)
{
	AUTO_FREE void *data = malloc(piece->length);
	int r = data ? stick_disk_read(ctx, disk, data, piece->length, piece->offset) : context_oom(ctx);

	if (r == 0 && memcmp(data, piece->data, piece->length) != 0)
		r = context_fail(ctx, EIO, "%s does not give back what was written to it (at byte %llu): the stick is broken, take another one", disk->node->device,
				 (unsigned long long)piece->offset);
	return r;
}

/* All pieces of the image but the first, which makes a filesystem of it. */
static int for_rest(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_part *part,
		    int (*work)(struct context *ctx, const struct stick_disk *disk, const struct piece *piece))
{
	AUTO_CLOSE int fd = open(boot->image, O_RDONLY | O_CLOEXEC);
	AUTO_FREE void *data = malloc(PIECE);
	int r = data ? 0 : context_oom(ctx);

	for (uint64_t at = PIECE; r == 0 && at < boot->image_bytes; at += PIECE) {
		uint64_t left = boot->image_bytes - at;
		size_t length = left < PIECE ? (size_t)left : PIECE;
		ssize_t got = fd < 0 ? -errno : read_full_at(fd, data, length, (off_t)at);

		if (got < 0 || (size_t)got < length)
			return context_fail(ctx, got < 0 ? (int)-got : EIO, "Cannot read %s: %s", boot->image, strerror(got < 0 ? (int)-got : EIO));
		r = work(ctx, disk, &(struct piece){ data, length, part->start + at });
		progress_add(ctx, length, 0);
		if (r == 0)
			r = context_check_cancel(ctx);
	}
	return r;
}

static int write_rest(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_part *part)
{
	int r;

	progress_begin(ctx, "stick", boot->image_bytes, 0);
	progress_waits(ctx, PROGRESS_WRITE);
	r = for_rest(ctx, boot, disk, part, write_piece);
	if (r == 0)
		r = stick_disk_settle(ctx, disk);
	progress_waits(ctx, PROGRESS_NONE);
	if (r < 0)
		return r;
	progress_end(ctx);
	progress_begin(ctx, "stick-check", boot->image_bytes, 0);
	r = for_rest(ctx, boot, disk, part, check_piece);
	if (r == 0)
		progress_end(ctx);
	return r;
}

/* The start of the boot partition. DATA: PIECE bytes. */
static int load_start(struct context *ctx, const struct stick_boot *boot, void *data)
{
	AUTO_CLOSE int fd = open(boot->image, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -errno : read_full_at(fd, data, PIECE, 0);

	return got == PIECE ? 0 : context_fail(ctx, got < 0 ? (int)-got : EIO, "Cannot read %s: %s", boot->image, strerror(got < 0 ? (int)-got : EIO));
}

/* GRUB's core for the BIOS boot partition; nothing without one. DATA: CORE_LIMIT bytes of zeros. */
static int load_core(struct context *ctx, const struct stick_boot *boot, const struct stick_part *part, unsigned char *data)
{
	AUTO_FREE char *core = NULL;
	size_t length = 0;
	int r = boot->loader.bios_core ? file_read(AT_FDCWD, boot->loader.bios_core, CORE_LIMIT, &core, &length) : 0;

	if (r == 0 && boot->loader.bios_core && length <= SECTOR)
		r = -EINVAL;
	if (r < 0)
		return context_fail(ctx, -r, "GRUB's image for BIOS cannot be used: %s", strerror(-r));
	if (!core)
		return 0;
	memcpy(data, core, length);
	put_le64(data + CORE_LIST_START, part->start / SECTOR + 1);
	put_le16(data + CORE_LIST_LENGTH, (uint16_t)((length + SECTOR - 1) / SECTOR - 1));
	return 0;
}

/* The code of the MBR, and an active entry; of the table the rest stays. */
static int make_mbr(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_part *part,
		    unsigned char *sector)
{
	AUTO_FREE char *code = NULL;
	size_t length = 0;
	int r = stick_disk_read(ctx, disk, sector, SECTOR, 0);

	if (r < 0)
		return r;
	memset(sector, 0, MBR_CODE);
	if (!boot->loader.bios_core)
		return 0;
	r = file_read(AT_FDCWD, boot->loader.bios_mbr, SECTOR, &code, &length);
	if (r < 0 || length < MBR_CODE)
		return context_fail(ctx, r < 0 ? -r : EINVAL, "%s cannot be used: %s", boot->loader.bios_mbr, strerror(r < 0 ? -r : EINVAL));
	memcpy(sector, code, MBR_CODE);
	put_le64(sector + MBR_CORE_SECTOR, part->start / SECTOR);
	memset(sector + MBR_DRIVE_CHECK, 0x90, 2);
	sector[MBR_LAST_ENTRY] = MBR_ACTIVE;
	put_le32(sector + MBR_LAST_ENTRY + 12, 1);
	return 0;
}

int stick_boot_write(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_table *table)
{
	const struct stick_part *bios = &table->parts[STICK_BIOS], *part = &table->parts[STICK_BOOT];
	AUTO_FREE unsigned char *start = calloc(1, PIECE), *core = calloc(1, CORE_LIMIT);
	unsigned char mbr[SECTOR], none[SECTOR];
	const struct piece pieces[] = {
		{ core, bios->size < CORE_LIMIT ? (size_t)bios->size : CORE_LIMIT, bios->start }, { start, PIECE, part->start }, { mbr, SECTOR, 0 },
	};
	int r = start && core ? load_core(ctx, boot, bios, core) : context_oom(ctx);

	if (r == 0)
		r = make_mbr(ctx, boot, disk, bios, mbr);
	if (r < 0)
		return r;
	/* A stick half of which is of another boot archive must not start. */
	memcpy(none, mbr, SECTOR);
	memset(none, 0, MBR_CODE);
	r = stick_disk_write(ctx, disk, none, SECTOR, 0);
	if (r == 0)
		r = stick_disk_write(ctx, disk, start, PIECE, part->start);
	if (r == 0)
		r = stick_disk_settle(ctx, disk);
	if (r == 0)
		r = write_rest(ctx, boot, disk, part);
	if (r == 0)
		r = load_start(ctx, boot, start);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(pieces); i++)
		r = write_piece(ctx, disk, pieces + i);
	if (r == 0)
		r = stick_disk_settle(ctx, disk);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(pieces); i++)
		r = check_piece(ctx, disk, pieces + i);
	return r;
}
