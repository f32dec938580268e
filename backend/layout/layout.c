/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const type_names[NODE_TYPE_COUNT] = {
	[NODE_DISK] = "disk",
	[NODE_PARTITION] = "partition",
	[NODE_RAID] = "raid",
	[NODE_LUKS] = "luks",
	[NODE_PV] = "pv",
	[NODE_VG] = "vg",
	[NODE_LV] = "lv",
	[NODE_FILESYSTEM] = "filesystem",
	[NODE_SUBVOLUME] = "subvolume",
	[NODE_SWAP] = "swap",
	[NODE_MOUNT] = "mount",
};

const char *node_type_name(enum node_type type)
{
	return (unsigned)type < NODE_TYPE_COUNT ? type_names[type] : "unknown";
}

struct layout *layout_new(void)
{
	return calloc(1, sizeof(struct layout));
}

static void disk_info_done(struct disk_info *disk)
{
	free(disk->name);
	free(disk->model);
	free(disk->serial);
	free(disk->wwn);
	free(disk->by_path);
	free(disk->transport);
	free(disk->table);
	free(disk->table_id);
	free(disk->mbr);
}

static void partition_info_done(struct partition_info *partition)
{
	free(partition->kind);
	free(partition->uuid);
	free(partition->name);
	free(partition->role);
}

void node_properties_clear(struct node *node)
{
	for (size_t i = 0; i < node->property_count; i++) {
		free(node->properties[i].key);
		free(node->properties[i].value);
	}
	free(node->properties);
	node->properties = NULL;
	node->property_count = 0;
}

static void node_free(struct node *node)
{
	if (!node)
		return;
	switch (node->type) {
	case NODE_DISK:
		disk_info_done(&node->disk);
		break;
	case NODE_PARTITION:
		partition_info_done(&node->partition);
		break;
	case NODE_FILESYSTEM:
		free(node->filesystem.kind);
		break;
	case NODE_SUBVOLUME:
		free(node->subvolume.path);
		free(node->subvolume.parent);
		free(node->subvolume.received);
		break;
	case NODE_VG:
		free(node->vg.metadata);
		break;
	case NODE_MOUNT:
		free(node->mount.path);
		free(node->mount.options);
		break;
	default:
		break;
	}
	node_properties_clear(node);
	free(node->id);
	strv_free(node->on);
	free(node->uuid);
	free(node->label);
	free(node->device);
	free(node);
}

void layout_free(struct layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->count; i++)
		node_free(layout->nodes[i]);
	free(layout->nodes);
	free(layout->places);
	free(layout);
}

/* Where the node ID is among the places, or the empty one where it belongs: the first from its hash (FNV-1a) on. */
static struct node **find_place(const struct layout *layout, const char *id)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t at;

	for (const char *sign = id; *sign; sign++)
		hash = (hash ^ (unsigned char)*sign) * 0x100000001b3;
	for (at = hash & (layout->place_count - 1); layout->places[at] && strcmp(layout->places[at]->id, id);)
		at = (at + 1) & (layout->place_count - 1);
	return &layout->places[at];
}

/* COUNT places, a power of two that is larger than the number of nodes. 0 or -ENOMEM. */
static int set_places(struct layout *layout, size_t count)
{
	struct node **places = calloc(count, sizeof(struct node *));

	if (!places)
		return -ENOMEM;
	free(layout->places);
	layout->places = places;
	layout->place_count = count;
	for (size_t i = 0; i < layout->count; i++)
		*find_place(layout, layout->nodes[i]->id) = layout->nodes[i];
	return 0;
}

struct node *layout_add(struct layout *layout, enum node_type type, const char *id)
{
	struct node **nodes, *node;

	if (layout_find(layout, id)) {
		errno = EEXIST;
		return NULL;
	}
	/* Grows at powers of two: the array is full exactly there. */
	if ((layout->count & (layout->count - 1)) == 0) {
		nodes = reallocarray(layout->nodes, layout->count ? 2 * layout->count : 1, sizeof(*nodes));
		if (!nodes)
			return NULL;
		layout->nodes = nodes;
	}
	/* Half of them are empty, so that what is looked for is near. */
	if (2 * (layout->count + 1) > layout->place_count && set_places(layout, layout->place_count ? 2 * layout->place_count : 16) < 0)
		return NULL;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->type = type;
	node->id = strdup(id);
	if (!node->id) {
		free(node);
		errno = ENOMEM;
		return NULL;
	}
	layout->nodes[layout->count++] = node;
	*find_place(layout, id) = node;
	return node;
}

