/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_unreplayed.h"

#include <stddef.h>
#include <string.h>

#include "../core/macro.h"

const char *mount_kernel_type(const char *kind)
{
	return strcmp(kind, "ntfs") ? kind : "ntfs3";
}

const char *mount_unreplayed_options(const char *kind)
{
	static const struct {
		const char *kind, *options;
	} kinds[] = {
		{ "ext3", "noload" },
		{ "ext4", "noload" },
		{ "xfs", "norecovery,nouuid" },
		{ "btrfs", "rescue=nologreplay" },
		{ "f2fs", "disable_roll_forward" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].options;
	return NULL;
}
