/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "identifiers.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "disk_names.h"
#include "stack_names.h"

static bool has_content(const char *text)
{
	return text && *text;
}

const struct node *identifier_beneath(const struct layout *layout, const struct node *node, enum node_type type)
{
	if (!node || node->type == type)
		return node;
	for (size_t i = 0; node->on && node->on[i]; i++) {
		const struct node *found = identifier_beneath(layout, layout_find(layout, node->on[i]), type);

		if (found)
			return found;
	}
	return NULL;
}

/* What a device holds: the filesystem, swap area, ... that lies on it; itself when nothing does. */
static const struct node *content_of(const struct layout *layout, const struct node *node)
{
	static const enum node_type contents[] = { NODE_FILESYSTEM, NODE_SWAP, NODE_LUKS, NODE_PV, NODE_RAID };

	for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
		const struct node *child;

		if (node->type == contents[i])
			return node;
		child = layout_child(layout, node->id, contents[i], 0);
		if (child)
			return child;
	}
	return node;
}

const char *identifier_device(const struct layout *layout, const struct node *node)
{
	while (node && !has_content(node->device) && node->type != NODE_DISK && node->on && node->on[0] && !node->on[1])
		node = layout_find(layout, node->on[0]);
	return node && has_content(node->device) ? node->device : NULL;
}

static const struct node *target_disk(const struct plan *plan, const struct node *disk)
{
	for (size_t i = 0; disk && plan->map && i < plan->map->count; i++)
		if (plan->map->pairs[i].target && !strcmp(plan->map->pairs[i].source, disk->id))
			return layout_find(plan->target.present, plan->map->pairs[i].target);
	return NULL;
}

const char *identifier_disk_device(const struct plan *plan, const struct node *disk)
{
	const struct node *target = target_disk(plan, disk);

	return target && has_content(target->device) ? target->device : NULL;
}

char *identifier_partuuid(const struct layout *layout, const struct node *partition)
{
	const struct node *on = layout_find(layout, partition->on[0]);
	const char *id = on ? node_table_id(on) : NULL;

	if (has_content(partition->partition.uuid)) {
		char *lower = strdup(partition->partition.uuid);

		for (char *c = lower; c && *c; c++)
			*c = (char)tolower((unsigned char)*c);
		return lower;
	}
	if (!has_content(id) || strncmp(id, "0x", 2))
		return NULL;
	return text_format("%s-%02x", id + 2, partition->partition.number);
}

char *identifier_of(const struct layout *layout, const struct node *node)
{
	const struct node *content = content_of(layout, node);
	const char *device;

	if (has_content(content->uuid))
		return text_format("UUID=%s", content->uuid);
	node = identifier_beneath(layout, node, NODE_PARTITION);
	if (node) {
		AUTO_FREE char *partuuid = identifier_partuuid(layout, node);

		if (partuuid)
			return text_format("PARTUUID=%s", partuuid);
	}
	device = identifier_device(layout, content);
	return device ? strdup(device) : NULL;
}

/* Whether a captured disk has the present DISK in its place. */
static bool is_target(const struct plan *plan, const struct node *disk)
{
	for (size_t i = 0; plan->map && i < plan->map->count; i++)
		if (plan->map->pairs[i].target && !strcmp(plan->map->pairs[i].target, disk->id))
			return true;
	return false;
}

bool identifier_is_left_alone(const struct plan *plan, const struct node *node)
{
	const struct layout *present = plan->target.present;
	bool any = false;

	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];

		if (disk->type != NODE_DISK || !layout_lies_on(present, node, disk))
			continue;
		if (is_target(plan, disk))
			return false;
		any = true;
	}
	return any;
}

const struct node *identifier_mount(const struct plan *plan, const char *path)
{
	return layout_mount_at(plan->target.result, path);
}

const struct node *identifier_mounted_at(const struct plan *plan, const char *path)
{
	return identifier_beneath(plan->target.result, identifier_mount(plan, path), NODE_FILESYSTEM);
}

/* Where a name leads on the machine as it will be: to something restored, or to something on a disk that was left
 * alone. */
struct place {
	const struct layout *layout;
	const struct node *node; /* NULL: nowhere */
};

/* Whether NODE, a partition of the result, held something on the saved machine that is not made, be there something else in its place: whoever
 * named the partition meant that. */
