/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random machines onto random disks: whatever fit_layout() gives lies inside its disk, at its sectors, apart from all else, and holds what was in
 * use; a refusal has a sentence; fit_minimum() is where the one ends and the other begins. The seeds are fixed: a number that fails fails again. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/fit/fit.h"
#include "../../backend/fit/sizes.h"
#include "../../backend/stack/lvm_extents.h"
#include "../../backend/stack/lvm_rules.h"
#include "../../backend/wanted/adapt.h"
#include "../../backend/wanted/wishes.h"
#include "random_machine.h"

#define MACHINES 4000

/* ---- targets ---- */

static void add_target(struct world *world, const struct node *source, uint64_t size, uint32_t sector)
{
	struct node *disk = add(world, world->present, NODE_DISK, NULL);

	disk->device = text_format("/dev/sd%c", 'a' + (char)world->map.count);
	disk->disk.logical_sector = disk->disk.physical_sector = sector;
	disk->size = size / sector * sector;
	world->pairs[world->map.count++] = (struct disk_pair){ .source = source->id, .target = disk->id };
}

static uint64_t choose_size(struct world *world, const struct node *source)
{
	switch (below(world, 4)) {
	case 0:
		return source->size;
	case 1:
		return source->size + bytes_below(world, source->size, 512);
	case 2:
		return source->size - bytes_below(world, source->size - MIB, 512);
	default:
		return MIB + bytes_below(world, 2 * source->size, 512);
	}
}

static void forget_targets(struct world *world)
{
	layout_free(world->present);
	world->present = layout_new();
	world->map.count = 0;
}

/* ---- what must be true of a result ---- */

