/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ntfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/macro.h"

#define RECORD_LIMIT 65536u
#define SECTOR 512u          /* what update sequences protect, whatever the volume's sectors are */
#define LOG_PAGE_LIMIT 65536u

/* Numbers of the records that are read, types of attributes. */
enum { RECORD_MFT = 0, RECORD_LOG = 2, RECORD_VOLUME = 3, RECORD_BITMAP = 6 };
enum { ATTRIBUTE_VOLUME = 0x70, ATTRIBUTE_DATA = 0x80 };
#define ATTRIBUTES_END 0xffffffffu

struct volume {
	const struct extent *extent;
	uint64_t cluster, clusters; /* bytes of one; how many */
	uint64_t table;             /* byte at which the master file table begins */
	uint64_t table_length;      /* bytes of its first run */
	uint32_t record;            /* bytes of a record */
	unsigned char *bytes;       /* the record that was read last */
};

/* Small numbers of the boot sector: a count, or, negative, the binary logarithm of bytes. */
static uint64_t boot_size(unsigned char value, uint64_t unit)
{
	return value < 0x80 ? value * unit : 256u - value < 32 ? 1ull << (256u - value) : 0;
}

static bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

static int open_volume(const struct extent *extent, struct volume *volume)
{
	unsigned char boot[512];
	uint64_t sector, sectors, per_cluster;
	int r = extent_read(extent, 0, boot, sizeof(boot));

	if (r < 0)
		return r;
	sector = le16(boot + 0x0b);
	/* From 0x80 on it is the negative logarithm of sectors. */
	per_cluster = boot[0x0d] <= 0x80 ? boot[0x0d] : boot_size(boot[0x0d], 1);
	sectors = le64(boot + 0x28);
	if (memcmp(boot + 3, "NTFS    ", 8) || !is_power_of_two(sector) || sector < 256 || sector > 4096 || !is_power_of_two(per_cluster) ||
	    per_cluster > (2u << 20) / sector || !sectors || sectors > extent->size / sector)
		return -EINVAL;
	volume->extent = extent;
	volume->cluster = per_cluster * sector;
	volume->clusters = sectors / per_cluster;
	volume->record = (uint32_t)boot_size(boot[0x40], volume->cluster);
	if (!is_power_of_two(volume->record) || volume->record < SECTOR || volume->record > RECORD_LIMIT ||
	    le64(boot + 0x30) >= volume->clusters)
		return -EINVAL;
	volume->table = le64(boot + 0x30) * volume->cluster;
	volume->table_length = volume->record;
	volume->bytes = malloc(volume->record);
	return volume->bytes ? 0 : -ENOMEM;
}

/* The last two bytes of each sector stand in the update sequence; what is in their place shows that the record was written whole. */
static bool apply_fixups(unsigned char *record, uint32_t length)
{
	uint32_t offset = le16(record + 4), count = le16(record + 6);

	if (count != length / SECTOR + 1 || offset % 2 || offset + 2 * count > SECTOR - 2)
		return false;
	for (uint32_t i = 1; i < count; i++) {
		unsigned char *end = record + i * SECTOR - 2;

		if (memcmp(end, record + offset, 2))
			return false;
		memcpy(end, record + offset + 2 * i, 2);
	}
	return true;
}

/* Reads record NUMBER, which lies in the first run of the table. */
static int read_record(struct volume *volume, unsigned number)
{
	uint64_t offset = (uint64_t)number * volume->record;
	int r = offset + volume->record > volume->table_length ? -EINVAL
		: extent_read(volume->extent, volume->table + offset, volume->bytes, volume->record);

	if (r < 0)
		return r;
	/* In use, and no extension of another. */
	return !memcmp(volume->bytes, "FILE", 4) && apply_fixups(volume->bytes, volume->record) && (le16(volume->bytes + 0x16) & 1) &&
	       !le64(volume->bytes + 0x20) ? 0 : -EINVAL;
}

