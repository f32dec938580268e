/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unfinished_note.h"

#include "../plan/fit.h"

json_t *unfinished_note_of(const char *set_id, const struct node *disk)
{
	return json_pack("{ss*, ss*, ss*, ss*, sI}", "set_id", set_id, "model", disk->disk.model,
			 "serial", disk->disk.serial, "wwn", disk->disk.wwn, "size", (json_int_t)disk->size);
}

bool unfinished_has_note(const struct layout *layout, const struct node *node)
{
	const struct node *filesystem = node->type == NODE_MOUNT ? layout_filesystem_of(layout, node) : NULL;

	return filesystem && fit_is_growable(filesystem->filesystem.kind);
}
