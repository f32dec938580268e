/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "probe_stack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../devices/sysfs.h"
#include "../layout/stretch.h"
#include "../superblocks/device_text.h"
#include "../superblocks/extent.h"
#include "../superblocks/signature.h"
#include "probe_content.h"
#include "probe_lvm.h"
#include "probe_whole.h"

#define SECTOR 512
#define DEEPEST 16                   /* devices on each other that are followed */

struct stack {
	struct probe *probe;
	json_t *mapped;          /* dm/uuid of every device mapper device -> its kernel name */
	json_t *seen;            /* ids of arrays, containers and volumes that were looked into */
};

/* ---- the devices ---- */

static int fail(const struct probe *probe, const char *name, int r)
{
	return r == -ENOMEM ? r : context_fail(probe->ctx, -r, "what is built of %s cannot be read from /sys: %s", name, strerror(-r));
}

/* Takes what device mapper says of its device NAME. */
static int take_mapped(struct context *ctx, const char *name, json_t *mapped)
{
	AUTO_FREE char *directory = block_directory(ctx, name), *uuid = NULL;
	int r = directory ? sysfs_attribute(ctx, directory, "dm/uuid", &uuid) : 0;

	/* What is suspended would be waited for. */
	if (r < 0 || !uuid || sysfs_number(ctx, directory, "dm/suspended", 0))
		return r;
	return json_object_set_new_nocheck(mapped, uuid, json_string(name)) ? -ENOMEM : 0;
}

static int read_mapped(const struct stack *stack)
{
	AUTO_STRV char **names = NULL;
	int r = sysfs_list(stack->probe->ctx, "/sys/block", &names);

	if (r < 0)
		return r == -ENOMEM ? r : context_fail(stack->probe->ctx, -r, "The list of disks cannot be read from /sys/block: %s", strerror(-r));
	for (char **name = names; name && *name; name++) {
		r = strncmp(*name, "dm-", 3) ? 0 : take_mapped(stack->probe->ctx, *name, stack->mapped);
		if (r < 0)
			return fail(stack->probe, *name, r);
	}
	return 0;
}

/* Kernel name of what NODE was seen as; NULL when it was not. */
static const char *name_of(const struct node *node)
{
	return node && node->device ? node->device + strlen("/dev/") : NULL;
}

static int copy_name(const char *name, char **ret)
{
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}

/* An array that is assembled holds its members. */
static int array_device(const struct probe *probe, const struct node *raid, char **ret)
{
	for (char **on = raid->on; on && *on; on++) {
		const char *member = name_of(layout_find(probe->layout, *on));
		AUTO_STRV char **holders = NULL;
		int r = member ? block_holders(probe->ctx, member, &holders) : 0;

		if (r < 0)
			return fail(probe, member, r);
		for (char **holder = holders; holder && *holder; holder++)
			if (!strncmp(*holder, "md", 2))
				return copy_name(*holder, ret);
	}
	return 0;
}

/* Whether device NAME lies on device BELOW, through others of device mapper too: 1, 0 or -errno. */
static int stands_on(const struct probe *probe, const char *name, const char *below, unsigned depth)
{
	AUTO_STRV char **slaves = NULL;
	int r = block_slaves(probe->ctx, name, &slaves);

	for (char **slave = slaves; r == 0 && slave && *slave && depth < DEEPEST; slave++) {
		if (!strcmp(*slave, below))
			return 1;
		if (!strncmp(*slave, "dm-", 3))
			r = stands_on(probe, *slave, below, depth + 1);
	}
	return r;
}

/* A UUID as device mapper has it: without dashes. */
static char *bare(const char *uuid)
{
	char *copy = strdup(uuid), *to = copy;

	for (const char *from = copy; copy && *from; from++)
		if (*from != '-')
			*to++ = *from;
	if (copy)
		*to = '\0';
	return copy;
}

/* cryptsetup names its devices CRYPT-LUKS2-<UUID>-<name>. */
static bool is_container_uuid(const char *uuid, const char *own)
{
	return !strncmp(uuid, "CRYPT-LUKS", 10) && uuid[10] && uuid[11] == '-' && !strncmp(uuid + 12, own, strlen(own)) &&
	       uuid[12 + strlen(own)] == '-';
}

/* Whether device NAME lies on a loop device, by which what is on a mirror at rest is looked at: 1, 0 or -errno. */
static int stands_on_loop(const struct probe *probe, const char *name)
{
	AUTO_STRV char **slaves = NULL;
	int r = block_slaves(probe->ctx, name, &slaves);

	return r < 0 ? r : slaves && *slaves && !strncmp(*slaves, "loop", 4);
}

