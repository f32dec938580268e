/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the labels of a member of a ZFS pool ("ZFS On-Disk Specification", chapter 1): four, two at each end, each with a list of names and
 * values in XDR (big endian) and a ring of uberblocks. */
#ifndef LIFEBOAT_TESTS_ZFS_FIXTURE_H
#define LIFEBOAT_TESTS_ZFS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ZFS_LABEL = 256 << 10, ZFS_LIST = 16 << 10, ZFS_UBERBLOCKS = 128 << 10, ZFS_UBERBLOCK = 1 << 10, ZFS_VERSION = 5000 };
enum { ZFS_UINT64 = 8, ZFS_STRING = 9 };

static inline void zfs_put(unsigned char *at, uint64_t value, size_t bytes)
{
	for (at += bytes; bytes--; value >>= 8)
		*--at = (unsigned char)value;
}

/* The head of a pair whose value takes BYTES: where the value goes. */
static inline unsigned char *zfs_pair(unsigned char **at, const char *name, unsigned type, size_t bytes)
{
	size_t length = strlen(name), padded = (length + 3) & ~(size_t)3, size = 12 + padded + 8 + bytes;
	unsigned char *pair = *at;

	zfs_put(pair, size, 4);
	zfs_put(pair + 4, size, 4);
	zfs_put(pair + 8, length, 4);
	memcpy(pair + 12, name, length);
	zfs_put(pair + 12 + padded, type, 4);
	zfs_put(pair + 16 + padded, 1, 4);
	*at += size;
	return pair + 20 + padded;
}

static inline void zfs_number(unsigned char **at, const char *name, uint64_t value)
{
	zfs_put(zfs_pair(at, name, ZFS_UINT64, 8), value, 8);
}

static inline void zfs_text(unsigned char **at, const char *name, const char *text)
{
	size_t length = strlen(text), padded = (length + 3) & ~(size_t)3;
	unsigned char *value = zfs_pair(at, name, ZFS_STRING, 4 + padded);

	zfs_put(value, length, 4);
	memcpy(value + 4, text, length);
}

/* On FD of SIZE bytes: the member with number GUID of pool POOL, whose number is POOL_GUID. */
static inline void zfs_make(int fd, uint64_t size, const char *pool, uint64_t pool_guid, uint64_t guid)
{
	unsigned char *label = calloc(1, ZFS_LABEL), *at = label + ZFS_LIST;
	const uint64_t places[] = { 0, ZFS_LABEL, size - 2 * ZFS_LABEL, size - ZFS_LABEL };

	if (!label)
		abort();
	*at = 1;                             /* XDR */
	at[1] = 1;
	zfs_put(at + 4, 0, 4);
	zfs_put(at + 8, 1, 4);
	at += 12;
	zfs_number(&at, "version", ZFS_VERSION);
	zfs_text(&at, "name", pool);
	zfs_number(&at, "state", 0);         /* active */
	zfs_number(&at, "txg", 8);
	zfs_number(&at, "pool_guid", pool_guid);
	zfs_number(&at, "guid", guid);
	for (unsigned i = 0; i < 8; i++) {
		unsigned char *uberblock = label + ZFS_UBERBLOCKS + i * ZFS_UBERBLOCK;

		zfs_put(uberblock, 0x00bab10c, 8);
		zfs_put(uberblock + 8, ZFS_VERSION, 8);
		zfs_put(uberblock + 16, i + 1, 8);
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (pwrite(fd, label, ZFS_LABEL, (off_t)places[i]) != ZFS_LABEL)
			abort();
	free(label);
}

#endif
