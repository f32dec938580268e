/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How entries that a person wrote for GRUB's menu (custom.cfg, 40_custom) find their filesystems: "search --fs-uuid" and "search --label", and
 * disks by their numbers, (hd0,gpt2), which the firmware gives anew at each start. Words of Linux' command line in them are device_words.h's.
 */
#ifndef LIFEBOAT_FINISH_GRUB_COMMANDS_H
#define LIFEBOAT_FINISH_GRUB_COMMANDS_H

#include "../core/bytes.h"
#include "../core/macro.h"
#include "../plan/plan.h"

/* TEXT of FILE in OUT, with the UUIDs that filesystems have now where "search" names older ones. What is said, as one sentence each in *NOTES: a
 * name that nothing has, and a disk's number that need not be the same disk here and that no "search" replaces. How many were corrected, or
 * -ENOMEM. */
MUST_CHECK int grub_commands_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes);

#endif
