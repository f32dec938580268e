/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts as JSON: one table of members a node type, used for writing and for strict reading. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "layout.h"

enum member_kind { MEMBER_TEXT, MEMBER_U64, MEMBER_U32, MEMBER_BOOL };

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;           /* in struct node */
	bool required;
};

#define MEMBER(name, kind, field) { name, kind, offsetof(struct node, field), false }
#define REQUIRED(name, kind, field) { name, kind, offsetof(struct node, field), true }
#define LAST { NULL, MEMBER_TEXT, 0, false }

/* Members of every node; "id", "type" and "on" are beside the table. */
static const struct member common_members[] = {
	MEMBER("size", MEMBER_U64, size),
	MEMBER("used", MEMBER_U64, used),
	MEMBER("uuid", MEMBER_TEXT, uuid),
	MEMBER("label", MEMBER_TEXT, label),
	LAST,
};

static const struct member disk_members[] = {
	MEMBER("name", MEMBER_TEXT, disk.name),
	MEMBER("model", MEMBER_TEXT, disk.model),
	MEMBER("serial", MEMBER_TEXT, disk.serial),
	MEMBER("wwn", MEMBER_TEXT, disk.wwn),
	MEMBER("by_path", MEMBER_TEXT, disk.by_path),
	MEMBER("transport", MEMBER_TEXT, disk.transport),
	REQUIRED("logical_sector", MEMBER_U32, disk.logical_sector),
	REQUIRED("physical_sector", MEMBER_U32, disk.physical_sector),
	MEMBER("rotational", MEMBER_BOOL, disk.rotational),
	MEMBER("removable", MEMBER_BOOL, disk.removable),
	MEMBER("read_only", MEMBER_BOOL, disk.read_only),
	MEMBER("table", MEMBER_TEXT, disk.table),
	MEMBER("table_id", MEMBER_TEXT, disk.table_id),
	MEMBER("table_entries", MEMBER_U32, disk.table_entries),
	MEMBER("first_usable", MEMBER_U64, disk.first_usable),
	MEMBER("boot_code", MEMBER_BOOL, disk.boot_code),
	MEMBER("mbr", MEMBER_TEXT, disk.mbr),
	LAST,
};

static const struct member partition_members[] = {
	REQUIRED("number", MEMBER_U32, partition.number),
	REQUIRED("start", MEMBER_U64, partition.start),
	REQUIRED("kind", MEMBER_TEXT, partition.kind),
	MEMBER("uuid", MEMBER_TEXT, partition.uuid),
	MEMBER("name", MEMBER_TEXT, partition.name),
	MEMBER("attributes", MEMBER_U64, partition.attributes),
	MEMBER("active", MEMBER_BOOL, partition.active),
	REQUIRED("role", MEMBER_TEXT, partition.role),
	LAST,
};

static const struct member filesystem_members[] = {
	REQUIRED("kind", MEMBER_TEXT, filesystem.kind),
	LAST,
};

static const struct member subvolume_members[] = {
	REQUIRED("path", MEMBER_TEXT, subvolume.path),
	REQUIRED("number", MEMBER_U64, subvolume.number),
	MEMBER("read_only", MEMBER_BOOL, subvolume.read_only),
	MEMBER("default", MEMBER_BOOL, subvolume.is_default),
	MEMBER("parent", MEMBER_TEXT, subvolume.parent),
	MEMBER("received", MEMBER_TEXT, subvolume.received),
	MEMBER("sent_generation", MEMBER_U64, subvolume.sent_generation),
	LAST,
};

static const struct member swap_members[] = {
	MEMBER("page_size", MEMBER_U32, swap.page_size),
	LAST,
};

static const struct member mount_members[] = {
	REQUIRED("path", MEMBER_TEXT, mount.path),
	MEMBER("options", MEMBER_TEXT, mount.options),
	MEMBER("empty", MEMBER_BOOL, mount.empty),
	LAST,
};

/* What a type has beyond the common members lies in an object named as the type. */
static const struct member *const type_members[NODE_TYPE_COUNT] = {
	[NODE_DISK] = disk_members,
	[NODE_PARTITION] = partition_members,
	[NODE_FILESYSTEM] = filesystem_members,
	[NODE_SUBVOLUME] = subvolume_members,
	[NODE_SWAP] = swap_members,
	[NODE_MOUNT] = mount_members,
};

