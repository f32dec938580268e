#include "filesystem_trial.h"

#include <errno.h>
#include <string.h>

#include "actions.h"
#include "scratch.h"

/* What a trial may write: in a rescue system it lies in memory. */
#define WRITTEN_LIMIT (256ULL << 20)

/* The whole of it, on a file of the node's size. */
static int try_in_full(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	/* It was made with another UUID when the program refuses one that is in the machine. */
	const char *uuid = strcmp(kind->kind, "btrfs") ? request->node->uuid : NULL;
	int r = scratch_open(ctx, request->node->size, &scratch), there;

	request->device = scratch.path;
	if (!r)
		r = mkfs_make(ctx, kind, request);
	if (r)
		return r;
	there = content_is_there(scratch.fd, kind->kind, uuid, request->node->label);
	return there > 0 ? 0
			 : context_fail(ctx, there < 0 ? -there : ENOTSUP,
					"The %s filesystem '%s' cannot be made again: tried on a sparse file, it does not come "
					"out with its UUID %s and its label '%s'",
					kind->kind, mkfs_name(request->node), uuid ? uuid : "",
					request->node->label ? request->node->label : "");
}

static int try_dry(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	int r = scratch_open(ctx, request->node->size, &scratch);

	request->device = scratch.path;
	request->dry = true;
	if (!r)
		r = mkfs_make(ctx, kind, request);
	request->dry = false;
	return r;
}

int filesystem_try(struct context *ctx, const struct plan *plan, const struct mkfs_kind *kind,
		   const struct mkfs_request *request)
{
	struct mkfs_request trial = *request;
	struct node smaller = *request->node;
	int r = 0;

	(void)plan;
	trial.trial = true;
	context_debug(ctx, "Tries on a sparse file how the %s filesystem '%s' is made; no disk is written", kind->kind,
		      mkfs_name(request->node));
	if (kind->written(request) > WRITTEN_LIMIT) {
		if (kind->can_dry)
			r = try_dry(ctx, kind, &trial);
		smaller.size = kind->trial_size;
		trial.node = &smaller;
	}
	return r ? r : try_in_full(ctx, kind, &trial);
}
