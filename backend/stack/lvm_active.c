/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_active.h"

#include <errno.h>
#include <string.h>

#include "../devices/mapped.h"
#include "../superblocks/lvm_label.h"
#include "../storage/content.h"
#include "../storage/hold.h"
#include "lvm_rules.h"
#include "../layout/lvm_segments.h"

/* ---- names ---- */

/* The disk of target->present that is recreated as DISK of target->result: by its device. */
static bool is_target(const struct target *target, const struct node *disk)
{
	for (size_t i = 0; disk->device && i < target->result->count; i++) {
		const struct node *made = target->result->nodes[i];

		if (made->type == NODE_DISK && made->device && !strcmp(made->device, disk->device))
			return true;
	}
	return false;
}

/* Whether NODE of target->present lies on target disks and nothing else. */
static bool is_erased(const struct target *target, const struct node *node)
{
	if (node->type == NODE_DISK)
		return is_target(target, node);
	for (char **id = node->on; id && *id; id++)
		if (!is_erased(target, layout_find(target->present, *id)))
			return false;
	return node->on && *node->on;
}

int lvm_check_names(struct context *ctx, const struct target *target, const struct node *group)
{
	const struct node *volume;

	for (size_t i = 0; i < target->present->count; i++) {
		const struct node *other = target->present->nodes[i];

		if (other->type == NODE_VG && other->label && !strcmp(other->label, group->label) && !is_erased(target, other))
			return context_fail(ctx, EBUSY,
					    "This machine has another LVM volume group %s, on disks that are not restored: rename it (vgrename %s "
					    "NEWNAME), remove its disks, or leave the volume group out",
					    group->label, other->uuid ? other->uuid : group->label);
	}
	for (size_t at = 0; (volume = lvm_next_volume(target->result, group, &at));) {
		AUTO_FREE char *path = lvm_has_device(target->result, volume) ? lvm_device(target->result, volume) : NULL;
		AUTO_FREE char *taken = NULL;

		if (path && mapped_find(ctx, strrchr(path, '/') + 1, &taken, NULL) < 0)
			return context_oom(ctx);
		if (taken)
			return context_fail(ctx, EBUSY, "%s is in use (%s): deactivate it (vgchange --activate n %s), or remove it (dmsetup remove)",
					    path, taken, group->label);
	}
	return 0;
}

/* ---- on the devices ---- */

static bool has_volume(json_t *group, const struct node *volume)
{
	json_t *section = json_object_get(json_object_get(group, "logical_volumes"), volume->label);
	const char *id = json_string_value(json_object_get(section, "id"));

	return id && !strcmp(id, volume->uuid);
}

/* Whether the text that LABEL has describes GROUP. */
static bool describes(const struct layout *layout, const struct node *group, const struct lvm_label *label)
{
	const char *name = NULL;
	json_t *section = lvm_group(label->root, &name);
	const char *id = json_string_value(json_object_get(section, "id"));
	const struct node *volume;

	if (!id || strcmp(id, group->uuid) || strcmp(name, group->label))
		return false;
	for (size_t at = 0; (volume = lvm_next_volume(layout, group, &at));)
		if (lvm_is_made(layout, volume) && !lvm_is_absorbed(layout, volume) && !has_volume(section, volume))
			return false;
	return true;
}

int lvm_group_is_there(const struct layout *layout, const struct node *group, const int *fds)
{
	uint64_t newest = 0;
	bool described = false;

	for (size_t i = 0; group->on[i]; i++) {
		struct lvm_label label;
		off_t size = lseek(fds[i], 0, SEEK_END);
		struct extent extent = { .fd = fds[i], .size = size < 0 ? 0 : (uint64_t)size };
		int r = size < 0 ? -errno : lvm_label_read(&extent, &label);

		if (r)
			return r == -EINVAL ? 0 : r;
		if (strcmp(label.uuid, layout_find(layout, group->on[i])->uuid)) {
			lvm_label_done(&label);
			return 0;
		}
		if (label.text && label.sequence >= newest) {
			newest = label.sequence;
			described = describes(layout, group, &label);
		}
		lvm_label_done(&label);
	}
	return described;
}

/* ---- held ---- */

bool lvm_is_held(const struct target *target, const struct node *group)
{
	const struct node *volume;

	for (size_t at = 0; (volume = lvm_next_volume(target->result, group, &at));)
		if (hold_has_made(target, volume))
			return true;
	return false;
}

int lvm_release(struct target *target, const struct node *group)
{
	const struct node *volume;
	int note = -1;

	for (size_t at = 0; (volume = lvm_next_volume(target->result, group, &at));) {
		int kept = hold_has_made(target, volume) ? hold_release_made(target, volume) : -1;

		note = kept < 0 ? note : kept;
	}
	return note;
}
