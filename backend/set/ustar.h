/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header block of a tar member (POSIX.1-1988 ustar, IEEE Std 1003.1 "pax", ustar Interchange Format). Only for pax_*.c. */
#ifndef LIFEBOAT_SET_USTAR_H
#define LIFEBOAT_SET_USTAR_H

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char padding[12];
};

_Static_assert(sizeof(struct ustar) == 512, "a header is one block");

/* Largest values of the octal fields, the NUL after them counted. */
#define USTAR_MAX_7 07777777ULL
#define USTAR_MAX_11 077777777777ULL

/* Sum of all bytes of the block, its checksum field as spaces. */
static inline unsigned ustar_sum(const struct ustar *block)
{
	const unsigned char *bytes = (const unsigned char *)block;
	unsigned sum = 0;

	for (unsigned i = 0; i < sizeof(*block); i++)
		sum += i >= 148 && i < 156 ? ' ' : bytes[i];
	return sum;
}

#endif
