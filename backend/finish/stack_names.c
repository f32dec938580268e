/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stack_names.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* What follows PREFIX in TEXT; NULL when it begins otherwise. */
static const char *after(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* ---- arrays ---- */

/* Without the host before it. NULL: it has none. */
static const char *array_name(const struct node *array)
{
	const char *name = node_property(array, "name"), *colon = name ? strchr(name, ':') : NULL;

	return colon ? colon + 1 : name;
}

/* mdadm gives the number that the superblock of version 0.90 keeps, or that the array is called by; any other was the first that was free. */
static enum stack_fit fits_array(const struct node *array, const char *device)
{
	const char *link = after(device, "/dev/md/"), *number = after(device, "/dev/md");

	if (link)
		return is_same(link, array_name(array)) ? STACK_LASTS : STACK_OTHER;
	if (!number || !is_same(node_property(array, "opened_as"), device + strlen("/dev/")))
		return STACK_OTHER;
	return is_same(number, array_name(array)) || is_same(number, node_property(array, "preferred_minor")) ? STACK_LASTS : STACK_TRANSIENT;
}

/* ---- device mapper ---- */

/* A name as device mapper joins names: '-' doubled. New string; NULL when out of memory. */
static char *doubled(const char *name)
{
	char *text = malloc(2 * strlen(name) + 1), *to = text;

	for (; text && *name; name++) {
		*to++ = *name;
		if (*name == '-')
			*to++ = '-';
	}
	if (text)
		*to = '\0';
	return text;
}

/* What device mapper calls NODE, in a new string; NULL: nothing, or out of memory. */
static char *mapped_name(const struct node *node)
{
	const char *group = node_property(node, "vg_name"), *opened = node_property(node, "opened_as");
	AUTO_FREE char *first = NULL, *second = NULL;

	if (node->type == NODE_LUKS)
		return opened ? strdup(opened) : NULL;
	if (node->type != NODE_LV || !group || !node->label)
		return NULL;
	first = doubled(group);
	second = doubled(node->label);
	return first && second ? text_format("%s-%s", first, second) : NULL;
}

static enum stack_fit fits_mapped(const struct node *node, const char *device)
{
	const char *group = node_property(node, "vg_name");
	AUTO_FREE char *mapped = mapped_name(node), *path = NULL;

	if (node->type == NODE_LV && group && node->label)
		path = text_format("/dev/%s/%s", group, node->label);
	return is_same(after(device, "/dev/mapper/"), mapped) || is_same(device, path) ? STACK_LASTS : STACK_OTHER;
}

bool stack_map_is_called(const struct node *node, const char *device)
{
	return is_same(after(device, "/dev/mapper/"), node_property(node, "opened_as"));
}

bool stack_map_link_is_of(const struct node *disk, const struct node *node, uint32_t number, const char *link)
{
	const char *wwid = node_property(disk, MULTIPATH_WWID), *uuid = after(link, "dm-uuid-");
	AUTO_FREE char *own = !wwid ? NULL : number ? text_format("part%" PRIu32 "-mpath-%s", number, wwid) : text_format("mpath-%s", wwid);

	return (own && is_same(uuid, own)) || (wwid && is_same(after(link, "dm-name-"), node_property(node, "opened_as")));
}

enum stack_fit stack_name_fits(const struct node *node, const char *device)
{
	return node->type == NODE_RAID ? fits_array(node, device) : fits_mapped(node, device);
}

enum stack_fit stack_partition_fits(const struct node *array, uint32_t number, const char *device)
{
	AUTO_FREE char *digits = text_format("%" PRIu32, number), *whole = NULL;
	size_t length = strlen(device), end;

	if (!digits || length <= strlen(digits) || strcmp(device + length - strlen(digits), digits))
		return STACK_OTHER;
	end = length - strlen(digits);
	/* A name that ends in a digit has a "p" between. */
	if (device[end - 1] == 'p' && end > 1 && isdigit((unsigned char)device[end - 2]))
		end--;
	else if (isdigit((unsigned char)device[end - 1]))
		return STACK_OTHER;
	whole = strndup(device, end);
	return whole ? fits_array(array, whole) : STACK_OTHER;
}

/* TEXT, made of other texts, is taken. */
static int take(char ***names, char *text)
{
	AUTO_FREE char *name = text;

	return name ? strv_append(names, name) : -ENOMEM;
}

static int add_array_names(const struct node *array, char ***names)
{
	const char *name = array_name(array), *opened = node_property(array, "opened_as");
	int r = name ? take(names, text_format("/dev/md/%s", name)) : 0;

	return r || !opened ? r : take(names, text_format("/dev/%s", opened));
}

int stack_names(const struct node *node, char ***names)
{
	AUTO_FREE char *mapped = mapped_name(node);
	int r = mapped ? take(names, text_format("/dev/mapper/%s", mapped)) : 0;

	if (r == 0 && node->type == NODE_LV && mapped)
		r = take(names, text_format("/dev/%s/%s", node_property(node, "vg_name"), node->label));
	return r || node->type != NODE_RAID ? r : add_array_names(node, names);
}

/* ---- links ---- */

/* TEXT is UUID, whatever stands between the digits of both. */
static bool is_same_uuid(const char *text, const char *uuid)
{
	for (; uuid && *uuid; uuid++) {
		if (strchr("-:", *uuid))
			continue;
		text += strspn(text, "-:");
		if (!*text || strncasecmp(text, uuid, 1))
			return false;
		text++;
	}
	return uuid && !*text;
}

static const struct node *group_of(const struct layout *layout, const struct node *volume)
{
	while (volume && volume->type == NODE_LV)
		volume = volume->on ? layout_find(layout, volume->on[0]) : NULL;
	return volume;
}

/* "LVM-" and the UUIDs of group and volume. */
static bool is_volume_uuid(const struct layout *layout, const struct node *volume, const char *text)
{
	const struct node *group = group_of(layout, volume);
	AUTO_FREE char *both = group && group->uuid && volume->uuid ? text_format("%s%s", group->uuid, volume->uuid) : NULL;

	return both && is_same_uuid(text, both);
}

bool stack_link_is_of(const struct layout *layout, const struct node *node, const char *link)
{
	const char *rest;

	if (node->type == NODE_RAID)
		return ((rest = after(link, "md-uuid-")) && is_same_uuid(rest, node->uuid)) ||
		       is_same(after(link, "md-name-"), node_property(node, "name"));
	if (node->type == NODE_PV)
		return is_same(after(link, "lvm-pv-uuid-"), node->uuid);
	if (node->type == NODE_LV && (rest = after(link, "dm-uuid-LVM-")))
		return is_volume_uuid(layout, node, rest);
	rest = after(link, "dm-name-");
	if (rest && (node->type == NODE_LV || node->type == NODE_LUKS)) {
		AUTO_FREE char *mapped = mapped_name(node);

		return is_same(rest, mapped);
	}
	return false;
}
