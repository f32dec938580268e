/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extract.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/memory.h"
#include "../set/segment_reader.h"
#include "arrival.h"
#include "directories.h"
#include "done.h"
#include "feed.h"
#include "flags.h"
#include "pieces.h"
#include "put.h"
#include "salvage.h"
#include "unpack.h"
#include "write_behind.h"

/* Descriptors and memory grow with workers; more of them than this only wait for the disk. */
#define WORKERS_MAX 16

/* Unpacks what the feed gives until there is no more. */
static int unpack_files(struct worker *worker)
{
	struct extraction *work = worker->work;
	size_t segment;
	void *data;
	int r;

	while ((r = feed_take(work->feed, &worker->ctx, &segment, &data)) != 0) {
		const struct segment *unpacked = work->manifest->segments + segment;
		size_t failures = work_failures(work);

		r = r < 0 ? unpack_segment_lost(worker, segment, r, true) : unpack_segment_data(worker, segment, data, true, put_entry);
		feed_release(work->feed, segment);
		if (r < 0)
			return r;
		/* What failed in a segment is listed again by who restores it again. Failures of other workers count, too: that costs time only. */
		if (work->options->segment_done && work->complete[segment] && work_failures(work) == failures)
			work->options->segment_done(work->options->segment_done_data, unpacked);
	}
	return 0;
}

static void *run_worker(void *data)
{
	struct extraction *work = data;
	struct worker worker;
	int r = worker_init(&worker, work);

	/* A umask of its own, so that files get their mode when they are made; the process keeps its own. */
	worker.exact_mode = unshare(CLONE_FS) == 0;
	if (worker.exact_mode)
		umask(0);
	if (r == 0)
		unpack_files(&worker);
	else
		work_stop(work, r, NULL);
	worker_done(&worker);
	return NULL;
}

/* What passes once cannot be read again with less: the largest windows are reckoned with. */
static uint64_t worker_bytes(const struct set *set)
{
	return set_is_stream(set) ? SEGMENT_READER_BYTES_MOST : SEGMENT_READER_BYTES;
}

static unsigned count_workers(const struct extraction *work)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = work->options->workers ? work->options->workers : cores > 0 ? (unsigned)cores : 1;

	return memory_workers(work->memory, workers < WORKERS_MAX ? workers : WORKERS_MAX, worker_bytes(work->set));
}

/* The feed gets what the tables and the workers leave of the memory. */
static int start_feed(struct extraction *work)
{
	const struct manifest *manifest = work->manifest;

	return feed_start(work, memory_left(work->memory, manifest->segment_count * sizeof(*manifest->segments) + agreement_bytes(manifest) +
							  work->workers * worker_bytes(work->set)), &work->feed);
}

static int extract_files(struct extraction *work)
{
	pthread_t threads[WORKERS_MAX];
	unsigned workers, started = 0;
	int r = 0;

	if (work->arrived)
		return arrival_settle_files(work);
	/* A stream has brought the directories by now. */
	if (!work->feed)
		r = start_feed(work);
	if (r < 0)
		return r;
	workers = feed_count(work->feed) < work->workers ? (unsigned)feed_count(work->feed) : work->workers;
	work->behind = write_behind_start(work);
	while (started < workers && r == 0) {
		r = -pthread_create(threads + started, NULL, run_worker, work);
		if (r == 0)
			started++;
	}
	if (r < 0 && started == 0)
		work_stop(work, context_fail(work->ctx, -r, "cannot start a thread: %s", strerror(-r)), NULL);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return work->error;
}

/* A segment of directories, made now; their metadata comes at the end, without reading the set a second time. */
static int extract_directories(struct worker *worker, size_t segment)
{
	struct extraction *work = worker->work;
	const struct segment *of_set = work->manifest->segments + segment;
	void *data = NULL;
	int r = set_segment_load(&worker->ctx, work->set, of_set, &data);

	if (r < 0)
		return unpack_segment_lost(worker, segment, r, true);
	work->directories[segment] = malloc(of_set->stored);
	if (!work->directories[segment]) {
		free(data);
		return context_oom(work->ctx);
	}
	memcpy(work->directories[segment], data, of_set->stored);
	return unpack_segment_data(worker, segment, data, true, put_directory);
}

