/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How systemd calls the units of devices: /dev/sda1 is dev-sda1.device, and what is no plain character \xNN (systemd.unit(5)). Pure text. */
#ifndef LIFEBOAT_FINISH_UNIT_NAMES_H
#define LIFEBOAT_FINISH_UNIT_NAMES_H

#include "../core/macro.h"

/* The path of the device that UNIT waits for - "dev-sda1.device", or a path below /dev itself - in *RET, a new string; NULL: another unit.
 * 0 or -ENOMEM. */
MUST_CHECK int unit_device(const char *unit, char **ret);
/* The unit of the device at PATH. New string; NULL when out of memory. */
char *unit_of_device(const char *path);

#endif
