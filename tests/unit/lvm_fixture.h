/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the start of an LVM physical volume: label, header, one metadata area, with their checksums (lvm2's lib/format_text/layout.h). */
#ifndef LIFEBOAT_TESTS_LVM_FIXTURE_H
#define LIFEBOAT_TESTS_LVM_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LVM_AREA_OFFSET 4096
#define LVM_AREA_SIZE 65536
#define LVM_AREA_HEADER 512

static inline uint32_t lvm_crc(const void *data, size_t length)
{
	const unsigned char *at = data;
	uint32_t crc = 0xf597a6cf;

	while (length--) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static inline void lvm_put(unsigned char *at, uint64_t value, size_t bytes)
{
	for (; bytes--; value >>= 8)
		*at++ = (unsigned char)value;
}

static inline void lvm_write_at(int fd, uint64_t offset, const void *data, size_t length)
{
	if (pwrite(fd, data, length, (off_t)offset) != (ssize_t)length)
		abort();
}

/* UUID: with dashes. SIZE: bytes of the device. TEXT starts START bytes into the area (512 or more), and wraps at its end. */
static inline void lvm_make(int fd, const char *uuid, uint64_t size, const char *text, size_t length, size_t start)
{
	unsigned char label[512] = "LABELONE", header[LVM_AREA_HEADER] = { 0 };
	size_t first = length < LVM_AREA_SIZE - start ? length : LVM_AREA_SIZE - start, at = 32;

	lvm_put(label + 8, 1, 8);
	lvm_put(label + 20, 32, 4);
	memcpy(label + 24, "LVM2 001", 8);
	for (const char *c = uuid; *c; c++)
		if (*c != '-')
			label[at++] = (unsigned char)*c;
	lvm_put(label + 64, size, 8);
	lvm_put(label + 72, 1 << 20, 8);     /* the data area, to the end */
	lvm_put(label + 104, LVM_AREA_OFFSET, 8);
	lvm_put(label + 112, LVM_AREA_SIZE, 8);
	lvm_put(label + 16, lvm_crc(label + 20, sizeof(label) - 20), 4);
	lvm_write_at(fd, 512, label, sizeof(label));
	memcpy(header + 4, " LVM2 x[5A%r0N*>", 16);
	lvm_put(header + 20, 1, 4);
	lvm_put(header + 24, LVM_AREA_OFFSET, 8);
	lvm_put(header + 32, LVM_AREA_SIZE, 8);
	lvm_put(header + 40, length ? start : 0, 8);
	lvm_put(header + 48, length, 8);
	lvm_put(header + 56, lvm_crc(text, length), 4);
	lvm_put(header, lvm_crc(header + 4, sizeof(header) - 4), 4);
	lvm_write_at(fd, LVM_AREA_OFFSET, header, sizeof(header));
	lvm_write_at(fd, LVM_AREA_OFFSET + start, text, first);
	lvm_write_at(fd, LVM_AREA_OFFSET + LVM_AREA_HEADER, text + first, length - first);
}

#endif
