/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a restore leaves when its engine dies: running processes, frozen or mounted filesystems. All of it is below the directory where
 * the new system is mounted.
 */
#ifndef LIFEBOAT_RESUME_REMAINS_H
#define LIFEBOAT_RESUME_REMAINS_H

#include "../core/context.h"

/* Ends the processes, thaws and unmounts. RESCUE: this is a rescue system, where nobody else uses ROOT; on a running system only processes
 * inside the restored one are ended. What stays busy is detached on a rescue system, which is said. 0 when nothing is mounted below ROOT any
 * more, -EBUSY with a sentence that names who holds it. */
MUST_CHECK int remains_clear(struct context *ctx, const char *root, bool rescue);
/* Unmounts what is mounted below DIRECTORY and not in use. What cannot be unmounted is a warning. */
void remains_unmount(struct context *ctx, const char *directory);
/* For a restore that begins on a running system: makes ROOT its own until *RET_LOCK, a descriptor, is closed, and clears away what an
 * earlier one left there, which it says. 0; -EBUSY with a sentence when another restore is at work there, or something else is mounted. */
MUST_CHECK int remains_take_over(struct context *ctx, const char *root, int *ret_lock);

#endif
