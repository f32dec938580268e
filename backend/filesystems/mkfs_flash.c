/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mkfs_flash.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mkfs_arguments.h"

/* ---- exFAT ---- */

int exfat_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	uint64_t cluster = 0;
	bool bad = false, ok = true;

	if (mkfs_number(node, "cluster_size", &cluster, &bad) && cluster >= request->sector)
		ok = mkfs_add(argv, "-c") && mkfs_add(argv, "%" PRIu64, cluster);
	ok = ok && mkfs_add_pair(argv, "-L", node->label) && mkfs_add(argv, "%s", request->device);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* mkfs.exfat makes a serial number of its own. */
int exfat_tune(const struct mkfs_request *request, char ***argv)
{
	const char *uuid = request->node->uuid;

	if (!uuid)
		return 0;
	if (strlen(uuid) != 9 || uuid[4] != '-' || strspn(uuid, "0123456789ABCDEFabcdef-") != 9)
		return -EINVAL;
	return mkfs_add(argv, "tune.exfat") && mkfs_add(argv, "-I") && mkfs_add(argv, "0x%.4s%s", uuid, uuid + 5) &&
			       mkfs_add(argv, "%s", request->device) ?
		       0 :
		       -ENOMEM;
}

/* Its table and its bitmap, both from above. */
uint64_t exfat_written(const struct mkfs_request *request)
{
	uint64_t cluster = 0;
	bool bad = false;

	mkfs_number(request->node, "cluster_size", &cluster, &bad);
	if (cluster < 512)
		cluster = 4096;
	return request->node->size / cluster * 5 + (4u << 20);
}

/* ---- F2FS ---- */

int f2fs_arguments(const struct mkfs_request *request, char ***argv)
{
	const struct node *node = request->node;
	const char *encoding = node_property(node, "encoding"), *flags = node_property(node, "encoding_flags");
	uint64_t segments = 0, sections = 0, block = 0;
	bool bad = false, ok = mkfs_add(argv, "-f") && mkfs_add(argv, "-t") && mkfs_add(argv, "0");

	if (mkfs_number(node, "block_size", &block, &bad) && block != 4096)
		bad = true;
	ok = ok && mkfs_add_pair(argv, "-l", node->label) && mkfs_add(argv, "-U") && mkfs_add(argv, "%s", node->uuid ? node->uuid : MKFS_NIL_UUID) &&
	     mkfs_add_pair(argv, "-O", node_property(node, "features"));
	if (encoding)
		ok = ok && mkfs_add(argv, "-C") && mkfs_add(argv, "%s%s%s", encoding, flags ? ":" : "", flags ? flags : "");
	if (mkfs_number(node, "segments_per_section", &segments, &bad) && segments > 1)
		ok = ok && mkfs_add(argv, "-s") && mkfs_add(argv, "%" PRIu64, segments);
	if (mkfs_number(node, "sections_per_zone", &sections, &bad) && sections > 1)
		ok = ok && mkfs_add(argv, "-z") && mkfs_add(argv, "%" PRIu64, sections);
	ok = ok && mkfs_add(argv, "%s", request->device) && mkfs_add(argv, "%" PRIu64, node->size / request->sector);
	return !ok ? -ENOMEM : bad ? -EINVAL : 0;
}

/* Two copies of what tells where nodes are, of which there is a limit, and what segments hold. */
uint64_t f2fs_written(const struct mkfs_request *request)
{
	uint64_t tables = request->node->size / 128, most = 200ULL << 20;

	return (tables < most ? tables : most) + (24u << 20);
}
