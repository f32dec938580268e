/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_ids.h"

#include <string.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../devices/sysfs.h"

#define NO_MAC "00:00:00:00:00:00"

/* An UUID as everybody writes it; NULL for what is none, or the one of a board whose maker gave it none. */
static char *take_uuid(char *text)
{
	AUTO_FREE char *given = text;
	char lower[UUID_STR_LEN];
	uuid_t uuid;

	if (!given || uuid_parse(given, uuid) < 0 || uuid_is_null(uuid))
		return NULL;
	uuid_unparse_lower(uuid, lower);
	return strdup(lower);
}

char *machine_uuid(const struct context *ctx)
{
	return take_uuid(file_attribute(ctx, "/sys/class/dmi/id/product_uuid"));
}

char *machine_boot_id(const struct context *ctx)
{
	return take_uuid(file_attribute(ctx, "/proc/sys/kernel/random/boot_id"));
}

char *machine_mac(const struct context *ctx)
{
	AUTO_STRV char **names = NULL;
	char *first = NULL;

	if (sysfs_list(ctx, "/sys/class/net", &names) < 0)
		return NULL;
	for (char **name = names; name && *name; name++) {
		AUTO_FREE char *directory = text_format("/sys/class/net/%s", *name);
		AUTO_FREE char *mac = directory ? sysfs_text(ctx, directory, "address") : NULL;
		AUTO_FREE char *state = directory ? sysfs_text(ctx, directory, "operstate") : NULL;
		bool up = state && !strcmp(state, "up");

		if (!strcmp(*name, "lo") || !mac || strlen(mac) != strlen(NO_MAC) || !strcmp(mac, NO_MAC) || (first && !up))
			continue;
		free(first);
		first = TAKE_POINTER(mac);
		if (up)
			break;
	}
	return first;
}
