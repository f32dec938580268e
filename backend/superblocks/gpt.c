/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gpt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../layout/layout.h"

#define HEADER_LENGTH 92
#define ENTRY_NAME 56
#define ENTRY_SIZE_LIMIT 4096
#define PROTECTIVE 0xee
#define MBR_ENTRY 16
#define FIRST_ENTRY 6 /* in the bytes that are kept */

/* CRC-32 as of IEEE 802.3, over data that is read once: no table. */
static uint32_t crc32_of(const unsigned char *data, size_t length)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < length; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static int read_bytes(int fd, uint64_t size, uint64_t offset, void *data, size_t length)
{
	ssize_t n = offset > size || length > size - offset ? -2 : pread(fd, data, length, (off_t)offset);

	return n == (ssize_t)length ? 0 : n == -1 ? -errno : -EINVAL;
}

/* Reads header and entries of the copy whose header is in sector LBA. */
static int read_copy(int fd, uint64_t size, uint32_t sector, uint64_t lba, struct gpt *gpt)
{
	unsigned char header[512];
	AUTO_FREE unsigned char *entries = NULL;
	uint32_t length, crc;
	int r = read_bytes(fd, size, lba * sector, header, sizeof(header));

	if (r)
		return r;
	length = le32(header + 12);
	crc = le32(header + 16);
	if (memcmp(header, "EFI PART", 8) || length < HEADER_LENGTH || length > sizeof(header))
		return -EINVAL;
	memset(header + 16, 0, 4);
	gpt->count = le32(header + 80);
	gpt->entry_size = le32(header + 84);
	if (crc32_of(header, length) != crc || !gpt->count || gpt->count > LAYOUT_TABLE_LIMIT || gpt->entry_size < 128 ||
	    gpt->entry_size > ENTRY_SIZE_LIMIT || le64(header + 72) > size / sector)
		return -EINVAL;
	entries = calloc(gpt->count, gpt->entry_size);
	if (!entries)
		return -ENOMEM;
	r = read_bytes(fd, size, le64(header + 72) * sector, entries, (size_t)gpt->count * gpt->entry_size);
	if (!r && crc32_of(entries, (size_t)gpt->count * gpt->entry_size) != le32(header + 88))
		r = -EINVAL;
	if (!r)
		gpt->entries = TAKE_POINTER(entries);
	return r;
}

int gpt_read(int fd, uint64_t size, uint32_t sector, struct gpt *ret)
{
	struct gpt gpt = { 0 };
	int r = read_bytes(fd, size, 0, gpt.mbr, sizeof(gpt.mbr));

	if (!r)
		r = read_copy(fd, size, sector, 1, &gpt);
	if (r == -EINVAL)
		r = read_copy(fd, size, sector, size / sector - 1, &gpt);
	if (!r)
		*ret = gpt;
	return r;
}

void gpt_done(struct gpt *gpt)
{
	free(gpt->entries);
	*gpt = (struct gpt){ 0 };
}

/* Appends CODE (up to U+10FFFF, surrogates too) in the form of UTF-8. */
static int append_code(struct buffer *text, uint32_t code)
{
	char bytes[4];
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = length; i-- > 0; code >>= 6)
		bytes[i] = (char)(i ? 0x80 | (code & 0x3f) : lead[length] | code);
	return buffer_append(text, bytes, length);
}

char *gpt_name(const struct gpt *gpt, uint32_t number)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const unsigned char *name;

	if (buffer_append(&text, "", 0) < 0)
		return NULL;
	if (!number || number > gpt->count)
		return TAKE_POINTER(text.data);
	name = gpt->entries + (size_t)(number - 1) * gpt->entry_size + ENTRY_NAME;
	for (size_t i = 0; i < GPT_NAME_UNITS && le16(name + 2 * i); i++) {
		uint32_t unit = le16(name + 2 * i), next = i + 1 < GPT_NAME_UNITS ? le16(name + 2 * i + 2) : 0;

		if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
			unit = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
			i++;
		}
		if (append_code(&text, unit) < 0)
			return NULL;
	}
	return TAKE_POINTER(text.data);
}

/* The code point at *AT, which moves behind it: UTF-8 and surrogates in its form, none in more bytes than it needs. False when it is none. */
static bool take_code(const unsigned char **at, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = *at;
	size_t length = *c < 0x80 ? 1 : *c >= 0xc2 && *c < 0xe0 ? 2 : (*c & 0xf0) == 0xe0 ? 3 : (*c & 0xf8) == 0xf0 ? 4 : 0;

	if (!length)
		return false;
	*ret = length == 1 ? *c : *c & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return false;
		*ret = *ret << 6 | (c[i] & 0x3f);
	}
	*at += length;
	return *ret >= least[length] && *ret < 0x110000;
}