/* A copy of a container has the same UUID. */
static int container_device(const struct stack *stack, const struct node *luks, char **ret)
{
	const char *below = name_of(layout_find(stack->probe->layout, luks->on[0])), *uuid;
	AUTO_FREE char *own = luks->uuid ? bare(luks->uuid) : NULL;
	json_t *value;

	if (!own)
		return 0;
	json_object_foreach(stack->mapped, uuid, value) {
		const char *name = json_string_value(value);
		int r = !is_container_uuid(uuid, own) ? 0 : below ? stands_on(stack->probe, name, below, 0) : stands_on_loop(stack->probe, name);

		if (r)
			return r < 0 ? fail(stack->probe, below, r) : copy_name(name, ret);
	}
	return 0;
}

/* The group a volume belongs to, be it through other volumes. */
static const struct node *group_of(const struct probe *probe, const struct node *volume)
{
	for (unsigned depth = 0; volume && volume->type == NODE_LV && depth < DEEPEST; depth++)
		volume = volume->on ? layout_find(probe->layout, volume->on[0]) : NULL;
	return volume && volume->type == NODE_VG ? volume : NULL;
}

/* LVM names its devices LVM-<UUID of the group><UUID of the volume>, and layers of one with a suffix. */
static int volume_device(const struct stack *stack, const struct node *volume, char **ret)
{
	const struct node *group = group_of(stack->probe, volume);
	AUTO_FREE char *group_uuid = group && group->uuid ? bare(group->uuid) : NULL, *own = volume->uuid ? bare(volume->uuid) : NULL;
	AUTO_FREE char *uuid = group_uuid && own ? text_format("LVM-%s%s", group_uuid, own) : NULL;
	const char *name = uuid ? json_string_value(json_object_get(stack->mapped, uuid)) : NULL;

	return name ? copy_name(name, ret) : 0;
}

/* Kernel name of the device that NODE is, into *RET; NULL when it is not assembled, opened or active. 0 or -errno. */
static int device_of(const struct stack *stack, const struct node *node, char **ret)
{
	*ret = NULL;
	switch (node->type) {
	case NODE_RAID:
		return array_device(stack->probe, node, ret);
	case NODE_LUKS:
		return container_device(stack, node, ret);
	case NODE_LV:
		return volume_device(stack, node, ret);
	default:
		return 0;
	}
}

/* ---- what is on them ---- */

static int set_table(struct node *array, const struct disk_info *info)
{
	int r = node_property_set(array, "table", info->table);

	if (!r)
		r = node_property_set(array, "table_id", info->table_id);
	if (!r)
		r = node_number_set(array, "logical_sector", info->logical_sector);
	if (!r && info->table_entries)
		r = node_number_set(array, "table_entries", info->table_entries);
	if (!r && info->first_usable)
		r = node_number_set(array, "first_usable", info->first_usable);
	return r || !info->mbr ? r : node_property_set(array, "mbr", info->mbr);
}

/* Only arrays are partitioned by the kernel; a table on anything else counts as content. */
static int probe_array_contents(struct probe *probe, struct node *array, const char *name, uint32_t sector, const char *path, int fd)
{
	struct disk_info info = { .name = strdup(name), .logical_sector = sector, .physical_sector = sector };
	int r = info.name ? probe_whole(probe, array, &info, path, fd) : -ENOMEM;

	if (!r && info.table)
		r = set_table(array, &info);
	free(info.name);
	free(info.table);
	free(info.table_id);
	free(info.mbr);
	return r;
}

static int probe_volume_contents(struct probe *probe, struct node *node, const char *name, uint32_t sector, const struct extent *extent)
{
	CLEANUP(signature_done) struct signature content = { 0 }, table = { 0 };
	int r = signature_read(probe->ctx, extent, SIGNATURE_SUPERBLOCK, sector, name, &content);

	if (!r && !content.type && !content.unclear)
		r = signature_read(probe->ctx, extent, SIGNATURE_TABLE, sector, name, &table);
	content.unclear |= table.table || table.unclear;
	return r || (!content.type && !content.unclear) ? r : probe_add_content(probe, node, &content, extent);
}

static int probe_contents(struct probe *probe, struct node *node, const char *name, const char *directory)
{
	uint64_t size = sysfs_number(probe->ctx, directory, "size", 0) * SECTOR;
	uint32_t sector = (uint32_t)sysfs_number(probe->ctx, directory, "queue/logical_block_size", SECTOR);
	AUTO_FREE char *path = NULL;
	AUTO_CLOSE int fd = block_open(probe->ctx, node->device, &path);

	if (fd < 0) {
		context_warn(probe->ctx, "%s cannot be read: %s; its content is taken as unknown", node->device, strerror(errno));
		return probe_add_unknown(probe, node);
	}
	if (node->type == NODE_RAID)
		return probe_array_contents(probe, node, name, sector, path, fd);
	return probe_volume_contents(probe, node, name, sector, &(struct extent){ .fd = fd, .size = size });
}

