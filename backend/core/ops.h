/* The side effects on the machine, behind one table: real, dry (says what it would do) and recording (for tests).
 * Nothing else in the engine asks whether a run is dry.
 */
#ifndef LIFEBOAT_CORE_OPS_H
#define LIFEBOAT_CORE_OPS_H

#include "context.h"
#include "run.h"

enum power_action { POWER_REBOOT, POWER_OFF, POWER_HALT };

struct ops {
	const char *name;
	/* mount(2); DATA may be NULL. 0 or -errno with a sentence. */
	int (*mount)(struct context *ctx, const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data);
	/* The same of the block device open as FD; SOURCE is its name, which the table of mounts shows (mount_open.h). */
	int (*mount_open)(struct context *ctx, int fd, const char *source, const char *target, const char *type,
			  unsigned long flags, const char *data);
	/* umount2(2). */
	int (*unmount)(struct context *ctx, const char *target, int flags);
	/* Runs a program (run.h). */
	int (*run)(struct context *ctx, const struct run *run, struct run_result *result);
	/* Writes TEXT to the file PATH (sysfs, procfs knobs). */
	int (*write_text)(struct context *ctx, const char *path, const char *text);
	/* Calls CHANGE(ctx, data), which writes to a device or looks at what was written; TEXT says what, for people. Dry: says it
	 * and does not call. */
	int (*change)(struct context *ctx, const char *text, int (*change)(struct context *ctx, void *data), void *data);
	/* sync and reboot(2); returns only on failure or when dry. */
	int (*power)(struct context *ctx, enum power_action action);
};

extern const struct ops ops_real;
/* Logs each effect at info level and answers success. */
extern const struct ops ops_dry;

#endif