static bool lost_content(const struct plan *plan, const struct node *node)
{
	const struct node *before = layout_find(plan->target.captured, node->id);
	const struct node *content = before ? content_of(plan->target.captured, before) : NULL;

	return content != before && !layout_find(plan->target.result, content->id);
}

/* Whether what NODE of the result holds is made; a device that never had any content is there by itself. */
static bool is_made(const struct plan *plan, const struct node *node)
{
	const struct node *content = content_of(plan->target.result, node);

	if (node->type == NODE_PARTITION && lost_content(plan, node))
		return false;
	return content->type == NODE_PARTITION || content->type == NODE_DISK || plan_makes(plan, content);
}

static bool will_be_there(const struct plan *plan, const struct layout *layout, const struct node *node)
{
	if (layout == plan->target.result)
		return node->type == NODE_VG ? plan_makes(plan, node) : identifier_device(layout, node) && is_made(plan, node);
	return identifier_is_left_alone(plan, node);
}

enum tag { TAG_UUID, TAG_LABEL, TAG_PARTUUID, TAG_PARTLABEL, TAG_COUNT };

static const char *const tag_names[TAG_COUNT] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=" };
static const char *const tag_directories[TAG_COUNT] = { "by-uuid/", "by-label/", "by-partuuid/", "by-partlabel/" };

/* Blanks at the end are not seen by those who look for labels (libblkid, udev). */
static bool same_name(const char *one, const char *two)
{
	size_t a = one ? strlen(one) : 0, b = strlen(two);

	while (a && one[a - 1] == ' ')
		a--;
	while (b && two[b - 1] == ' ')
		b--;
	return a && a == b && !memcmp(one, two, a);
}

static bool has_tag(const struct layout *layout, const struct node *node, enum tag tag, const char *value)
{
	bool is_content = node->type == NODE_FILESYSTEM || node->type == NODE_SWAP || node->type == NODE_LUKS ||
			  node->type == NODE_RAID || node->type == NODE_PV;
	AUTO_FREE char *partuuid = NULL;

	switch (tag) {
	case TAG_UUID:
		return is_content && has_content(node->uuid) && !strcasecmp(node->uuid, value);
	case TAG_LABEL:
		return is_content && same_name(node->label, value);
	case TAG_PARTUUID:
		partuuid = node->type == NODE_PARTITION ? identifier_partuuid(layout, node) : NULL;
		return partuuid && !strcasecmp(partuuid, value);
	default:
		return node->type == NODE_PARTITION && same_name(node->partition.name, value);
	}
}

static struct place find_tagged(const struct plan *plan, enum tag tag, const char *value)
{
	const struct layout *layouts[] = { plan->target.result, plan->target.present };

	for (size_t k = 0; k < ARRAY_LENGTH(layouts); k++)
		for (size_t i = 0; layouts[k] && i < layouts[k]->count; i++)
			if (has_tag(layouts[k], layouts[k]->nodes[i], tag, value) &&
			    will_be_there(plan, layouts[k], layouts[k]->nodes[i]))
				return (struct place){ layouts[k], layouts[k]->nodes[i] };
	return (struct place){ 0 };
}

/* Partition NUMBER of DISK, or DISK itself for 0: what it holds. */
static const struct node *find_slot(const struct layout *layout, const struct node *disk, uint32_t number)
{
	if (number == 0)
		return content_of(layout, disk);
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		if (node->type == NODE_PARTITION && node->partition.number == number && !strcmp(node->on[0], disk->id))
			return content_of(layout, node);
	}
	return NULL;
}

/* What lies on an array, a container or a volume; itself when nothing does. */
static const struct node *inside_of(const struct layout *layout, const struct node *node)
{
	const struct node *child;

	for (size_t at = 0; (child = layout_next_child(layout, node->id, NODE_TYPE_COUNT, &at));)
		if (child->type == NODE_FILESYSTEM || child->type == NODE_SWAP || child->type == NODE_LUKS || child->type == NODE_PV)
			return child;
	return node;
}

/* The disk of LAYOUT that NODE is, or is a partition of, when several paths lead to it: its names are those of device mapper. NULL: it is none. */
static const struct node *multipath_disk(const struct layout *layout, const struct node *node)
{
	const struct node *whole = node->type == NODE_PARTITION ? layout_find(layout, node->on[0]) : node;

	return whole && whole->type == NODE_DISK && node_number(whole, MULTIPATH_PROPERTY) ? whole : NULL;
}