struct node *layout_insert(struct layout *layout, enum node_type type, const char *id, const struct node *behind)
{
	struct node *node = layout_add(layout, type, id);
	size_t place = 0;

	while (node && layout->nodes[place] != behind)
		place++;
	if (!node)
		return NULL;
	memmove(&layout->nodes[place + 2], &layout->nodes[place + 1], (layout->count - place - 2) * sizeof(*layout->nodes));
	layout->nodes[place + 1] = node;
	return node;
}

/* Those behind it that are there because its place was taken move up: nothing is found behind an empty one. */
static void clear_place(struct layout *layout, const char *id)
{
	size_t at = (size_t)(find_place(layout, id) - layout->places);

	for (layout->places[at] = NULL; layout->places[at = (at + 1) & (layout->place_count - 1)];) {
		struct node *node = layout->places[at];

		layout->places[at] = NULL;
		*find_place(layout, node->id) = node;
	}
}

void layout_remove(struct layout *layout, struct node *node)
{
	size_t place = 0;

	clear_place(layout, node->id);
	while (layout->nodes[place] != node)
		place++;
	layout->count--;
	memmove(&layout->nodes[place], &layout->nodes[place + 1], (layout->count - place) * sizeof(*layout->nodes));
	node_free(node);
}

struct node *layout_find(const struct layout *layout, const char *id)
{
	if (layout->places)
		return *find_place(layout, id);
	for (size_t i = 0; i < layout->count; i++)
		if (!strcmp(layout->nodes[i]->id, id))
			return layout->nodes[i];
	return NULL;
}

struct node *layout_next_child(const struct layout *layout, const char *id, enum node_type type, size_t *at)
{
	while (*at < layout->count) {
		struct node *node = layout->nodes[(*at)++];

		if ((type == NODE_TYPE_COUNT || node->type == type) && node->on && strv_contains(node->on, id))
			return node;
	}
	return NULL;
}

struct node *layout_child(const struct layout *layout, const char *id, enum node_type type, size_t i)
{
	struct node *node;
	size_t at = 0;

	while ((node = layout_next_child(layout, id, type, &at)) && i > 0)
		i--;
	return node;
}

size_t layout_count_children(const struct layout *layout, const char *id, enum node_type type)
{
	size_t at = 0, count = 0;

	while (layout_next_child(layout, id, type, &at))
		count++;
	return count;
}

static size_t index_of(const struct layout *layout, const char *id)
{
	size_t i = 0;

	while (i < layout->count && strcmp(layout->nodes[i]->id, id))
		i++;
	return i;
}

struct node *layout_disk_of(const struct layout *layout, const struct node *node)
{
	size_t i = index_of(layout, node->id);
	AUTO_FREE bool *beneath = calloc(layout->count + 1, sizeof(*beneath));
	struct node *disk = NULL;

	if (!beneath || i == layout->count)
		return NULL;
	/* Nodes lie on earlier ones only: one pass downwards meets everything beneath, however often it is shared. */
	for (beneath[i++] = true; i-- > 0;) {
		struct node *at = layout->nodes[i];

		if (!beneath[i])
			continue;
		if (at->type == NODE_DISK) {
			if (disk)
				return NULL;
			disk = at;
		}
		for (char **on = at->on; on && *on; on++)
			beneath[index_of(layout, *on)] = true;
	}
	return disk;
}

bool layout_lies_on(const struct layout *layout, const struct node *node, const struct node *below)
{
	if (node == below)
		return true;
	for (char **id = node ? node->on : NULL; id && *id; id++)
		if (layout_lies_on(layout, layout_find(layout, *id), below))
			return true;
	return false;
}

bool layout_left_out(const struct layout *layout, const struct node *node)
{
	if (node && node_property(node, LEFT_OUT_PROPERTY))
		return true;
	for (char **id = node ? node->on : NULL; id && *id; id++)
		if (layout_left_out(layout, layout_find(layout, *id)))
			return true;
	return false;
}

const char *node_table(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.table : node_property(node, "table");
}

uint32_t node_sector(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.logical_sector : (uint32_t)node_number(node, "logical_sector");
}

const char *node_table_id(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.table_id : node_property(node, "table_id");
}

const char *node_table_mbr(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.mbr : node_property(node, "mbr");
}

uint32_t node_table_entries(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.table_entries : (uint32_t)node_number(node, "table_entries");
}

