/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of other systems in GRUB's menu, as os-prober finds them: whether a menu that was rebuilt still has them. */
#ifndef LIFEBOAT_FINISH_GRUB_OTHERS_H
#define LIFEBOAT_FINISH_GRUB_OTHERS_H

#include "../core/macro.h"

/* Appends to *TITLES the title of each entry of another system that the menu BEFORE has and the menu NOW has not. 0 or -ENOMEM. */
MUST_CHECK int grub_others_lost(const char *before, const char *now, char ***titles);

#endif
