/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "filesystem_trial.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/run.h"
#include "../storage/content.h"
#include "mkfs_make.h"
#include "../storage/scratch.h"
#include "trial_mount.h"

/* What a trial may write: in a rescue system it lies in memory. */
#define WRITTEN_LIMIT (256ULL << 20)
/* What a program writes that only shows what it would do. */
#define WRITTEN_DRY (1ULL << 20)

/* Whether a trial is made with another UUID. */
static bool has_other_uuid(const struct mkfs_kind *kind)
{
	return !strcmp(kind->kind, "btrfs");
}

/* The files that stand for the devices of a filesystem. */
struct files {
	size_t count;
	struct scratch *scratches;
	int *fds;                /* of each */
	char **more;             /* paths of all but the first */
};

static void files_done(struct files *files)
{
	for (size_t i = 0; files->scratches && i < files->count; i++)
		scratch_done(&files->scratches[i]);
	free(files->scratches);
	free(files->fds);
	strv_free(files->more);
}

/* Bytes of device I of NODE, as it is tried: of several each is as large as it will be. */
static uint64_t device_size(const struct target *target, const struct node *node, const struct node *tried, size_t i)
{
	return node->on[1] ? layout_room_on(target->result, layout_find(target->result, node->on[i])) : tried->size;
}

static int open_files(struct context *ctx, const struct target *target, const struct node *node, const struct mkfs_kind *kind,
		      const struct mkfs_request *request, struct files *files)
{
	int r = 0;

	files->count = strv_length(node->on);
	files->scratches = calloc(files->count + 1, sizeof(*files->scratches));
	files->fds = calloc(files->count + 1, sizeof(*files->fds));
	if (!files->scratches || !files->fds)
		return context_oom(ctx);
	for (size_t i = 0; i < files->count; i++)
		files->scratches[i] = SCRATCH_NONE;
	for (size_t i = 0; !r && i < files->count; i++) {
		r = scratch_open(ctx, device_size(target, node, request->node, i), kind->written(request), &files->scratches[i]);
		files->fds[i] = files->scratches[i].fd;
		if (!r && i && strv_append(&files->more, files->scratches[i].path) < 0)
			r = context_oom(ctx);
	}
	return r;
}

/* The whole of it, on files of the devices' sizes. */
static int try_in_full(struct context *ctx, const struct target *target, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	CLEANUP(files_done) struct files files = { 0 };
	const struct node *node = layout_find(target->result, request->node->id);
	const char *uuid = has_other_uuid(kind) ? NULL : request->node->uuid;
	int r = open_files(ctx, target, node, kind, request, &files), there;

	if (r)
		return r;
	request->device = files.scratches[0].path;
	request->more = files.more;
	r = mkfs_make(ctx, kind, request);
	if (r)
		return r;
	there = content_is_there(files.fds[0], kind->kind, uuid, request->node->label);
	if (there > 0)
		return trial_mount(ctx, target, node, files.fds, files.count, request->sector, request->node->size == node->size);
	return context_fail(ctx, there < 0 ? -there : ENOTSUP,
			    "The %s filesystem '%s' cannot be recreated: tried on a sparse file, it does not come out with its "
			    "UUID %s and its label '%s'",
			    kind->kind, mkfs_name(request->node), uuid ? uuid : "", request->node->label ? request->node->label : "");
}

static int try_dry(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	int r = scratch_open(ctx, request->node->size, WRITTEN_DRY, &scratch);

	request->device = scratch.path;
	request->dry = true;
	if (!r)
		r = mkfs_make(ctx, kind, request);
	request->dry = false;
	return r;
}

/* mkfs.btrfs refuses a UUID that is in the machine already, as the disk that will be erased may carry it: it is tried with another
 * one, and what it would not take is found here. */
static int check_uuid(struct context *ctx, const char *uuid)
{
	uuid_t bytes;

	return uuid_parse(uuid, bytes) == 0 && !uuid_is_null(bytes) ?
		       0 :
		       context_fail(ctx, EINVAL, "The btrfs filesystem %s cannot be recreated: mkfs.btrfs takes no such UUID", uuid);
}

int filesystem_try(struct context *ctx, const struct target *target, const struct mkfs_kind *kind,
		   const struct mkfs_request *request)
{
	struct mkfs_request trial = *request;
	struct node smaller = *request->node;
	int r = 0;

	trial.trial = true;
	context_debug(ctx, "Tries on a sparse file how the %s filesystem '%s' is made; no disk is written", kind->kind,
		      mkfs_name(request->node));
	if (has_other_uuid(kind) && request->node->uuid)
		r = check_uuid(ctx, request->node->uuid);
	if (r)
		return r;
	if (kind->written(request) > WRITTEN_LIMIT) {
		if (kind->can_dry)
			r = try_dry(ctx, kind, &trial);
		smaller.size = kind->trial_size;
		trial.node = &smaller;
	}
	return r ? r : try_in_full(ctx, target, kind, &trial);
}

/* What the capture of a running machine may write for this. */
#define WRITTEN_HERE (64ULL << 20)

static int try_arguments(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	int r;

	if (kind->can_dry)
		return try_dry(ctx, kind, request);
	if (kind->written(request) > WRITTEN_HERE)
		return 0;
	r = scratch_open(ctx, request->node->size, kind->written(request), &scratch);
	request->device = scratch.path;
	return r ? r : mkfs_make(ctx, kind, request);
}

int filesystem_try_here(struct context *ctx, const struct layout *layout, const struct node *node, char **ret_why)
{
	const struct mkfs_kind *kind = mkfs_kind_find(node->filesystem.kind);
	/* The locale that a label needs is in the rescue system. */
	struct node tried = *node;
	struct mkfs_request request = { .node = &tried, .before = node, .sector = layout_sector_of(layout, node), .trial = true };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r;

	*ret_why = NULL;
	if (!mkfs_label_is_ascii(node->label))
		tried.label = NULL;
	if (!kind || !node->size || node->on[1] || !run_is_present(NULL, kind->program))
		return 0;
	r = try_arguments(ctx, kind, &request);
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	/* Only a refusal of the arguments says anything of the filesystem. */
	if (r == -EINVAL && !(*ret_why = strdup(context_detail(ctx))))
		return -ENOMEM;
	return 0;
}
