/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "holder_words.h"

#include <string.h>

#include "../core/bytes.h"
#include "sysfs.h"

/* The group of the volume that device mapper calls NAME: up to the first '-' that is not doubled. New string; NULL when out of memory. */
static char *group_of(const char *name)
{
	char *group = strdup(name), *to = group;

	for (const char *from = name; group && *from && !(from[0] == '-' && from[1] != '-'); from++) {
		*to++ = *from;
		from += *from == '-';
	}
	if (group)
		*to = '\0';
	return group;
}

static char *mapped_words(const char *kernel, const char *name, const char *uuid)
{
	AUTO_FREE char *group = group_of(name);

	if (!group)
		return NULL;
	if (!strncmp(uuid, "LVM-", 4))
		return sentence("%s (LVM volume group %s; 'lvm vgchange --activate n %s' deactivates it)", kernel, group, group);
	if (!strncmp(uuid, "CRYPT-", 6))
		return sentence("%s (encrypted container %s; 'cryptsetup close %s' closes it)", kernel, name, name);
	return sentence("%s (%s; 'dmsetup remove %s' removes it)", kernel, name, name);
}

char *holder_words(const struct context *ctx, const char *name)
{
	AUTO_FREE char *directory = block_directory(ctx, name), *level = directory ? sysfs_text(ctx, directory, "md/level") : NULL;
	AUTO_FREE char *mapped = directory ? sysfs_text(ctx, directory, "dm/name") : NULL,
		       *uuid = directory ? sysfs_text(ctx, directory, "dm/uuid") : NULL;

	if (mapped)
		return mapped_words(name, mapped, uuid ? uuid : "");
	return level ? sentence("%s (RAID array; 'mdadm --stop /dev/%s' stops it)", name, name) : strdup(name);
}
