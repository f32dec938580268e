/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <uuid/uuid.h>

#include "../core/clock.h"
#include "../core/location.h"
#include "../core/memory.h"
#include "../core/progress.h"
#include "../core/version.h"
#include "../devices/mount_picture.h"
#include "../layout/identity.h"
#include "../probe/probe.h"
#include "../set/set.h"
#include "../storage/image_map.h"
#include "attachments.h"
#include "automounts.h"
#include "beginning.h"
#include "contents.h"
#include "guard.h"
#include "images.h"
#include "left_out.h"
#include "link_table.h"
#include "links.h"
#include "machine.h"
#include "not_kept.h"
#include "packers.h"
#include "parts.h"
#include "pool.h"
#include "report.h"
#include "segment_writer.h"
#include "unmounted.h"
#include "walk.h"
#include "walk_directories.h"

#define SEGMENT_BYTES (16ull << 20)
#define SEGMENT_BYTES_MAX (64ull << 20)

static int open_root(struct capture *capture)
{
	const char *root = capture->options->root ? capture->options->root : "/";

	capture->root = realpath(root, NULL);
	if (!capture->root)
		return context_fail(capture->ctx, errno, "%s cannot be captured: %s", root, strerror(errno));
	if (!strcmp(capture->root, "/") && geteuid() != 0)
		return context_fail(capture->ctx, EPERM,
				    "a whole machine cannot be captured without root's rights: run this command as root (sudo), or name a tree "
				    "of your own with --root");
	capture->root_fd = open(capture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (capture->root_fd < 0)
		return context_fail(capture->ctx, errno, "%s cannot be captured: %s", root, strerror(errno));
	return 0;
}

static int look_at_mounts(struct capture *capture)
{
	int r;

	volumes_free(TAKE_POINTER(capture->volumes));
	mount_tree_free(TAKE_POINTER(capture->mount_tree));
	r = mount_tree_read(capture->ctx, capture->root, &capture->mount_tree);
	return r < 0 ? r : volumes_open(capture->ctx, capture->mount_tree, capture->root_fd, &capture->volumes);
}

/* What is mounted is settled before anything below the root is looked at. */
static int open_volumes(struct capture *capture)
{
	int r = look_at_mounts(capture);

	if (r == 0)
		r = automounts_set_off(capture->ctx, capture->mount_tree, capture->volumes);
	if (r <= 0)
		return r;
	r = look_at_mounts(capture);
	if (r == 0)
		automounts_check(capture->ctx, capture->mount_tree, capture->volumes);
	return r;
}

static int open_output(struct capture *capture)
{
	int r = guard_open(capture->ctx, capture->options, capture->guard), fd;

	if (r < 0)
		return r;
	capture->sink = guard_sink(capture->guard);
	fd = sink_directory(capture->sink) >= 0 ? sink_directory(capture->sink) : sink_file(capture->sink);
	return fd >= 0 && fstat(fd, &capture->output) < 0 ? capture_write_failed(capture, -errno) : 0;
}

/* Two paths to one disk that nothing combines would be saved as two disks, each with all that is on it. */
static int check_paths(struct capture *capture)
{
	const struct layout *layout = capture->manifest->layout;

	for (size_t i = 0; i < layout->count; i++) {
		const struct node *disk = layout->nodes[i], *other = disk->type == NODE_DISK ? disk_other_path(layout, disk) : NULL;
		AUTO_FREE char *name = other ? node_describe(disk) : NULL;

		if (other)
			return context_fail(capture->ctx, ENOTUNIQ, "%s and %s are paths to one disk (%s), which nothing combines; start multipathd, so that the disk "
					    "is seen once, and capture again", disk->device, other->device, name ? name : disk->id);
	}
	return 0;
}

static int describe(struct capture *capture)
{
	struct manifest *manifest = capture->manifest;
	bool running = !strcmp(capture->root, "/");
	struct probe_options probe = { .root = running ? NULL : capture->root, .mounts = capture->mount_tree, .used = true };
	char created[RFC3339_SIZE];
	uuid_t id;
	int r = layout_probe(capture->ctx, &probe, &manifest->layout);

	if (r == 0)
		r = check_paths(capture);
	if (r == 0)
		r = machine_describe(capture, &manifest->machine);
	if (r < 0)
		return r;
	uuid_generate_random(id);
	uuid_unparse_lower(id, capture->result->set_id);
	clock_rfc3339(time(NULL), created);
	manifest->set_id = strdup(capture->result->set_id);
	manifest->created = strdup(created);
	manifest->tool = strdup("lifeboat " LIFEBOAT_VERSION);
	manifest->label = capture->options->label ? strdup(capture->options->label)
		: text_format("%s%s%.10s", manifest->machine.host, *manifest->machine.host ? " " : "", created);
	if (!manifest->set_id || !manifest->created || !manifest->tool || !manifest->label)
		return context_oom(capture->ctx);
	return 0;
}

/* As many workers as the memory is enough for, and the rest of it for their jobs. */
static int share_memory(struct capture *capture)
{
	uint64_t memory = capture->options->memory ? capture->options->memory : memory_limit(), each = segment_writer_bytes(capture->level);

	if (!each)
		return context_oom(capture->ctx);
	capture->workers = memory_workers(memory, capture->workers, each);
	capture->job_bytes = memory_left(memory, capture->workers * each);
	return 0;
}

static int prepare(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int r;

	capture->workers = options->workers ? options->workers : cores > 0 ? (unsigned)cores : 1;
	capture->level = options->level ? options->level : 3;
	capture->segment_bytes = options->segment_bytes ? options->segment_bytes : SEGMENT_BYTES;
	if (capture->workers > 256 || capture->level < 1 || capture->level > 19 || capture->segment_bytes > SEGMENT_BYTES_MAX)
		return context_fail(capture->ctx, EINVAL, "workers, level or segment size are out of range");
	capture->guard = options->guard;
	if (!capture->guard)
		capture->guard = capture->own_guard = capture_guard_new();
	r = share_memory(capture);
	if (r < 0)
		return r;
	r = capture->guard ? open_root(capture) : context_oom(capture->ctx);
	if (r == 0)
		r = open_volumes(capture);
	if (r == 0)
		r = describe(capture);
	if (r == 0)
		r = open_output(capture);
	if (r == 0)
		r = left_out_find(capture);
	if (r == 0)
		r = images_open(capture);
	if (r == 0)
		r = unmounted_open(capture, &capture->unmounted);
	if (r == 0)
		r = contents_tell(capture);
	if (r == 0)
		r = attachments_write(capture);
	if (r == 0)
		r = not_kept_tell(capture);
	if (r == 0)
		r = beginning_check(capture);
	if (r < 0)
		return r;
	capture->links = link_table_new();
	if (!capture->links)
		return context_oom(capture->ctx);
	r = tables_open(capture);
	walk_reserve(capture);
	if (r < 0)
		return capture_write_failed(capture, r);
	r = pool_open(capture);
	return r < 0 ? r : packers_start(capture);
}

static int write_manifest(struct capture *capture)
{
	struct manifest *manifest = capture->manifest;
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = tables_write(capture);

	if (r == 0)
		r = sink_sync(capture->ctx, capture->sink);
	if (r < 0)
		return capture_write_failed(capture, r);
	manifest->total_files = capture->result->files;
	manifest->total_bytes = capture->result->bytes;
	manifest->changed_files =
		capture->result->changed < manifest->total_files ? capture->result->changed : manifest->total_files;
	text = manifest_print(manifest, &length);
	if (!text)
		return context_oom(capture->ctx);
	r = beginning_check(capture);
	if (r == 0)
		r = context_check_cancel(capture->ctx);
	if (r == 0)
		r = guard_commit(capture->guard);
	if (r < 0)
		return r;
	r = sink_publish(capture->ctx, capture->sink, text, length);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}

/* Ends the packers. */
static void stop(struct capture *capture)
{
	pool_end(capture);
	packers_join(capture);
	pool_close(capture);
}

static void release(struct capture *capture)
{
	volumes_free(capture->volumes);
	mount_tree_free(capture->mount_tree);
	capture_reports_free(capture);
	unmounted_close(capture->unmounted);
	image_devices_free(capture->images);
	strv_free(capture->closed);
	strv_free(capture->exclude);
	link_table_free(capture->links);
	manifest_free(capture->manifest);
	free(capture->root);
	if (capture->root_fd >= 0)
		close(capture->root_fd);
	capture_guard_free(capture->own_guard);
	pthread_mutex_destroy(&capture->lock);
}

static int run(struct capture *capture)
{
	struct context *ctx = capture->ctx;
	uint64_t bytes, files;
	int walked, r;

	volumes_used(capture->volumes, &bytes, &files);
	if (bytes)
		unmounted_used(capture->unmounted, &bytes, &files);
	images_used(capture, &bytes, &files);
	if (bytes / capture->segment_bytes >= SEGMENTS_LIMIT)
		return context_fail(ctx, EFBIG, "the files take more than %u segments, which no reader takes: choose larger ones (--segment-size)",
				    SEGMENTS_LIMIT);
	if (ctx->progress && progress_plan(ctx->progress, "capture", N_("Capturing files"), PROGRESS_PACK, bytes, files) < 0)
		return context_oom(ctx);
	if (sink_begins(capture->sink)) {
		r = beginning_write(capture, bytes, files);
		if (r < 0)
			return r;
	}
	progress_begin(ctx, "capture", bytes, files);
	walked = walk_tree(capture);
	r = pool_drain(capture);
	r = walked < 0 ? walked : r;
	if (r == 0)
		r = links_write(capture);
	progress_end(ctx);
	return r == 0 ? write_manifest(capture) : r;
}

int capture_check_output(struct context *ctx, const char *output)
{
	AUTO_LOCATION struct location *location = NULL;
	int r = location_parse(ctx, output, &location);

	return r < 0 ? r : set_check_output(ctx, location);
}

char *capture_place_name(const char *output)
{
	AUTO_LOCATION struct location *location = NULL;

	return location_parse(NULL, output, &location) == 0 ? location_show(location) : NULL;
}

bool capture_is_rest(const char *output)
{
	AUTO_LOCATION struct location *location = NULL;

	return location_parse(NULL, output, &location) == 0 && sink_is_rest(location);
}

int capture_run(struct context *ctx, const struct capture_options *options, struct capture_result *result)
{
	struct capture capture = { .ctx = ctx, .options = options, .root_fd = -1, .result = result };
	int r;

	memset(result, 0, sizeof(*result));
	pthread_mutex_init(&capture.lock, NULL);
	capture.manifest = calloc(1, sizeof(*capture.manifest));
	r = capture.manifest ? prepare(&capture) : context_oom(ctx);
	if (r == 0)
		r = run(&capture);
	stop(&capture);
	tables_close(&capture.tables);
	if (r < 0 && capture.guard)
		guard_remove(capture.guard);
	if (r == 0)
		capture_say_reports(&capture);
	release(&capture);
	return r;
}
