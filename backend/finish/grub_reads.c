/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grub_reads.h"

#include <errno.h>
#include <string.h>

#include "identifiers.h"

#define SLOTS 32

/* The function that guards the key slot SLOT of CONTAINER; NULL: there is no such slot. */
static const char *slot_type(const struct node *container, unsigned slot)
{
	AUTO_FREE char *key = text_format("keyslot_%u_type", slot);

	return key ? node_property(container, key) : NULL;
}

/* One slot that GRUB opens is enough; a new key takes it as its model (stack/luks_arguments.c). */
static bool has_readable_slot(const struct node *container)
{
	bool found = false;

	for (unsigned slot = 0; !found && slot < SLOTS; slot++) {
		const char *type = slot_type(container, slot);

		found = type && !strcmp(type, "pbkdf2");
	}
	return found;
}

static bool is_thin(const struct node *node)
{
	const char *kind = node->type == NODE_LV ? node_property(node, "kind") : NULL;

	return kind && !strcmp(kind, "thin");
}

/* The first thing that GRUB cannot read among NODE and all that it lies on; NULL: none. */
static const struct node *find_unreadable(const struct layout *layout, const struct node *node, bool knows_argon2)
{
	const struct node *found = NULL;

	if (is_thin(node) || (node->type == NODE_LUKS && node_number(node, "version") == 2 && !knows_argon2 && !has_readable_slot(node)))
		return node;
	for (char **id = node->on; !found && id && *id; id++) {
		const struct node *on = layout_find(layout, *id);

		found = on ? find_unreadable(layout, on, knows_argon2) : NULL;
	}
	return found;
}

int grub_reads_boot(const struct plan *plan, bool knows_argon2, char **ret_why)
{
	const struct node *home = layout_boot(plan->target.result), *node;
	AUTO_FREE char *name = NULL;

	*ret_why = NULL;
	node = home ? find_unreadable(plan->target.result, home, knows_argon2) : NULL;
	if (!node)
		return 0;
	name = node_describe(node);
	if (name)
		*ret_why = sentence(node->type == NODE_LV ? N_("/boot lies on the %s, which is thin: GRUB cannot read it, so the restored system does not start by "
							       "GRUB")
							  : N_("/boot lies in the %s, whose passphrase is guarded by argon2: GRUB cannot open it, so the restored "
							       "system does not start by GRUB. Convert the key slot on the saved machine (cryptsetup "
							       "luksConvertKey --pbkdf pbkdf2), and capture it again"),
				    name);
	return *ret_why ? 0 : -ENOMEM;
}
