/* Makes a filesystem with the identity, features and geometry it was captured with. Before the first write the same
 * program is run on a sparse file of the same size, so that a feature it does not know, or a size it refuses, is known
 * in time.
 */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/ops.h"
#include "actions.h"
#include "device.h"
#include "mkfs.h"

/* Large disks that must be written to (no lazy initialisation) take their time. */
#define MKFS_DEADLINE_S 7200

static int fill_request(struct context *ctx, const struct plan *plan, const struct node *node,
			struct mkfs_request *request)
{
	const struct node *disk = layout_disk_of(plan->result, node);

	*request = (struct mkfs_request){
		.node = node,
		.before = layout_find(plan->captured, node->id),
		.device = node->device,
		.sector = disk ? disk->disk.logical_sector : 512,
	};
	if (!request->before || !node->device || !disk)
		return context_fail(ctx, EINVAL, "%s is no part of the captured layout", node->id);
	return 0;
}

/* The name people know a filesystem by. Borrowed. */
static const char *name_of(const struct node *node)
{
	return node->label ? node->label : node->uuid ? node->uuid : node->id;
}

static int run_vector(struct context *ctx, char **argv)
{
	return run_program(ctx, &(struct run){ .argv = (const char *const *)argv, .deadline_s = MKFS_DEADLINE_S },
			   NULL);
}

static void keep_line(void *data, const char *line)
{
	/* Out of memory: an option is taken as not known, and is then not used. */
	if (!buffer_append(data, line, strlen(line)))
		(void)buffer_append(data, "\n", 1);
}

/* What the program says when it is used wrongly: the only list of its options it has. */
static int read_usage(struct context *ctx, const struct mkfs_kind *kind, struct buffer *usage)
{
	struct run run = { .argv = (const char *const[]){ kind->program, NULL },
			   .line = keep_line,
			   .line_data = usage };

	memset(run.accept, 1, sizeof(run.accept));
	return ctx->ops->run(ctx, &run, NULL);
}

static int make_vector(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request, char ***argv)
{
	AUTO_BUFFER struct buffer usage = { 0 };
	int r = kind->shows_usage ? read_usage(ctx, kind, &usage) : 0;

	if (r)
		return r;
	request->usage = usage.data;
	r = strv_append(argv, kind->program);
	if (!r)
		r = kind->arguments(request, argv);
	request->usage = NULL;
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL,
				    "The set describes the %s filesystem '%s' with values that make no sense",
				    kind->kind, name_of(request->node));
	return r ? context_fail(ctx, ENOMEM, "out of memory") : 0;
}

/* Runs mkfs on a sparse file. */
static int try_mkfs(struct context *ctx, const struct mkfs_kind *kind, struct mkfs_request *request)
{
	const char *directory = getenv("TMPDIR");
	AUTO_FREE char *path = text_format("%s/lifeboat-mkfs-XXXXXX", directory && *directory ? directory : "/tmp");
	AUTO_CLOSE int fd = path ? mkostemp(path, O_CLOEXEC) : -1;
	AUTO_STRV char **argv = NULL;
	int r;

	if (fd < 0)
		return context_fail(ctx, path ? errno : ENOMEM, "A temporary file could not be made below %s: %s",
				    directory ? directory : "/tmp", strerror(errno));
	if (ftruncate(fd, (off_t)request->node->size) < 0) {
		/* What holds temporary files may not take so large a one; then mkfs itself will tell. */
		unlink(path);
		return 0;
	}
	request->device = path;
	request->trial = true;
	r = make_vector(ctx, kind, request, &argv);
	if (!r)
		r = run_vector(ctx, argv);
	unlink(path);
	return r;
}

static int filesystem_check(struct context *ctx, const struct plan *plan, const struct action *action)
{
	const struct mkfs_kind *kind = mkfs_kind_find(action->node->filesystem.kind);
	struct mkfs_request request;
	int r;

	if (!kind)
		return context_fail(ctx, ENOTSUP, "The filesystem '%s' is %s, which cannot be made again",
				    name_of(action->node), action->node->filesystem.kind);
	for (const char *const *key = kind->impossible; *key; key++)
		if (filesystem_property(action->node, *key))
			return context_fail(ctx, ENOTSUP,
					    "The %s filesystem '%s' cannot be made again: it was captured with '%s'",
					    kind->kind, name_of(action->node), *key);
	if (!run_is_present(NULL, kind->program))
		return context_fail(ctx, ENOENT, "The program %s, which makes %s filesystems, is not on this system",
				    kind->program, kind->kind);
	if (kind->tune && !run_is_present(NULL, "tune2fs"))
		return context_fail(ctx, ENOENT,
				    "The program tune2fs, which sets up %s filesystems, is not on this system",
				    kind->kind);
	r = fill_request(ctx, plan, action->node, &request);
	if (r || action->node->size > kind->trial_limit)
		return r;
	return try_mkfs(ctx, kind, &request);
}

