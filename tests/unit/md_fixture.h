/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Superblocks of members of md arrays, metadata 1.x (the kernel's uapi/linux/raid/md_p.h, struct mdp_superblock_1). */
#ifndef LIFEBOAT_TESTS_MD_FIXTURE_H
#define LIFEBOAT_TESTS_MD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MD_UUID "11223344-5566-7788-99aa-bbccddeeff01"

/* What all members of an array say alike. */
struct md_array {
	const char *name;
	unsigned level, layout, disks;
	uint64_t sectors;        /* of a component */
	uint32_t chunk;          /* sectors */
	bool bitmap;
	uint32_t features;       /* beside that */
	unsigned flags;          /* of the member: 1 write-mostly, 2 failfast */
	uint64_t events;         /* updates of the superblock */
	const uint16_t *roles;   /* by number */
	size_t role_count;
};

static inline void md_put(unsigned char *at, uint64_t value, size_t bytes)
{
	for (; bytes--; value >>= 8)
		*at++ = (unsigned char)value;
}

/* The superblock of member NUMBER, which lies at OFFSET of its device. */
static inline void md_superblock(unsigned char sb[4096], const struct md_array *array, unsigned number, uint64_t offset)
{
	uint64_t sum = 0;

	memset(sb, 0, 4096);
	md_put(sb, 0xa92b4efc, 4);
	md_put(sb + 4, 1, 4);
	md_put(sb + 8, array->bitmap | array->features, 4);
	memcpy(sb + 16, "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01", 16);
	memcpy(sb + 32, array->name, strlen(array->name));
	md_put(sb + 72, array->level, 4);
	md_put(sb + 76, array->layout, 4);
	md_put(sb + 80, array->sectors, 8);
	md_put(sb + 88, array->chunk, 4);
	md_put(sb + 92, array->disks, 4);
	md_put(sb + 128, 2048, 8);
	md_put(sb + 144, offset / 512, 8);
	md_put(sb + 160, number, 4);
	memset(sb + 168, (int)(0x10 + number), 16);
	sb[184] = (unsigned char)array->flags;
	md_put(sb + 200, array->events, 8);
	md_put(sb + 220, array->role_count, 4);
	for (size_t i = 0; i < array->role_count; i++)
		md_put(sb + 256 + 2 * i, array->roles[i], 2);
	for (size_t i = 0; i < 256 + 2 * array->role_count; i += 4)
		sum += (uint64_t)sb[i] | (uint64_t)sb[i + 1] << 8 | (uint64_t)sb[i + 2] << 16 | (uint64_t)sb[i + 3] << 24;
	md_put(sb + 216, (sum & 0xffffffff) + (sum >> 32), 4);
}

#endif
