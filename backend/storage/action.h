/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of a plan, and how a kind of step is done. What a step needs to know of the machine is in struct target.
 */
#ifndef LIFEBOAT_STORAGE_ACTION_H
#define LIFEBOAT_STORAGE_ACTION_H

#include "target.h"

struct action;

/* How to do one kind of action: a row of actions.h. */
struct action_type {
	const char *name;        /* "table", "filesystem", "swap", "mount", ... */
	bool destructive;        /* erases something on the target */
	/* All that can be known before the first write: tool present, size fits. 0 or -errno with a sentence. */
	int (*check)(struct context *ctx, const struct target *target, const struct action *action);
	/* One sentence for people. New string. */
	char *(*print)(const struct target *target, const struct action *action);
	/* 0 or -errno with a sentence; -EBUSY and -ESTALE mean that nothing was written. */
	int (*run)(struct context *ctx, struct target *target, struct action *action);
	/* Of a plan that is resumed: makes usable what an earlier run made and is not recreated (assembles, unlocks, activates, shows
	 * partitions); NULL: it is usable as it is. Erases nothing. 0 or -errno with a sentence. */
	int (*open)(struct context *ctx, struct target *target, struct action *action);
	/* Asks the machine whether the action's result is there: 1 yes, 0 no, -errno. NULL: cannot be known, run again. */
	int (*done)(struct context *ctx, const struct target *target, const struct action *action);
	/* Takes back what can be (unmount); NULL when there is nothing to take back. */
	int (*undo)(struct context *ctx, struct target *target, struct action *action);
	/* Lets go of a device that run() or open() brought up (stops, locks, deactivates), after SEAL, the newest first; NULL: there is none. */
	int (*close)(struct context *ctx, struct target *target, struct action *action);
	/* Finishes the result after all files are there and nothing of the new system is mounted any more; NULL: it is finished. 0 or -errno
	 * with a sentence. */
	int (*seal)(struct context *ctx, struct target *target, struct action *action);
	/* Whether the result of an earlier run outlives a power failure, so that a plan that is resumed only looks at it. NULL: it is recreated. */
	bool (*stays)(const struct action *action);
};

struct action {
	const struct action_type *type;
	struct node *node;       /* node of target->result it makes; borrowed */
	struct node **disks;     /* present disks it touches, each once, NULL-ended; owned, the nodes borrowed from target->present */
	struct mount_device *mounted; /* of a mount: the devices it shows, open, while it is mounted; NULL: it is not. Owned */
	int top;                 /* with MOUNTED: its top directory, as mounted_mount() opened it */
};

#endif
