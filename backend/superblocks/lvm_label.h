/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the start of an LVM physical volume says: its label and header, and the metadata text of its volume group (lvm2's
 * lib/format_text/layout.h and lib/label/label.h, all little endian). Read here, not by LVM's tools: they need nothing active, write nothing,
 * and ask no lock and no udev this way.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_LVM_LABEL_H
#define LIFEBOAT_SUPERBLOCKS_LVM_LABEL_H

#include <jansson.h>

#include "extent.h"

#define LVM_UUID 38                  /* "abcdef-1234-..." with its dashes */
#define LVM_AREAS 2                  /* metadata areas a physical volume may have */

struct lvm_area {
	uint64_t offset, size;   /* bytes */
};

struct lvm_label {
	char uuid[LVM_UUID + 1];
	uint64_t device_size;    /* bytes, as the header has it */
	struct lvm_area metadata[LVM_AREAS];
	size_t metadata_count;
	struct lvm_area boot;    /* size 0: it has no bootloader area */
	char *text;              /* the newest of its metadata texts; NULL: it has none */
	size_t length;
	json_t *root;            /* the text, parsed */
	uint64_t sequence;       /* of the text: "seqno" */
	bool damaged;            /* a metadata area is there and cannot be believed */
};

/* Fills *RET, which lvm_label_done() releases in any case. 0; -EINVAL when it is no label that makes sense, -EIO, -ENOMEM. */
int lvm_label_read(const struct extent *extent, struct lvm_label *ret);
void lvm_label_done(struct lvm_label *label);
/* The section of a metadata text that is its volume group, and its name; NULL when there is none. */
json_t *lvm_group(json_t *root, const char **ret_name);
/* Whether TEXT is a UUID as LVM writes them. */
bool lvm_is_uuid(const char *text);

#endif