#define HOLDS(condition, node) \
	do { \
		if (!(condition)) \
			fail_msg("machine %" PRIu64 ": %s: %s", world->seed, (node)->id, #condition); \
	} while (0)

static void check_place(struct world *world, const struct node *partition)
{
	const struct node *disk = layout_find(world->result, partition->on[0]);
	uint64_t sector = disk->disk.logical_sector, start = partition->partition.start, end = start + partition->size;
	bool gpt = !strcmp(disk->disk.table, "gpt");
	uint64_t head = gpt ? 2 * sector + 16384 : sector, tail = gpt ? head - sector : 0;

	HOLDS(partition->size && end > start, partition);
	HOLDS(start % sector == 0 && partition->size % sector == 0, partition);
	HOLDS(start >= head, partition);
	HOLDS(end <= disk->size && tail <= disk->size - end, partition);
	HOLDS(gpt || end / sector <= UINT32_MAX, partition);
	for (size_t i = 0; i < world->result->count; i++) {
		const struct node *other = world->result->nodes[i];

		if (other->type != NODE_PARTITION || other == partition || strcmp(other->on[0], disk->id))
			continue;
		if (!strcmp(partition->partition.role, "logical") && !strcmp(other->partition.role, "extended"))
			HOLDS(start >= other->partition.start + sector && end <= other->partition.start + other->size, partition);
		else if (!strcmp(other->partition.role, "logical") && !strcmp(partition->partition.role, "extended"))
			continue;
		else
			HOLDS(other->partition.start >= end || other->partition.start + other->size <= start, partition);
		/* Its own boot record lies before it. */
		if (!strcmp(partition->partition.role, "logical") && other->partition.start < start && strcmp(other->partition.role, "extended"))
			HOLDS(other->partition.start + other->size <= start - sector, partition);
	}
}

/* Bytes that NODE gives to what lies on it. */
static uint64_t room_of(const struct node *node)
{
	return node->type == NODE_LUKS ? node->size - node_number(node, "payload_offset") : node->size;
}

static void check_array(struct world *world, const struct node *array)
{
	const char *level = node_property(array, "level");
	uint64_t component = node_number(array, "component_size"), members = node_number(array, "raid_disks"), all = 0;

	for (char **on = array->on; *on; on++) {
		const struct node *member = layout_find(world->result, *on);

		HOLDS(component + MIB <= member->size, array);
		all += member->size;
	}
	HOLDS(array->size <= all, array);
	if (component)
		HOLDS(array->size <= array_size(level, members, component, 1), array);
}

/* No extent has two owners, and all lie on their physical volumes. */
static void check_extents(struct world *world, const struct node *group)
{
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	const struct node *volume = NULL;

	HOLDS(lvm_extents(world->result, group, &extents, &volume) == 0, group);
	for (size_t i = 0; group->on[i]; i++) {
		const struct node *pv = layout_find(world->result, group->on[i]);
		uint64_t count = node_number(pv, "pe_count"), taken = 0, last = 0;

		HOLDS(node_number(pv, "pe_start") + count * node_number(group, "extent_size") <= pv->size, pv);
		for (size_t k = 0; k < extents.count; k++)
			for (size_t s = 0; s < extents.volumes[k].count; s++)
				for (size_t stripe = 0; stripe < extents.volumes[k].segments[s].stripe_count; stripe++) {
					const struct lvm_segment *segment = &extents.volumes[k].segments[s];

					if (segment->pvs[stripe] != i)
						continue;
					taken += segment->length;
					if (last < (uint64_t)segment->starts[stripe] + segment->length)
						last = (uint64_t)segment->starts[stripe] + segment->length;
				}
		/* From the first on, without gaps: as many as the last one's number says, or two overlap. */
		HOLDS(taken == last && last <= count, pv);
	}
	for (size_t i = 0; i < extents.count; i++) {
		uint64_t all = 0;

		for (size_t s = 0; s < extents.volumes[i].count; s++)
			all += (uint64_t)extents.volumes[i].segments[s].length * extents.volumes[i].segments[s].stripe_count;
		HOLDS(all * node_number(group, "extent_size") == extents.volumes[i].volume->size, extents.volumes[i].volume);
	}
}

static void check_group(struct world *world, const struct node *group)
{
	uint64_t extent = node_number(group, "extent_size"), left = group->size, all = 0;
	AUTO_FREE char *why = NULL;
	const struct node *volume;

	HOLDS(group->size % extent == 0, group);
	for (char **on = group->on; *on; on++)
		all += layout_find(world->result, *on)->size - MIB;
	HOLDS(group->size <= all, group);
	for (size_t at = 0; (volume = layout_next_child(world->result, group->id, NODE_LV, &at));) {
		HOLDS(volume->size && volume->size % extent == 0 && volume->size <= left, volume);
		left -= volume->size;
	}
	if (lvm_can_make_group(world->result, group, &why))
		check_extents(world, group);
}

/* Whether the size of what NODE lies on was a wish. */
static bool is_chosen(const struct world *world, const struct node *node)
{
	const struct node *on = node->on ? layout_find(world->captured, node->on[0]) : NULL;

	return node->sizing || (on && is_chosen(world, on));
}

static void check_node(struct world *world, const struct node *node)
{
	const struct node *on = node->on ? layout_find(world->result, node->on[0]) : NULL;
	const struct node *before = layout_find(world->captured, node->id);

	HOLDS(node->size <= INT64_MAX, node);
	switch (node->type) {
	case NODE_PARTITION:
		check_place(world, node);
		break;
	case NODE_RAID:
		check_array(world, node);
		break;
	case NODE_VG:
		check_group(world, node);
		break;
	case NODE_FILESYSTEM:
	case NODE_SWAP:
		HOLDS(node->size && node->size <= room_of(on), node);
		HOLDS(node->size >= node->used && node->used == before->used, node);
		HOLDS(node->size >= before->size || is_chosen(world, before) || (node_property(node, PLANNED_PROPERTY) && node->size >= sizes_least_esp(layout_sector_of(world->result, node))) || (node->type == NODE_FILESYSTEM && before->used && fit_is_growable(node->filesystem.kind)), node);
		break;
	case NODE_LUKS:
		HOLDS(node->size > node_number(node, "payload_offset") || node->size == before->size, node);
		HOLDS(node->size <= room_of(on), node);
		break;
	case NODE_PV:
		HOLDS(node->size <= room_of(on), node);
		break;
	default:
		break;
	}
}

static void check_result(struct world *world)
{
	if (layout_check(&world->ctx, world->result))
		fail_msg("machine %" PRIu64 ": %s", world->seed, context_detail(&world->ctx));
	for (size_t i = 0; i < world->result->count; i++)
		check_node(world, world->result->nodes[i]);
}

/* As fit_layout(), of which what it gives is looked at. */
static int fit(struct world *world)
{
	int r;

	layout_free(world->result);
	world->result = NULL;
	context_clear(&world->ctx);
	world->map.pairs = world->pairs;
	r = fit_layout(&world->ctx, world->captured, world->present, &world->map, &world->result);
	if (!r) {
		check_result(world);
	} else {
		if (r != -ENOSPC && r != -EINVAL)
			fail_msg("machine %" PRIu64 ": status %d", world->seed, r);
		if (strlen(context_detail(&world->ctx)) < 20)
			fail_msg("machine %" PRIu64 ": \"%s\" is no sentence", world->seed, context_detail(&world->ctx));
	}
	return r;
}

/* ---- the tests ---- */

static void test_whatever_the_graph(void **state)
{
	unsigned made = 0, refused = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= MACHINES; seed++) {
		struct world world;

		make_machine(&world, seed);
		for (unsigned round = 0; round < 3; round++) {
			forget_targets(&world);
			for (size_t i = 0; i < world.captured->count; i++)
				if (world.captured->nodes[i]->type == NODE_DISK && !one_in(&world, 10))
					add_target(&world, world.captured->nodes[i], choose_size(&world, world.captured->nodes[i]),
						   one_in(&world, 3) ? 4096 : 512);
			fit(&world) ? refused++ : made++;
		}
		drop_machine(&world);
	}
	/* Both happen, or nothing was tried. */
	assert_true(made > MACHINES / 2 && refused > MACHINES / 4);
}

