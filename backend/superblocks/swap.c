/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linux swap: union swap_header of the kernel's include/linux/swap.h, little endian. */
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "superblocks.h"

/* mkswap's own, and those that hibernation puts over them (linux/kernel/power/swap.c and its forebears). */
static bool is_swap_magic(const char *magic)
{
	static const char *const magics[] = { "SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001" };

	for (size_t i = 0; i < ARRAY_LENGTH(magics); i++)
		if (!strncmp(magic, magics[i], strlen(magics[i])))
			return true;
	return false;
}

int superblock_swap(const struct extent *extent, struct node *node)
{
	for (uint32_t page = 4096; page <= 65536; page *= 2) {
		char magic[10];
		unsigned char last[4];

		if (extent_read(extent, page - sizeof(magic), magic, sizeof(magic)))
			break;
		if (!is_swap_magic(magic))
			continue;
		if (extent_read(extent, 1028, last, sizeof(last)))
			break;
		node->swap.page_size = page;
		node->size = ((uint64_t)le32(last) + 1) * page;
		return 0;
	}
	return -EINVAL;
}
