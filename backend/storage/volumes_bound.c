/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volumes_bound.h"

#include <errno.h>
#include <string.h>

/* What is mounted there is a part of a subvolume that is captured where it is mounted. */
static bool is_of_shown_subvolume(const struct layout *layout, const struct node *filesystem, const char *part)
{
	const struct node *subvolume;
	const char *rest;

	for (size_t at = 0; (subvolume = layout_next_child(layout, filesystem->id, NODE_SUBVOLUME, &at));)
		if (layout_child(layout, subvolume->id, NODE_MOUNT, 0) && path_is_below(part + 1, subvolume->subvolume.path, &rest))
			return true;
	return false;
}

int volumes_leave_bound(struct volumes *volumes, const struct layout *layout, const struct node *filesystem, const char *device,
			const char *path)
{
	const struct volume *volume;

	for (size_t i = 1; (volume = volumes_get(volumes, i)); i++) {
		const struct mount_point *point = volume->point;
		char *reason;

		if (!point || !point->entry->device || strcmp(point->entry->device, strrchr(device, '/') + 1) ||
		    is_of_shown_subvolume(layout, filesystem, point->part))
			continue;
		reason = sentence("a second view of files that are captured at /%s%s", path, point->part[1] ? point->part : "");
		if (!reason)
			return -ENOMEM;
		volumes_leave(volumes, i, reason);
	}
	return 0;
}
