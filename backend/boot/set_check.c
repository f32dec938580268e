#include "set_check.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "../core/progress.h"
#include "../set/index.h"

#define WORKERS 2

struct check {
	struct context *ctx;
	struct set *set;
	atomic_size_t next;
	atomic_int error;
};

static void *worker(void *data)
{
	struct check *check = data;
	const struct manifest *manifest = set_manifest(check->set);
	size_t i;

	while (atomic_load(&check->error) == 0 && (i = atomic_fetch_add(&check->next, 1)) < manifest->segment_count) {
		const struct segment *segment = manifest->segments + i;
		AUTO_FREE void *bytes = NULL;
		int r = context_check_cancel(check->ctx), none = 0;

		progress_item(check->ctx, segment->name);
		progress_waits(check->ctx, PROGRESS_READ);
		if (r == 0)
			r = set_segment_load(check->ctx, check->set, segment, &bytes);
		if (r < 0)
			atomic_compare_exchange_strong(&check->error, &none, r);
		else
			progress_add(check->ctx, segment->stored, 1);
	}
	return NULL;
}

int set_check(struct context *ctx, struct set *set)
{
	const struct manifest *manifest = set_manifest(set);
	struct check check = { .ctx = ctx, .set = set };
	pthread_t threads[WORKERS];
	size_t started = 0;
	uint64_t stored = 0;
	int r;

	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	progress_begin(ctx, "manifest", stored, manifest->segment_count);
	r = index_check(ctx, set);
	if (r < 0)
		return r;
	while (started < WORKERS && pthread_create(threads + started, NULL, worker, &check) == 0)
		started++;
	if (started == 0)
		worker(&check);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	progress_waits(ctx, PROGRESS_NONE);
	r = atomic_load(&check.error);
	if (r == 0)
		progress_end(ctx);
	return r;
}
