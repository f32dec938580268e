/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wishes_members.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../fit/array_members.h"
#include "../fit/fit.h"
#include "../fit/sizes.h"
#include "../stack/raid_arguments.h"
#include "esp.h"
#include "partition_kinds.h"
#include "shape.h"
#include "table_kind.h"

#define MIB (1ULL << 20)

/* ---- what an array of so many members is ---- */

/* LEAST: members of an array that lacks none; MISSING: how many it can lack. */
static const struct level {
	const char *name;
	size_t least, missing;
} levels[] = {
	{ "raid1", 2, SIZE_MAX }, { "raid4", 3, 1 }, { "raid5", 3, 1 }, { "raid6", 4, 2 }, { "raid10", 2, 1 },
};

static const struct level *level_of(const struct node *array)
{
	const char *name = node_property(array, "level");

	for (size_t i = 0; name && i < ARRAY_LENGTH(levels); i++)
		if (!strcmp(levels[i].name, name))
			return levels + i;
	return NULL;
}

/* Places of ARRAY when it has MEMBERS: as many, or the fewest that its level can have. */
static size_t places_for(const struct node *array, const struct level *level, size_t members)
{
	uint64_t algorithm = node_number(array, "algorithm"), copies = (algorithm & 0xff) * (algorithm >> 8 & 0xff);
	size_t places = members > level->least ? members : level->least;

	if (strcmp(level->name, "raid10") || !copies)
		return places;
	return (size_t)((places + copies - 1) / copies * copies);
}

static bool can_lack(const struct level *level, size_t places, size_t members)
{
	return members && (members == places || (places > members && places - members <= level->missing));
}

char *wish_members_refusal(const struct layout *captured, const struct node *node)
{
	AUTO_FREE char *why = NULL, *name = wish_name(node);

	if (node->type == NODE_RAID && wish_is_encrypted(captured, node))
		return sentence("%s lies in encrypted containers: a further member would not be encrypted, so their number cannot be chosen",
				name ? name : node->id);
	if (node->type != NODE_RAID || !raid_can_make(node, &why))
		return sentence("%s is no array that Lifeboat can recreate, so its members cannot be chosen", name ? name : node->id);
	if (!level_of(node) || !sizes_data_members(node))
		return sentence("%s has no redundancy, or its arrangement is not known: its number of members cannot be chosen", name ? name : node->id);
	return NULL;
}

/* ---- members ---- */

/* Takes member number MEMBER out, and the partition that it was; a disk that carries nothing then needs no target. 0 or -ENOMEM. */
static int drop_member(struct layout *layout, struct node *array, size_t member)
{
	struct node *holder = layout_find(layout, array->on[member]), *disk;
	AUTO_FREE bool *gone = calloc(strv_length(array->on), sizeof(*gone));
	int r = gone ? 0 : -ENOMEM;

	if (r == 0) {
		gone[member] = true;
		r = array_remove(array, gone);
	}
	if (r < 0 || holder->type != NODE_PARTITION || !wish_is_on_disk(layout, holder) || wish_has_role(holder, "logical"))
		return r;
	disk = layout_find(layout, holder->on[0]);
	shape_remove_partition(layout, holder);
	if (layout_child(layout, disk->id, NODE_TYPE_COUNT, 0))
		return 0;
	free(TAKE_POINTER(disk->disk.table));
	free(TAKE_POINTER(disk->disk.table_id));
	free(TAKE_POINTER(disk->disk.mbr));
	disk->disk.table_entries = 0;
	disk->disk.first_usable = 0;
	disk->disk.boot_code = false;
	return 0;
}

/* The last of ARRAY: of those that are ACTIVE, the one in the last place, else the last spare. */
static size_t last_member(const struct node *array, bool active)
{
	size_t found = SIZE_MAX;
	uint64_t last = 0, place;

	for (size_t i = 0; array->on[i]; i++) {
		const char *role = array_member(array, i, "role");

		if (array_role_is_place(role) != active)
			continue;
		if (!active || (parse_u64(role, &place) && (found == SIZE_MAX || place > last))) {
			found = i;
			last = active ? place : 0;
		}
	}
	return found;
}

/* Active members get the places from 0 on, in their order. 0 or -errno. */
static int close_places(struct node *array)
{
	uint64_t from = 0;
	int r = 0;

	for (uint64_t next = 0; r == 0; next++) {
		size_t found = SIZE_MAX;
		uint64_t place, least = UINT64_MAX;
		AUTO_FREE char *role = NULL;

		for (size_t i = 0; array->on[i]; i++)
			if (array_role_is_place(array_member(array, i, "role")) && parse_u64(array_member(array, i, "role"), &place) &&
			    place >= from && place < least) {
				least = place;
				found = i;
			}
		if (found == SIZE_MAX)
			return 0;
		from = least + 1;
		role = text_format("%" PRIu64, next);
		r = role ? array_set_role(array, found, role) : -ENOMEM;
	}
	return r;
}

static uint64_t smallest_member(const struct layout *layout, const struct node *array)
{
	uint64_t least = UINT64_MAX;

	for (char **id = array->on; *id; id++) {
		uint64_t size = layout_find(layout, *id)->size;

		least = size < least ? size : least;
	}
	return least;
}

