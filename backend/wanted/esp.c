/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "esp.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../fit/sizes.h"
#include "shape.h"
#include "table_kind.h"
#include "wishes_parts.h"

/* Where a system partition is mounted: the first that nothing else is. New string. */
static char *esp_path(const struct layout *layout)
{
	for (unsigned i = 1;; i++) {
		AUTO_FREE char *path = i == 1 ? strdup("/boot/efi") : text_format("/boot/efi%u", i);

		if (!path || !layout_mount_at(layout, path))
			return TAKE_POINTER(path);
	}
}

/* The number of a FAT filesystem as libblkid writes it. New string. */
static char *fat_uuid(const struct layout *layout, const struct node *disk)
{
	AUTO_FREE char *uuid = table_derived_uuid(layout, disk, "esp");
	char *text = uuid ? text_format("%.4s-%.4s", uuid, uuid + 4) : NULL;

	for (char *c = text; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return text;
}

int esp_fill(struct layout *layout, const struct node *disk, const struct node *partition, const char *why)
{
	AUTO_FREE char *filesystem_id = text_format("planned:fs:%s", disk->id), *mount_id = text_format("planned:mount:%s", disk->id);
	AUTO_FREE char *path = esp_path(layout);
	struct node *filesystem = filesystem_id ? layout_insert(layout, NODE_FILESYSTEM, filesystem_id, partition) : NULL;
	struct node *mount = filesystem && mount_id ? layout_insert(layout, NODE_MOUNT, mount_id, filesystem) : NULL;

	if (!mount || strv_append(&filesystem->on, partition->id) < 0 || strv_append(&mount->on, filesystem_id) < 0)
		return -ENOMEM;
	filesystem->size = partition->size;
	filesystem->uuid = fat_uuid(layout, disk);
	filesystem->filesystem.kind = strdup("vfat");
	mount->mount.path = TAKE_POINTER(path);
	mount->mount.options = strdup("rw,relatime,umask=0077");
	if (!filesystem->uuid || !filesystem->filesystem.kind || !mount->mount.path || !mount->mount.options)
		return -ENOMEM;
	return node_property_set(filesystem, "fat_bits", "32") || node_property_set(filesystem, PLANNED_PROPERTY, why) ||
	       node_property_set(mount, PLANNED_PROPERTY, why) ? -ENOMEM : 0;
}

/* The system partition of DISK that something is mounted of; NULL: it has none. */
static const struct node *esp_of(const struct layout *layout, const struct node *disk)
{
	for (size_t i = 0; i < layout->count; i++)
		for (size_t k = 0; partition_is_esp(layout->nodes[i]) && k < layout->count; k++)
			if (layout->nodes[k]->type == NODE_MOUNT && layout_lies_on(layout, layout->nodes[i], disk) &&
			    layout_lies_on(layout, layout->nodes[k], layout->nodes[i]) && layout_disk_of(layout, layout->nodes[k]) == disk)
				return layout->nodes[i];
	return NULL;
}

/* The largest of those that the other disks of ARRAY have; NULL: one of them has none. */
static const struct node *esp_of_others(const struct layout *layout, const struct node *array)
{
	const struct node *largest = NULL;

	for (char **id = array->on; *id; id++) {
		const struct node *disk = layout_disk_of(layout, layout_find(layout, *id)), *esp = disk ? esp_of(layout, disk) : NULL;

		if (!esp)
			return NULL;
		largest = largest && largest->size >= esp->size ? largest : esp;
	}
	return largest;
}

int esp_add_further(struct context *ctx, struct layout *layout, struct node *disk, const struct node *array)
{
	const struct node *like = wish_start_path(layout, array) && !esp_of(layout, disk) ? esp_of_others(layout, array) : NULL;
	uint64_t least = sizes_least_esp(node_sector(disk));
	struct node *partition;
	int r;

	if (!like)
		return 0;
	r = shape_add_further(ctx, layout, disk, like->size > least ? like->size : least, GPT_KIND_ESP, &partition);
	if (r < 0)
		return r;
	partition->partition.name = strdup("EFI system partition");
	return !partition->partition.name || node_property_set(partition, PLANNED_PROPERTY, "further") < 0 ||
	       esp_fill(layout, disk, partition, "further") < 0 ? context_oom(ctx) : 0;
}
