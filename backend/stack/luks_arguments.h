/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted containers, as cryptsetup(8) makes and opens them: what it is told for the container that a node describes.
 */
#ifndef LIFEBOAT_STACK_LUKS_ARGUMENTS_H
#define LIFEBOAT_STACK_LUKS_ARGUMENTS_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* Whether the container NODE of LAYOUT can be made as it was, as far as it tells. Why not, as a new string, the end of a sentence, in *RET_WHY. */
bool luks_can_make(const struct layout *layout, const struct node *node, char **ret_why);
/* Whether the set has its header (lifeboat capture --luks-headers): then all key slots come back. */
bool luks_has_header(const struct node *node);
/* Its name below /dev/mapper; borrowed from NODE, whose device is known. */
const char *luks_name(const struct node *node);

/* Whether GRUB opens NODE of LAYOUT at each start, because /boot lies in it. It knows no argon2 (grub-core/disk/luks2.c of 2.06 and 2.12). */
bool luks_holds_boot(const struct layout *layout, const struct node *node);

/* The command lines of cryptsetup, of all but the device, and for luks_open_arguments() the name behind it; the key comes by standard input. TRIAL:
 * the key is protected with the least cost, all else is the same. 0 or -ENOMEM. */
MUST_CHECK int luks_format_arguments(const struct layout *layout, const struct node *node, bool trial, char ***ret);
MUST_CHECK int luks_open_arguments(const struct node *node, char ***ret);
/* The same for a further key, which costs as much as the second of those it had. */
MUST_CHECK int luks_add_key_arguments(const struct layout *layout, const struct node *node, char ***ret);

#endif
