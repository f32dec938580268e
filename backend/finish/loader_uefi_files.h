/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a boot loader on an EFI system partition: where they lie, and whether firmware starts GRUB with its menu by them.
 */
#ifndef LIFEBOAT_FINISH_LOADER_UEFI_FILES_H
#define LIFEBOAT_FINISH_LOADER_UEFI_FILES_H

#include "../core/macro.h"
#include "../plan/plan.h"

#define LOADER_UEFI_FALLBACK "EFI/BOOT/BOOTX64.EFI"
#define LOADER_UEFI_NAMES 2
/* What starts the system below EFI/ID: shim when there is one, for Secure Boot. */
extern const char *const loader_uefi_names[LOADER_UEFI_NAMES];

/* Path of FILE in the loader directory ID. New string; NULL when out of memory. */
char *loader_uefi_path(const char *esp, const char *id, const char *file);
/* The first of those names that the loader directory ID has; NULL: none. */
const char *loader_uefi_find(int root_fd, const char *esp, const char *id);
/* True for a PE image, which is what firmware starts: "MZ", and "PE" where the word at 0x3c says (PE/COFF specification, section 2). */
bool loader_uefi_is_program(int root_fd, const char *path);
/* Directory below EFI/ that holds the system's loader: PREFERRED when it holds one, else the first that does; NULL
 * when none. New string. ESP: path of the EFI system partition in the tree. */
char *loader_uefi_id(int root_fd, const char *esp, const char *preferred);
/* Looks at the files of the EFI system partition: 0 when the fallback path and, when ID is not NULL, the loader of
 * ID start GRUB with a menu; 1 with the reason as a new sentence in *RET_WHY; -ENOMEM. */
MUST_CHECK int loader_uefi_check_files(const struct plan *plan, int root_fd, const char *esp, const char *id, char **ret_why);

#endif
