/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_header.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

#define SIZE_MAX_BITS 62

void stream_extension_done(struct stream_extension *extension)
{
	free(extension->path);
	*extension = (struct stream_extension){ 0 };
}

/* VALUE, with a NUL in the place of its newline, takes the place of the header's field KEYWORD. */
static int take_record(struct stream_extension *extension, const char *keyword, const char *value)
{
	if (!strcmp(keyword, "path")) {
		free(extension->path);
		extension->path = strdup(!strncmp(value, "./", 2) ? value + 2 : value);
		return extension->path ? 0 : -ENOMEM;
	}
	if (strcmp(keyword, "size") != 0)
		return 0;
	extension->has_size = parse_u64(value, &extension->size) && extension->size >> SIZE_MAX_BITS == 0;
	return extension->has_size ? 0 : -EBADMSG;
}

/* "LENGTH KEYWORD=VALUE\n", one after the other. */
static int take_records(struct stream_extension *extension, char *data, size_t length)
{
	int r = 0;

	while (length > 0 && r == 0) {
		char *end, *equals;
		unsigned long record = *data >= '0' && *data <= '9' ? strtoul(data, &end, 10) : 0;

		if (record < 5 || record > length || *end != ' ' || end >= data + record || data[record - 1] != '\n')
			return -EBADMSG;
		data[record - 1] = '\0';
		equals = strchr(end, '=');
		if (!equals)
			return -EBADMSG;
		*equals = '\0';
		r = take_record(extension, end + 1, equals + 1);
		data += record;
		length -= record;
	}
	return r;
}

int stream_extension_parse(struct stream_extension *extension, char type, char *data, size_t length)
{
	return type == 'x' ? take_records(extension, data, length) : take_record(extension, "path", data);
}

bool stream_header_is_good(const struct ustar *header)
{
	char digits[sizeof(header->checksum) + 1] = "", *end;
	unsigned long sum;

	/* "ustar" and a zero byte, or GNU's "ustar" and blanks. */
	if (memcmp(header->magic, "ustar", 5) != 0)
		return false;
	memcpy(digits, header->checksum, sizeof(header->checksum));
	sum = strtoul(digits, &end, 8);
	return end > digits && sum == ustar_sum(header);
}

bool stream_header_size(const struct ustar *header, uint64_t *ret)
{
	const unsigned char *bytes = (const unsigned char *)header->size;
	uint64_t value = 0;
	size_t i = 0;

	/* GNU tar's form for what is larger. */
	if (bytes[0] == 0x80) {
		for (i = 1; i < sizeof(header->size); i++) {
			if (value >> (SIZE_MAX_BITS - 8))
				return false;
			value = value << 8 | bytes[i];
		}
		*ret = value;
		return true;
	}
	while (i < sizeof(header->size) && bytes[i] == ' ')
		i++;
	for (; i < sizeof(header->size) && bytes[i] >= '0' && bytes[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(bytes[i] - '0');
	if (i < sizeof(header->size) && bytes[i] != '\0' && bytes[i] != ' ')
		return false;
	*ret = value;
	return true;
}

char *stream_header_path(const struct ustar *header)
{
	/* GNU tar has other things in the place of the prefix. */
	const char *prefix = header->magic[5] == '\0' ? header->prefix : "";
	AUTO_FREE char *path = text_format("%.*s%s%.*s", (int)strnlen(prefix, sizeof(header->prefix)), prefix, *prefix ? "/" : "",
					   (int)strnlen(header->name, sizeof(header->name)), header->name);

	if (path && !strncmp(path, "./", 2))
		memmove(path, path + 2, strlen(path) - 1);
	return TAKE_POINTER(path);
}