uint64_t node_first_usable(const struct node *node)
{
	return node->type == NODE_DISK ? node->disk.first_usable : node_number(node, "first_usable");
}

/* Of its own, whatever it lies on. Containers may encrypt larger ones than they lie on ("LUKS2 On-Disk Format Specification", 3.3). */
static uint32_t own_sector(const struct node *node)
{
	uint64_t sector = node->type == NODE_DISK ? node->disk.logical_sector : node->type == NODE_LUKS ? node_number(node, "sector_size") : 0;

	return sector > 512 && sector <= UINT32_MAX ? (uint32_t)sector : 512;
}

uint32_t layout_sector_of(const struct layout *layout, const struct node *node)
{
	uint32_t largest = own_sector(node);

	for (char **id = node->on; id && *id; id++) {
		const struct node *on = layout_find(layout, *id);
		uint32_t sector = on ? layout_sector_of(layout, on) : 0;

		if (sector > largest)
			largest = sector;
	}
	return largest;
}

uint64_t layout_room_on(const struct layout *layout, const struct node *holder)
{
	uint64_t header = node_number(holder, "payload_offset"), bytes;

	if (holder->type != NODE_LUKS)
		return holder->size;
	bytes = layout_room_on(layout, layout_find(layout, holder->on[0]));
	return header < bytes ? bytes - header : 0;
}

struct sorting {
	const struct layout *layout;
	enum { SORT_NEW, SORT_BEGUN, SORT_DONE } *states;
	struct node **sorted;
	size_t count;
};

/* As deep as the longest way through the graph. */
static int sort_node(struct sorting *sorting, size_t at)
{
	struct node *node = sorting->layout->nodes[at];

	if (sorting->states[at] != SORT_NEW)
		return sorting->states[at] == SORT_DONE ? 0 : -EINVAL;
	sorting->states[at] = SORT_BEGUN;
	for (char **on = node->on; on && *on; on++) {
		size_t below = index_of(sorting->layout, *on);
		int r = below < sorting->layout->count ? sort_node(sorting, below) : -EINVAL;

		if (r)
			return r;
	}
	sorting->states[at] = SORT_DONE;
	sorting->sorted[sorting->count++] = node;
	return 0;
}

int layout_sort(struct layout *layout)
{
	AUTO_FREE void *states = calloc(layout->count + 1, sizeof(int));
	AUTO_FREE struct node **sorted = calloc(layout->count + 1, sizeof(struct node *));
	struct sorting sorting = { .layout = layout, .states = states, .sorted = sorted };
	int r = states && sorted ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < layout->count; i++)
		r = sort_node(&sorting, i);
	if (!r && layout->count)
		memcpy(layout->nodes, sorted, layout->count * sizeof(*sorted));
	return r;
}

const struct node *layout_tangled(const struct layout *layout)
{
	AUTO_FREE struct {
		uint32_t ways, depth;
	} *to = calloc(layout->count + 1, sizeof(*to));

	if (!to)
		return layout->count ? layout->nodes[0] : NULL;
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		to[i].ways = !node->on || !node->on[0];
		for (char **on = node->on; on && *on; on++) {
			size_t below = index_of(layout, *on);

			to[i].ways += to[below].ways;
			to[i].depth = to[below].depth >= to[i].depth ? to[below].depth + 1 : to[i].depth;
			if (to[i].ways > LAYOUT_WAYS_LIMIT || to[i].depth > LAYOUT_DEPTH_LIMIT)
				return node;
		}
	}
	return NULL;
}

void layout_spread(const struct layout *layout, bool *marked)
{
	for (size_t i = 0; i < layout->count; i++)
		for (char **on = layout->nodes[i]->on; on && *on && !marked[i]; on++)
			marked[i] = marked[index_of(layout, *on)];
}

const struct node *layout_filesystem_of(const struct layout *layout, const struct node *mount)
{
	const struct node *below = mount->on && mount->on[0] ? layout_find(layout, mount->on[0]) : NULL;

	if (below && below->type == NODE_SUBVOLUME)
		below = below->on && below->on[0] ? layout_find(layout, below->on[0]) : NULL;
	return below && below->type == NODE_FILESYSTEM ? below : NULL;
}

struct node *layout_disk_like(const struct layout *layout, const struct node *disk)
{
	for (size_t i = 0; disk->device && i < layout->count; i++) {
		struct node *node = layout->nodes[i];

		if (node->type == NODE_DISK && node->device && !strcmp(node->device, disk->device))
			return node;
	}
	return NULL;
}

