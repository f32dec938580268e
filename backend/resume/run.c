/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "../core/bytes.h"
#include "../plan/plan.h"

static const char *const stage_names[] = { [STAGE_EXTRACT] = "extract", [STAGE_BOOT] = "boot", [STAGE_VERIFY] = "verify",
					     [STAGE_FINISH] = "finish" };

const char *stage_name(enum restore_stage stage)
{
	return stage_names[stage];
}

bool stage_parse(const char *name, enum restore_stage *ret)
{
	for (size_t i = 0; name && i < ARRAY_LENGTH(stage_names); i++)
		if (!strcmp(stage_names[i], name)) {
			*ret = (enum restore_stage)i;
			return true;
		}
	return false;
}

int restore_job_proof(const struct restore_job *job, char ret[DIGEST_HEX])
{
	const struct manifest *manifest = job->manifest;
	AUTO_DIGEST struct digest *digest = digest_new();

	if (!digest)
		return -ENOMEM;
	digest_update(digest, job->plan->outcome, sizeof(job->plan->outcome));
	if (manifest->set_id)
		digest_update(digest, manifest->set_id, strlen(manifest->set_id) + 1);
	digest_update(digest, manifest->index_sha256, sizeof(manifest->index_sha256));
	for (size_t i = 0; i < manifest->segment_count; i++)
		digest_update(digest, manifest->segments[i].sha256, sizeof(manifest->segments[i].sha256));
	digest_finish(digest, ret);
	return 0;
}

void run_init(struct restore_run *run)
{
	*run = (struct restore_run){ 0 };
	pthread_mutex_init(&run->lock, NULL);
}

void run_done(struct restore_run *run)
{
	run_forget(run);
	free(run->name);
	free(run->unwritten);
	strv_free(run->late);
	pthread_mutex_destroy(&run->lock);
}

void run_begin(struct restore_run *run)
{
	uint64_t random[2];

	free(TAKE_POINTER(run->name));
	if (getrandom(random, sizeof(random), 0) == sizeof(random))
		run->name = text_format("%016" PRIx64 "%016" PRIx64, random[0], random[1]);
}

void run_keep_unwritten(struct restore_run *run, const char *where, int error)
{
	if (!run->unwritten)
		run->unwritten = sentence("What was written to the filesystem at %s did not all reach its disk: %s", where, strerror(-error));
}

void run_forget(struct restore_run *run)
{
	pthread_mutex_lock(&run->lock);
	free(TAKE_POINTER(run->segments));
	run->segment_count = 0;
	pthread_mutex_unlock(&run->lock);
	json_decref(TAKE_POINTER(run->results));
	json_decref(TAKE_POINTER(run->network));
	run->noted = false;
}

int run_begin_segments(struct restore_run *run, size_t count)
{
	int r = 0;

	pthread_mutex_lock(&run->lock);
	if (!run->segments) {
		run->segments = calloc(count + 1, sizeof(*run->segments));
		run->segment_count = run->segments ? count : 0;
		r = run->segments ? 0 : -ENOMEM;
	}
	pthread_mutex_unlock(&run->lock);
	return r;
}

void run_finish_segment(struct restore_run *run, size_t number)
{
	pthread_mutex_lock(&run->lock);
	if (number < run->segment_count)
		run->segments[number] = true;
	pthread_mutex_unlock(&run->lock);
}

size_t run_finished(struct restore_run *run)
{
	size_t finished = 0;

	pthread_mutex_lock(&run->lock);
	for (size_t i = 0; i < run->segment_count; i++)
		finished += run->segments[i];
	pthread_mutex_unlock(&run->lock);
	return finished;
}

bool *run_segments(struct restore_run *run)
{
	bool *copy;

	pthread_mutex_lock(&run->lock);
	copy = calloc(run->segment_count + 1, sizeof(*copy));
	if (copy && run->segments)
		memcpy(copy, run->segments, run->segment_count * sizeof(*copy));
	pthread_mutex_unlock(&run->lock);
	return copy;
}