/* The attribute of TYPE without a name, whole inside the record; NULL: there is none. */
static const unsigned char *find_attribute(const struct volume *volume, uint32_t type, uint32_t *ret_length)
{
	uint32_t at = le16(volume->bytes + 0x14);

	while (at % 8 == 0 && at + 0x18 <= volume->record && le32(volume->bytes + at) != ATTRIBUTES_END) {
		const unsigned char *attribute = volume->bytes + at;
		uint32_t length = le32(attribute + 4);

		if (length < 0x18 || length > volume->record - at)
			return NULL;
		if (le32(attribute) == type && !attribute[9]) {
			*ret_length = length;
			return attribute;
		}
		at += length;
	}
	return NULL;
}

/* ---- contents that lie in runs of clusters ---- */

struct runs {
	const unsigned char *at, *end;
	uint64_t cluster;        /* of the last run */
};

/* The unnamed data of the present record, which must not be compressed, sparse or spread over several records. *RET_SIZE: its bytes. */
static int open_runs(const struct volume *volume, struct runs *runs, uint64_t *ret_size)
{
	uint32_t length = 0;
	const unsigned char *data = find_attribute(volume, ATTRIBUTE_DATA, &length);
	uint32_t offset = data && data[8] && length >= 0x40 ? le16(data + 0x20) : 0;

	if (offset < 0x40 || offset >= length || le16(data + 0x0c) || le64(data + 0x10))
		return -EINVAL;
	*ret_size = le64(data + 0x30);
	*runs = (struct runs){ data + offset, data + length, 0 };
	/* All of it was written once. */
	return le64(data + 0x38) == *ret_size ? 0 : -EINVAL;
}

static uint64_t little_endian(const unsigned char *bytes, unsigned count, bool is_signed)
{
	uint64_t value = is_signed && count && (bytes[count - 1] & 0x80) ? UINT64_MAX : 0;

	while (count-- > 0)
		value = value << 8 | bytes[count];
	return value;
}

/* The next run: 1, 0 at the end, -EINVAL. */
static int next_run(const struct volume *volume, struct runs *runs, uint64_t *ret_offset, uint64_t *ret_length)
{
	unsigned lengths, offsets;
	uint64_t count;

	if (runs->at >= runs->end || !*runs->at)
		return 0;
	lengths = *runs->at & 0x0f;
	offsets = *runs->at >> 4;
	if (!lengths || lengths > 8 || !offsets || offsets > 8 || (size_t)(runs->end - runs->at) < 1u + lengths + offsets)
		return -EINVAL;
	count = little_endian(runs->at + 1, lengths, false);
	runs->cluster += little_endian(runs->at + 1 + lengths, offsets, true);
	if (!count || count > volume->clusters || runs->cluster > volume->clusters - count)
		return -EINVAL;
	runs->at += 1 + lengths + offsets;
	*ret_offset = runs->cluster * volume->cluster;
	*ret_length = count * volume->cluster;
	return 1;
}

/* LENGTH bytes from the start of the present record's data. */
static int read_data(const struct volume *volume, void *into, uint64_t length)
{
	struct runs runs;
	uint64_t size, offset, run;
	char *to = into;
	int r = open_runs(volume, &runs, &size);

	if (r == 0 && size < length)
		r = -EINVAL;
	while (r == 0 && length > 0) {
		r = next_run(volume, &runs, &offset, &run);
		if (r <= 0)
			return r < 0 ? r : -EINVAL;
		run = run < length ? run : length;
		r = extent_read(volume->extent, offset, to, (size_t)run);
		to += run;
		length -= run;
	}
	return r;
}

/* ---- whether it was closed cleanly ---- */

static int check_volume_flags(struct volume *volume)
{
	uint32_t length = 0;
	const unsigned char *information;
	int r = read_record(volume, RECORD_VOLUME);

	if (r < 0)
		return r;
	information = find_attribute(volume, ATTRIBUTE_VOLUME, &length);
	if (!information || information[8] || le32(information + 0x10) < 12 || le16(information + 0x14) + 12u > length)
		return -EINVAL;
	return le16(information + le16(information + 0x14) + 10) & 1 ? -EUCLEAN : 0;
}