/* Whether the map of paths that the captured DISK was is the same one here: then it, and its partitions, have the same names. */
static bool is_same_map(const struct plan *plan, const struct node *disk)
{
	const struct node *now = layout_find(plan->target.result, disk->id);
	const char *before = node_property(disk, MULTIPATH_WWID), *wwid = now ? node_property(now, MULTIPATH_WWID) : NULL;

	return before && wwid && !strcmp(before, wwid);
}

/* The captured node that had this device node. *RET_LASTS: a name that the system gives it at each start, wherever it lies; *RET_HOLDER: the array,
 * container or volume that it is the name of, or NULL. */
static const struct node *find_device(const struct layout *layout, const char *device, bool *ret_lasts, const struct node **ret_holder)
{
	*ret_lasts = false;
	*ret_holder = NULL;
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		const struct node *whole = node->type == NODE_PARTITION ? layout_find(layout, node->on[0]) : node;
		const struct node *disk = whole->type == NODE_DISK ? whole : NULL;
		bool is_inner = node->type == NODE_PARTITION && whole->type == NODE_RAID;
		enum stack_fit fit = is_inner ? stack_partition_fits(whole, node->partition.number, device) : stack_name_fits(node, device);
		AUTO_FREE char *built = NULL;

		/* The directory of a volume group. */
		if (node->type == NODE_VG && node->label && !strncmp(device, "/dev/", 5) && !strcmp(device + 5, node->label)) {
			*ret_lasts = true;
			*ret_holder = node;
			return node;
		}
		if (multipath_disk(layout, node) && stack_map_is_called(node, device)) {
			*ret_holder = whole;
			return content_of(layout, node);
		}
		*ret_lasts = fit == STACK_LASTS;
		if (fit != STACK_OTHER) {
			*ret_holder = whole;
			return inside_of(layout, node);
		}
		if (!has_content(node->device) && disk)
			built = disk_name_device(disk, node->type == NODE_PARTITION ? node->partition.number : 0);
		if ((built && !strcmp(built, device)) ||
		    (has_content(node->device) && !strcmp(node->device, device) && node->type != NODE_MOUNT))
			return content_of(layout, node);
	}
	return NULL;
}

/* The same of a link below by-id that is none of a disk. */
static const struct node *find_stack_link(const struct layout *layout, const char *link, const struct node **ret_holder)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *disk = multipath_disk(layout, layout->nodes[i]);

		const struct node *node = layout->nodes[i];

		*ret_holder = disk ? disk : node;
		if (disk && stack_map_link_is_of(disk, node, disk == node ? 0 : node->partition.number, link))
			return content_of(layout, node);
		if (stack_link_is_of(layout, layout->nodes[i], link))
			return inside_of(layout, layout->nodes[i]);
	}
	return NULL;
}

/* Whether partition NUMBER of the captured DISK has that number on the disk that takes its place, too; 0: the disk itself. */
static bool keeps_number(const struct plan *plan, const struct node *disk, uint32_t number)
{
	const struct node *captured, *now;

	for (size_t at = 0; number && (captured = layout_next_child(plan->target.captured, disk->id, NODE_PARTITION, &at));) {
		if (captured->partition.number != number)
			continue;
		now = layout_find(plan->target.result, captured->id);
		return now && now->partition.number == number && !strcmp(now->on[0], disk->id);
	}
	return true;
}

/* The captured node by a name of its disk below /dev/disk, "by-id/..." or "by-path/...". *RET_SAME: a disk that will
 * be there has the name too, and the partition its number. */
static const struct node *find_by_disk(const struct plan *plan, const char *directory, const char *link, bool *ret_same)
{
	uint32_t number;
	AUTO_FREE char *name = disk_name_split(link, &number);
	const struct node *found = NULL;

	for (size_t i = 0; name && !found && i < plan->target.captured->count; i++) {
		const struct node *disk = plan->target.captured->nodes[i], *target = target_disk(plan, disk);

		if (disk->type != NODE_DISK || !disk_name_is_of(disk, directory, name))
			continue;
		*ret_same = target && disk_name_is_of(target, directory, name) && keeps_number(plan, disk, number);
		found = find_slot(plan->target.captured, disk, number);
	}
	for (size_t i = 0; name && plan->target.present && i < plan->target.present->count; i++) {
		const struct node *disk = plan->target.present->nodes[i];

		if (disk->type == NODE_DISK && disk_name_is_of(disk, directory, name) &&
		    identifier_is_left_alone(plan, disk) && find_slot(plan->target.present, disk, number))
			*ret_same = true;
	}
	return found;
}

