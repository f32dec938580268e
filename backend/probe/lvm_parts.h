/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that make nodes of LVM's metadata share: probe_lvm.c for physical volumes and groups, lvm_volumes.c, lvm_values.c. */
#ifndef LIFEBOAT_PROBE_LVM_PARTS_H
#define LIFEBOAT_PROBE_LVM_PARTS_H

#include "lvm_label.h"

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

/* The values of SECTION, but for sections of its own, as properties "PREFIXkey". GROUP (or NULL) tells names of physical volumes. What is longer
 * than a layout holds is in the text only. 0 or -errno. */
int lvm_set_values(struct node *node, const char *prefix, const struct lvm_group *group, json_t *section);
/* A copy of TEXT in *FIELD. 0 or -ENOMEM. */
int lvm_set_text(char **field, const char *text);
/* Adds the logical volumes of GROUP. 0 or -errno; what contradicts itself is warned of. */
int lvm_add_volumes(struct lvm_group *group);

#endif
