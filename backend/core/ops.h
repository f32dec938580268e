/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Side effects on the machine that outlive the function that has them, behind one table: real and dry (says what it would do). What a
 * restore does to a machine goes through it: mounts, programs, knobs of the kernel, drivers, disks, power. Nothing else in the engine asks
 * whether a run is dry.
 *
 * Beside it stand only, and tests/layers holds the list:
 * - what pid 1 does (init/), which never runs dry;
 * - mounts that nobody else sees and that end with their descriptor or child (storage/detached_mount.c, filesystems/trial_mount.c,
 *   storage/mount_copy.c, remote/kernel_mount.c), on loop devices that end so too;
 * - children that only look, or are a service of ours (capture/automounts.c, network/dhcp6_keep.c, rehearse/qemu.c, remote/ssh_process.c), and the
 *   end of processes that hold a tree (core/processes.c), which nothing dry has started;
 * - files: they are written below a directory's descriptor that the caller holds - the target's root, a set, the log, the notes of a
 *   resume - and whoever has that descriptor is not dry.
 */
#ifndef LIFEBOAT_CORE_OPS_H
#define LIFEBOAT_CORE_OPS_H

#include "context.h"
#include "mount_open.h"
#include "run.h"

enum power_action { POWER_REBOOT, POWER_OFF, POWER_HALT };

struct ops {
	const char *name;
	/* mount(2); DATA may be NULL. 0 or -errno with a sentence. */
	int (*mount)(struct context *ctx, const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data);
	/* The same of open block devices; the name of the first is what the table of mounts shows (mount_open.h). */
	int (*mount_open)(struct context *ctx, const struct mount_device *devices, const char *target, const char *type,
			  unsigned long flags, const char *data);
	/* umount2(2). Without FLAGS what is busy is tried for five seconds: whoever looks at a file there holds it for a moment only. */
	int (*unmount)(struct context *ctx, const char *target, int flags);
	/* Runs a program (run.h). */
	int (*run)(struct context *ctx, const struct run *run, struct run_result *result);
	/* Writes TEXT to the file PATH (sysfs, procfs knobs). */
	int (*write_text)(struct context *ctx, const char *path, const char *text);
	/* Calls CHANGE(ctx, data), which loads a driver, writes to a device or looks at what was written; TEXT says what, for people, as
	 * what follows "would". Dry: says it and does not call. */
	int (*change)(struct context *ctx, const char *text, int (*change)(struct context *ctx, void *data), void *data);
	/* sync and reboot(2); returns only on failure or when dry. */
	int (*power)(struct context *ctx, enum power_action action);
};

/* The table that CTX acts through. */
const struct ops *ops_of(const struct context *ctx);

extern const struct ops ops_real;
/* Logs each effect at info level and answers success. */
extern const struct ops ops_dry;

#endif
