/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What machines do that start from the network: iPXE's scripts (ipxe.org, "Scripting"), and the names of entries that are one machine's. */
#ifndef LIFEBOAT_IMAGE_NETWORK_MENU_H
#define LIFEBOAT_IMAGE_NETWORK_MENU_H

#include "menu.h"

/* What GRUB's menu begins with, a machine's own entry first, and what it ends with. Borrowed. */
extern const char network_menu_grub_head[], network_menu_grub_tail[];

/* What an entry holds that restored once and was used up: it has the menu start the local disk. Borrowed. */
extern const char network_menu_ipxe_used[], network_menu_grub_used[];
/* The variable by which it does. */
#define NETWORK_MENU_IPXE_LOCAL "lifeboat-local"
#define NETWORK_MENU_GRUB_LOCAL "lifeboat_local"

/* The whole menu of iPXE, a machine's own entry first. New string in *RET; 0 or -errno with a sentence. */
int network_menu_print(struct context *ctx, const struct menu *menu, char **ret);
/* A script that starts MODE without a menu. The same. */
int network_menu_print_machine(struct context *ctx, const char *mode, const char *arguments, char **ret);

/* The names of a machine's entries, of iPXE and of GRUB, by its MAC address or UUID in any usual form. New strings; 0, or -EINVAL with a sentence. */
int network_menu_names(struct context *ctx, const char *id, char **ret_ipxe, char **ret_grub);

#endif