/* Where the machine starts from ARRAY by BIOS, it starts from DISK, too. 0 or -errno with a sentence. */
static int add_boot_room(struct context *ctx, struct layout *layout, struct node *disk, const struct node *array)
{
	const struct node *sibling = layout_disk_of(layout, layout_find(layout, array->on[0]));
	struct node *partition;

	if (disk->disk.boot_code || !sibling || !sibling->disk.boot_code || !wish_start_path(layout, array))
		return 0;
	disk->disk.boot_code = true;
	return shape_add_further(ctx, layout, disk, MIB, GPT_KIND_BIOS_BOOT, &partition);
}

/* One more member, on a further disk that has none of ARRAY. It is a spare until a place is empty. 0 or -errno with a sentence. */
static int add_member(struct context *ctx, struct layout *layout, struct node *array)
{
	const struct node *like = layout_disk_of(layout, layout_find(layout, array->on[0]));
	struct node *disk = shape_further_disk(layout, array, like), *partition;
	int r = disk ? add_boot_room(ctx, layout, disk, array) : context_oom(ctx);

	if (r == 0)
		r = esp_add_further(ctx, layout, disk, array);
	if (r == 0)
		r = shape_add_further(ctx, layout, disk, smallest_member(layout, array), partition_kind_of(array, true), &partition);
	if (r < 0)
		return r;
	return array_add(array, partition->id, "spare") < 0 ? context_oom(ctx) : 0;
}

static size_t count_in_places(const struct node *array)
{
	size_t count = 0;

	for (size_t i = 0; array->on[i]; i++)
		count += array_role_is_place(array_member(array, i, "role"));
	return count;
}

/* The devices of ARRAY become MEMBERS and SPARES. 0 or -errno with a sentence. */
static int set_devices(struct context *ctx, struct layout *layout, struct node *array, size_t members, size_t spares)
{
	int r = 0;

	while (r == 0 && strv_length(array->on) > members + spares) {
		/* A spare before a member that has the data; it would take the place of that. */
		size_t spare = last_member(array, false), active = last_member(array, true);
		bool too_many = spare == SIZE_MAX || (active != SIZE_MAX && count_in_places(array) > members);

		r = drop_member(layout, array, too_many ? active : spare) < 0 ? context_oom(ctx) : 0;
	}
	while (r == 0 && strv_length(array->on) < members + spares)
		r = add_member(ctx, layout, array);
	return r;
}

static int set_members(struct context *ctx, struct layout *layout, const struct wish *wish, struct node *array)
{
	const struct level *level = level_of(array);
	struct raid_places AUTO_RAID_PLACES now = { 0 };
	AUTO_FREE char *name = wish_name(array);
	size_t total = strv_length(array->on), members, spares, places;
	uint64_t data = sizes_data_members(array);
	int r = raid_places(array, &now) < 0 ? context_fail(ctx, EINVAL, "The places of the members of %s are not known", name ? name : array->id) : 0;

	if (r < 0)
		return r;
	members = wish->members ? wish->members : now.count - now.missing;
	spares = wish->has_spares ? wish->spares : total > members ? total - members : 0;
	if (!wish->has_spares && spares > now.spares)
		spares = now.spares;
	places = wish->members ? places_for(array, level, members) : now.count;
	/* An empty place is filled at once: what was a spare is a member then. */
	if (places > members && !wish->has_spares)
		spares = 0;
	if (places > members && spares)
		return context_fail(ctx, EINVAL, "%s cannot have spares while a place of its %zu is empty: choose more members, or no spares",
				    name ? name : array->id, places);
	if (!can_lack(level, places, members))
		return context_fail(ctx, EINVAL, "%s cannot be made of %zu members: it would have %zu places, and cannot do without so many of them",
				    name ? name : array->id, members, places);
	r = set_devices(ctx, layout, array, members, spares);
	if (r == 0 && (close_places(array) < 0 || node_number_set(array, "raid_disks", places) < 0))
		return context_oom(ctx);
	if (r == 0)
		array->size = array->size / data * sizes_data_members(array);
	return r;
}

/* What lies on ARRAY still has room there: it had SIZE bytes. */
static int check_room(struct context *ctx, const struct layout *before, const struct node *array)
{
	const struct node *was = layout_find(before, array->id), *content = sizes_content(before, array);
	uint64_t least = content && was->size ? sizes_minimum(before, content, was->size, layout_sector_of(before, was)) : 0;
	AUTO_FREE char *name = wish_name(array), *needs = bytes_print_size(least), *has = bytes_print_size(array->size);

	if (array->size >= was->size || array->size >= least)
		return 0;
	return context_fail(ctx, ENOSPC, "%s has room for %s with so few members: its contents need %s", name ? name : array->id, has ? has : "",
			    needs ? needs : "");
}

int wishes_set_members(struct context *ctx, const struct wish *list, struct layout *layout)
{
	AUTO_LAYOUT struct layout *before = NULL;
	int r = 0;

	for (const struct wish *wish = list; r == 0 && wish->id; wish++) {
		struct node *array = wish->members || wish->has_spares ? layout_find(layout, wish->id) : NULL;

		if (!array)
			continue;
		layout_free(TAKE_POINTER(before));
		r = layout_copy(ctx, layout, &before);
		if (r == 0)
			r = set_members(ctx, layout, wish, array);
		if (r == 0)
			r = layout_sort(layout) < 0 ? context_oom(ctx) : check_room(ctx, before, array);
		if (r == 0)
			r = sizes_carry(ctx, before, layout, fit_array);
	}
	return r;
}