/* Since Windows 8 a log is of version 2.0 while the volume is mounted, and stays so through a "fast startup" shutdown: Windows then keeps metadata,
 * the bitmap among them, in its hibernation file. A clean dismount makes the log 1.1 again. */
static bool is_kept_by_windows(const unsigned char *page)
{
	return le16(page + 0x1c) == 2 && le16(page + 0x1a) == 0;
}

/* Whether the restart page says that no client had the log open; *RET_LSN tells the newer of two pages. */
static bool is_closed_page(const unsigned char *page, size_t length, uint64_t *ret_lsn)
{
	uint32_t area = le16(page + 0x18);

	if (memcmp(page, "RSTR", 4) || area < 0x1e || area + 16 > length || area + 16 > SECTOR - 2)
		return false;
	*ret_lsn = le64(page + area);
	if (is_kept_by_windows(page))
		return false;
	/* No client in use, or the flag that the volume is clean. */
	return le16(page + area + 12) == 0xffff || (le16(page + area + 14) & 2);
}

static int check_log(struct volume *volume)
{
	AUTO_FREE unsigned char *pages = NULL;
	uint64_t first = 0, second = 0;
	uint32_t page;
	bool clean;
	int r = read_record(volume, RECORD_LOG);

	pages = malloc(2 * LOG_PAGE_LIMIT);
	if (r < 0 || !pages)
		return r < 0 ? r : -ENOMEM;
	r = read_data(volume, pages, 2 * LOG_PAGE_LIMIT);
	if (r < 0)
		return r;
	/* One that was emptied. */
	if (le32(pages) == 0xffffffffu)
		return 0;
	page = le32(pages + 0x10);
	if (memcmp(pages, "RSTR", 4) || !is_power_of_two(page) || page < SECTOR || page > LOG_PAGE_LIMIT)
		return -EUCLEAN;
	clean = is_closed_page(pages, page, &first);
	if (!memcmp(pages + page, "RSTR", 4)) {
		bool other = is_closed_page(pages + page, page, &second);

		clean = second > first ? other : clean;
	}
	return clean ? 0 : -EUCLEAN;
}

/* ---- the bitmap ---- */

static int read_bitmap(struct volume *volume, struct block_map *ret)
{
	uint64_t length = volume->clusters / 8 + (volume->clusters % 8 != 0);
	AUTO_FREE unsigned char *bits = NULL;
	int r = read_record(volume, RECORD_BITMAP);

	if (r < 0)
		return r;
	if (length > BLOCK_MAP_LIMIT)
		return -EINVAL;
	bits = malloc(length);
	r = bits ? read_data(volume, bits, length) : -ENOMEM;
	if (r == 0)
		*ret = (struct block_map){ volume->cluster, volume->clusters, TAKE_POINTER(bits) };
	return r;
}

/* How far the records lie in one piece. */
static int look_at_table(struct volume *volume)
{
	struct runs runs;
	uint64_t size, offset = 0;
	int r = read_record(volume, RECORD_MFT);

	if (r == 0)
		r = open_runs(volume, &runs, &size);
	if (r == 0)
		r = next_run(volume, &runs, &offset, &volume->table_length);
	return r < 0 ? r : r == 1 && offset == volume->table ? 0 : -EINVAL;
}

int ntfs_read_used(const struct extent *extent, struct block_map *ret)
{
	struct volume volume = { 0 };
	int r = open_volume(extent, &volume);

	*ret = (struct block_map){ 0 };
	if (r == 0)
		r = look_at_table(&volume);
	if (r == 0)
		r = check_volume_flags(&volume);
	if (r == 0)
		r = check_log(&volume);
	if (r == 0)
		r = read_bitmap(&volume, ret);
	free(volume.bytes);
	return r;
}
