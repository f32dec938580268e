/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bits of a superblock by the names that the tools of its kind have for them. */
#ifndef LIFEBOAT_SUPERBLOCKS_FLAG_NAMES_H
#define LIFEBOAT_SUPERBLOCKS_FLAG_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct flag_name {
	uint64_t bit;
	const char *name;        /* NULL: a state, not a feature: skipped */
};

/* Appends ",NAME" for every bit of FLAGS that NAMES knows to *LIST; the bits left over in *UNKNOWN. 0 or -ENOMEM. */
int flags_to_list(uint64_t flags, const struct flag_name *names, size_t count, char **list, uint64_t *unknown);

#endif