static int extract_links(struct worker *worker, size_t segment)
{
	return unpack_segment(worker, segment, true, put_link);
}

/* All segments of a kind, one after another. */
static int extract_kind(struct worker *worker, enum segment_kind kind, int (*segment)(struct worker *worker, size_t segment),
			int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	int r = 0;

	for (size_t i = 0; i < work->manifest->segment_count && r == 0; i++)
		if (work->manifest->segments[i].kind == kind && selection_wants(work->selection, i))
			r = segment(worker, i);
	if (r == 0)
		r = salvage_rows(worker, kind, each);
	if (r == 0)
		worker_report(worker, true);
	return r;
}

static int extract_all(struct worker *worker)
{
	struct extraction *work = worker->work;
	int r = extract_kind(worker, SEGMENT_DIRECTORIES, extract_directories, put_directory);

	if (r == 0)
		r = extract_files(work);
	if (r == 0)
		r = salvage_rows(worker, SEGMENT_FILES, put_entry);
	if (r == 0)
		r = drop_incomplete_pieces(worker);
	if (r == 0)
		r = extract_kind(worker, SEGMENT_LINKS, extract_links, put_link);
	/* Who asked for a few files waits for no more of a stream. */
	if (r == 0 && !work->options->paths)
		r = set_read_to_end(work->ctx, work->set);
	if (r == 0)
		r = finish_pieces(worker);
	if (r == 0)
		r = finish_directories(worker);
	if (r == 0)
		r = finish_flags(worker);
	if (r == 0)
		r = salvage_list(work);
	if (r == 0)
		r = write_behind_finish(work);
	return r;
}

/* Reads the index, which may be among what is damaged. */
static int read_agreement(struct extraction *work)
{
	struct context ctx;
	int r;

	context_init_child(&ctx, work->ctx);
	r = agreement_new(&ctx, work->set, work->options->check_content, &work->agreement);
	if (r < 0)
		r = work_damaged(work, &ctx, r, work->manifest->segment_count);
	context_done(&ctx);
	return r;
}

/* Segments that are not read bring nothing to wait for. */
static void pass_over(struct extraction *work)
{
	for (size_t i = 0; work->agreement && i < work->manifest->segment_count; i++)
		if (!selection_wants(work->selection, i) || work->skip[i])
			agreement_segment_over(work->agreement, i);
}

/* What is known by segment, once it is known how many there are. */
static int make_tables(struct extraction *work)
{
	size_t count;

	work->manifest = set_manifest(work->set);
	count = work->manifest->segment_count;
	work->skip = calloc(count + 1, sizeof(*work->skip));
	work->directories = calloc(count + 1, sizeof(*work->directories));
	work->complete = calloc(count + 1, sizeof(*work->complete));
	work->spoilt = calloc(count + 1, sizeof(*work->spoilt));
	return work->skip && work->directories && work->complete && work->spoilt ? 0 : context_oom(work->ctx);
}

/* A stream that tells at its end what it holds: files are unpacked before anything else is known. */
static int take_arriving(struct extraction *work)
{
	AUTO_FREE uint32_t *spoilt = NULL;
	size_t count = 0;
	int r;

	if (work->options->paths)
		return context_fail(work->ctx, ESPIPE, "this stream was written by a capture, which tells only at its end what is in it: single files cannot be chosen while it "
				    "passes. Write it into a file and name that, or make a directory of it: lifeboat set convert - DIRECTORY");
	r = arrival_unpack(work, work->workers, &spoilt, &count);
	if (r == 0)
		r = make_tables(work);
	return r == 0 ? arrival_check(work, spoilt, count) : r;
}

