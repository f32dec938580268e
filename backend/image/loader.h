/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot loaders of rescue media: GRUB for BIOS, and for UEFI a small FAT filesystem with shim and GRUB as their
 * distributor signed them, or an unsigned GRUB where those are not installed.
 */
#ifndef LIFEBOAT_IMAGE_LOADER_H
#define LIFEBOAT_IMAGE_LOADER_H

#include "menu.h"

enum loader_medium {
	LOADER_IMAGE,            /* an ISO image, for discs and sticks */
	LOADER_STICK,            /* partitions of a stick */
};

struct loader {
	char *bios_core;         /* for BIOS: El Torito image, or what goes into a BIOS boot partition; NULL: the medium does not start there */
	const char *bios_mbr;    /* master boot record that finds it on a stick */
	char *efi_image;         /* of LOADER_IMAGE: FAT image for UEFI; NULL: the medium does not start there */
	char *efi_boot;          /* for UEFI: BOOTX64.EFI; NULL: the medium does not start there */
	char *efi_grub, *efi_manager; /* and grubx64.efi, mmx64.efi; each may be NULL */
	bool is_signed;
};

/* Where loaders of several distributors, signed with their prefix built in, look for their configuration: from the top of the filesystem that they
 * are started from. NULL past the last. */
const char *loader_config(size_t number);

/* Makes what the installed packages allow below WORK. Only one kind of firmware is a warning, none an error that names
 * the packages. 0 or -errno with a sentence. */
int loader_make(struct context *ctx, enum loader_medium medium, const struct menu *menu, const char *work, struct loader *ret);
void loader_done(struct loader *loader);
#define AUTO_LOADER CLEANUP(loader_done)

/* Whether this machine has what starts a medium on BIOS, and by UEFI. */
bool loader_has_bios(void);
bool loader_has_uefi(void);

#endif