/* Devices that are created at every start, or come and go. */
static bool is_passing_device(const char *spec)
{
	static const char *const names[] = { "/dev/zram", "/dev/loop",	    "/dev/sr",	  "/dev/cdrom", "/dev/dvd",
					     "/dev/fd",	  "/dev/nbd",	    "/dev/fuse",  "/dev/ram",	"/dev/pts",
					     "/dev/shm",  "/dev/hugepages", "/dev/mqueue",
					     "/dev/urandom", "/dev/random", "/dev/hwrng", "/dev/null", "/dev/zero" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strncmp(spec, names[i], strlen(names[i])))
			return true;
	return false;
}

static char *unquote(const char *value)
{
	size_t length = strlen(value);
	bool quoted = length >= 2 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0];

	return quoted ? strndup(value + 1, length - 2) : strdup(value);
}

/* The tag that SPEC is ("LABEL=", /dev/disk/by-label/) and its value, quotes and escapes undone, in a new string. TAG_COUNT: none. */
static int split_tag(const char *spec, enum tag *ret, char **ret_value)
{
	static const char disk_links[] = "/dev/disk/";
	const char *link = strncmp(spec, disk_links, strlen(disk_links)) ? NULL : spec + strlen(disk_links);

	for (int tag = 0; tag < TAG_COUNT; tag++) {
		bool named = !strncasecmp(spec, tag_names[tag], strlen(tag_names[tag]));
		size_t length = strlen(tag_directories[tag]);

		if (!named && (!link || strncmp(link, tag_directories[tag], length)))
			continue;
		*ret = tag;
		*ret_value = named ? unquote(spec + strlen(tag_names[tag])) : disk_name_decode(link + length);
		return *ret_value ? 0 : -ENOMEM;
	}
	*ret = TAG_COUNT;
	return 0;
}

/* What became of a captured node: restored, or still there on a disk that was left alone. */
static struct place find_twin(const struct plan *plan, const struct node *captured)
{
	const struct node *twin = layout_find(plan->target.result, captured->id);

	if (twin && will_be_there(plan, plan->target.result, twin))
		return (struct place){ plan->target.result, twin };
	return has_content(captured->uuid) ? find_tagged(plan, TAG_UUID, captured->uuid) : (struct place){ 0 };
}

/* A name that is no tag: by what the captured machine knew it. */
static int judge_device(const struct plan *plan, const char *spec, struct place *ret_place)
{
	const struct node *captured, *holder;
	bool same = false;

	captured = strncmp(spec, "/dev/disk/by-id/", 16) ? NULL : find_stack_link(plan->target.captured, spec + 16, &holder);
	if (captured) {
		*ret_place = find_twin(plan, captured);
		same = holder->type == NODE_DISK ? is_same_map(plan, holder) : layout_find(plan->target.wanted, holder->id) != NULL;
	} else if (!strncmp(spec, "/dev/disk/by-id/", 16) || !strncmp(spec, "/dev/disk/by-path/", 18)) {
		captured = find_by_disk(plan, spec[13] == 'i' ? "by-id" : "by-path", strrchr(spec, '/') + 1, &same);
		/* Something that was never captured, on a disk that is here. */
		if (!captured)
			return same ? IDENTIFIER_FITS : IDENTIFIER_UNKNOWN;
		*ret_place = find_twin(plan, captured);
	} else {
		const char *device;

		captured = find_device(plan->target.captured, spec, &same, &holder);
		if (!captured)
			return is_passing_device(spec) ? IDENTIFIER_FOREIGN : IDENTIFIER_UNKNOWN;
		*ret_place = find_twin(plan, captured);
		device = ret_place->node ? identifier_device(ret_place->layout, ret_place->node) : NULL;
		/* Names of the device mapper are chosen by the system, not by the kernel: they come back with it. */
		same |= (device && !strcmp(device, spec) && ret_place->node->type != NODE_RAID) || !strncmp(spec, "/dev/mapper/", 12);
		/* But a map of paths is called after the disk. */
		if (holder && holder->type == NODE_DISK)
			same = is_same_map(plan, holder);
		/* What lay on it may lie elsewhere now. */
		same &= !holder || layout_find(plan->target.wanted, holder->id);
	}
	if (!ret_place->node)
		return IDENTIFIER_UNKNOWN;
	return same ? IDENTIFIER_FITS : IDENTIFIER_OLD;
}

