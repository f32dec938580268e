/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that name a btrfs subvolume by its number (subvolid=256, btrfs(5)): where a restored subvolume has another number than the
 * saved one, the number is corrected.
 */
#ifndef LIFEBOAT_FINISH_SUBVOLUME_NUMBERS_H
#define LIFEBOAT_FINISH_SUBVOLUME_NUMBERS_H

#include "../core/macro.h"
#include "../plan/plan.h"

/* Appends the LENGTH bytes at TEXT to OUT, every subvolid= in it corrected: text of any kind, or one list of options. FILESYSTEM is the
 * one (of plan->target.result) that it is about; NULL: the one that is mounted as the root, or where that is no btrfs any. *RET_UNKNOWN
 * becomes the first number that no saved subvolume had, or 0. How many were changed, or -ENOMEM. */
MUST_CHECK int subvolume_numbers_correct(const struct plan *plan, const struct node *filesystem, const char *text, size_t length, struct buffer *out,
			      uint64_t *ret_unknown);

/* Whether FILESYSTEM of plan->target.result has the subvolume that the LENGTH bytes at PATH name in the option subvol=; true too where nobody knows
 * which ones it has. */
bool subvolume_is_restored(const struct plan *plan, const struct node *filesystem, const char *path, size_t length);

#endif