static const char *any_disk(struct world *world)
{
	const char *found = NULL;
	uint64_t seen = 0;

	for (size_t i = 0; i < world->captured->count; i++)
		if (world->captured->nodes[i]->type == NODE_DISK && one_in(world, (unsigned)++seen))
			found = world->captured->nodes[i]->id;
	return found;
}

/* Each node is made, or is said to be left out: by a wish of its own, or with what it lay on; disks, partitions and members of arrays give way to
 * others. */
static void check_nothing_is_lost(const struct world *world, json_t *wishes, const struct layout *wanted)
{
	for (size_t i = 0; i < world->captured->count; i++) {
		const struct node *node = world->captured->nodes[i];
		bool dropped = false;

		if (node->type == NODE_DISK || node->type == NODE_PARTITION || layout_find(wanted, node->id))
			continue;
		for (size_t k = 0; k <= i && !dropped; k++) {
			json_t *wish = json_object_get(wishes, world->captured->nodes[k]->id);

			dropped = (json_is_true(json_object_get(wish, "drop")) && layout_lies_on(world->captured, node, world->captured->nodes[k])) ||
				  (k == i && json_object_get(wish, "plain"));
		}
		/* The hidden parts of a volume go with it. */
		if (!dropped && !(node->type == NODE_LV && volume_is_hidden(node)))
			fail_msg("machine %" PRIu64 ": %s is lost", world->seed, node->id);
	}
}

