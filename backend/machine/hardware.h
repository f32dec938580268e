/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person wants to know of the machine that is here, gathered from /sys, /proc and the layout: the value of the event
 * "hardware" (docs/engine-protocol.md).
 */
#ifndef LIFEBOAT_MACHINE_HARDWARE_H
#define LIFEBOAT_MACHINE_HARDWARE_H

#include "../layout/layout.h"

/* PRESENT: its disks; PROTECTED: kernel names (NULL-ended or NULL) of disks that must not be touched; MISSING: sentences of devices
 * without driver or firmware (NULL-ended or NULL); FIRMWARE: "bios" or "uefi". New reference; NULL when out of memory. */
json_t *hardware_report(struct context *ctx, const struct layout *present, char *const *protected_disks,
			char *const *missing, const char *firmware);

/* Network interfaces but the loopback one: [{"name","mac","driver","up","carrier","addresses":[text]}]. Addresses are those of the running
 * machine; a machine that is only data has none. New reference. */
json_t *hardware_network(struct context *ctx);
/* Devices on PCI and USB but bridges and hubs: [{"bus","address","class","name","id","modalias","driver"}]; "class" is for people
 * ("disk controller"), "name" what a USB device says of itself, "driver" null when none is bound. New reference. */
json_t *hardware_devices(struct context *ctx);
/* The device at ADDRESS on PCI ("0000:03:00.0") or USB ("1-2", "1-2:1.0") by the words that list has for it: "network card 8086:1533 at 0000:03:00.0". Of
 * another bus the address alone. New string; NULL when out of memory. */
char *hardware_device_text(struct context *ctx, const char *address);

#endif
