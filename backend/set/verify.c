/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify.h"

#include <errno.h>
#include <string.h>

#include "../core/memory.h"
#include "../core/progress.h"
#include "agreement.h"
#include "set.h"
#include "segment_reader.h"

struct verifier {
	struct context *ctx;
	struct set *set;
	const struct manifest *manifest;
	struct agreement *agreement; /* NULL: only digests, or the index is damaged */
	bool walk;               /* segments are decompressed */
	uint64_t limit;          /* of stored bytes in memory at a time; one segment may be there whatever its size */
	atomic_uint_fast64_t *checked;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t freed;
	size_t next;             /* segment to take */
	uint64_t loaded;         /* bytes of those taken and not yet done */
	struct verify_result *result;
	int error;               /* that ends it: no damage */
};

/* One thread of it. */
struct worker {
	struct verifier *verifier;
	struct context ctx;      /* its own sentences */
	struct segment_reader *reader;
	struct agreement_check *check;
	struct pax_entry entry;
};

/* Keeps the sentence of CTX, unless R ends everything. 0 or R. */
static int note_damage(struct verifier *verifier, struct context *ctx, int r)
{
	struct verify_result *result = verifier->result;

	pthread_mutex_lock(&verifier->lock);
	if (!set_error_is_damage(r))
		verifier->error = verifier->error ? verifier->error : context_fail(verifier->ctx, -r, "%s", context_detail(ctx));
	else if (result->damage_count++ < VERIFY_LISTED && strv_append(&result->damages, context_detail(ctx)) < 0)
		verifier->error = context_oom(verifier->ctx);
	r = verifier->error;
	pthread_cond_broadcast(&verifier->freed);
	pthread_mutex_unlock(&verifier->lock);
	context_clear(ctx);
	if (r < 0 && verifier->agreement)
		agreement_stop(verifier->agreement);
	return r;
}

/* Holds one entry against the index. 0, also when it is damage, which is noted; -errno when the stream cannot be read on. */
static int check_entry(struct worker *worker, size_t number, bool *ret_damaged)
{
	const void *data;
	ssize_t n;
	int r = worker->check ? agreement_begin(worker->check, number, &worker->entry) : 0;

	while (r == 0 && (n = segment_read_data(&worker->ctx, worker->reader, &data)) != 0) {
		r = n < 0 ? (int)n : context_check_cancel(&worker->ctx);
		if (r < 0)
			return r;
		if (worker->check)
			agreement_data(worker->check, data, (size_t)n);
	}
	if (r == 0 && worker->check)
		r = agreement_end(worker->check);
	*ret_damaged |= r < 0;
	/* A piece whose file is lost already. */
	if (r == -ENODATA)
		return 0;
	return r < 0 ? note_damage(worker->verifier, &worker->ctx, r) : 0;
}

/* Takes DATA. 0 or -errno with a sentence, after which nothing more of the segment can be read. */
static int walk_segment(struct worker *worker, size_t number, void *data)
{
	struct verifier *verifier = worker->verifier;
	bool damaged = false;
	int r = segment_reader_start(&worker->ctx, worker->reader, verifier->manifest->segments + number, data);

	while (r == 0 && (r = segment_read(&worker->ctx, worker->reader, &worker->entry)) == 1)
		r = check_entry(worker, number, &damaged);
	if (r == 0 && worker->check && !damaged)
		r = agreement_segment_complete(&worker->ctx, verifier->agreement, number);
	return r;
}

static void check_segment(struct worker *worker, size_t number)
{
	struct verifier *verifier = worker->verifier;
	const struct segment *segment = verifier->manifest->segments + number;
	void *data = NULL;
	int r;

	progress_item(verifier->ctx, segment_name(segment).text);
	progress_waits(verifier->ctx, PROGRESS_READ);
	r = set_has_passed(verifier->set) ? set_segment_check(&worker->ctx, verifier->set, segment) :
					    set_segment_load(&worker->ctx, verifier->set, segment, &data);
	if (r == 0 && verifier->walk)
		r = walk_segment(worker, number, TAKE_POINTER(data));
	segment_reader_end(worker->reader);
	free(data);
	if (r < 0)
		note_damage(verifier, &worker->ctx, r);
	if (verifier->agreement)
		agreement_segment_over(verifier->agreement, number);
	progress_add(verifier->ctx, segment->stored, verifier->walk ? segment->entries : 1);
	if (verifier->checked)
		atomic_fetch_add(verifier->checked, segment->stored);
}

/* The next segment, in order; SIZE_MAX when there is none. LAST: the one done, or SIZE_MAX. */
static size_t take_segment(struct verifier *verifier, size_t last)
{
	const struct manifest *manifest = verifier->manifest;
	size_t number = SIZE_MAX;

	pthread_mutex_lock(&verifier->lock);
	if (last != SIZE_MAX)
		verifier->loaded -= manifest->segments[last].stored;
	pthread_cond_broadcast(&verifier->freed);
	while (!verifier->error && verifier->next < manifest->segment_count && verifier->loaded > 0 &&
	       verifier->loaded + manifest->segments[verifier->next].stored > verifier->limit)
		pthread_cond_wait(&verifier->freed, &verifier->lock);
	if (!verifier->error && verifier->next < manifest->segment_count) {
		number = verifier->next++;
		verifier->loaded += manifest->segments[number].stored;
	}
	pthread_mutex_unlock(&verifier->lock);
	return number;
}

