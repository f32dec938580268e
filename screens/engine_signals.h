/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals to the engine: each that would end it is an orderly stop instead, at the next block or at the question that is open, and the end says what
 * is half done. A broken pipe is an error of who writes to it.
 */
#ifndef LIFEBOAT_SCREENS_ENGINE_SIGNALS_H
#define LIFEBOAT_SCREENS_ENGINE_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "../backend/engine.h"

struct engine_signals {
	struct context *ctx;     /* borrowed */
	atomic_bool told_to_end; /* a signal came */
	sigset_t set;
	pthread_t thread;
};

/* From here on signals cancel the work of CTX. Before other threads are started. 0, or -errno with a sentence. */
int engine_signals_watch(struct engine_signals *signals, struct context *ctx);
void engine_signals_done(struct engine_signals *signals);

#endif