/* "ID=..." as the path that it stands for; any other name as it is. New string. */
static char *expand_id(const char *spec)
{
	return strncasecmp(spec, "ID=", 3) ? strdup(spec) : text_format("/dev/disk/by-id/%s", spec + 3);
}

/* The restored partition, filesystem or swap area that had TAG with VALUE on the saved machine. */
static struct place find_by_old_tag(const struct plan *plan, enum tag tag, const char *value)
{
	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *captured = plan->target.captured->nodes[i], *now;
		bool can_tell = captured->type == NODE_PARTITION || captured->type == NODE_FILESYSTEM || captured->type == NODE_SWAP;

		if (!can_tell || !has_tag(plan->target.captured, captured, tag, value))
			continue;
		now = layout_find(plan->target.result, captured->id);
		if (now && will_be_there(plan, plan->target.result, now))
			return (struct place){ plan->target.result, now };
	}
	return (struct place){ 0 };
}

static int judge(const struct plan *plan, const char *spec, struct place *ret_place)
{
	AUTO_FREE char *value = NULL, *named = expand_id(spec);
	enum tag tag;
	int r = split_tag(spec, &tag, &value);

	if (r < 0 || !named)
		return -ENOMEM;
	if (tag == TAG_COUNT)
		return strncmp(named, "/dev/", 5) ? IDENTIFIER_FOREIGN : judge_device(plan, named, ret_place);
	/* Its table may have become one of another kind, and another partition may have its number there. */
	*ret_place = tag == TAG_PARTUUID ? find_by_old_tag(plan, tag, value) : (struct place){ 0 };
	if (ret_place->node)
		return has_tag(ret_place->layout, ret_place->node, tag, value) ? IDENTIFIER_FITS : IDENTIFIER_OLD;
	*ret_place = find_tagged(plan, tag, value);
	if (ret_place->node)
		return IDENTIFIER_FITS;
	/* One of another kind may have another UUID. */
	*ret_place = tag == TAG_UUID ? find_by_old_tag(plan, tag, value) : (struct place){ 0 };
	return ret_place->node ? IDENTIFIER_OLD : IDENTIFIER_UNKNOWN;
}

/* What SPEC was on the saved machine, or NULL. */
static const struct node *find_captured(const struct plan *plan, const char *spec)
{
	AUTO_FREE char *value = NULL, *named = expand_id(spec);
	const struct node *holder;
	bool same = false;
	enum tag tag;

	if (!named || split_tag(spec, &tag, &value) < 0)
		return NULL;
	if (tag == TAG_COUNT && !strncmp(named, "/dev/disk/by-id/", 16)) {
		const struct node *found = find_stack_link(plan->target.captured, named + 16, &holder);

		if (found)
			return found;
	}
	if (tag == TAG_COUNT && (!strncmp(named, "/dev/disk/by-id/", 16) || !strncmp(named, "/dev/disk/by-path/", 18)))
		return find_by_disk(plan, named[13] == 'i' ? "by-id" : "by-path", strrchr(named, '/') + 1, &same);
	if (tag == TAG_COUNT)
		return find_device(plan->target.captured, named, &same, &holder);
	for (size_t i = 0; i < plan->target.captured->count; i++)
		if (has_tag(plan->target.captured, plan->target.captured->nodes[i], tag, value))
			return content_of(plan->target.captured, plan->target.captured->nodes[i]);
	return NULL;
}

char *identifier_absence(const struct plan *plan, const char *spec)
{
	const struct node *captured = find_captured(plan, spec), *twin, *disk;
	AUTO_FREE char *what = captured ? node_describe(captured) : NULL, *disk_name = NULL;

	if (!captured)
		return sentence("nothing that was restored has this name");
	if (!what)
		return NULL;
	twin = layout_find(plan->target.result, captured->id);
	if (twin && identifier_device(plan->target.result, twin))
		return sentence("Lifeboat cannot make it (%s), so that its place is empty", what);
	if (!layout_find(plan->target.wanted, captured->id))
		return sentence("it was left out (%s)", what);
	disk = layout_disk_of(plan->target.captured, captured);
	disk_name = disk ? node_describe(disk) : NULL;
	return sentence("the disk it was on (%s) was not restored", disk_name ? disk_name : what);
}

