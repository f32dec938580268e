/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: ordered actions that turn the target disks into the captured layout. It is data: built, printed, stored, confirmed by
 * its digest, then executed by plan_run(). The same object drives the dry run, the confirm screen, the log and the work.
 */
#ifndef LIFEBOAT_PLAN_PLAN_H
#define LIFEBOAT_PLAN_PLAN_H

#include "../core/digest.h"
#include "../core/macro.h"
#include "../fit/map.h"
#include "../storage/action.h"
#include "../wanted/start.h"

/* A disk of this machine that the plan writes to. */
struct plan_disk {
	const struct node *disk; /* of target.present; borrowed */
	char *name;              /* for people; owned */
	bool touched;            /* it may have been written by plan_run() */
};

struct plan {
	struct target target;    /* the machine, as the actions see it */
	struct disk_map *map;    /* owned */
	struct action *actions;
	size_t count;
	struct plan_disk *disks; /* each once; owned */
	size_t disk_count;
	bool written;            /* a disk may have been written by plan_run(): set before the first action that writes, never asked of an event */
	/* Called before each action that writes, after WRITTEN and the disks' TOUCHED were set; -errno: the action is not run. NULL: nobody. */
	int (*before_write)(void *data, const struct plan *plan);
	void *before_write_data;
	char digest[DIGEST_HEX]; /* over the canonical JSON of the plan: identities, sizes, actions */
	char outcome[DIGEST_HEX]; /* the same without what lies on the target disks before: what is made on which disks */
	bool complete;           /* it even had all on the disks, synced: then nothing is recreated */
	struct start start;      /* as it was given */
	struct layout *adapted;  /* what was saved, as it must be to start here: what wishes are about; owned */
	char **notices;          /* what was planned in, or becomes a table of another kind, and why: a sentence each; NULL: nothing; owned */
	char **doubts;           /* why a person must look at this plan first, a sentence each; NULL: nobody must; owned */
	bool resumes;            /* an earlier run of this plan made the disks and was interrupted: what persists of it is not recreated */
};

/* Whether this version recreates the root filesystem of LAYOUT (as it is wanted) with all it lies on. 0, or -ENOTSUP with a sentence that names
 * it and says what can be done with the set. To be asked before anybody chooses disks. */
MUST_CHECK int plan_check_root(struct context *ctx, const struct layout *layout);
/* Builds the plan and checks all of it (every action's check). Copies CAPTURED; borrows WISHES (wishes.h; NULL: none) and START (NULL: it starts as
 * it did) for the call; takes MAP and PRESENT (also on failure). Nothing is written.
 * 0, or -errno with the first sentence in the context. */
MUST_CHECK int plan_build(struct context *ctx, const struct layout *captured, json_t *wishes, const struct start *start, struct layout *present,
			  struct disk_map *map, const char *root, struct plan **ret);
void plan_free(struct plan *plan);
/* Whether the plan makes NODE of its result (NULL: no): what nothing can make leaves its place empty. */
bool plan_makes(const struct plan *plan, const struct node *node);
/* Whether a plan that is resumed only looks at what ACTION made in an earlier run, instead of making it again. */
bool plan_keeps(const struct plan *plan, const struct action *action);
static inline void cleanup_plan(struct plan **plan)
{
	plan_free(*plan);
}
#define AUTO_PLAN CLEANUP(cleanup_plan)

/* {"digest":..., "root":...,
 *  "disks":[{"source_id":id,"target_id":id,"source":text,"target":text,"erases":[text],"shrinks":[text],"model":..,"serial":..,"size":..,
 *            "reason":text}],
 *  "notices":[text],"actions":[{"name":..,"destructive":bool,"text":..,"kept":true}]} (notices: where there are any; kept: where plan_keeps())
 * for screens, log and storage. New reference. */
json_t *plan_to_json(const struct plan *plan);

/* Executes every action in order, with cancel between actions. The target disks are opened first and held until plan_unmount();
 * right before the first write to each its identity (WWN, serial, model, size, sysfs path) and contents are probed again and
 * compared, and before every action that their names still lead to what is held. On any doubt -ESTALE, and nothing more is written
 * to them. When the plan is resumed, actions whose result stays are not carried out, but it is looked at all the same; on failure
 * nothing is mounted. On return the new filesystems are mounted below plan->target.root, ready for files. */
MUST_CHECK int plan_run(struct context *ctx, struct plan *plan);
/* 0 as long as every target disk that plan_run() holds is the one that was confirmed; -ESTALE with a sentence that names the disk
 * otherwise. To be asked before anything else names a target disk (a boot loader), and before an end is called good. */
MUST_CHECK int plan_check_disks(struct context *ctx, const struct plan *plan);
/* The same, and what the plan made on them is still there: to be asked while the new system is mounted, before an end is called good. */
MUST_CHECK int plan_check_result(struct context *ctx, const struct plan *plan);
/* Appends a line to *LINES for each setting of a table, filesystem or swap space on the target disks that is not as it was captured.
 * 0 or -errno with a sentence. */
MUST_CHECK int plan_differences(struct context *ctx, const struct plan *plan, char ***lines);
/* Unmounts in reverse order and syncs, then lets go of the disks. Errors are errors: data may not be on the disk. */
MUST_CHECK int plan_unmount(struct context *ctx, struct plan *plan);

#endif
