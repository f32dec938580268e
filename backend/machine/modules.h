/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel modules for the hardware that is here: every modalias of /sys/devices is looked up with libkmod and loaded with its
 * dependencies, soft ones too, until nothing new appears; then what is still without a driver is named.
 */
#ifndef LIFEBOAT_MACHINE_MODULES_H
#define LIFEBOAT_MACHINE_MODULES_H

#include "../core/context.h"

struct modules_result {
	unsigned devices;        /* with a modalias */
	unsigned loaded;         /* modules that were not there before */
	char **failed;           /* "NAME: reason", NULL-ended or NULL; owned */
	bool none;               /* nothing was looked for: this system has no module tree (a kernel with everything built in), or it is
				  * not the running machine that is looked at */
};

/* Loads for all devices but processors, and what no alias pulls in. Waits until the block devices
 * that appear are all there, at most 20 seconds. Blacklists of modprobe.d hold. 0 or -errno; single modules that fail are
 * listed. */
int modules_load_for_devices(struct context *ctx, struct modules_result *result);
void modules_result_done(struct modules_result *result);

/* The names of modules that the devices below the context's prefix ask for, by the index in DIRECTORY (NULL: that of the running
 * kernel), sorted, without doubles; loads nothing. 0 or -errno with a sentence. */
int modules_wanted(struct context *ctx, const char *directory, char ***ret);

/* Firmware that a driver asked for in vain and that is there by now: devices left without a driver by that are offered to their drivers again. */
void modules_retry_firmware(struct context *ctx);
/* One line of the kernel's log: whether it says that a device's firmware was not found, or could not be used; *RET_DEVICE ("" where it does not say) and
 * *RET_FILE are new strings then. */
bool modules_firmware_line(const char *line, char **ret_device, char **ret_file, bool *ret_found);
/* Devices that matter here - storage, network, USB - and have no driver, and firmware the kernel could not load: one sentence
 * each. NULL-ended, new; *RET is NULL when there is none. 0 or -errno. */
int modules_missing(struct context *ctx, char ***ret);

/* Waits until no device has appeared for a moment, at most DEADLINE_S seconds. */
void modules_settle(struct context *ctx, unsigned deadline_s);

#endif
