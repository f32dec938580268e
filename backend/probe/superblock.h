/* Numbers out of superblocks, whatever their alignment: little endian as ext, btrfs, FAT and swap keep them, big endian as XFS. */
#ifndef LIFEBOAT_PROBE_SUPERBLOCK_H
#define LIFEBOAT_PROBE_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t le32(const unsigned char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static inline uint64_t le64(const unsigned char *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static inline uint16_t be16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const unsigned char *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline uint64_t be64(const unsigned char *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static inline bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

#endif
