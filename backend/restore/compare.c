/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare.h"

#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../core/queue.h"
#include "../layout/image.h"
#include "compare_image.h"
#include "compare_row.h"
#include "extra.h"

#define WORKERS_MAX 16
#define BATCH_ROWS 64
#define BATCH_BYTES (1u << 20) /* of paths: a row may have a megabyte of it */
#define BATCHES 16

struct batch {
	struct index_row rows[BATCH_ROWS];
	size_t count, bytes;
};

static void free_batch(void *item)
{
	struct batch *batch = item;

	for (size_t i = 0; batch && i < batch->count; i++)
		index_row_done(batch->rows + i);
	free(batch);
}

static int stop(struct comparison *work, int error)
{
	pthread_mutex_lock(&work->lock);
	if (!work->error)
		work->error = error;
	pthread_mutex_unlock(&work->lock);
	atomic_store(&work->stopped, true);
	return error;
}

static void report(struct comparer *comparer)
{
	struct comparison *work = comparer->work;

	pthread_mutex_lock(&work->lock);
	work->result->entries += comparer->entries;
	work->result->bytes += comparer->bytes;
	pthread_mutex_unlock(&work->lock);
	/* The bytes were told as they were read. */
	progress_add(work->ctx, 0, comparer->entries);
	comparer->entries = comparer->bytes = 0;
}

static void compare_batch(struct comparer *comparer, const struct batch *batch)
{
	struct comparison *work = comparer->work;

	for (size_t i = 0; i < batch->count && !atomic_load(&work->stopped); i++) {
		int r = context_check_cancel(work->ctx);

		if (r == 0 && work->options->images && path_is_of_images(batch->rows[i].path))
			r = compare_image(comparer, batch->rows + i);
		else if (r == 0)
			r = compare_row(comparer, batch->rows + i);
		if (r < 0)
			stop(work, r);
		comparer->entries++;
	}
	if (batch->count)
		progress_item(work->ctx, batch->rows[batch->count - 1].path);
	report(comparer);
}

static void *run_worker(void *data)
{
	struct comparison *work = data;
	struct comparer comparer = { .work = work };
	struct batch *batch;

	comparer.tree = tree_new(work->root_fd, &work->filesystems);
	comparer.digest = content_digest_new(0, 0);
	comparer.block = malloc(COMPARE_BLOCK);
	if (comparer.tree)
		tree_graft(comparer.tree, work->grafts, work->graft_count);
	if (!comparer.tree || !comparer.digest || !comparer.block)
		stop(work, context_oom(work->ctx));
	/* After a stop the batches are still taken, so that nobody waits for room for ever. */
	while ((batch = queue_take(work->batches))) {
		if (!atomic_load(&work->stopped))
			compare_batch(&comparer, batch);
		free_batch(batch);
	}
	tree_free(comparer.tree);
	content_digest_free(comparer.digest);
	buffer_done(&comparer.what);
	free(comparer.block);
	return NULL;
}

/* Below LAYOUT_UNMOUNTED, and nowhere here; or beneath a mount that hides it. */
static bool is_out_of_reach(const struct comparison *work, const char *path)
{
	const struct unmounted_trees *unmounted = work->options->unmounted;
	size_t length = strlen(LAYOUT_UNMOUNTED_NAME);

	if (unmounted && !strncmp(path, LAYOUT_UNMOUNTED_NAME, length) && (!path[length] || path[length] == '/'))
		return !tree_graft_of(work->grafts, work->graft_count, path, strlen(path));
	for (char *const *closed = work->options->closed; closed && *closed; closed++) {
		length = strlen(*closed + 1);
		if (!strncmp(path, *closed + 1, length) && path[length] == '/')
			return true;
	}
	return work->options->view && captured_view_covers(work->options->view, path);
}

/* Takes BATCH over. The queue is never stopped: the workers take what comes to its end. */
static void give(struct comparison *work, struct batch *batch)
{
	if (!queue_push(work->batches, batch, 0))
		free_batch(batch);
}