static void *work(void *data)
{
	struct worker worker = { .verifier = data };
	struct verifier *verifier = data;

	context_init_child(&worker.ctx, verifier->ctx);
	worker.reader = segment_reader_new();
	if (verifier->agreement)
		worker.check = agreement_check_new(&worker.ctx, verifier->agreement);
	if (!worker.reader || (verifier->agreement && !worker.check))
		note_damage(verifier, &worker.ctx, context_oom(&worker.ctx));
	for (size_t number = SIZE_MAX; (number = take_segment(verifier, number)) != SIZE_MAX;)
		check_segment(&worker, number);
	pax_entry_done(&worker.entry);
	agreement_check_free(worker.check);
	segment_reader_free(worker.reader);
	context_done(&worker.ctx);
	return NULL;
}

static int run_workers(struct verifier *verifier, unsigned workers)
{
	AUTO_FREE pthread_t *threads = calloc(workers, sizeof(*threads));
	unsigned started = 0;

	if (!threads)
		return context_oom(verifier->ctx);
	while (started < workers && pthread_create(&threads[started], NULL, work, verifier) == 0)
		started++;
	if (started == 0)
		work(verifier);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	progress_waits(verifier->ctx, PROGRESS_NONE);
	return verifier->error;
}

/* What has no data and no attributes is restored from the index alone. */
static int note_lost(void *data, const struct index_row *row, unsigned what)
{
	struct verify_result *result = data;
	AUTO_FREE char *shown = NULL;

	if (!index_row_has_data(row) && !row->xattr_count && !(what & AGREEMENT_LOST_TARGET))
		return 0;
	if (result->lost_count++ >= VERIFY_LISTED)
		return 0;
	shown = bytes_escape(row->path, strlen(row->path));
	return shown && strv_append(&result->lost, shown) == 0 ? 0 : -ENOMEM;
}

/* The index: by what is in it, or by its digest alone. A damaged one is noted. 0, or what ends everything. */
static int check_index(struct verifier *verifier)
{
	struct context ctx;
	int r;

	context_init_child(&ctx, verifier->ctx);
	r = verifier->walk ? agreement_new(&ctx, verifier->set, true, &verifier->agreement) : index_check(&ctx, verifier->set);
	verifier->result->names_unknown = set_error_is_damage(r);
	if (r < 0)
		r = note_damage(verifier, &ctx, r);
	context_done(&ctx);
	return r;
}

/* Each by its digest; damaged ones are noted. 0, or what ends everything. */
static int check_attachments(struct verifier *verifier)
{
	struct context ctx;
	int r = 0;

	context_init_child(&ctx, verifier->ctx);
	for (size_t i = 0; r == 0 && i < verifier->manifest->attachment_count; i++) {
		AUTO_FREE void *data = NULL;

		r = set_has_passed(verifier->set) ? set_attachment_check(&ctx, verifier->set, &verifier->manifest->attachments[i]) :
						    set_attachment_load(&ctx, verifier->set, &verifier->manifest->attachments[i], &data);
		if (r < 0)
			r = note_damage(verifier, &ctx, r);
	}
	context_done(&ctx);
	return r;
}

static int verify(struct verifier *verifier, unsigned workers)
{
	struct verify_result *result = verifier->result;
	int r = check_index(verifier);

	/* In a stream they come before the segments. */
	if (r == 0)
		r = check_attachments(verifier);
	if (r == 0)
		r = run_workers(verifier, set_is_stream(verifier->set) || set_discs(verifier->set) ? 1 : workers);
	if (r == 0)
		r = set_read_to_end(verifier->ctx, verifier->set);
	if (r == 0 && result->damage_count && verifier->agreement)
		r = agreement_lost(verifier->ctx, verifier->set, verifier->agreement, note_lost, result);
	if (r == 0 && result->damage_count)
		r = context_fail(verifier->ctx, EBADMSG, "%s", result->damages[0]);
	return r;
}

int set_verify(struct context *ctx, struct set *set, const struct verify_options *options, struct verify_result *result)
{
	static const struct verify_options plain = { 0 };
	const struct manifest *manifest = set_manifest(set);
	struct verifier verifier = { .ctx = ctx, .set = set, .manifest = manifest, .result = result };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t stored = 0, memory;
	unsigned workers;
	int r;

	options = options ? options : &plain;
	memory = options->memory ? options->memory : memory_limit();
	workers = memory_workers(memory, options->workers ? options->workers : cores > 0 ? (unsigned)cores : 1, SEGMENT_READER_BYTES);
	verifier.walk = options->depth == VERIFY_FULL && !set_has_passed(set);
	if (options->depth == VERIFY_FULL && !verifier.walk)
		context_info(ctx, "What is in the segments is not held against the index: the stream told what is in them when they had passed. Their checksums are compared");
	verifier.limit = memory_left(memory, manifest->segment_count * sizeof(*manifest->segments) + (verifier.walk ? agreement_bytes(manifest) : 0) +
						workers * SEGMENT_READER_BYTES);
	verifier.checked = options->checked;
	*result = (struct verify_result){ .segments = manifest->segment_count, .files = manifest->total_files, .bytes = manifest->total_bytes };
	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	if (!options->step && ctx->progress && progress_plan(ctx->progress, "verify", N_("Verifying the set"), PROGRESS_CHECK, stored, 0) < 0)
		return context_oom(ctx);
	pthread_mutex_init(&verifier.lock, NULL);
	pthread_cond_init(&verifier.freed, NULL);
	progress_begin(ctx, options->step ? options->step : "verify", stored, verifier.walk ? manifest->total_files : manifest->segment_count);
	r = verify(&verifier, workers);
	if (r == 0)
		progress_end(ctx);
	agreement_free(verifier.agreement);
	pthread_cond_destroy(&verifier.freed);
	pthread_mutex_destroy(&verifier.lock);
	return r;
}

void verify_result_done(struct verify_result *result)
{
	strv_free(result->damages);
	strv_free(result->lost);
	*result = (struct verify_result){ 0 };
}