/* Changes of chance in place of the captured machine. False when they are refused, with a sentence. */
static bool make_wishes(struct world *world)
{
	static const char *const sizes[] = { "rest", "rest", "10%", "35%", "90%", "64MiB", "3GiB", "40GiB" };
	static const char *const kinds[] = { "ext4", "xfs", "btrfs" };
	json_auto_t *wishes = json_object();
	struct layout *wanted = NULL;

	for (size_t i = 0; i < world->captured->count; i++) {
		const char *id = world->captured->nodes[i]->id;

		if (world->captured->nodes[i]->type == NODE_DISK && one_in(world, 3))
			json_object_set_new(wishes, id, json_pack("{ss}", "onto", any_disk(world)));
		else if (world->captured->nodes[i]->type == NODE_RAID && one_in(world, 2))
			json_object_set_new(wishes, id, one_in(world, 4) ? json_pack("{si}", "spares", (int)below(world, 3)) :
									   json_pack("{si}", "members", 1 + (int)below(world, 6)));
		else if (world->captured->nodes[i]->type == NODE_VG && one_in(world, 2))
			json_object_set_new(wishes, id, json_pack("{si}", "spread", 1 + (int)below(world, 2)));
		else if (one_in(world, 4))
			json_object_set_new(wishes, id, json_pack("{ss}", "size", sizes[below(world, ARRAY_LENGTH(sizes))]));
		else if (one_in(world, 4) && (world->captured->nodes[i]->type == NODE_LUKS || world->captured->nodes[i]->type == NODE_RAID))
			json_object_set_new(wishes, id, json_pack("{sb}", "plain", 1));
		else if (one_in(world, 12))
			json_object_set_new(wishes, id, one_in(world, 2) ? json_pack("{sb}", one_in(world, 2) ? "drop" : "plain", 1) :
									   json_pack("{ss}", "kind", kinds[below(world, ARRAY_LENGTH(kinds))]));
	}
	/* What cannot be wished at all is taken back one by one. */
	while (wishes_apply(&world->ctx, wishes, world->captured, &wanted)) {
		void *first = json_object_iter(wishes);

		if (strlen(context_detail(&world->ctx)) < 20)
			fail_msg("machine %" PRIu64 ": \"%s\" is no sentence", world->seed, context_detail(&world->ctx));
		context_clear(&world->ctx);
		if (!first)
			return false;
		json_object_del(wishes, json_object_iter_key(first));
	}
	check_nothing_is_lost(world, wishes, wanted);
	layout_free(world->captured);
	world->captured = wanted;
	return json_object_size(wishes) > 0;
}

static void test_whatever_is_wished(void **state)
{
	unsigned made = 0, refused = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= MACHINES / 2; seed++) {
		struct world world;

		make_machine(&world, seed);
		for (unsigned round = 0; round < 3 && (round || make_wishes(&world)); round++) {
			forget_targets(&world);
			for (size_t i = 0; i < world.captured->count; i++)
				if (world.captured->nodes[i]->type == NODE_DISK)
					add_target(&world, world.captured->nodes[i], choose_size(&world, world.captured->nodes[i]),
						   one_in(&world, 3) ? 4096 : 512);
			fit(&world) ? refused++ : made++;
		}
		drop_machine(&world);
	}
	assert_true(made > MACHINES / 8 && refused > MACHINES / 8);
}

/* By another firmware, onto larger disks, with other tables. False when that is refused, with a sentence. */
static bool adapt_machine(struct world *world)
{
	const struct start start = { .uefi = one_in(world, 2), .from_uefi = one_in(world, 2), .loader_bios = !one_in(world, 4), .loader_uefi = !one_in(world, 4) };
	json_auto_t *wishes = json_object();
	const struct circumstances circumstances = { .wishes = wishes, .start = &start, .present = world->present, .map = &world->map };
	struct layout *adapted = NULL;
	bool rooted = false;

	for (size_t i = 0; i < world->captured->count; i++) {
		const struct node *node = world->captured->nodes[i];

		if (node->type == NODE_DISK && one_in(world, 3))
			json_object_set_new(wishes, node->id, json_pack("{ss}", "table", one_in(world, 2) ? "gpt" : "dos"));
		if (node->type == NODE_FILESYSTEM && !rooted && (rooted = one_in(world, 3)))
			add(world, world->captured, NODE_MOUNT, node)->mount.path = strdup("/");
	}
	if (adapt_layout(&world->ctx, &circumstances, world->captured, &adapted)) {
		if (strlen(context_detail(&world->ctx)) < 20)
			fail_msg("machine %" PRIu64 ": \"%s\" is no sentence", world->seed, context_detail(&world->ctx));
		context_clear(&world->ctx);
		return false;
	}
	for (size_t i = 0; i < world->map.count; i++)
		world->pairs[i].source = layout_find(adapted, world->pairs[i].source)->id;
	layout_free(world->captured);
	world->captured = adapted;
	if (layout_check(&world->ctx, adapted))
		fail_msg("machine %" PRIu64 ": %s", world->seed, context_detail(&world->ctx));
	return true;
}

