/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot loaders of rescue media: GRUB for BIOS, and for UEFI a small FAT filesystem with shim and GRUB as their
 * distributor signed them, or an unsigned GRUB where those are not installed.
 */
#ifndef LIFEBOAT_IMAGE_LOADER_H
#define LIFEBOAT_IMAGE_LOADER_H

#include "menu.h"

struct loader {
	char *bios_core;         /* El Torito image for BIOS; NULL: the medium does not start there */
	const char *bios_mbr;    /* master boot record that finds it on a stick */
	char *efi_image;         /* FAT image for UEFI; NULL: the medium does not start there */
	char *efi_boot, *efi_grub, *efi_manager; /* files in it: BOOTX64.EFI, grubx64.efi, mmx64.efi; the last two may be NULL */
	bool is_signed;
};

/* Makes what the installed packages allow below WORK. Only one kind of firmware is a warning, none an error that names
 * the packages. 0 or -errno with a sentence. */
int loader_make(struct context *ctx, const struct menu *menu, const char *work, struct loader *ret);
void loader_done(struct loader *loader);
#define AUTO_LOADER CLEANUP(loader_done)

/* Whether this machine has what starts a medium on BIOS, and by UEFI. */
bool loader_has_bios(void);
bool loader_has_uefi(void);

#endif
