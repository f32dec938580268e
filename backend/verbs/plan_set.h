/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "plan": what restoring a set onto this machine would do. Nothing is written: a restore is a session's work. */
#ifndef LIFEBOAT_VERBS_PLAN_SET_H
#define LIFEBOAT_VERBS_PLAN_SET_H

#include <jansson.h>

#include "../core/context.h"
#include "../layout/layout.h"

struct plan_request {
	const char *set;         /* where it lies */
	const char *root;        /* where the new system would be mounted; NULL: /run/lifeboat/target */
	char *const *devices;    /* loop devices that count as disks, NULL-ended; NULL: none */
	char *const *targets;    /* identities of the disks that may be erased, NULL-ended; NULL: all */
	json_t *wishes;          /* changes of the layout (wanted/wishes.h), borrowed; NULL: none */
	/* Called with the disks of this machine, [{"id", "line"}], before they are planned with, for who cannot plan without them; may be NULL. */
	void (*present)(void *data, json_t *disks);
	void *data;
};

/* What a restore would do; all owned. */
struct plan_outcome {
	/* As the event "plan" has it (docs/engine-protocol.md), with what the set lacks, both layouts as "before" and "after" (docs/layout.md), the
	 * changes as "wishes", and as "nodes" what can be changed (wish_choices.h). */
	json_t *plan;
	char **lost;             /* all that the set lacks, a sentence each, NULL-ended; NULL: nothing */
	struct layout *before;   /* what is on the disks that would be erased, with what it lies on beside them */
	struct layout *after;    /* what would be on them */
};

/* Warnings are logged. 0 or -errno with a sentence; RET is freed by plan_outcome_done() after either. */
MUST_CHECK int verb_plan(struct context *ctx, const struct plan_request *request, struct plan_outcome *ret);
void plan_outcome_done(struct plan_outcome *outcome);

#endif