static void test_whatever_the_firmware(void **state)
{
	unsigned made = 0, refused = 0, planned = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= MACHINES; seed++) {
		struct world world;

		make_machine(&world, seed);
		for (size_t i = 0; i < world.captured->count; i++)
			if (world.captured->nodes[i]->type == NODE_DISK)
				add_target(&world, world.captured->nodes[i], one_in(&world, 5) ? 4096 * GIB : choose_size(&world, world.captured->nodes[i]),
					   one_in(&world, 3) ? 4096 : 512);
		world.map.pairs = world.pairs;
		if (!adapt_machine(&world) || fit(&world)) {
			refused++;
		} else {
			made++;
			for (size_t i = 0; i < world.result->count; i++)
				planned += world.result->nodes[i]->type == NODE_PARTITION && node_property(world.result->nodes[i], PLANNED_PROPERTY);
		}
		drop_machine(&world);
	}
	assert_true(made > MACHINES / 4 && refused > MACHINES / 8 && planned > MACHINES / 16);
}

/* On disks of its own sizes and sectors nothing is refused, and nothing changes its size or place. */
static void test_the_same_disks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= MACHINES; seed++) {
		struct world world;

		make_machine(&world, seed);
		for (size_t i = 0; i < world.captured->count; i++)
			if (world.captured->nodes[i]->type == NODE_DISK)
				add_target(&world, world.captured->nodes[i], world.captured->nodes[i]->size,
					   world.captured->nodes[i]->disk.logical_sector);
		if (fit(&world))
			fail_msg("machine %" PRIu64 ": %s", seed, context_detail(&world.ctx));
		for (size_t i = 0; i < world.result->count; i++) {
			const struct node *now = world.result->nodes[i], *before = layout_find(world.captured, now->id);

			if ((before->size && now->size != before->size) ||
			    (now->type == NODE_PARTITION && now->partition.start != before->partition.start))
				fail_msg("machine %" PRIu64 ": %s is not as it was", seed, now->id);
		}
		drop_machine(&world);
	}
}

/* Each disk in its turn as small as it can be, and a sector smaller; the others have their sizes. */
static void try_minimum(struct world *world, const struct node *source, uint32_t sector)
{
	uint64_t minimum = fit_minimum(world->captured, source, sector);
	CLEANUP(fit_outlook_done) struct fit_outlook outlook = { 0 };

	for (unsigned smaller = 0; smaller < 2; smaller++) {
		uint64_t size = (minimum + sector - 1) / sector * sector - smaller * sector;

		if (!size)
			continue;
		forget_targets(world);
		for (size_t i = 0; i < world->captured->count; i++) {
			const struct node *disk = world->captured->nodes[i];

			if (disk->type == NODE_DISK)
				add_target(world, disk, disk == source ? size : disk->size, disk == source ? sector : disk->disk.logical_sector);
		}
		if ((fit(world) == 0) == (smaller == 1))
			fail_msg("machine %" PRIu64 ", %s, sectors of %u: %" PRIu64 " bytes are needed, and %" PRIu64 " are %s. %s", world->seed,
				 source->id, sector, minimum, size, smaller ? "enough" : "too few", context_detail(&world->ctx));
	}
	assert_int_equal(fit_look(world->captured, source, source->size, sector, &outlook), 0);
	if (!outlook.obstacle && outlook.needed != minimum)
		fail_msg("machine %" PRIu64 ", %s: needs %" PRIu64 " or %" PRIu64, world->seed, source->id, outlook.needed, minimum);
}

static void test_the_smallest_disk(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= MACHINES / 2; seed++) {
		struct world world;

		make_machine(&world, seed);
		for (size_t i = 0; i < world.captured->count; i++) {
			const struct node *disk = world.captured->nodes[i];

			if (disk->type != NODE_DISK || !layout_child(world.captured, disk->id, NODE_TYPE_COUNT, 0))
				continue;
			try_minimum(&world, disk, disk->disk.logical_sector);
			try_minimum(&world, disk, 4096);
		}
		drop_machine(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_disks),
		cmocka_unit_test(test_whatever_the_graph),
		cmocka_unit_test(test_whatever_is_wished),
		cmocka_unit_test(test_whatever_the_firmware),
		cmocka_unit_test(test_the_smallest_disk),
	};

	return cmocka_run_group_tests_name("fit_random", tests, NULL, NULL);
}
