/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a GPT with one partition (UEFI 2.10, 5.3), both copies, behind a protective MBR. */
#ifndef LIFEBOAT_TESTS_GPT_FIXTURE_H
#define LIFEBOAT_TESTS_GPT_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GPT_DISK_UUID "04030201-0605-0807-090a-0b0c0d0e0f10"
#define GPT_PARTITION_UUID "14131211-1615-1817-191a-1b1c1d1e1f20"
#define GPT_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
enum { GPT_SECTOR = 512, GPT_ENTRIES = 128, GPT_ENTRY = 128, GPT_TABLE = GPT_ENTRIES * GPT_ENTRY, GPT_TABLE_SECTORS = GPT_TABLE / GPT_SECTOR };

static inline uint32_t gpt_crc(const unsigned char *data, size_t length)
{
	uint32_t crc = ~0u;

	while (length--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static inline void gpt_put(unsigned char *at, uint64_t value, size_t bytes)
{
	for (; bytes--; value >>= 8)
		*at++ = (unsigned char)value;
}

static inline void gpt_write_at(int fd, uint64_t sector, const unsigned char *data, size_t length)
{
	if (pwrite(fd, data, length, (off_t)(sector * GPT_SECTOR)) != (ssize_t)length)
		abort();
}

static inline void gpt_write_header(int fd, uint64_t sectors, uint64_t here, uint64_t other, uint64_t table, const unsigned char *entries)
{
	unsigned char header[GPT_SECTOR] = "EFI PART";

	gpt_put(header + 8, 0x10000, 4);
	gpt_put(header + 12, 92, 4);
	gpt_put(header + 24, here, 8);
	gpt_put(header + 32, other, 8);
	gpt_put(header + 40, 2 + GPT_TABLE_SECTORS, 8);
	gpt_put(header + 48, sectors - 2 - GPT_TABLE_SECTORS, 8);
	for (unsigned i = 0; i < 16; i++)
		header[56 + i] = (unsigned char)(1 + i);
	gpt_put(header + 72, table, 8);
	gpt_put(header + 80, GPT_ENTRIES, 4);
	gpt_put(header + 84, GPT_ENTRY, 4);
	gpt_put(header + 88, gpt_crc(entries, GPT_TABLE), 4);
	gpt_put(header + 16, gpt_crc(header, 92), 4);
	gpt_write_at(fd, here, header, sizeof(header));
	gpt_write_at(fd, table, entries, GPT_TABLE);
}

/* On FD of SIZE bytes: partition 1, of Linux, is sectors FIRST to LAST. */
static inline void gpt_make(int fd, uint64_t size, uint64_t first, uint64_t last)
{
	static const unsigned char linux_type[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };
	unsigned char mbr[GPT_SECTOR] = { [446 + 4] = 0xee, [510] = 0x55, [511] = 0xaa }, entries[GPT_TABLE] = { 0 };
	uint64_t sectors = size / GPT_SECTOR;

	gpt_put(mbr + 446 + 1, 0x000200, 3);
	gpt_put(mbr + 446 + 5, 0xffffff, 3);
	gpt_put(mbr + 446 + 8, 1, 4);
	gpt_put(mbr + 446 + 12, sectors - 1, 4);
	gpt_write_at(fd, 0, mbr, sizeof(mbr));
	memcpy(entries, linux_type, sizeof(linux_type));
	for (unsigned i = 0; i < 16; i++)
		entries[16 + i] = (unsigned char)(0x11 + i);
	gpt_put(entries + 32, first, 8);
	gpt_put(entries + 40, last, 8);
	gpt_write_header(fd, sectors, 1, sectors - 1, 2, entries);
	gpt_write_header(fd, sectors, sectors - 1, 1, sectors - 1 - GPT_TABLE_SECTORS, entries);
}

#endif
