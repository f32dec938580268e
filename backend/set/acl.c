/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "acl.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../core/bytes.h"

#define ACL_VERSION 2
#define ACL_NO_ID UINT32_MAX

struct acl_entry {
	uint16_t tag, permissions;
	uint32_t id;
};

/* linux/posix_acl.h */
static const struct acl_tag {
	uint16_t tag;
	const char *name;
	bool has_id;
} acl_tags[] = {
	{ 0x01, "user", false }, { 0x02, "user", true }, { 0x04, "group", false },
	{ 0x08, "group", true }, { 0x10, "mask", false }, { 0x20, "other", false },
};

static const struct acl_tag *find_tag(uint16_t tag)
{
	for (size_t i = 0; i < ARRAY_LENGTH(acl_tags); i++)
		if (acl_tags[i].tag == tag)
			return &acl_tags[i];
	return NULL;
}

static int append_entry(struct buffer *text, const struct acl_entry *entry)
{
	uint16_t permissions = le16toh(entry->permissions);
	const struct acl_tag *tag = find_tag(le16toh(entry->tag));
	AUTO_FREE char *line = NULL;
	char id[16] = "";

	if (!tag || permissions > 7 || tag->has_id == (le32toh(entry->id) == ACL_NO_ID))
		return -EINVAL;
	if (tag->has_id)
		snprintf(id, sizeof(id), "%u", le32toh(entry->id));
	line = text_format("%s%s:%s:%c%c%c", text->length ? "," : "", tag->name, id, permissions & 4 ? 'r' : '-',
			   permissions & 2 ? 'w' : '-', permissions & 1 ? 'x' : '-');
	if (!line)
		return -ENOMEM;
	return buffer_append(text, line, strlen(line));
}

char *acl_text_from_value(const void *value, size_t length)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const char *bytes = value;
	uint32_t version;
	int r;

	errno = EINVAL;
	if (length < 4 + sizeof(struct acl_entry) || (length - 4) % sizeof(struct acl_entry))
		return NULL;
	memcpy(&version, bytes, 4);
	if (le32toh(version) != ACL_VERSION)
		return NULL;
	for (size_t at = 4; at < length; at += sizeof(struct acl_entry)) {
		struct acl_entry entry;

		memcpy(&entry, bytes + at, sizeof(entry));
		r = append_entry(&text, &entry);
		if (r < 0) {
			errno = -r;
			return NULL;
		}
	}
	return TAKE_POINTER(text.data);
}

/* posix_acl_valid() of the kernel. */
bool acl_value_is_valid(const void *value, size_t length)
{
	const char *bytes = value;
	struct acl_entry entry = { 0 };
	uint32_t version;
	unsigned last = 0, met = 0;

	if (length < 4 + sizeof(entry) || (length - 4) % sizeof(entry))
		return false;
	memcpy(&version, bytes, 4);
	for (size_t at = 4; at < length; at += sizeof(entry)) {
		const struct acl_tag *tag;

		memcpy(&entry, bytes + at, sizeof(entry));
		tag = find_tag(le16toh(entry.tag));
		if (!tag || le16toh(entry.permissions) > 7 || tag->has_id == (le32toh(entry.id) == ACL_NO_ID) || tag->tag < last ||
		    (tag->tag == last && !tag->has_id))
			return false;
		last = tag->tag;
		met |= tag->tag;
	}
	/* Owner, owning group and others; a mask for whoever else is named. */
	return le32toh(version) == ACL_VERSION && (met & 0x25) == 0x25 && (!(met & 0x0a) || met & 0x10);
}

static int parse_permissions(const char *text, uint16_t *ret)
{
	static const char letters[] = "rwx";

	*ret = 0;
	if (strlen(text) != 3)
		return -EINVAL;
	for (int i = 0; i < 3; i++) {
		if (text[i] == letters[i])
			*ret |= 4 >> i;
		else if (text[i] != '-')
			return -EINVAL;
	}
	return 0;
}

static int parse_entry(char *line, struct acl_entry *ret)
{
	char *id_text = strchr(line, ':'), *permissions_text = id_text ? strchr(id_text + 1, ':') : NULL;
	uint16_t permissions;
	uint64_t id = ACL_NO_ID;

	if (!permissions_text)
		return -EINVAL;
	*id_text++ = *permissions_text++ = '\0';
	if (parse_permissions(permissions_text, &permissions) < 0)
		return -EINVAL;
	if (*id_text && (!parse_decimal(id_text, &id) || id >= ACL_NO_ID))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LENGTH(acl_tags); i++) {
		if (strcmp(acl_tags[i].name, line) || acl_tags[i].has_id != (*id_text != '\0'))
			continue;
		ret->tag = htole16(acl_tags[i].tag);
		ret->permissions = htole16(permissions);
		ret->id = htole32((uint32_t)id);
		return 0;
	}
	return -EINVAL;
}

int acl_value_from_text(const char *text, void **ret, size_t *ret_length)
{
	AUTO_BUFFER struct buffer value = { 0 };
	AUTO_FREE char *copy = strdup(text);
	uint32_t version = htole32(ACL_VERSION);
	char *rest = copy, *line;
	int r;

	if (!copy)
		return -ENOMEM;
	r = buffer_append(&value, &version, sizeof(version));
	while (r == 0 && (line = strsep(&rest, ","))) {
		struct acl_entry entry;

		r = parse_entry(line, &entry);
		if (r == 0)
			r = buffer_append(&value, &entry, sizeof(entry));
	}
	if (r < 0)
		return r;
	*ret_length = value.length;
	*ret = TAKE_POINTER(value.data);
	return 0;
}
