/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "obdr.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../core/file.h"

/* ISO 9660 (ECMA-119, 8.4) and El Torito 1.0: places in sectors and bytes. */
#define SECTOR OBDR_IMAGE_BLOCK
#define VOLUME_SECTOR 16u
#define BOOT_SECTOR 17u
#define VOLUME_ID 40u
#define VOLUME_SIZE 80u          /* little-endian, in sectors */
#define EL_TORITO "EL TORITO SPECIFICATION"
#define CATALOG_PLACE 71u        /* little-endian sector of the boot catalog */
#define ENTRY 32u                /* bytes of an entry of the catalog; the second is the initial one */
#define ENTRY_BOOTABLE 0x88u
#define ENTRY_SECTOR 8u          /* in an entry: little-endian sector of what is loaded */
#define KEEP_SECTORS 4096u       /* of the image's beginning: volume descriptors, and a catalog wherever writers of images put it */

/* ---- writing ---- */

static int write_records(struct context *ctx, struct drive *drive, int fd, uint64_t size)
{
	char record[SECTOR];

	for (uint64_t at = 0; at < size; at += SECTOR) {
		size_t length = size - at < SECTOR ? (size_t)(size - at) : SECTOR;
		int r = context_check_cancel(ctx);

		memset(record, 0, sizeof(record));
		if (r == 0 && read_full_at(fd, record, length, (off_t)at) != (ssize_t)length)
			r = context_fail(ctx, EIO, "The image that the machine is to start from cannot be read to its end");
		if (r == 0)
			r = drive_write(ctx, drive, record, sizeof(record));
		if (r < 0)
			return r;
	}
	return 0;
}

int obdr_write(struct context *ctx, struct drive *drive, int image_fd)
{
	static const char label[OBDR_LABEL_BLOCK];
	struct stat st;
	int r = fstat(image_fd, &st) < 0 ? context_fail(ctx, errno, "The image that the machine is to start from cannot be read: %s", strerror(errno)) :
					   drive_rewind(ctx, drive);

	if (r == 0)
		r = drive_set_block(ctx, drive, OBDR_LABEL_BLOCK);
	for (unsigned i = 0; r == 0 && i < OBDR_LABEL_RECORDS; i++)
		r = drive_write(ctx, drive, label, sizeof(label));
	if (r == 0)
		r = drive_set_block(ctx, drive, OBDR_IMAGE_BLOCK);
	if (r == 0)
		r = write_records(ctx, drive, image_fd, (uint64_t)st.st_size);
	if (r == 0)
		r = drive_write_marks(ctx, drive, 1);
	return r == -ENOSPC ? context_fail(ctx, ENOSPC, "The tape in %s has no room for what the machine is to start from: take another tape", drive->path) : r;
}

/* ---- looking ---- */

struct disc {
	unsigned char *data;     /* its first sectors */
	uint64_t sectors;        /* that were read */
};

static int refuse(struct context *ctx, const struct drive *drive, const char *why)
{
	return context_fail(ctx, EBADMSG, "No machine starts from the tape in %s: %s", drive->path, why);
}

static int read_label_zone(struct context *ctx, struct drive *drive)
{
	char record[SECTOR];

	for (unsigned i = 0; i < OBDR_LABEL_RECORDS; i++) {
		ssize_t n = drive_read(ctx, drive, record, sizeof(record));

		if (n < 0 && n != -ENOMEM)
			return (int)n;
		if (n != OBDR_LABEL_BLOCK)
			return refuse(ctx, drive, sentence_words(N_("it does not begin with 20 records of 512 bytes")));
	}
	return 0;
}

static int read_image(struct context *ctx, struct drive *drive, struct disc *disc)
{
	for (;;) {
		char record[2 * SECTOR];
		ssize_t n = drive_read(ctx, drive, record, sizeof(record));

		if (n == 0)
			return 0;
		if (n < 0 && n != -ENOMEM)
			return (int)n;
		if (n != SECTOR)
			return refuse(ctx, drive, sentence_words(N_("the image on it is not in records of 2048 bytes")));
		if (disc->sectors < KEEP_SECTORS)
			memcpy(disc->data + disc->sectors * SECTOR, record, SECTOR);
		disc->sectors++;
		if (context_check_cancel(ctx) < 0)
			return -ECANCELED;
	}
}

/* The sectors of the disc that its loader names must be there. NULL: they are, else why not, N_(). */
static const char *complaint_of_catalog(const struct disc *disc, const unsigned char *boot)
{
	uint32_t place = le32(boot + CATALOG_PLACE);
	const unsigned char *catalog = disc->data + (size_t)place * SECTOR;
	uint16_t sum = 0;

	if (place <= BOOT_SECTOR || place >= disc->sectors || place >= KEEP_SECTORS)
		return N_("the boot catalog of the image is not where its boot record says");
	for (unsigned i = 0; i < ENTRY; i += 2)
		sum = (uint16_t)(sum + le16(catalog + i));
	if (catalog[0] != 1 || sum || catalog[30] != 0x55 || catalog[31] != 0xaa)
		return N_("the boot catalog of the image is damaged");
	if (catalog[ENTRY] != ENTRY_BOOTABLE)
		return N_("the boot catalog of the image says that nothing is to be started");
	return le32(catalog + ENTRY + ENTRY_SECTOR) < disc->sectors ? NULL : N_("the loader lies behind the end of the image");
}

static const char *complaint_of(const struct disc *disc)
{
	const unsigned char *volume = disc->data + VOLUME_SECTOR * SECTOR, *boot = disc->data + BOOT_SECTOR * SECTOR;

	if (disc->sectors <= BOOT_SECTOR || memcmp(volume, "\1CD001", 6) != 0)
		return N_("behind the label zone there is no image of a disc");
	if (memcmp(boot, "\0CD001", 6) != 0 || memcmp(boot + 7, EL_TORITO, strlen(EL_TORITO)) != 0)
		return N_("the image has no boot record where a drive looks for it");
	if (le32(volume + VOLUME_SIZE) > disc->sectors)
		return N_("the image on it is cut short");
	return complaint_of_catalog(disc, boot);
}

int obdr_check(struct context *ctx, struct drive *drive, struct obdr_look *ret)
{
	AUTO_FREE unsigned char *data = calloc(KEEP_SECTORS, SECTOR);
	struct disc disc = { .data = data };
	const char *complaint;
	int r = data ? drive_rewind(ctx, drive) : context_oom(ctx);

	if (r == 0)
		r = read_label_zone(ctx, drive);
	if (r == 0)
		r = read_image(ctx, drive, &disc);
	if (r < 0)
		return r;
	complaint = complaint_of(&disc);
	if (complaint)
		return refuse(ctx, drive, sentence_words(complaint));
	*ret = (struct obdr_look){ .image_bytes = disc.sectors * SECTOR };
	memcpy(ret->volume, data + VOLUME_SECTOR * SECTOR + VOLUME_ID, sizeof(ret->volume) - 1);
	for (size_t i = strlen(ret->volume); i > 0 && ret->volume[i - 1] == ' '; i--)
		ret->volume[i - 1] = '\0';
	return 0;
}
