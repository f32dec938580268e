/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_options.h"

#include <errno.h>
#include <inttypes.h>
#include <libmount/libmount.h>
#include <string.h>

struct kept_options {
	const char *kind;
	const char *const *needed; /* what lies on the disk, or how owners and modes show, depends on these */
	const char *const *wished; /* character sets: a kernel may lack them, and ASCII does not need them */
};

static const char *const none[] = { NULL };

static const struct kept_options kept_options[] = {
	{ "btrfs", (const char *const[]){ "compress", "compress-force", NULL }, none },
	{ "vfat", (const char *const[]){ "uid", "gid", "umask", "fmask", "dmask", NULL },
	  (const char *const[]){ "codepage", "iocharset", "shortname", "utf8", NULL } },
	{ "exfat", (const char *const[]){ "uid", "gid", "umask", "fmask", "dmask", NULL }, (const char *const[]){ "iocharset", NULL } },
};

/* Appends those of the comma-separated OPTIONS that are in NAMES. */
static int keep_options(char **data, const char *options, const char *const *names)
{
	char *rest = (char *)options, *option, *value;
	size_t length, value_length;

	while (rest && mnt_optstr_next_option(&rest, &option, &length, &value, &value_length) == 0) {
		for (const char *const *name = names; *name; name++) {
			char *longer;

			if (strlen(*name) != length || strncmp(option, *name, length))
				continue;
			longer = text_format("%s%s%s%s%.*s", *data, **data ? "," : "", *name, value ? "=" : "", (int)value_length, value ? value : "");
			if (!longer)
				return -ENOMEM;
			free(*data);
			*data = longer;
		}
	}
	return 0;
}

char *mount_options_data(const struct target *target, const struct node *mount, uint64_t subvolume, bool with_wished)
{
	const struct node *filesystem = layout_filesystem_of(target->result, mount), *on = layout_find(target->result, mount->on[0]);
	const char *captured = node_property(filesystem, "mount_options");
	AUTO_FREE char *data = NULL;

	if (on->type == NODE_SUBVOLUME)
		data = text_format("subvolid=%" PRIu64, subvolume);
	else
		data = strdup(strcmp(filesystem->filesystem.kind, "btrfs") ? "" : "subvolid=5");
	/* XFS has to be told that a UUID that is all zero is meant. */
	if (data && !filesystem->uuid && !strcmp(filesystem->filesystem.kind, "xfs")) {
		free(data);
		data = strdup("nouuid");
	}
	for (size_t i = 0; data && i < ARRAY_LENGTH(kept_options); i++) {
		if (strcmp(kept_options[i].kind, filesystem->filesystem.kind))
			continue;
		if (keep_options(&data, captured, kept_options[i].needed) ||
		    (with_wished && keep_options(&data, captured, kept_options[i].wished)))
			return NULL;
	}
	return TAKE_POINTER(data);
}
