/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sftp_wire.h"

#include <string.h>

/* Flags of attributes: section 5. */
#define ATTRIBUTE_SIZE 0x1u
#define ATTRIBUTE_OWNER 0x2u
#define ATTRIBUTE_MODE 0x4u
#define ATTRIBUTE_TIMES 0x8u
#define ATTRIBUTE_EXTENDED 0x80000000u

int wire_add_number(struct buffer *buffer, uint32_t number)
{
	const unsigned char bytes[4] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16), (unsigned char)(number >> 8),
					 (unsigned char)number };

	return buffer_append(buffer, bytes, sizeof(bytes));
}

int wire_add_long(struct buffer *buffer, uint64_t number)
{
	int r = wire_add_number(buffer, (uint32_t)(number >> 32));

	return r < 0 ? r : wire_add_number(buffer, (uint32_t)number);
}

int wire_add_string(struct buffer *buffer, const void *data, size_t length)
{
	int r = wire_add_number(buffer, (uint32_t)length);

	return r < 0 ? r : buffer_append(buffer, data, length);
}

int wire_add_text(struct buffer *buffer, const char *text)
{
	return wire_add_string(buffer, text, strlen(text));
}

int wire_add_mode(struct buffer *buffer, mode_t mode)
{
	int r = wire_add_number(buffer, ATTRIBUTE_MODE);

	return r < 0 ? r : wire_add_number(buffer, (uint32_t)mode);
}

/* The next LENGTH bytes; NULL: there are fewer. */
static const unsigned char *take(struct wire *wire, size_t length)
{
	const unsigned char *at = wire->at;

	if (wire->bad || length > wire->left) {
		wire->bad = true;
		return NULL;
	}
	wire->at += length;
	wire->left -= length;
	return at;
}

uint32_t wire_number(struct wire *wire)
{
	const unsigned char *p = take(wire, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

uint64_t wire_long(struct wire *wire)
{
	uint64_t high = wire_number(wire);

	return high << 32 | wire_number(wire);
}

const void *wire_string(struct wire *wire, size_t *ret_length)
{
	*ret_length = wire_number(wire);
	return take(wire, *ret_length);
}

struct wire_attributes wire_attributes(struct wire *wire)
{
	struct wire_attributes attributes = { 0 };
	uint32_t flags = wire_number(wire);
	size_t length;

	if (flags & ATTRIBUTE_SIZE)
		attributes.size = wire_long(wire);
	if (flags & ATTRIBUTE_OWNER)
		wire_long(wire);
	if (flags & ATTRIBUTE_MODE)
		attributes.mode = wire_number(wire);
	if (flags & ATTRIBUTE_TIMES) {
		wire_number(wire);
		attributes.modified = wire_number(wire);
	}
	for (uint32_t count = flags & ATTRIBUTE_EXTENDED ? wire_number(wire) : 0; count > 0 && !wire->bad; count--) {
		wire_string(wire, &length);
		wire_string(wire, &length);
	}
	attributes.has_size = flags & ATTRIBUTE_SIZE;
	attributes.has_mode = flags & ATTRIBUTE_MODE;
	return attributes;
}
