/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "packers.h"

#include <errno.h>
#include <pthread.h>

#include "pack.h"
#include "parts.h"
#include "pool.h"

struct packers {
	unsigned count;
	pthread_t threads[];
};

static void *work(void *data)
{
	struct capture *capture = data;
	struct packer *packer = packer_new(capture);
	struct job *job;
	bool failed;

	if (!packer)
		pool_fail(capture, context_oom(capture->ctx));
	while ((job = pool_take(capture, &failed))) {
		/* After an error jobs are only thrown away, so that nobody waits for room for ever. */
		uint64_t memory = job_memory(job);
		int r = failed ? 0 : packer_run(packer, job);

		job_free(job);
		if (r < 0)
			pool_fail(capture, r);
		pool_job_done(capture, memory);
	}
	packer_free(packer);
	return NULL;
}

int packers_start(struct capture *capture)
{
	struct packers *packers = capture->packers = calloc(1, sizeof(*packers) + capture->workers * sizeof(*packers->threads));

	if (!packers)
		return context_oom(capture->ctx);
	for (; packers->count < capture->workers; packers->count++)
		if (pthread_create(&packers->threads[packers->count], NULL, work, capture) != 0)
			break;
	return packers->count ? 0 : context_fail(capture->ctx, EAGAIN, "no thread can be started");
}

void packers_join(struct capture *capture)
{
	for (unsigned i = 0; capture->packers && i < capture->packers->count; i++)
		pthread_join(capture->packers->threads[i], NULL);
	free(capture->packers);
	capture->packers = NULL;
}