static bool is_attributes(const struct member *member)
{
	return member->offset == offsetof(struct node, partition.attributes);
}

static json_t *text_to_json(const char *text)
{
	AUTO_FREE char *escaped = bytes_escape(text, strlen(text));

	return escaped ? json_string(escaped) : NULL;
}

static json_t *member_to_json(const struct node *node, const struct member *member)
{
	const void *field = (const char *)node + member->offset;
	uint64_t number;
	char hex[19];

	switch (member->kind) {
	case MEMBER_TEXT:
		return text_to_json(*(char *const *)field);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)field);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)field);
	case MEMBER_U64:
		break;
	}
	number = *(const uint64_t *)field;
	if (!is_attributes(member))
		return json_integer((json_int_t)number);
	/* All 64 bits are used, and a JSON integer has 63. */
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, number);
	return json_string(hex);
}

static bool member_is_empty(const struct node *node, const struct member *member)
{
	const void *field = (const char *)node + member->offset;

	switch (member->kind) {
	case MEMBER_TEXT:
		return !*(char *const *)field;
	case MEMBER_U64:
		return !*(const uint64_t *)field;
	case MEMBER_U32:
		return !*(const uint32_t *)field;
	case MEMBER_BOOL:
		return !*(const bool *)field;
	}
	return true;
}

static int write_members(json_t *object, const struct node *node, const struct member *member)
{
	for (; member->name; member++) {
		bool absent = member_is_empty(node, member) && (!member->required || member->kind == MEMBER_TEXT);

		if (!absent && json_object_set_new(object, member->name, member_to_json(node, member)))
			return -ENOMEM;
	}
	return 0;
}

static int write_properties(json_t *object, const struct node *node)
{
	json_t *properties = json_object();

	for (size_t i = 0; i < node->property_count; i++)
		if (json_object_set_new(properties, node->properties[i].key,
					text_to_json(node->properties[i].value))) {
			json_decref(properties);
			return -ENOMEM;
		}
	return json_object_set_new(object, "properties", properties) ? -ENOMEM : 0;
}

static json_t *node_to_json(const struct node *node)
{
	json_t *object = json_object(), *on = json_array(), *own;

	if (json_object_set_new(object, "on", on) || json_object_set_new(object, "id", json_string(node->id)) ||
	    json_object_set_new(object, "type", json_string(node_type_name(node->type))))
		goto fail;
	for (char **id = node->on; id && *id; id++)
		if (json_array_append_new(on, json_string(*id)))
			goto fail;
	if (write_members(object, node, common_members) || (node->property_count && write_properties(object, node)))
		goto fail;
	if (!type_members[node->type])
		return object;
	own = json_object();
	if (json_object_set_new(object, node_type_name(node->type), own) ||
	    write_members(own, node, type_members[node->type]))
		goto fail;
	return object;
fail:
	json_decref(object);
	return NULL;
}

json_t *layout_to_json(const struct layout *layout)
{
	json_t *array = json_array();

	for (size_t i = 0; i < layout->count; i++)
		if (json_array_append_new(array, node_to_json(layout->nodes[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* Text of a set: escaped, bounded, no NUL. */
static int text_from_json(struct context *ctx, const char *id, const char *name, json_t *value, char **ret)
{
	const char *text = json_string_value(value);
	size_t length;
	char *plain;

	if (!text || strlen(text) != json_string_length(value) || strlen(text) > 3 * LAYOUT_TEXT_LIMIT)
		return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is no text, or too long", name, id);
	plain = bytes_unescape(text, &length);
	if (!plain)
		return context_fail(ctx, errno, "layout: \"%s\" of node %s is not escaped as it must be", name, id);
	if (length > LAYOUT_TEXT_LIMIT) {
		free(plain);
		return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is too long", name, id);
	}
	*ret = plain;
	return 0;
}

static int attributes_from_json(struct context *ctx, const char *id, json_t *value, uint64_t *ret)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != 18 || strncmp(text, "0x", 2) || strspn(text + 2, "0123456789abcdef") != 16)
		return context_fail(ctx, EINVAL, "layout: \"attributes\" of node %s are not 0x and 16 hex digits", id);
	*ret = strtoull(text + 2, NULL, 16);
	return 0;
}

static int member_from_json(struct context *ctx, struct node *node, const struct member *member, json_t *value)
{
	void *field = (char *)node + member->offset;
	json_int_t number;

	if (member->kind == MEMBER_TEXT)
		return text_from_json(ctx, node->id, member->name, value, field);
	if (member->kind == MEMBER_BOOL) {
		if (!json_is_boolean(value))
			return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is neither true nor false",
					    member->name, node->id);
		*(bool *)field = json_is_true(value);
		return 0;
	}
	if (is_attributes(member))
		return attributes_from_json(ctx, node->id, value, field);
	number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || (member->kind == MEMBER_U32 && number > UINT32_MAX))
		return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is not a number in its range",
				    member->name, node->id);
	if (member->kind == MEMBER_U32)
		*(uint32_t *)field = (uint32_t)number;
	else
		*(uint64_t *)field = (uint64_t)number;
	return 0;
}

