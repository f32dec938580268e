/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition_kinds.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "table_kind.h"

const char *partition_kind_of(const struct node *content, bool gpt)
{
	static const char *const of_types[NODE_TYPE_COUNT] = { [NODE_SWAP] = "0x82", [NODE_RAID] = "0xfd", [NODE_PV] = "0x8e" };
	const char *kind = content ? of_types[content->type] : NULL;

	/* Containers have a kind in a GPT alone. */
	if (gpt && content && content->type == NODE_LUKS)
		kind = "0xe8";
	if (content && content->type == NODE_FILESYSTEM && (!strcmp(content->filesystem.kind, "ntfs") || !strcmp(content->filesystem.kind, "vfat") ||
							    !strcmp(content->filesystem.kind, "exfat")))
		kind = "0x07";
	return partition_kind_as(kind ? kind : "0x83", gpt);
}

bool partition_kind_is_stacked(const char *kind)
{
	const char *mbr = partition_kind_as(kind, false);

	return !strcasecmp(mbr, "0xfd") || !strcasecmp(mbr, "0xe8");
}

int partition_set_kind(struct node *partition, const char *kind)
{
	char *copy = strdup(kind);

	if (!copy)
		return -ENOMEM;
	free(partition->partition.kind);
	partition->partition.kind = copy;
	return 0;
}
