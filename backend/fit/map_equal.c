/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which disks can stand for each other: proven, never guessed. Source disks are alike where what is made on them is the same apart from ids and
 * from the place in an array that has both as members; target disks are equal where they are blank and of the same size and sectors. */
#include <string.h>

#include "map.h"
#include "map_parts.h"

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Names and ids move with what they name, and say nothing of where it can lie. */
static bool is_identity(const char *key)
{
	return !strcmp(key, "opened_as");
}

static bool have_same_properties(const struct node *a, const struct node *b)
{
	if (a->property_count != b->property_count)
		return false;
	for (size_t i = 0; i < a->property_count; i++) {
		const char *key = a->properties[i].key, *other = node_property(b, key);

		if (!other || (!is_identity(key) && strcmp(a->properties[i].value, other)))
			return false;
	}
	return true;
}

static bool are_same_disks(const struct disk_info *a, const struct disk_info *b)
{
	return a->logical_sector == b->logical_sector && a->physical_sector == b->physical_sector && a->removable == b->removable &&
	       is_same_text(a->table, b->table) && a->table_entries == b->table_entries && a->first_usable == b->first_usable &&
	       a->boot_code == b->boot_code && is_same_text(a->mbr, b->mbr);
}

static bool are_sized_alike(const struct node *a, const struct node *b)
{
	return a->sizing == b->sizing && a->percent == b->percent && a->chosen == b->chosen;
}

static bool are_same_partitions(const struct partition_info *a, const struct partition_info *b)
{
	return a->number == b->number && a->start == b->start && is_same_text(a->kind, b->kind) && is_same_text(a->role, b->role) &&
	       a->attributes == b->attributes && a->active == b->active;
}

/* Number of ID in the list ON; its length when it is not there. */
static size_t place_of(char *const *on, const char *id)
{
	size_t place = 0;

	while (on[place] && strcmp(on[place], id))
		place++;
	return place;
}

/* What is told of the member of ARRAY under the name WHAT; NULL: nothing. */
static const char *member_property(const struct node *array, const char *member, const char *what)
{
	AUTO_FREE char *key = text_format("member_%zu_%s", place_of(array->on, member), what);

	return key ? node_property(array, key) : NULL;
}

static bool has_place(const char *role)
{
	return role && *role >= '0' && *role <= '9';
}

/* SHARED lies on both, which have the same size: in an array it does not matter which of them is which member, unless one is another kind of
 * member. A volume group knows its physical volumes apart, and so may a btrfs. */
static bool is_indifferent(const struct node *shared, const struct node *a, const struct node *b)
{
	static const char *const kinds[] = { "data_offset", "flags", "replacement" };
	const char *role_a = member_property(shared, a->id, "role"), *role_b = member_property(shared, b->id, "role");

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!is_same_text(member_property(shared, a->id, kinds[i]), member_property(shared, b->id, kinds[i])))
			return false;
	return shared->type == NODE_RAID && (is_same_text(role_a, role_b) || (has_place(role_a) && has_place(role_b)));
}

/* Contents of which one is as good as the other, but for its id: nobody's files. */
static bool may_be_alike(enum node_type type)
{
	return type == NODE_DISK || type == NODE_PARTITION || type == NODE_RAID || type == NODE_LUKS || type == NODE_SWAP;
}

static bool nodes_are_alike(const struct layout *layout, const struct node *a, const struct node *b)
{
	size_t at_a = 0, at_b = 0;

	if (a->type != b->type || !may_be_alike(a->type) || a->size != b->size || !have_same_properties(a, b) ||
	    (a->type == NODE_DISK && !are_same_disks(&a->disk, &b->disk)) ||
	    (a->type == NODE_PARTITION && (!are_same_partitions(&a->partition, &b->partition) || !are_sized_alike(a, b))) ||
	    (a->type == NODE_SWAP && a->swap.page_size != b->swap.page_size))
		return false;
	for (;;) {
		const struct node *on_a = layout_next_child(layout, a->id, NODE_TYPE_COUNT, &at_a);
		const struct node *on_b = layout_next_child(layout, b->id, NODE_TYPE_COUNT, &at_b);

		if (!on_a && !on_b)
			return true;
		if (!on_a || !on_b || (on_a == on_b ? !is_indifferent(on_a, a, b) : !nodes_are_alike(layout, on_a, on_b)))
			return false;
	}
}

/* An unfinished restore is resumed on the disk that it began on. */
static bool are_equal(const struct disk_candidate *a, const struct disk_candidate *b)
{
	const struct node *one = a->disk, *two = b->disk;

	return a->blank && b->blank && !one->disk.unfinished && !two->disk.unfinished && one->size == two->size &&
	       one->disk.logical_sector == two->disk.logical_sector && one->disk.physical_sector == two->disk.physical_sector &&
	       one->disk.removable == two->disk.removable;
}

/* What a candidate is beside its room is the same to all sources. */
static void group_targets(struct proposal *proposal)
{
	const struct source *source = &proposal->sources[0];

	for (size_t i = 0; i < proposal->present->count; i++)
		proposal->groups[i] = i;
	for (size_t i = 0; i < source->count; i++)
		for (size_t j = 0; j < source->count; j++) {
			size_t place = source->candidates[i].place, other = source->candidates[j].place;

			if (other < proposal->groups[place] && are_equal(&source->candidates[i], &source->candidates[j]))
				proposal->groups[place] = other;
		}
}

/* More sources than candidates never all get one, so a set that names thousands of disks costs nothing here. */
static void group_sources(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		size_t first = proposal->count > proposal->sources[i].count ? i : 0;

		while (first < i && (proposal->sources[first].alike != first ||
				     !nodes_are_alike(proposal->captured, proposal->sources[first].disk, proposal->sources[i].disk)))
			first++;
		proposal->sources[i].alike = first;
	}
}

int proposal_find_equals(struct proposal *proposal)
{
	proposal->groups = calloc(proposal->present->count + 1, sizeof(*proposal->groups));
	if (!proposal->groups)
		return context_oom(proposal->ctx);
	group_targets(proposal);
	group_sources(proposal);
	return 0;
}