static int read_properties(struct context *ctx, struct node *node, json_t *properties)
{
	const char *key;
	json_t *value;
	int r;

	if (!json_is_object(properties) || json_object_size(properties) > LAYOUT_PROPERTY_LIMIT)
		return context_fail(ctx, EINVAL, "layout: the properties of node %s are no object, or too many", node->id);
	json_object_foreach(properties, key, value) {
		AUTO_FREE char *text = NULL;

		r = text_from_json(ctx, node->id, "properties", value, &text);
		if (!r)
			r = node_property_set(node, key, text);
		if (r)
			return r;
	}
	return 0;
}

/* Reads the members of OBJECT that MEMBERS name; ELSEWHERE: additional names that are allowed, read by the caller. */
static int read_members(struct context *ctx, struct node *node, json_t *object, const struct member *members,
			const char *const *elsewhere)
{
	const struct member *member;
	const char *name;
	json_t *value;
	int r;

	json_object_foreach(object, name, value) {
		const char *const *other = elsewhere;

		while (*other && strcmp(*other, name))
			other++;
		if (*other)
			continue;
		for (member = members; member->name && strcmp(member->name, name); member++)
			;
		if (!member->name)
			return context_fail(ctx, EINVAL, "layout: node %s has a member that is not known: \"%.64s\"",
					    node->id, name);
		r = member_from_json(ctx, node, member, value);
		if (r)
			return r;
	}
	for (member = members; member->name; member++)
		if (member->required && !json_object_get(object, member->name))
			return context_fail(ctx, EINVAL, "layout: node %s has no \"%s\"", node->id, member->name);
	return 0;
}

static bool id_is_sane(json_t *value)
{
	const char *id = json_string_value(value);
	size_t length = json_string_length(value);

	if (!id || !length || length > 256)
		return false;
	for (size_t i = 0; i < length; i++)
		if (id[i] <= ' ' || id[i] > '~' || id[i] == '"' || id[i] == '\\' || id[i] == '%')
			return false;
	return true;
}

static int read_on(struct context *ctx, struct node *node, json_t *on)
{
	json_t *value;
	size_t i;

	if (!json_is_array(on) || json_array_size(on) > LAYOUT_ON_LIMIT)
		return context_fail(ctx, EINVAL, "layout: \"on\" of node %s is no list of ids, or too long", node->id);
	json_array_foreach(on, i, value) {
		if (!id_is_sane(value))
			return context_fail(ctx, EINVAL, "layout: \"on\" of node %s holds a bad id", node->id);
		if (strv_append(&node->on, json_string_value(value)))
			return context_oom(ctx);
	}
	return 0;
}

int layout_add_json(struct context *ctx, struct layout *layout, json_t *object)
{
	static const char *const no_more[] = { NULL };
	const char *elsewhere[] = { "id", "type", "on", "properties", NULL, NULL };
	json_t *id = json_object_get(object, "id"), *properties = json_object_get(object, "properties"), *own;
	const char *name = json_string_value(json_object_get(object, "type"));
	unsigned type = 0;
	struct node *node;
	int r;

	if (layout->count >= LAYOUT_NODE_LIMIT)
		return context_fail(ctx, EINVAL, "layout: it has more than %d nodes", LAYOUT_NODE_LIMIT);
	if (!id_is_sane(id))
		return context_fail(ctx, EINVAL, "layout: node number %zu has no sound id", layout->count);
	while (type < NODE_TYPE_COUNT && (!name || strcmp(name, node_type_name(type))))
		type++;
	if (type == NODE_TYPE_COUNT)
		return context_fail(ctx, EINVAL, "layout: node %s has no known type", json_string_value(id));
	node = layout_add(layout, type, json_string_value(id));
	if (!node)
		return context_fail(ctx, errno == EEXIST ? EINVAL : ENOMEM, "layout: the id %s is there twice",
				    json_string_value(id));
	if (type_members[type])
		elsewhere[4] = node_type_name(type);
	r = read_on(ctx, node, json_object_get(object, "on"));
	if (!r)
		r = read_members(ctx, node, object, common_members, elsewhere);
	if (!r && properties)
		r = read_properties(ctx, node, properties);
	if (r || !type_members[type])
		return r;
	own = json_object_get(object, node_type_name(type));
	if (!json_is_object(own))
		return context_fail(ctx, EINVAL, "layout: node %s has no object \"%s\"", node->id, node_type_name(type));
	return read_members(ctx, node, own, type_members[type], no_more);
}

