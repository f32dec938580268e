/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disk_names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Below this a serial number is too short to be found inside a name by chance. */
#define SERIAL_SHORTEST 4

/* udev's rule for link names: what is neither a plain character nor valid UTF-8 becomes \xNN. */
char *disk_name_encode(const char *name)
{
	AUTO_BUFFER struct buffer encoded = { 0 };

	/* Room even for an empty name: NULL means out of memory. */
	if (buffer_append(&encoded, "", 0) < 0)
		return NULL;
	for (const char *at = name; *at; at++) {
		unsigned char c = (unsigned char)*at;
		AUTO_FREE char *hex = NULL;
		bool plain = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			     strchr("#+-.:=@_", c);

		if (!plain)
			hex = text_format("\\x%02x", c);
		if ((!plain && !hex) || buffer_append(&encoded, plain ? at : hex, plain ? 1 : 4) < 0)
			return NULL;
	}
	return TAKE_POINTER(encoded.data);
}

char *disk_name_decode(const char *name)
{
	char *decoded = strdup(name), *to = decoded;

	for (const char *from = decoded; from && *from; to++) {
		unsigned value;

		if (!strncmp(from, "\\x", 2) && isxdigit((unsigned char)from[2]) && isxdigit((unsigned char)from[3]) &&
		    sscanf(from + 2, "%2x", &value) == 1) {
			*to = (char)value;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (decoded)
		*to = '\0';
	return decoded;
}

/* IDENTITY somewhere in NAME as a word of its own, with udev's '_' for what is not a plain character. */
static bool holds_identity(const char *name, const char *identity)
{
	size_t length = strlen(identity);

	if (length < SERIAL_SHORTEST)
		return false;
	for (; strlen(name) >= length; name++) {
		size_t i = 0;

		while (i < length &&
		       (name[i] == identity[i] || (name[i] == '_' && !isalnum((unsigned char)identity[i]))))
			i++;
		if (i == length && (!name[i] || strchr("-_:", name[i])))
			return true;
		name += strcspn(name, "-_");
		if (!*name)
			return false;
	}
	return false;
}

/* "0x5000c500", "naa.5000c500" and "5000c500" are one WWN. */
static const char *wwn_digits(const char *wwn)
{
	const char *dot = strchr(wwn, '.');

	if (dot)
		wwn = dot + 1;
	return strncasecmp(wwn, "0x", 2) ? wwn : wwn + 2;
}

bool disk_name_is_of(const struct node *disk, const char *directory, const char *link)
{
	const struct disk_info *info = &disk->disk;

	if (!strcmp(directory, "by-path")) {
		const char *slash = info->by_path ? strrchr(info->by_path, '/') : NULL;

		return info->by_path && *info->by_path && !strcmp(slash ? slash + 1 : info->by_path, link);
	}
	if (info->wwn && *info->wwn && (!strncmp(link, "wwn-", 4) || !strncmp(link, "nvme-eui.", 9)) &&
	    !strcasecmp(wwn_digits(strchr(link, '-') + 1), wwn_digits(info->wwn)))
		return true;
	return info->serial && holds_identity(link, info->serial);
}

char *disk_name_split(const char *link, uint32_t *ret_number)
{
	char *name = strdup(link), *part = NULL;
	uint64_t number;

	*ret_number = 0;
	for (char *at = name; at && (at = strstr(at, "-part")); at++)
		part = at;
	if (part && parse_u64(part + strlen("-part"), &number) && number <= LAYOUT_PARTITION_LIMIT) {
		*part = '\0';
		*ret_number = (uint32_t)number;
	}
	return name;
}

char *disk_name_device(const struct node *disk, uint32_t number)
{
	const char *name = disk->disk.name;

	if (!name || !*name)
		return NULL;
	if (number == 0)
		return text_format("/dev/%s", name);
	return text_format("/dev/%s%s%u", name, isdigit((unsigned char)name[strlen(name) - 1]) ? "p" : "", number);
}
