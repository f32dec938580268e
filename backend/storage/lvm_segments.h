/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The segments of a logical volume as a layout tells them (docs/layout.md, "Properties of pv, vg, lv").
 */
#ifndef LIFEBOAT_STORAGE_LVM_SEGMENTS_H
#define LIFEBOAT_STORAGE_LVM_SEGMENTS_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* How many of VOLUME's segments are told, the first ones of all that it has. */
size_t lvm_segments_told(const struct node *volume);
/* The property KEY of VOLUME's segment NUMBER, from 0; NULL: there is none. As a number; 0: there is none. */
const char *lvm_segment_text(const struct node *volume, size_t number, const char *key);
uint64_t lvm_segment_number(const struct node *volume, size_t number, const char *key);
/* What the list KEY of the segment names, without the numbers behind the names: UUIDs of physical volumes, names of logical ones. NULL-ended; NULL
 * where it names nothing. 0 or -ENOMEM. */
MUST_CHECK int lvm_segment_names(const struct node *volume, size_t number, const char *key, char ***ret);
/* Whether TEXT, words with blanks between, has WORD. TEXT may be NULL. */
bool lvm_has_word(const char *text, const char *word);

#endif
