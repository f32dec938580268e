/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine_signals.h"

#include <string.h>

#include "command_common.h"

static void *watch(void *data)
{
	struct engine_signals *signals = data;
	int number;

	for (;;)
		if (sigwait(&signals->set, &number) == 0) {
			AUTO_FREE char *name = text_format("signal %s", sigabbrev_np(number));

			atomic_store(&signals->told_to_end, true);
			context_cancel_by(signals->ctx, name ? name : "signal");
		}
	return NULL;
}

int engine_signals_watch(struct engine_signals *signals, struct context *ctx)
{
	int r;

	*signals = (struct engine_signals){ .ctx = ctx };
	signal(SIGPIPE, SIG_IGN);
	command_ending_signals(&signals->set);
	pthread_sigmask(SIG_BLOCK, &signals->set, NULL);
	r = pthread_create(&signals->thread, NULL, watch, signals);
	return r ? context_fail(ctx, r, "Signals cannot be watched: %s", strerror(r)) : 0;
}

void engine_signals_done(struct engine_signals *signals)
{
	pthread_cancel(signals->thread);
	pthread_join(signals->thread, NULL);
}