/* Puts the selected rows of the index into batches. */
static int read_index(struct comparison *work)
{
	struct index_reader *reader = NULL;
	struct batch *batch = NULL;
	struct index_row row = { 0 };
	int r = index_open(work->ctx, work->set, &reader);

	while (r == 0 && !atomic_load(&work->stopped) && (r = index_read(work->ctx, reader, &row)) > 0) {
		r = 0;
		if (work->options->extra && extra_remember(work, &row) < 0)
			r = context_oom(work->ctx);
		if (r < 0 || !selection_has(work->selection, row.path) || is_out_of_reach(work, row.path))
			continue;
		if (!batch)
			batch = calloc(1, sizeof(*batch));
		if (!batch) {
			r = context_oom(work->ctx);
			continue;
		}
		batch->bytes += strlen(row.path) + row.xattr_count * sizeof(*row.xattrs);
		batch->rows[batch->count++] = row;
		row = (struct index_row){ 0 };
		if (batch->count == BATCH_ROWS || batch->bytes > BATCH_BYTES) {
			give(work, TAKE_POINTER(batch));
		}
	}
	if (batch)
		give(work, batch);
	index_row_done(&row);
	index_close(reader);
	return r;
}

static int compare_rows(struct comparison *work)
{
	pthread_t threads[WORKERS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = work->options->workers ? work->options->workers : cores > 0 ? (unsigned)cores : 1, started = 0;
	int r = 0;

	work->batches = queue_new(BATCHES, UINT64_MAX);
	if (!work->batches)
		return context_oom(work->ctx);
	while (started < workers && started < WORKERS_MAX && (r = pthread_create(threads + started, NULL, run_worker, work)) == 0)
		started++;
	if (started == 0)
		stop(work, context_fail(work->ctx, r, "cannot start a thread: %s", strerror(r)));
	else if ((r = read_index(work)) < 0)
		stop(work, r);
	queue_end(work->batches);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	queue_free(work->batches, free_batch);
	return work->error;
}

static int by_path(const void *a, const void *b)
{
	const struct tree_graft *x = a, *y = b;

	return path_order(x->path, strlen(x->path), y->path, strlen(y->path));
}

static int gather_grafts(struct comparison *work)
{
	const struct unmounted_trees *unmounted = work->options->unmounted;
	const struct captured_view *view = work->options->view;

	work->grafts = calloc((unmounted ? unmounted->count : 0) + (view ? view->count : 0) + 1, sizeof(*work->grafts));
	if (!work->grafts)
		return context_oom(work->ctx);
	for (size_t i = 0; unmounted && i < unmounted->count; i++)
		work->grafts[work->graft_count++] = unmounted->grafts[i];
	for (size_t i = 0; view && i < view->count; i++)
		work->grafts[work->graft_count++] = view->grafts[i];
	qsort(work->grafts, work->graft_count, sizeof(*work->grafts), by_path);
	return 0;
}

static int remember_expected(struct comparison *work)
{
	for (char *const *path = work->options->expected; path && *path; path++)
		if (pathset_add(&work->expected, path_hash(&work->key, *path, strlen(*path))) < 0)
			return context_oom(work->ctx);
	return 0;
}

int compare_tree(struct context *ctx, struct set *set, int root_fd, const struct compare_options *options,
		 struct compare_result *result)
{
	struct comparison work = { .ctx = ctx, .set = set, .options = options, .root_fd = root_fd, .result = result };
	int r;

	*result = (struct compare_result){ 0 };
	pthread_mutex_init(&work.lock, NULL);
	filesystems_init(&work.filesystems);
	path_key_init(&work.key);
	r = gather_grafts(&work);
	if (r == 0)
		r = remember_expected(&work);
	if (r == 0)
		r = selection_new(ctx, set, options->paths, &work.selection);
	if (r == 0)
		r = compare_rows(&work);
	if (r == 0 && options->extra)
		r = extra_find(&work);
	selection_free(work.selection);
	free(work.grafts);
	pathset_done(&work.expected);
	pathset_done(&work.known);
	pathset_done(&work.directories);
	pathset_done(&work.parents);
	filesystems_done(&work.filesystems);
	pthread_mutex_destroy(&work.lock);
	return r;
}
