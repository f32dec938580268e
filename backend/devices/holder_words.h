/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device that lies on others is, and how a person lets it go.
 */
#ifndef LIFEBOAT_DEVICES_HOLDER_WORDS_H
#define LIFEBOAT_DEVICES_HOLDER_WORDS_H

#include "../core/context.h"

/* "dm-3 (LVM volume group vg; 'lvm vgchange --activate n vg' deactivates it)" for the device with the kernel name NAME. New string; NULL when out of
 * memory. */
char *holder_words(const struct context *ctx, const char *name);

#endif
