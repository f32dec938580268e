/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_label.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../core/byte_order.h"
#include "lvm_text.h"

#define SECTOR 512
#define LABEL_SECTORS 4              /* a label lies in one of the first */
#define AREAS_LIMIT 16               /* of a list of areas */
#define HEADER 512                   /* bytes of a metadata area's header */
#define HEADER_MAGIC " LVM2 x[5A%r0N*>"
#define CRC_START 0xf597a6cfu        /* INITIAL_CRC */
#define LOCATION_IGNORED 1u

static uint32_t crc(const unsigned char *data, size_t length)
{
	uint32_t crc = CRC_START;

	for (size_t i = 0; i < length; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

bool lvm_is_uuid(const char *text)
{
	static const char form[] = "XXXXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXXXX";

	if (!text || strlen(text) != LVM_UUID)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isalnum((unsigned char)text[i]))
			return false;
	return true;
}

/* lvm(8), "Valid names". It becomes the name of a file. */
static bool is_group_name(const char *name)
{
	return strlen(name) <= 127 && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-") == strlen(name);
}

json_t *lvm_group(json_t *root, const char **ret_name)
{
	const char *name;
	json_t *value;

	json_object_foreach(root, name, value) {
		*ret_name = name;
		if (json_is_object(value))
			return is_group_name(name) && lvm_is_uuid(json_string_value(json_object_get(value, "id"))) ? value : NULL;
	}
	return NULL;
}

/* 32 letters as they are stored, with the dashes that people see. */
static bool take_uuid(const unsigned char *raw, char uuid[LVM_UUID + 1])
{
	static const size_t groups[] = { 6, 4, 4, 4, 4, 4, 6 };
	char *at = uuid;

	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++) {
		memcpy(at, raw, groups[i]);
		at += groups[i];
		raw += groups[i];
		*at++ = i + 1 < ARRAY_LENGTH(groups) ? '-' : '\0';
	}
	return lvm_is_uuid(uuid);
}

/* A list of offsets and sizes that a zero offset ends; NULL when it does not end inside the sector. What comes behind it otherwise. */
static const unsigned char *take_areas(const unsigned char *at, const unsigned char *end, struct lvm_area areas[AREAS_LIMIT], size_t *count)
{
	for (*count = 0; end - at >= 16 && *count < AREAS_LIMIT; at += 16, (*count)++) {
		areas[*count] = (struct lvm_area){ le64(at), le64(at + 8) };
		if (!areas[*count].offset)
			return at + 16;
	}
	return NULL;
}

static int take_header(const unsigned char *label, struct lvm_label *ret)
{
	struct lvm_area areas[AREAS_LIMIT];
	const unsigned char *at = label + le32(label + 20), *end = label + SECTOR;
	size_t count;

	if (le32(label + 20) < 32 || le32(label + 20) > SECTOR - 40 || !take_uuid(at, ret->uuid))
		return -EINVAL;
	ret->device_size = le64(at + 32);
	at = take_areas(at + 40, end, areas, &count);
	at = at ? take_areas(at, end, areas, &count) : NULL;
	if (!at || count > LVM_AREAS)
		return -EINVAL;
	memcpy(ret->metadata, areas, count * sizeof(*areas));
	ret->metadata_count = count;
	/* An extension: version, flags, bootloader areas. */
	if (end - at >= 8 && le32(at) > 0 && take_areas(at + 8, end, areas, &count) && count == 1)
		ret->boot = areas[0];
	return 0;
}

/* The text at OFFSET of an area that is a ring behind its header. */
static int read_ring(const struct extent *extent, const struct lvm_area *area, uint64_t offset, size_t length, char *text)
{
	size_t first = length < area->size - offset ? length : (size_t)(area->size - offset);
	int r = extent_read(extent, area->offset + offset, text, first);

	return r || first == length ? r : extent_read(extent, area->offset + HEADER, text + first, length - first);
}

/* Takes TEXT when it is newer than what is there. */
static int take_text(struct lvm_label *ret, char **text, size_t length)
{
	json_t *root = NULL, *sequence;
	const char *name;
	int r = lvm_text_parse(*text, length, &root);

	if (r)
		return r;
	sequence = json_object_get(lvm_group(root, &name), "seqno");
	if (!json_is_integer(sequence) || json_integer_value(sequence) < 0) {
		json_decref(root);
		return -EINVAL;
	}
	if (ret->text && ret->sequence >= (uint64_t)json_integer_value(sequence)) {
		json_decref(root);
		return 0;
	}
	json_decref(ret->root);
	free(ret->text);
	ret->root = root;
	ret->sequence = (uint64_t)json_integer_value(sequence);
	ret->text = TAKE_POINTER(*text);
	ret->length = strnlen(ret->text, length);
	return 0;
}

/* What one area holds; an area without a text is none that is damaged. */
static int read_area(const struct extent *extent, const struct lvm_area *area, struct lvm_label *ret)
{
	unsigned char header[HEADER];
	AUTO_FREE char *text = NULL;
	uint64_t offset, size;
	int r;

	if (area->size < 2 * HEADER || area->offset > extent->size || area->size > extent->size - area->offset)
		return -EINVAL;
	r = extent_read(extent, area->offset, header, sizeof(header));
	if (r)
		return r;
	offset = le64(header + 40);
	size = le64(header + 48);
	if (memcmp(header + 4, HEADER_MAGIC, 16) || le32(header + 20) != 1 || le64(header + 24) != area->offset ||
	    le64(header + 32) != area->size || crc(header + 4, HEADER - 4) != le32(header))
		return -EINVAL;
	if (!offset || le32(header + 60) & LOCATION_IGNORED)
		return 0;
	if (offset < HEADER || offset >= area->size || !size || size > area->size - HEADER || size > LVM_TEXT_LIMIT)
		return -EINVAL;
	text = calloc(1, (size_t)size + 1);
	if (!text)
		return -ENOMEM;
	r = read_ring(extent, area, offset, (size_t)size, text);
	if (!r && crc((const unsigned char *)text, (size_t)size) != le32(header + 56))
		r = -EINVAL;
	return r ? r : take_text(ret, &text, (size_t)size);
}

static bool is_label(const unsigned char *sector, unsigned number)
{
	return !memcmp(sector, "LABELONE", 8) && le64(sector + 8) == number && !memcmp(sector + 24, "LVM2 001", 8) &&
	       crc(sector + 20, SECTOR - 20) == le32(sector + 16);
}

int lvm_label_read(const struct extent *extent, struct lvm_label *ret)
{
	unsigned char sectors[LABEL_SECTORS * SECTOR];
	int r = extent_read(extent, 0, sectors, sizeof(sectors));

	*ret = (struct lvm_label){ 0 };
	for (unsigned i = 0; !r && i < LABEL_SECTORS; i++) {
		if (!is_label(sectors + i * SECTOR, i))
			continue;
		r = take_header(sectors + i * SECTOR, ret);
		for (size_t area = 0; !r && area < ret->metadata_count; area++) {
			int found = read_area(extent, &ret->metadata[area], ret);

			r = found == -ENOMEM ? found : 0;
			ret->damaged |= found < 0;
		}
		return r;
	}
	return r ? r : -EINVAL;
}

void lvm_label_done(struct lvm_label *label)
{
	free(label->text);
	json_decref(label->root);
	*label = (struct lvm_label){ 0 };
}
