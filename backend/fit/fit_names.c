/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of what is brought up: they last as long as the restore. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../stack/lvm_rules.h"
#include "../stack/raid_arguments.h"
#include "fit_parts.h"

#define NAME_LIMIT 100 /* of a container; device mapper takes 127 (dm-ioctl.h, DM_NAME_LEN) */

/* The device node of partition NUMBER, as the kernel names it: "/dev/sda" 1 -> "/dev/sda1", "/dev/nvme0n1" 1 -> "/dev/nvme0n1p1". New string; NULL
 * when out of memory. */
static char *partition_device(const char *disk_device, uint32_t number)
{
	size_t length = strlen(disk_device);
	bool digit = length && isdigit((unsigned char)disk_device[length - 1]);

	return text_format("%s%s%" PRIu32, disk_device, digit ? "p" : "", number);
}

static const char *opened_name(const struct node *node)
{
	return node_property(node, "opened_as");
}

static const char *given_name(const struct node *node)
{
	return node->device ? strrchr(node->device, '/') + 1 : NULL;
}

/* Whether something of LAYOUT, of the same TYPE, has the name of DEVICE. */
static bool is_taken(const struct layout *layout, enum node_type type, const char *device, const char *(*name)(const struct node *node))
{
	for (size_t i = 0; i < layout->count; i++) {
		const char *taken = layout->nodes[i]->type == type ? name(layout->nodes[i]) : NULL;

		if (taken && !strcmp(taken, strrchr(device, '/') + 1))
			return true;
	}
	return false;
}

/* Each gives the device of the name number TRY of NODE: 0 as it was seen, or "" where it was not; then others. New string; NULL: there are no more,
 * or out of memory. */

static char *array_device(const struct node *array, unsigned try)
{
	const char *before = opened_name(array);

	if (try > RAID_NUMBER_MAX + 1)
		return NULL;
	if (try)
		return text_format("/dev/md%u", RAID_NUMBER_MAX + 1 - try);
	return before && !strncmp(before, "md", 2) && strspn(before + 2, "0123456789") == strlen(before + 2) && before[2]
		       ? text_format("/dev/%s", before) : strdup("");
}

/* Signs that device mapper takes as they are (libdm, dm_mangle_string()). */
static bool is_plain(const char *name)
{
	static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#+-.:=@_";

	return name[0] && name[0] != '.' && name[0] != '-' && strlen(name) <= NAME_LIMIT && strspn(name, signs) == strlen(name);
}

static char *container_device(const struct node *container, unsigned try)
{
	const char *before = opened_name(container);
	AUTO_FREE char *name = before && is_plain(before) ? strdup(before) : text_format("luks-%s", container->uuid ? container->uuid : container->id);

	return !name ? NULL : try ? text_format("/dev/mapper/%s-%u", name, try) : text_format("/dev/mapper/%s", name);
}

static char *(*const devices[NODE_TYPE_COUNT])(const struct node *node, unsigned try) = {
	[NODE_RAID] = array_device,
	[NODE_LUKS] = container_device,
};

/* A volume is called as it is, and only where it is made. */
static int name_volume(struct context *ctx, const struct layout *result, struct node *volume)
{
	free(TAKE_POINTER(volume->device));
	if (!lvm_has_device(result, volume))
		return 0;
	volume->device = lvm_device(result, volume);
	return volume->device ? 0 : context_oom(ctx);
}

/* After its disk or array, which has its name by now. */
static int name_partition(struct context *ctx, const struct layout *result, struct node *partition)
{
	const struct node *on = layout_find(result, partition->on[0]);

	free(partition->device);
	/* A mapping that the restore makes itself; udev's rules call it the same. */
	partition->device = node_number(on, MULTIPATH_PROPERTY) && opened_name(on) ?
				    text_format("/dev/mapper/%s-part%" PRIu32, opened_name(on), partition->partition.number) :
				    partition_device(on->device, partition->partition.number);
	return partition->device ? 0 : context_oom(ctx);
}

static int name_node(struct context *ctx, const struct layout *present, struct layout *result, struct node *node)
{
	for (unsigned try = 0;; try++) {
		AUTO_FREE char *device = devices[node->type](node, try);

		if (!device)
			return context_oom(ctx);
		if (!*device || is_taken(present, node->type, device, opened_name) || is_taken(result, node->type, device, given_name))
			continue;
		node->device = TAKE_POINTER(device);
		return 0;
	}
}

int fit_names(struct context *ctx, const struct layout *present, struct layout *result)
{
	int r = 0;

	for (size_t i = 0; i < result->count; i++)
		if (devices[result->nodes[i]->type])
			free(TAKE_POINTER(result->nodes[i]->device));
	for (size_t i = 0; !r && i < result->count; i++)
		if (devices[result->nodes[i]->type])
			r = name_node(ctx, present, result, result->nodes[i]);
		else if (result->nodes[i]->type == NODE_LV)
			r = name_volume(ctx, result, result->nodes[i]);
		else if (result->nodes[i]->type == NODE_PARTITION)
			r = name_partition(ctx, result, result->nodes[i]);
	return r;
}
