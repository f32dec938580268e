/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By which firmware what is restored has to start, and which boot loaders can be had for that: what the layout depends on beside the operator's
 * wishes. Whoever knows set and rescue system fills it (finish/loader_supply.h).
 */
#ifndef LIFEBOAT_WANTED_START_H
#define LIFEBOAT_WANTED_START_H

#include <stdbool.h>

struct start {
	bool uefi;               /* this machine was started by UEFI, else by BIOS */
	bool from_uefi;          /* the captured one was */
	bool loader_bios, loader_uefi; /* GRUB for it can be installed */
};

/* Whether the captured system has to start by another kind of firmware than it did. */
static inline bool start_changes(const struct start *start)
{
	return start && start->uefi != start->from_uefi;
}

/* The same, and the boot loader for it can be installed. */
static inline bool start_can_change(const struct start *start)
{
	return start_changes(start) && (start->uefi ? start->loader_uefi : start->loader_bios);
}

#endif
