/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume group that is up, by its UUID: another group may have its name. */
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../devices/sysfs.h"
#include "brought_up.h"
#include "lvm_run.h"

/* Volumes on each other that are followed. */
#define DEEPEST 8

/* What device mapper's UUIDs of volumes of the group UUID begin with: "LVM-" and 32 letters. New string; NULL when out of memory. */
static char *mapped_prefix(const char *uuid)
{
	char *prefix = text_format("LVM-%s", uuid), *to = prefix ? prefix + strlen("LVM-") : NULL;

	for (const char *from = to; from && (*to = *from); from++)
		to += *from != '-';
	return prefix;
}

/* Whether NAME lies on devices of BELOW, directly or by hidden volumes of its group. */
static bool lies_on(const struct context *ctx, const char *name, char *const *below, unsigned depth)
{
	AUTO_STRV char **slaves = NULL;

	if (!depth || block_slaves(ctx, name, &slaves) < 0 || !slaves)
		return false;
	for (char **slave = slaves; *slave; slave++)
		if (!strv_contains(below, *slave) && !lies_on(ctx, *slave, below, depth - 1))
			return false;
	return *slaves;
}

/* One of its volumes is up, and all that are lie there. */
static bool group_is_ours(const struct context *ctx, const char *name, char *const *below)
{
	AUTO_FREE char *prefix = mapped_prefix(name);
	AUTO_STRV char **devices = NULL;
	bool found = false;

	if (!prefix || sysfs_list(ctx, "/sys/block", &devices) < 0)
		return false;
	for (char **device = devices; device && *device; device++) {
		AUTO_FREE char *directory = strncmp(*device, "dm-", 3) ? NULL : block_directory(ctx, *device);
		AUTO_FREE char *uuid = directory ? sysfs_text(ctx, directory, "dm/uuid") : NULL;

		if (!uuid || strncmp(uuid, prefix, strlen(prefix)))
			continue;
		if (!lies_on(ctx, *device, below, DEEPEST))
			return false;
		found = true;
	}
	return found;
}

static int group_stop(struct context *ctx, const char *name)
{
	AUTO_FREE char *selection = text_format("vg_uuid=%s", name);

	return selection ? lvm_run(ctx, &(struct lvm_devices){ 0 }, true,
				   (const char *const[]){ "vgchange", "--activate", "n", "--select", selection, NULL }) :
			   -ENOMEM;
}

const struct up_kind up_group = {
	.name = "lvm",
	.words = N_("volume group"),
	.is_ours = group_is_ours,
	.stop = group_stop,
};
