/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recreate.h"

#include <string.h>

#include "../layout/image.h"
#include "lvm_rules.h"
#include "luks_arguments.h"
#include "../filesystems/mkfs.h"
#include "raid_arguments.h"

static bool make_always(const struct layout *layout, const struct node *node, char **ret_why)
{
	(void)layout;
	(void)node;
	(void)ret_why;
	return true;
}

static bool make_array(const struct layout *layout, const struct node *node, char **ret_why)
{
	(void)layout;
	return raid_can_make(node, ret_why);
}

/* One that no group uses is empty. */
static bool make_pv(const struct layout *layout, const struct node *node, char **ret_why)
{
	if (layout_child(layout, node->id, NODE_VG, 0))
		return true;
	*ret_why = sentence("no volume group uses it");
	return false;
}

/* A hidden part is made with what it is a part of. */
static bool make_volume(const struct layout *layout, const struct node *node, char **ret_why)
{
	return volume_is_hidden(node) || lvm_can_make_volume(layout, node, ret_why);
}

static bool make_filesystem(const struct layout *layout, const struct node *node, char **ret_why)
{
	(void)layout;
	return node_image(node) || mkfs_can_make(node, ret_why);
}

/* Whether a node can be made where all that it lies on was; why not, as can_recreate(). NULL: never. */
static bool (*const makers[NODE_TYPE_COUNT])(const struct layout *layout, const struct node *node, char **ret_why) = {
	[NODE_DISK] = make_always,
	[NODE_PARTITION] = make_always,
	[NODE_RAID] = make_array,
	[NODE_PV] = make_pv,
	[NODE_VG] = lvm_can_make_group,
	[NODE_LV] = make_volume,
	[NODE_LUKS] = luks_can_make,
	[NODE_FILESYSTEM] = make_filesystem,
	[NODE_SWAP] = make_always,
};

static bool can_make(const struct layout *layout, const struct node *node, char **ret_why)
{
	if (makers[node->type])
		return makers[node->type](layout, node, ret_why);
	*ret_why = sentence("this version of Lifeboat cannot recreate it");
	return false;
}

/* The first thing that NODE lies on, from the top down, that is not made; NULL: all is. Why not, as can_recreate(), in *RET_WHY. */
static const struct node *find_unmade(const struct layout *layout, const struct node *node, char **ret_why)
{
	for (char **id = node->on; id && *id; id++) {
		const struct node *on = layout_find(layout, *id), *below;
		AUTO_FREE char *why = NULL;

		below = on && can_make(layout, on, &why) ? find_unmade(layout, on, ret_why) : on;
		if (below && why)
			*ret_why = TAKE_POINTER(why);
		if (below)
			return below;
	}
	return NULL;
}

bool can_recreate(const struct layout *layout, const struct node *node, char **ret_why)
{
	AUTO_FREE char *why = NULL, *name = NULL;
	const struct node *below = find_unmade(layout, node, &why);

	*ret_why = NULL;
	if (!below)
		return can_make(layout, node, ret_why);
	name = node_describe(below);
	*ret_why = sentence("it lies on %s, which Lifeboat cannot recreate: %s", name ? name : below->id,
			    why ? why : sentence_words(N_("its kind is not known")));
	return false;
}