/* A kernel that starts without an initramfs knows no other name. */
static bool is_partuuid(const char *spec)
{
	return !strncasecmp(spec, tag_names[TAG_PARTUUID], strlen(tag_names[TAG_PARTUUID]));
}

static char *partuuid_of(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *partuuid = identifier_partuuid(layout, node);

	return partuuid ? text_format("PARTUUID=%s", partuuid) : NULL;
}

int identifier_check(const struct plan *plan, const char *spec, char **ret_name)
{
	struct place place = { 0 };
	int fit = judge(plan, spec, &place);

	if (ret_name)
		*ret_name = NULL;
	if (fit == IDENTIFIER_OLD && ret_name) {
		*ret_name = is_partuuid(spec) ? partuuid_of(place.layout, place.node) : identifier_of(place.layout, place.node);
		if (!*ret_name)
			return -ENOMEM;
	}
	return fit;
}

/* The captured partition, or disk, that had this device node or link; NULL: none. */
static const struct node *find_member(const struct plan *plan, const char *spec)
{
	const char *link = !strncmp(spec, "/dev/disk/by-", 13) ? strrchr(spec, '/') + 1 : NULL;
	const char *directory = !link ? NULL : !strncmp(spec + 13, "id/", 3) ? "by-id" : "by-path";
	uint32_t number = 0;
	AUTO_FREE char *name = link ? disk_name_split(link, &number) : NULL;

	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *node = plan->target.captured->nodes[i];
		const struct node *disk = node->type == NODE_PARTITION ? layout_find(plan->target.captured, node->on[0]) : node;
		uint32_t own = node->type == NODE_PARTITION ? node->partition.number : 0;
		AUTO_FREE char *built = NULL;

		if (!disk || disk->type != NODE_DISK)
			continue;
		built = has_content(node->device) ? NULL : disk_name_device(disk, own);
		if (name ? own == number && disk_name_is_of(disk, directory, name) : !strcmp(built ? built : has_content(node->device) ? node->device : "", spec))
			return node;
	}
	return NULL;
}

char *identifier_path(const struct plan *plan, const char *spec, const char *name)
{
	const struct node *member = find_member(plan, spec), *now = member ? layout_find(plan->target.result, member->id) : NULL;
	const struct node *content = now ? content_of(plan->target.result, now) : NULL;
	AUTO_FREE char *value = NULL, *encoded = NULL;
	enum tag tag;

	if (content && content->on && content->on[0] && content->on[1]) {
		const char *device = identifier_device(plan->target.result, now);
		AUTO_FREE char *partuuid = now->type == NODE_PARTITION ? identifier_partuuid(plan->target.result, now) : NULL;

		if (partuuid)
			return text_format("/dev/disk/by-partuuid/%s", partuuid);
		return device ? strdup(device) : strdup(name);
	}
	if (split_tag(name, &tag, &value) < 0)
		return NULL;
	if (tag == TAG_COUNT || !strncmp(name, "/dev/", 5))
		return strdup(name);
	encoded = disk_name_encode(value);
	return encoded ? text_format("/dev/disk/%s%s", tag_directories[tag], encoded) : NULL;
}

const struct node *identifier_find(const struct plan *plan, const char *spec)
{
	struct place place = { 0 };

	if (judge(plan, spec, &place) != IDENTIFIER_FITS || !place.node || place.layout != plan->target.result)
		return NULL;
	return content_of(plan->target.result, place.node);
}

const struct node *identifier_esp_partition(const struct layout *layout, const struct node *mount, size_t i)
{
	for (size_t k = 0; mount->type == NODE_MOUNT && k < layout->count; k++) {
		const struct node *partition = layout->nodes[k];

		if (partition->type == NODE_PARTITION && partition_is_esp(partition) && layout_lies_on(layout, mount, partition) && i-- == 0)
			return partition;
	}
	return NULL;
}

const struct node *identifier_esp(const struct plan *plan, const struct node **ret_partition)
{
	const struct layout *result = plan->target.result;
	const struct node *found = NULL;

	/* One that was not mounted on the captured machine is taken where no other is. */
	for (size_t i = 0; i < result->count; i++) {
		const struct node *mount = result->nodes[i];

		if (identifier_esp_partition(result, mount, 0) && (!found || (mount_is_private(found) && !mount_is_private(mount))))
			found = mount;
	}
	if (found && ret_partition)
		*ret_partition = identifier_esp_partition(result, found, 0);
	return found;
}
