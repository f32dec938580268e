/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare_set.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../layout/differences.h"
#include "../layout/image.h"
#include "../probe/probe.h"
#include "../restore/compare.h"
#include "../restore/present_images.h"
#include "tree_progress.h"

struct comparing {
	struct context *ctx;
	const struct compare_request *request;
	const struct layout *captured;
	struct layout *present;  /* NULL: it is not looked at */
	struct captured_view view;
	struct unmounted_trees unmounted;
	struct present_images images;
	bool private;            /* filesystems that the captured machine did not show are looked for */
	bool with_images;        /* images are looked for on the disks */
};

static void comparing_done(struct comparing *work)
{
	layout_free(work->present);
	unmounted_trees_done(&work->unmounted);
	present_images_done(&work->images);
	captured_view_done(&work->view);
}

static void tell_difference(void *data, const struct difference *difference)
{
	static const char *const kinds[] = {
		[DIFFERENCE_MISSING] = "missing",
		[DIFFERENCE_EXTRA] = "extra",
		[DIFFERENCE_CHANGED] = "changed",
	};
	const struct compare_request *request = data;
	AUTO_FREE char *path = bytes_escape(difference->path, strlen(difference->path));

	request->found(request->data, kinds[difference->kind], path ? path : "?", difference->what);
}

/* Whether what lies at TOP of the set, and in no tree, is among what is asked for, and not simply in the tree that is compared. */
static bool wants(const struct comparing *work, const char *top)
{
	char *const *paths = work->request->paths;
	bool wanted = !paths;

	for (; paths && *paths; paths++)
		wanted = wanted || strstr(*paths, top);
	return wanted && faccessat(work->view.root_fd, top, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* A setting of disks, filesystems and swap spaces that is not as it was captured is a difference, too. */
static int compare_storage(const struct comparing *work, struct compare_summary *summary)
{
	const struct compare_request *request = work->request;
	AUTO_STRV char **lines = NULL;

	if (layout_differences(work->captured, work->present, false, &lines) < 0)
		return context_oom(work->ctx);
	for (char **line = lines; line && *line; line++, summary->differences++)
		request->found(request->data, "storage", NULL, *line);
	return 0;
}

/* Disks are root's to read; a plain tree has none. WHOLE: their settings are compared too. */
static int look_at_disks(struct comparing *work, bool whole)
{
	const char *tree = work->request->tree;
	const struct probe_options probe = { .root = tree && strcmp(tree, "/") ? tree : NULL };
	AUTO_SCOPE struct error_scope scope = { 0 };
	int r;

	if (!work->private && !work->with_images && !(geteuid() == 0 && layout_has_private_mounts(work->captured)) &&
	    !(whole && work->captured->count))
		return 0;
	scope = context_scope_begin(work->ctx);
	r = layout_probe(work->ctx, &probe, &work->present);
	if (r == 0 || r == -ECANCELED || work->private || work->with_images)
		return context_scope_keep(&scope, r);
	/* The files can be compared without. */
	context_warn(work->ctx, "The settings of disks and filesystems are not compared: %s", context_detail(work->ctx));
	return 0;
}

static int compare(struct comparing *work, struct set *set, struct compare_summary *summary)
{
	const struct compare_request *request = work->request;
	struct compare_options options = { .paths = request->paths, .extra = request->extra, .workers = request->workers, .view = &work->view,
					   .found = tell_difference, .found_data = (void *)request };
	bool whole = !request->paths && geteuid() == 0;
	struct compare_result result = { 0 };
	int r;

	work->private = layout_has_private_mounts(work->captured) && wants(work, LAYOUT_UNMOUNTED_NAME);
	work->with_images = layout_has_images(work->captured) && wants(work, LAYOUT_IMAGES_NAME);
	r = look_at_disks(work, whole);
	if (r == 0 && work->present)
		r = captured_view_leave_bound(work->ctx, &work->view, work->captured, work->present);
	if (r == 0 && work->private)
		r = unmounted_trees_open(work->ctx, work->captured, work->present, &work->unmounted);
	if (r == 0 && work->with_images)
		r = present_images_open(work->ctx, work->captured, work->present, &work->images);
	if (r < 0)
		return r;
	options.images = work->images.devices;
	options.unmounted = work->private ? &work->unmounted : NULL;
	r = compare_tree(work->ctx, set, work->view.root_fd, &options, &result);
	summary->entries = result.entries;
	summary->bytes = result.bytes;
	summary->differences = result.differences;
	return r == 0 && whole && work->present ? compare_storage(work, summary) : r;
}

/* What no comparison could be made of. */
static int tell_not_compared(struct comparing *work, struct compare_summary *summary)
{
	summary->unmounted = TAKE_POINTER(work->unmounted.missing);
	for (char **line = work->images.missing; line && *line; line++)
		if (strv_append(&summary->unmounted, *line) < 0)
			return context_oom(work->ctx);
	for (size_t i = 0; i < work->view.covered_count; i++) {
		const char *path = work->view.covered[i].path;
		AUTO_FREE char *shown = work->view.covered[i].is_met ? bytes_escape(path, strlen(path)) : NULL;

		if (work->view.covered[i].is_met && (!shown || strv_append(&summary->covered, shown) < 0))
			return context_oom(work->ctx);
	}
	return 0;
}

int verb_compare(struct context *ctx, const struct compare_request *request, struct compare_summary *summary)
{
	CLEANUP(comparing_done) struct comparing work = { .ctx = ctx, .request = request, .view.root_fd = -1 };
	AUTO_SET struct set *set = NULL;
	int told, r = set_open_passing(ctx, request->set, &set);

	*summary = (struct compare_summary){ 0 };
	if (r < 0)
		return r;
	work.captured = set_manifest(set)->layout;
	r = captured_view_open(ctx, request->tree ? request->tree : "/", &work.view);
	if (r == 0)
		r = tree_progress_begin(ctx, set, PROGRESS_COMPARE, "compare", request->title, request->paths != NULL);
	if (r == 0)
		r = compare(&work, set, summary);
	if (r == 0)
		progress_end(ctx);
	told = tell_not_compared(&work, summary);
	return r < 0 ? r : told;
}

void compare_summary_done(struct compare_summary *summary)
{
	strv_free(summary->unmounted);
	strv_free(summary->covered);
	*summary = (struct compare_summary){ 0 };
}
