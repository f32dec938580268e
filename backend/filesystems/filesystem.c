/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a filesystem with the identity, features and geometry it was captured with. Before the first write all of it
 * was tried on a sparse file (filesystem_trial.h), so that a feature the program or the kernel does not know, or a size
 * it refuses, is known in time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/run.h"
#include "../storage/actions.h"
#include "../storage/content.h"
#include "../storage/btrfs_forget.h"
#include "filesystem_trial.h"
#include "../storage/hold_path.h"
#include "mkfs_make.h"

static int fill_request(struct context *ctx, const struct target *target, const struct node *node,
			struct mkfs_request *request)
{
	const struct node *before = layout_find(target->captured, node->id);

	*request = (struct mkfs_request){
		.node = node,
		/* What was planned in comes from what is wanted. */
		.before = before ? before : layout_find(target->wanted, node->id),
		.device = node->device,
		.sector = layout_sector_of(target->result, node),
	};
	if (!request->before || !node->device)
		return context_fail(ctx, EINVAL, "%s is no part of the captured layout", node->id);
	return 0;
}

/* The kernel mounts no two xfs and no two btrfs of one UUID at the same time. */
static int check_alone(struct context *ctx, const struct target *target, const struct node *node)
{
	const char *kind = node->filesystem.kind;

	if (!node->uuid || (strcmp(kind, "xfs") && strcmp(kind, "btrfs")))
		return 0;
	for (size_t i = 0; i < target->result->count; i++) {
		const struct node *other = target->result->nodes[i];

		if (other != node && other->type == NODE_FILESYSTEM && !strcmp(other->filesystem.kind, kind) && other->uuid &&
		    !strcasecmp(other->uuid, node->uuid))
			return context_fail(ctx, EEXIST,
					    "The set has two %s filesystems with the UUID %s, which cannot be mounted at the same "
					    "time; restore one of their disks only",
					    kind, node->uuid);
	}
	return 0;
}

static int check_programs(struct context *ctx, const struct mkfs_kind *kind)
{
	const char *const programs[] = { kind->program, kind->tuner };

	for (size_t i = 0; i < ARRAY_LENGTH(programs); i++)
		if (programs[i] && !run_is_present(NULL, programs[i]))
			return context_fail(ctx, ENOENT, "The program %s, which makes %s filesystems, is not on this system. Make the rescue media on a "
					    "machine that has it, or leave the filesystem out", programs[i], kind->kind);
	return 0;
}

static int filesystem_check(struct context *ctx, const struct target *target, const struct action *action)
{
	const struct mkfs_kind *kind = mkfs_kind_find(action->node->filesystem.kind);
	struct mkfs_request request;
	int r;

	if (!kind)
		return context_fail(ctx, ENOTSUP, "The filesystem '%s' is %s, which cannot be recreated",
				    mkfs_name(action->node), action->node->filesystem.kind);
	for (const char *const *key = kind->impossible; *key; key++)
		if (node_property(action->node, *key))
			return context_fail(ctx, ENOTSUP,
					    "The %s filesystem '%s' cannot be recreated: it was captured with '%s'",
					    kind->kind, mkfs_name(action->node), *key);
	r = check_programs(ctx, kind);
	if (r)
		return r;
	r = check_alone(ctx, target, action->node);
	if (!r)
		r = fill_request(ctx, target, action->node, &request);
	return r ? r : filesystem_try(ctx, target, kind, &request);
}

static char *filesystem_print(const struct target *target, const struct action *action)
{
	const struct node *node = action->node;
	AUTO_FREE char *size = bytes_print_size(node->size);
	const struct node *before = layout_find(target->captured, node->id);
	AUTO_FREE char *old_size = before ? bytes_print_size(before->size) : NULL;
	bool resized =
		before && before->size && before->size != node->size && old_size && size && strcmp(old_size, size);
	AUTO_FREE char *what = node->label ? sentence("the %s filesystem '%s'", node->filesystem.kind, node->label)
					   : sentence("the %s filesystem", node->filesystem.kind);

	if (!what || !size)
		return NULL;
	if (strv_length(node->on) > 1)
		return sentence("Make %s on %zu devices, %s", what, strv_length(node->on), size);
	return resized ? sentence("Make %s on %s, %s (was %s)", what, node->device, size, old_size)
		       : sentence("Make %s on %s, %s", what, node->device, size);
}

/* The devices of a filesystem, while it is made. */
struct making {
	size_t count;
	struct hold_path *paths; /* of each */
	char **more;             /* the same of all but the first */
	int *fds;                /* of each, ended by -1 */
};

static void making_done(struct making *making)
{
	for (size_t i = 0; making->paths && i < making->count; i++)
		hold_path_done(&making->paths[i]);
	for (int *fd = making->fds; fd && *fd >= 0; fd++)
		close(*fd);
	free(making->paths);
	free(making->fds);
	strv_free(making->more);
}

/* Makes device I ready, whose number is that of NODE->on. */
static int prepare_device(struct context *ctx, const struct target *target, const struct node *node, size_t i, struct making *making)
{
	const struct node *holder = layout_find(target->result, node->on[i]);
	int r = content_prepare_holder(ctx, target, holder, &making->fds[i]);

	if (!r)
		r = hold_path_make(ctx, making->fds[i], holder->device, &making->paths[i]);
	return !r && i && strv_append(&making->more, making->paths[i].path) < 0 ? context_oom(ctx) : r;
}

static int prepare_devices(struct context *ctx, const struct target *target, const struct node *node, struct making *making)
{
	int r = 0;

	making->count = strv_length(node->on);
	making->paths = calloc(making->count + 1, sizeof(*making->paths));
	making->fds = malloc((making->count + 1) * sizeof(*making->fds));
	for (size_t i = 0; making->fds && i <= making->count; i++)
		making->fds[i] = -1;
	if (!making->paths || !making->fds)
		return context_oom(ctx);
	for (size_t i = 0; !r && i < making->count; i++)
		r = prepare_device(ctx, target, node, i, making);
	return r;
}

static int filesystem_run(struct context *ctx, struct target *target, struct action *action)
{
	const struct mkfs_kind *kind = mkfs_kind_find(action->node->filesystem.kind);
	CLEANUP(making_done) struct making making = { 0 };
	struct mkfs_request request;
	int r = fill_request(ctx, target, action->node, &request);

	if (!r)
		r = prepare_devices(ctx, target, action->node, &making);
	if (r)
		return r;
	/* What the kernel saw of it before would take part in the new one, which has the same UUID, be it on a device that is gone. */
	if (making.more)
		btrfs_forget_unmounted();
	request.device = making.paths[0].path;
	request.more = making.more;
	request.inherit = making.fds;
	return mkfs_make(ctx, kind, &request);
}

static int filesystem_done(struct context *ctx, const struct target *target, const struct action *action)
{
	return content_is_made(ctx, target, action->node, action->node->filesystem.kind);
}

static bool filesystem_stays(const struct action *action)
{
	return filesystem_is_crash_safe(action->node);
}

const struct action_type action_filesystem = {
	.name = "filesystem",
	.destructive = true,
	.check = filesystem_check,
	.print = filesystem_print,
	.run = filesystem_run,
	.done = filesystem_done,
	.stays = filesystem_stays,
};