int layout_from_json(struct context *ctx, json_t *array, struct layout **ret)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	json_t *object;
	size_t i;
	int r;

	if (!layout)
		return context_oom(ctx);
	if (!json_is_array(array) || json_array_size(array) > LAYOUT_NODE_LIMIT)
		return context_fail(ctx, EINVAL, "layout: it is no list of nodes, or has more than %d", LAYOUT_NODE_LIMIT);
	json_array_foreach(array, i, object) {
		r = layout_add_json(ctx, layout, object);
		if (r)
			return r;
	}
	r = layout_check(ctx, layout);
	if (r)
		return r;
	*ret = TAKE_POINTER(layout);
	return 0;
}

static int text_copy(struct context *ctx, const struct node *node, const char *name, const char *text, char **ret)
{
	if (strlen(text) > LAYOUT_TEXT_LIMIT)
		return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is too long", name, node->id);
	*ret = strdup(text);
	return *ret ? 0 : context_oom(ctx);
}

/* What writing and reading would give. */
static int copy_members(struct context *ctx, const struct node *node, const struct member *member, struct node *copy)
{
	int r = 0;

	for (; r == 0 && member->name; member++) {
		const void *field = (const char *)node + member->offset;
		void *target = (char *)copy + member->offset;

		if (member->required && member->kind == MEMBER_TEXT && member_is_empty(node, member))
			return context_fail(ctx, EINVAL, "layout: node %s has no \"%s\"", node->id, member->name);
		switch (member->kind) {
		case MEMBER_TEXT:
			r = member_is_empty(node, member) ? 0 : text_copy(ctx, node, member->name, *(char *const *)field, target);
			break;
		case MEMBER_U32:
			*(uint32_t *)target = *(const uint32_t *)field;
			break;
		case MEMBER_BOOL:
			*(bool *)target = *(const bool *)field;
			break;
		case MEMBER_U64:
			if (*(const uint64_t *)field > INT64_MAX && !is_attributes(member))
				return context_fail(ctx, EINVAL, "layout: \"%s\" of node %s is not a number in its range", member->name, node->id);
			*(uint64_t *)target = *(const uint64_t *)field;
		}
	}
	return r;
}

static int copy_node(struct context *ctx, const struct node *node, struct layout *layout)
{
	struct node *copy = layout_add(layout, node->type, node->id);
	int r = copy ? 0 : context_fail(ctx, errno == EEXIST ? EINVAL : ENOMEM, "layout: the id %s is there twice", node->id);

	for (char **id = node->on; r == 0 && id && *id; id++)
		r = strv_append(&copy->on, *id) < 0 ? context_oom(ctx) : 0;
	if (r == 0)
		r = copy_members(ctx, node, common_members, copy);
	for (size_t i = 0; r == 0 && i < node->property_count; i++) {
		AUTO_FREE char *value = NULL;

		r = text_copy(ctx, node, "properties", node->properties[i].value, &value);
		if (r == 0)
			r = node_property_set(copy, node->properties[i].key, value) < 0 ? context_oom(ctx) : 0;
	}
	return r == 0 && type_members[node->type] ? copy_members(ctx, node, type_members[node->type], copy) : r;
}

int layout_copy(struct context *ctx, const struct layout *layout, struct layout **ret)
{
	AUTO_LAYOUT struct layout *copy = layout_new();
	int r = copy ? 0 : context_oom(ctx);

	for (size_t i = 0; r == 0 && i < layout->count; i++)
		r = copy_node(ctx, layout->nodes[i], copy);
	if (r == 0)
		r = layout_check(ctx, copy);
	if (r == 0)
		*ret = TAKE_POINTER(copy);
	return r;
}
