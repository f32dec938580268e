/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot menu of rescue media: GRUB's configuration (GRUB manual, "Writing full configuration files directly"). */
#ifndef LIFEBOAT_IMAGE_MENU_H
#define LIFEBOAT_IMAGE_MENU_H

#include <uuid/uuid.h>

#include "image.h"

#define MENU_MEDIA_ID UUID_STR_LEN /* bytes of a medium's UUID as text, with its NUL */
#define MENU_DEFAULT_TIMEOUT_S 30u

struct menu {
	char media_id[MENU_MEDIA_ID]; /* the medium finds itself by the file /boot/lifeboat-media-ID */
	const char *arguments;   /* further kernel arguments, or NULL */
	const char *default_entry; /* NULL: "local" */
	unsigned timeout_s;      /* UINT_MAX: the default */
	const char *set_id;      /* of the set on the medium, or NULL: unattended modes are tied to it */
	bool network;            /* loaded from a server: the machine's network interface is told to the kernel */
};

/* The modes of the menu, in its order: 0 to MENU_MODES - 1; their names are values of lifeboat.mode=. */
#define MENU_MODES 4
const char *menu_mode(size_t number, const char **ret_title);
/* Words of every kernel line: what the rescue system's consoles and memory need. */
#define MENU_KERNEL_WORDS "console=tty0 console=ttyS0,115200 quiet loglevel=3 rootfstype=ramfs"
/* Whether ARGUMENTS fit into a kernel's command line and into both menus' languages: 0 or -errno with a sentence. */
int menu_check_arguments(struct context *ctx, const char *arguments);
/* A GRUB script that starts MODE without a menu, with further ARGUMENTS: one machine's. New string in *RET. 0 or -errno with a sentence. */
int menu_print_machine(struct context *ctx, const char *mode, const char *arguments, char **ret);

/* grub.cfg in a new string. 0, or -errno with a sentence (bad entry, arguments that GRUB cannot hand on). */
int menu_print(struct context *ctx, const struct menu *menu, char **ret);
/* The few lines a loader runs first: find the medium, continue with its grub.cfg. NULL when out of memory. */
char *menu_print_early(const struct menu *menu);

#endif
