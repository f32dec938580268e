/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content_describe.h"

#include <string.h>

#include "../core/bytes.h"
#include "../core/sentence.h"

static const char *type_words(const struct node *node)
{
	switch (node->type) {
	case NODE_LUKS:
		return N_("encrypted container (LUKS)");
	case NODE_PV:
		return N_("LVM physical volume");
	case NODE_VG:
		return N_("LVM volume group");
	case NODE_LV:
		return N_("LVM logical volume");
	case NODE_RAID:
		return N_("RAID array");
	default:
		return node_type_name(node->type);
	}
}

char *content_device(const struct layout *layout, const struct node *node)
{
	const struct node *below = node->on && node->on[0] ? layout_find(layout, node->on[0]) : NULL;
	const struct node *at = node->type == NODE_LV || !below ? node : below;
	const char *group = node_property(at, "vg_name"), *opened = node_property(at, "opened_as");

	if (node->type == NODE_VG && node->label)
		return text_format("/dev/%s", node->label);
	if (at->type == NODE_LV && group && at->label)
		return text_format("/dev/%s/%s", group, at->label);
	if (at->type == NODE_LUKS && opened)
		return text_format("/dev/mapper/%s", opened);
	if (node->device && node->type != NODE_LUKS)
		return strdup(node->device);
	return strdup(below && below->device ? below->device : node->id);
}

char *content_describe(const struct layout *layout, const struct node *node)
{
	AUTO_FREE char *device = content_device(layout, node);
	AUTO_FREE char *size = bytes_print_size(node->size), *used = bytes_print_size(node->used), *kind = NULL, *what = NULL;

	if (node->type == NODE_FILESYSTEM && strcmp(node->filesystem.kind, FILESYSTEM_UNKNOWN))
		kind = sentence("%s filesystem", node->filesystem.kind);
	else
		kind = strdup(sentence_words(node->type == NODE_FILESYSTEM ? N_("unrecognized data") : type_words(node)));
	if (!size || !used || !kind || !device)
		return NULL;
	what = node->label && node->uuid ? sentence("%s, %s \"%s\", UUID %s", device, kind, node->label, node->uuid)
	       : node->label		 ? sentence("%s, %s \"%s\"", device, kind, node->label)
	       : node->uuid		 ? sentence("%s, %s, UUID %s", device, kind, node->uuid)
					 : sentence("%s, %s", device, kind);
	return !what ? NULL : node->used ? sentence("%s, %s, %s used", what, size, used) : sentence("%s, %s", what, size);
}
