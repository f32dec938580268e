/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of LVM's metadata as properties of nodes. */
#ifndef LIFEBOAT_PROBE_LVM_VALUES_H
#define LIFEBOAT_PROBE_LVM_VALUES_H

#include "lvm_parts.h"

/* The values of SECTION, but for sections of its own, as properties "PREFIXkey". GROUP (or NULL) tells names of physical volumes. What is longer
 * than a layout holds is in the text only. 0 or -errno. */
int lvm_set_values(struct node *node, const char *prefix, const struct lvm_group *group, json_t *section);
/* A copy of TEXT in *FIELD. 0 or -ENOMEM. */
int lvm_set_text(char **field, const char *text);

#endif