static char *filesystem_print(const struct plan *plan, const struct action *action)
{
	const struct node *node = action->node;
	AUTO_FREE char *size = bytes_print_size(node->size);
	const struct node *before = layout_find(plan->captured, node->id);
	AUTO_FREE char *old_size = before ? bytes_print_size(before->size) : NULL;
	bool resized =
		before && before->size && before->size != node->size && old_size && size && strcmp(old_size, size);

	return text_format("Make the %s filesystem%s%s%s on %s, %s%s%s%s", node->filesystem.kind,
			   node->label ? " '" : "", node->label ? node->label : "", node->label ? "'" : "",
			   node->device, size ? size : "", resized ? " (was " : "", resized ? old_size : "",
			   resized ? ")" : "");
}

static int wipe_holder(struct context *ctx, void *data)
{
	const struct node *node = data;
	AUTO_CLOSE int fd = -1;
	int r = device_open(ctx, node->device, &fd);

	return r ? r : device_wipe(ctx, fd, node->device, 0, 0);
}

struct holder_work {
	const struct plan *plan;
	const struct node *holder;
};

static int check_holder(struct context *ctx, void *data)
{
	const struct holder_work *work = data;

	return device_check_node(ctx, work->plan->result, work->holder);
}

int content_prepare(struct context *ctx, const struct plan *plan, const struct node *content)
{
	struct node *holder = device_holder(plan->result, content);
	struct holder_work work = { plan, holder };
	AUTO_FREE char *look = NULL, *wipe = NULL;
	int r;

	if (!holder)
		return context_fail(ctx, EINVAL, "%s lies on several devices, which cannot be made", content->id);
	look = text_format("look whether %s is what was planned", holder->device);
	wipe = text_format("erase old signatures on %s", holder->device);
	if (!look || !wipe)
		return context_fail(ctx, ENOMEM, "out of memory");
	r = ctx->ops->change(ctx, look, check_holder, &work);
	return r ? r : ctx->ops->change(ctx, wipe, wipe_holder, holder);
}

static int filesystem_run(struct context *ctx, struct plan *plan, struct action *action)
{
	const struct mkfs_kind *kind = mkfs_kind_find(action->node->filesystem.kind);
	AUTO_STRV char **argv = NULL, **tune = NULL;
	struct mkfs_request request;
	int r = fill_request(ctx, plan, action->node, &request);

	if (!r)
		r = content_prepare(ctx, plan, action->node);
	if (!r)
		r = make_vector(ctx, kind, &request, &argv);
	if (!r)
		r = run_vector(ctx, argv);
	if (r || !kind->tune)
		return r;
	r = kind->tune(&request, &tune);
	if (r)
		return context_fail(ctx, -r, "The set describes the %s filesystem '%s' with values that make no sense",
				    kind->kind, name_of(action->node));
	return tune ? run_vector(ctx, tune) : 0;
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

int content_is_there(const char *device, const char *kind, const char *uuid)
{
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *is_kind = NULL, *is_uuid = NULL;

	if (!probe)
		return errno ? -errno : -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID);
	if (blkid_do_safeprobe(probe))
		return 0;
	blkid_probe_lookup_value(probe, "TYPE", &is_kind, NULL);
	blkid_probe_lookup_value(probe, "UUID", &is_uuid, NULL);
	return is_kind && !strcmp(is_kind, kind) && (!uuid || (is_uuid && !strcasecmp(is_uuid, uuid)));
}

static int filesystem_done(struct context *ctx, const struct plan *plan, const struct action *action)
{
	(void)ctx;
	(void)plan;
	return content_is_there(action->node->device, action->node->filesystem.kind, action->node->uuid);
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