/* Where the kernel has it, and under which name. */
static int take_device(struct probe *probe, struct node *node, const char *name, const char *directory)
{
	AUTO_FREE char *mapped = sysfs_text(probe->ctx, directory, "dm/name");
	uint64_t size = sysfs_number(probe->ctx, directory, "size", 0) * SECTOR;

	free(node->device);
	node->device = text_format("/dev/%s", name);
	if (!node->device || probe_remember(probe, name, node))
		return -ENOMEM;
	if (node->type == NODE_RAID)
		node->size = size;
	if (node->type == NODE_LV)
		return 0;
	return device_text_property(node, "opened_as", mapped ? mapped : name, strlen(mapped ? mapped : name));
}

/* A physical volume or a container on a mirror that is not assembled is read where it lies on a member: nothing is started, and no byte changes. */
static int look_beneath(struct probe *probe, const struct node *array)
{
	CLEANUP(signature_done) struct signature content = { 0 };
	struct stretch stretch;
	struct extent extent;
	AUTO_CLOSE int fd = -1;
	uint32_t sector;
	int r;

	if (!layout_stretch(probe->layout, array, &stretch) || !stretch.holder->device)
		return 0;
	fd = block_open(probe->ctx, stretch.holder->device, NULL);
	if (fd < 0)
		return 0;
	extent = (struct extent){ .fd = fd, .offset = stretch.start, .size = stretch.size };
	sector = layout_sector_of(probe->layout, stretch.holder);
	r = signature_read(probe->ctx, &extent, SIGNATURE_SUPERBLOCK, sector, name_of(stretch.holder), &content);
	if (r || content.unclear || !content.type || (strcmp(content.type, "LVM2_member") && strcmp(content.type, "crypto_LUKS")))
		return r;
	return probe_add_content(probe, layout_find(probe->layout, array->id), &content, &extent);
}

static int look_into(struct stack *stack, struct node *node)
{
	struct probe *probe = stack->probe;
	AUTO_FREE char *name = NULL, *directory = NULL;
	int r = device_of(stack, node, &name);

	if (r < 0)
		return r;
	directory = name ? block_directory(probe->ctx, name) : NULL;
	if (json_object_set_new(stack->seen, node->id, json_true()))
		return -ENOMEM;
	if (!directory || probe_node_of(probe, name) || !sysfs_number(probe->ctx, directory, "size", 0)) {
		/* Its node names what it lies on so far. */
		if (node->type != NODE_PV)
			free(TAKE_POINTER(node->device));
		return !directory && node->type == NODE_RAID ? look_beneath(probe, node) : 0;
	}
	r = take_device(probe, node, name, directory);
	return r || (node->type == NODE_LV && volume_is_hidden(node)) ? r : probe_contents(probe, node, name, directory);
}

/* Every node that is new. 1: there were some. */
static int look_into_all(struct stack *stack)
{
	struct probe *probe = stack->probe;
	int found = 0;

	/* The layout grows meanwhile. */
	for (size_t i = 0; i < probe->layout->count; i++) {
		struct node *node = probe->layout->nodes[i];
		int r;

		if ((node->type != NODE_RAID && node->type != NODE_LUKS && node->type != NODE_LV) || json_object_get(stack->seen, node->id))
			continue;
		r = context_check_cancel(probe->ctx);
		if (!r)
			r = look_into(stack, node);
		if (r)
			return r;
		found = 1;
	}
	return found;
}

/* Until nothing is new. */
static int look_up(struct stack *stack)
{
	for (;;) {
		int r = look_into_all(stack), groups;

		if (r < 0)
			return r;
		groups = probe_groups(stack->probe, false);
		/* What lacks something comes when all that could complete it was looked at. */
		if (!groups && !r)
			groups = probe_groups(stack->probe, true);
		if (groups < 0 || !(groups | r))
			return groups;
	}
}

int probe_stack(struct probe *probe)
{
	struct stack stack = { .probe = probe, .mapped = json_object(), .seen = json_object() };
	int r = stack.mapped && stack.seen ? read_mapped(&stack) : -ENOMEM;

	if (!r)
		r = look_up(&stack);
	json_decref(stack.mapped);
	json_decref(stack.seen);
	return r;
}
