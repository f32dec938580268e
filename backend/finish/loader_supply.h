/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the boot loader for this machine's firmware can come from, known before anything is written: the set's system, which installs it for itself,
 * or the rescue system. GRUB alone is installed.
 */
#ifndef LIFEBOAT_FINISH_LOADER_SUPPLY_H
#define LIFEBOAT_FINISH_LOADER_SUPPLY_H

#include "../set/manifest.h"
#include "../wanted/start.h"

#define GRUB_BIOS "i386-pc"
#define GRUB_UEFI "x86_64-efi"

/* By which firmware the system of MANIFEST has to start here, and the loaders that can be installed for that. */
struct start loader_supply_start(const struct context *ctx, const struct manifest *manifest);
/* Whether this system has grub-install and the modules of PLATFORM. */
bool loader_supply_here(const char *platform);
/* Why GRUB for PLATFORM cannot be installed into what MANIFEST restores, and what to do: a new sentence, NULL when out of memory. To be asked
 * where loader_supply_start() found none. */
char *loader_supply_lacks(const struct manifest *manifest, const char *platform);
/* NAME as a whole word of a comma list; LIST may be NULL. */
bool loader_supply_lists(const char *list, const char *name);

#endif