int gpt_set_name(struct gpt *gpt, uint32_t number, const char *name)
{
	unsigned char units[2 * GPT_NAME_UNITS] = { 0 };
	const unsigned char *at = (const unsigned char *)name;
	size_t count = 0;
	uint32_t code;

	if (!number || number > gpt->count)
		return -EINVAL;
	while (*at) {
		uint32_t pair[2] = { 0 };

		if (!take_code(&at, &code))
			return -EINVAL;
		pair[0] = code < 0x10000 ? code : 0xd800 + ((code - 0x10000) >> 10);
		pair[1] = 0xdc00 + (code & 0x3ff);
		for (size_t i = 0; i < (code < 0x10000 ? 1 : 2); i++, count++) {
			if (count == GPT_NAME_UNITS)
				return -EINVAL;
			put_le16(units + 2 * count, (uint16_t)pair[i]);
		}
	}
	memcpy(gpt->entries + (size_t)(number - 1) * gpt->entry_size + ENTRY_NAME, units, sizeof(units));
	return 0;
}

static int write_bytes(int fd, uint64_t offset, const void *data, size_t length)
{
	ssize_t n = pwrite(fd, data, length, (off_t)offset);

	return n == (ssize_t)length ? 0 : n < 0 ? -errno : -EIO;
}

int gpt_write(int fd, uint64_t size, uint32_t sector, const struct gpt *gpt)
{
	const uint64_t headers[] = { size / sector - 1, 1 };
	size_t length = (size_t)gpt->count * gpt->entry_size;

	for (size_t i = 0; i < ARRAY_LENGTH(headers); i++) {
		struct gpt copy = { 0 };
		unsigned char header[512];
		int r = read_copy(fd, size, sector, headers[i], &copy);
		bool same = !r && copy.count == gpt->count && copy.entry_size == gpt->entry_size;

		gpt_done(&copy);
		if (!r && !same)
			r = -EINVAL;
		if (!r)
			r = read_bytes(fd, size, headers[i] * sector, header, sizeof(header));
		if (r)
			return r;
		put_le32(header + 88, crc32_of(gpt->entries, length));
		put_le32(header + 16, 0);
		put_le32(header + 16, crc32_of(header, le32(header + 12)));
		r = write_bytes(fd, le64(header + 72) * sector, gpt->entries, length);
		if (!r)
			r = write_bytes(fd, headers[i] * sector, header, sizeof(header));
		if (r)
			return r;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static bool is_zero(const unsigned char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i])
			return false;
	return true;
}

/* True when the kept bytes have an entry beside one that protects the GPT. */
static bool is_hybrid(const unsigned char *kept)
{
	return kept[FIRST_ENTRY + 4] != PROTECTIVE || !is_zero(kept + FIRST_ENTRY + MBR_ENTRY, 3 * MBR_ENTRY);
}

char *gpt_mbr_text(const struct gpt *gpt, bool *ret_plain)
{
	const unsigned char *kept = gpt->mbr + GPT_MBR_OFFSET;
	char text[2 + 2 * GPT_MBR_LENGTH + 1] = "0x";

	*ret_plain = is_zero(kept, FIRST_ENTRY) && !kept[FIRST_ENTRY] && !is_hybrid(kept);
	for (size_t i = 0; i < GPT_MBR_LENGTH; i++) {
		text[2 + 2 * i] = "0123456789abcdef"[kept[i] >> 4];
		text[3 + 2 * i] = "0123456789abcdef"[kept[i] & 15];
	}
	return *ret_plain ? NULL : strdup(text);
}

static unsigned digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10) & 15;
}

static void from_text(const char *text, unsigned char *kept)
{
	for (size_t i = 0; i < GPT_MBR_LENGTH; i++)
		kept[i] = (unsigned char)(digit(text[2 + 2 * i]) << 4 | digit(text[3 + 2 * i]));
}

bool gpt_mbr_is_hybrid(const char *text)
{
	unsigned char kept[GPT_MBR_LENGTH];

	from_text(text, kept);
	return is_hybrid(kept);
}

void gpt_mbr_apply(const char *text, unsigned char *sector_0)
{
	unsigned char kept[GPT_MBR_LENGTH];

	from_text(text, kept);
	memcpy(sector_0 + GPT_MBR_OFFSET, kept, is_hybrid(kept) ? GPT_MBR_LENGTH : FIRST_ENTRY + 1);
}
