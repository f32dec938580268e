/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pe_sections.h"

#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"

#define COFF_SIZE 24u            /* the signature and the file header */
#define SECTION_SIZE 40u
#define NAME_SIZE 8u

/* Where the section table begins, and how many sections it has. */
static bool find_table(const unsigned char *head, size_t length, size_t *ret_table, size_t *ret_count)
{
	uint32_t coff;

	if (length < 64 || memcmp(head, "MZ", 2))
		return false;
	coff = le32(head + 60);
	if (coff > length || length - coff < COFF_SIZE || memcmp(head + coff, "PE\0\0", 4))
		return false;
	*ret_count = le16(head + coff + 6);
	*ret_table = coff + COFF_SIZE + le16(head + coff + 20);
	return *ret_table <= length && *ret_count <= (length - *ret_table) / SECTION_SIZE;
}

int pe_section_next(const unsigned char *head, size_t length, uint64_t size, const char *name, size_t *at, struct pe_section *ret)
{
	char wanted[NAME_SIZE + 1] = "";
	size_t table, count;

	if (!find_table(head, length, &table, &count))
		return -EBADMSG;
	strncpy(wanted, name, NAME_SIZE);
	while (*at < count) {
		const unsigned char *section = head + table + (*at)++ * SECTION_SIZE;
		uint32_t virtual_size = le32(section + 8), raw_size = le32(section + 16);

		if (memcmp(section, wanted, NAME_SIZE))
			continue;
		/* What lies behind the virtual size is filling. */
		*ret = (struct pe_section){ le32(section + 20), virtual_size && virtual_size < raw_size ? virtual_size : raw_size };
		return ret->offset <= size && ret->length <= size - ret->offset ? 1 : -EBADMSG;
	}
	return 0;
}