const struct node *layout_mount_at(const struct layout *layout, const char *path)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT && layout->nodes[i]->mount.path && !strcmp(layout->nodes[i]->mount.path, path))
			return layout->nodes[i];
	return NULL;
}

const struct node *layout_boot(const struct layout *layout)
{
	const struct node *mount = layout_mount_at(layout, "/boot");

	if (!mount)
		mount = layout_mount_at(layout, "/");
	return mount ? layout_filesystem_of(layout, mount) : NULL;
}

bool mount_is_private(const struct node *mount)
{
	return mount->type == NODE_MOUNT && !strncmp(mount->mount.path, LAYOUT_UNMOUNTED "/", sizeof(LAYOUT_UNMOUNTED));
}

bool mount_is_needed_to_start(const struct node *mount)
{
	static const char *const paths[] = { "/", "/usr", "/boot", "/boot/efi", "/efi" };

	for (size_t i = 0; mount->type == NODE_MOUNT && i < ARRAY_LENGTH(paths); i++)
		if (!strcmp(paths[i], mount->mount.path))
			return true;
	return false;
}

bool layout_has_private_mounts(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		if (mount_is_private(layout->nodes[i]))
			return true;
	return false;
}

bool partition_is_esp(const struct node *node)
{
	const char *kind = node->type == NODE_PARTITION ? node->partition.kind : NULL;

	return kind && (!strcasecmp(kind, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") || !strcasecmp(kind, "0xef"));
}

const char *node_property(const struct node *node, const char *key)
{
	for (size_t i = 0; i < node->property_count; i++)
		if (!strcmp(node->properties[i].key, key))
			return node->properties[i].value;
	return NULL;
}

uint64_t node_number(const struct node *node, const char *key)
{
	const char *text = node_property(node, key);
	uint64_t value = 0;

	return text && parse_u64(text, &value) ? value : 0;
}

bool volume_is_hidden(const struct node *volume)
{
	const char *status = node_property(volume, "status"), *kind = node_property(volume, "kind");
	size_t length = kind ? strlen(kind) : 0;

	/* LVM hides a snapshot behind the pseudo volume that ties it to its origin. */
	if (kind && !strcmp(kind, "snapshot"))
		return false;
	return !status || !strstr(status, "VISIBLE") || (length > 5 && !strcmp(kind + length - 5, "-pool"));
}

bool volume_is_snapshot(const struct node *volume)
{
	const char *kind = node_property(volume, "kind");

	return kind && (!strcmp(kind, "snapshot") || (!strcmp(kind, "thin") && node_property(volume, "segment_0_origin")));
}

bool filesystem_is_crash_safe(const struct node *node)
{
	static const char journal[] = "has_journal";
	const char *kind = node->type == NODE_FILESYSTEM ? node->filesystem.kind : "", *features;

	if (!strcmp(kind, "xfs") || !strcmp(kind, "btrfs"))
		return true;
	/* An ext4 may have been made without one. */
	features = !strncmp(kind, "ext", 3) ? node_property(node, "features") : NULL;
	for (; features && *features; features += strcspn(features, ","), features += *features == ',')
		if (strcspn(features, ",") == sizeof(journal) - 1 && !strncmp(features, journal, sizeof(journal) - 1))
			return true;
	return false;
}

void node_property_drop(struct node *node, const char *key)
{
	for (size_t i = 0; i < node->property_count; i++) {
		if (strcmp(node->properties[i].key, key))
			continue;
		free(node->properties[i].key);
		free(node->properties[i].value);
		node->properties[i] = node->properties[--node->property_count];
		return;
	}
}

int node_property_set(struct node *node, const char *key, const char *value)
{
	struct property *properties, *property;
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < node->property_count; i++) {
		property = &node->properties[i];
		if (!strcmp(property->key, key)) {
			free(property->value);
			property->value = copy;
			return 0;
		}
	}
	if (node->property_count == LAYOUT_PROPERTY_LIMIT) {
		free(copy);
		return -E2BIG;
	}
	properties = reallocarray(node->properties, node->property_count + 1, sizeof(*properties));
	if (!properties) {
		free(copy);
		return -ENOMEM;
	}
	node->properties = properties;
	property = &properties[node->property_count];
	property->key = strdup(key);
	property->value = copy;
	if (!property->key) {
		free(copy);
		return -ENOMEM;
	}
	node->property_count++;
	return 0;
}

int node_number_set(struct node *node, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return node_property_set(node, key, text);
}
