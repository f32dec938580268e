/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logical volumes as a layout tells them (docs/layout.md, "Properties of pv, vg, lv"): their groups, their segments, what they are made of.
 */
#ifndef LIFEBOAT_LAYOUT_LVM_SEGMENTS_H
#define LIFEBOAT_LAYOUT_LVM_SEGMENTS_H

#include "../core/macro.h"
#include "layout.h"

/* How many of VOLUME's segments are told, the first ones of all that it has. */
size_t lvm_segments_told(const struct node *volume);
/* The property KEY of VOLUME's segment NUMBER, from 0; NULL: there is none. As a number; 0: there is none. */
const char *lvm_segment_text(const struct node *volume, size_t number, const char *key);
uint64_t lvm_segment_number(const struct node *volume, size_t number, const char *key);
/* What the list KEY of the segment names, without the numbers behind the names: UUIDs of physical volumes, names of logical ones. NULL-ended; NULL
 * where it names nothing. 0 or -ENOMEM. */
MUST_CHECK int lvm_segment_names(const struct node *volume, size_t number, const char *key, char ***ret);
/* The volume group that VOLUME belongs to, directly or by the volumes that it is made of; NULL: the layout contradicts itself. */
const struct node *lvm_group_of(const struct layout *layout, const struct node *volume);
/* The next volume of GROUP, hidden ones too, in the layout's order; NULL past the last. *AT is 0 at the first call and kept by the caller. */
struct node *lvm_next_volume(const struct layout *layout, const struct node *group, size_t *at);
/* The volume called NAME that VOLUME is made of; NULL: there is none. NAME may be NULL. */
const struct node *lvm_part(const struct layout *layout, const struct node *volume, const char *name);
/* Whether the kind of VOLUME, or of its first segments, begins with KIND. */
bool lvm_is_kind(const struct node *volume, const char *kind);
/* Whether VOLUME holds the data of the thin pool ABOVE. */
bool lvm_is_pool_data(const struct node *above, const struct node *volume);
/* The volume whose segments VOLUME gets: its own, but of a cached volume, which comes back without its cache, those of its origin. */
const struct node *lvm_source(const struct layout *layout, const struct node *volume);
/* Whether TEXT, words with blanks between, has WORD. TEXT may be NULL. */
bool lvm_has_word(const char *text, const char *word);

#endif
