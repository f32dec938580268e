/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "edit" for people: its rows in words, and what was chosen of one made into the answer. Nothing is computed here: the engine says what
 * comes of a change.
 */
#ifndef LIFEBOAT_SCREENS_EDIT_ROWS_H
#define LIFEBOAT_SCREENS_EDIT_ROWS_H

#include "model.h"

/* A row's name, by its place in the tree; what it was and will be, and what was changed of it. New strings. */
char *edit_row_name(json_t *row);
char *edit_row_was(json_t *row);
char *edit_row_now(json_t *row);
/* Where it is mounted, "/, /srv"; "" where it is not. New string. */
char *edit_row_paths(json_t *row);
/* All that is known of it, some lines. */
char *edit_row_detail(json_t *row);
/* Whether it is not made, but what lies on it: wished so, be it with the id of the member that takes that over. */
bool edit_row_is_plain(json_t *row);
/* Whether anything of it can be changed. */
bool edit_row_can_change(json_t *row);
/* The member of wishes that one of the row's "kinds" is: of a disk its partition table. Static. */
const char *edit_kind_member(json_t *row);
/* The member of wishes that is a number of the row's: "members" of an array, "spread" of a volume group; NULL: none. Static. */
const char *edit_count_member(json_t *row);
/* The wishes of DATA, of the question, with MEMBER of ROW's as VALUE (stolen); MEMBER NULL: ROW as it was captured. New reference. */
json_t *edit_changed(json_t *data, json_t *row, const char *member, json_t *value);

#endif