static int begin(struct extraction *work, struct context *ctx, struct set *set, int root_fd,
		 const struct extract_options *options, struct extract_result *result)
{
	struct stat status;
	int r = 0;

	*work = (struct extraction){ .ctx = ctx, .set = set, .manifest = set_manifest(set), .options = options,
				     .root_fd = root_fd, .uid = geteuid(), .gid = getegid(), .result = result,
				     .memory = options->memory ? options->memory : memory_limit() };
	work->workers = count_workers(work);
	pthread_mutex_init(&work->lock, NULL);
	filesystems_init(&work->filesystems);
	splits_init(&work->splits);
	path_key_init(&work->key);
	if (fstat(root_fd, &status) < 0)
		return context_fail(ctx, errno, "the target directory cannot be read: %s", strerror(errno));
	/* Known to the end, so that errors of its disk are told whenever they came. */
	if (!filesystems_find(&work->filesystems, root_fd, status.st_dev))
		return context_oom(ctx);
	r = set_is_arriving(set) ? take_arriving(work) : make_tables(work);
	/* All of it will be wanted: the first segments are there when the index is read. */
	if (r == 0 && !options->paths && !options->done && set_is_random_access(set))
		r = start_feed(work);
	if (r == 0 && !work->arrived)
		r = read_agreement(work);
	if (r == 0)
		r = selection_new(ctx, work->agreement ? set : NULL, options->paths, &work->selection);
	if (r == 0)
		r = done_find(work);
	if (r == 0)
		pass_over(work);
	result->set_failed |= set_error_is_of_set(r);
	if (r == 0 && !work->feed && set_is_random_access(set))
		r = start_feed(work);
	return r;
}

static void end(struct extraction *work)
{
	size_t count = work->directories ? work->manifest->segment_count : 0;

	feed_stop(work->feed);
	write_behind_stop(work->behind);
	selection_free(work->selection);
	free(work->skip);
	for (size_t i = 0; i < count; i++)
		free(work->directories[i]);
	free(work->directories);
	late_flags_done(&work->late);
	free(work->complete);
	free(work->spoilt);
	agreement_free(work->agreement);
	splits_done(&work->splits);
	filesystems_done(&work->filesystems);
	pathset_done(&work->kept_parents);
	pathset_done(&work->failed);
	pthread_mutex_destroy(&work->lock);
}

/* The sentence for a damaged set: also what is not there because of it. */
static int explain_damage(struct extraction *work)
{
	uint64_t others = 0;

	for (size_t i = 0; i < work->manifest->segment_count; i++)
		if (work->manifest->segments + i != work->damaged && selection_wants(work->selection, i) && !work->skip[i] &&
		    !work->complete[i])
			others++;
	if (!others)
		return context_reword(work->ctx, EBADMSG, "%s. What lies in it is not restored", context_detail(work->ctx));
	return context_reword(work->ctx, EBADMSG,
			      PLURAL(others, "%s. The work stopped there: what lies in it and in %llu further segment is not restored",
				     "%s. The work stopped there: what lies in it and in %llu further segments is not restored"),
			      context_detail(work->ctx), (unsigned long long)others);
}

int extract_set(struct context *ctx, struct set *set, int root_fd, const struct extract_options *options,
		struct extract_result *result)
{
	struct extraction work;
	struct worker worker = { 0 };
	int r;

	*result = (struct extract_result){ 0 };
	r = begin(&work, ctx, set, root_fd, options, result);
	if (r == 0) {
		r = worker_init(&worker, &work);
		if (r == 0)
			r = extract_all(&worker);
		worker_done(&worker);
	}
	result->set_failed |= r == -EBADMSG || r == -ENOMEDIUM;
	if (r == -EBADMSG && work.damaged && work.damaged < work.manifest->segments + work.manifest->segment_count)
		r = explain_damage(&work);
	if (work.failures > FAILED_LISTED) {
		AUTO_FREE char *more = sentence("and %zu more", work.failures - FAILED_LISTED);

		if (more)
			strv_append_line(&result->failed, more);
	}
	if (r == 0 && result->damages)
		r = context_fail(ctx, ENODATA, "The set is damaged (damaged places: %llu). Files that are not on the target as they were saved: %zu",
			(unsigned long long)result->damages, work.failures);
	else if (r == 0 && work.failures)
		r = context_fail(ctx, ENODATA, "%zu entries are not on the target as they were saved; the list names each",
				 work.failures);
	end(&work);
	return r;
}

void extract_result_done(struct extract_result *result)
{
	strv_free(result->failed);
	strv_free(result->damaged);
	*result = (struct extract_result){ 0 };
}
