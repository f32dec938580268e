/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that make nodes of LVM's metadata share. Only for probe_lvm.c, lvm_volumes.c, lvm_values.c. */
#ifndef LIFEBOAT_PROBE_LVM_PARTS_H
#define LIFEBOAT_PROBE_LVM_PARTS_H

#include "../superblocks/lvm_label.h"
#include "probe_nodes.h"

#define LVM_SECTOR 512u

/* One physical volume that was read. */
struct lvm_volume {
	struct lvm_label label;
};

/* A volume group that is added. */
struct lvm_group {
	struct probe *probe;
	const struct lvm_volume *source;
	const char *name, *id;
	json_t *section;
	struct node *node;
	json_t *names;           /* name of a logical volume -> id of its node */
};

/* The text KEY of OBJECT, or NULL. */
static inline const char *lvm_text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

#endif
