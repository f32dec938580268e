/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unfinished_note.h"

#include <string.h>

#include "../fit/fit.h"

json_t *unfinished_disk(const struct node *disk)
{
	return json_pack("{ss*, ss*, ss*, sI}", "model", disk->disk.model, "serial", disk->disk.serial, "wwn", disk->disk.wwn, "size",
			 (json_int_t)disk->size);
}

bool unfinished_is_about(json_t *note, const char *set_id, const struct node *disk)
{
	const char *set = json_string_value(json_object_get(note, NOTE_SET));
	json_t *disks = json_object_get(note, NOTE_DISKS), *wanted = unfinished_disk(disk), *noted;
	bool found = false;
	size_t i;

	json_array_foreach(disks, i, noted) found |= wanted && json_equal(noted, wanted);
	json_decref(wanted);
	return found && set && set_id && !strcmp(set, set_id);
}

bool unfinished_has_note(const struct layout *layout, const struct node *node)
{
	const struct node *filesystem = node->type == NODE_MOUNT ? layout_filesystem_of(layout, node) : NULL;

	return filesystem && fit_is_growable(filesystem->filesystem.kind);
}
