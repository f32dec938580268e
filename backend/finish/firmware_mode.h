/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By which firmware the machine that runs now was started. */
#ifndef LIFEBOAT_FINISH_FIRMWARE_MODE_H
#define LIFEBOAT_FINISH_FIRMWARE_MODE_H

#include "../core/context.h"

/* "uefi" when /sys/firmware/efi is there, else "bios". */
const char *firmware_mode(const struct context *ctx);

#endif
