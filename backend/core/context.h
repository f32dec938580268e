/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every engine function is handed: where to read the machine, how to touch it, whom to tell, and whether to stop.
 * It keeps the first error's detail and the worst severity met; functions return 0 or -errno and say why here, once.
 * All functions may be called from any thread.
 */
#ifndef LIFEBOAT_CORE_CONTEXT_H
#define LIFEBOAT_CORE_CONTEXT_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "event.h"
#include "macro.h"
#include "sentence.h"

struct ops;
struct progress;

/* Receives events (see event.h). EVENT is borrowed for the call. Calls are serialised by the context. */
typedef void (*event_listener)(void *data, json_t *event);

struct context {
	const char *prefix;          /* read /sys, /proc and /dev below this directory; "" is the running machine */
	const struct ops *ops;       /* every side effect goes through it (ops.h); NULL: real ones */
	event_listener listener;     /* may be NULL */
	void *listener_data;
	struct progress *progress;   /* may be NULL: then nothing is counted */
	struct context *parent;      /* of a child: whoever it reports to; NULL */
	unsigned put_in_s;           /* seconds that the next tape or disc is waited for; 0: without limit. A child has its parent's */
	bool parent_cancels;         /* the parent's cancel is its own too */
	atomic_bool cancelled;       /* looked at between blocks; set by context_cancel() */

	pthread_mutex_t lock;        /* guards what follows */
	int error;                   /* first errno kept, 0 when none */
	char *detail;                /* first error's sentence, owned */
	enum severity worst;         /* worst severity met */
	unsigned warnings;           /* number of warnings said */
	char *cancelled_by;          /* who asked to stop; NULL: not known */
};

/* Makes CTX ready: running machine, real side effects, no listener. Undone by context_done(). */
void context_init(struct context *ctx);
/* Makes CHILD ready for a part of the work of PARENT, which must live longer: it keeps errors of its own, and can be cancelled alone;
 * what it says and counts goes to PARENT, whose cancel is its own too. */
void context_init_child(struct context *child, struct context *parent);
/* Releases what the context owns; it may be initialised again. */
void context_done(struct context *ctx);

/* Keeps the first detail (one sentence: what, where, what to do; no full stop needed), made as sentence.h says, and returns -ERROR.
 * ERROR is a positive errno; 0 becomes EIO. It does not log: whoever ends the error's way up does that. */
int context_fail(struct context *ctx, int error, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same for memory that was not to be had. Returns -ENOMEM. */
int context_oom(struct context *ctx);
/* The first error's sentence, or "" when there was none. Borrowed until the error is no longer kept. */
const char *context_detail(struct context *ctx);
/* Keeps this sentence instead of the one kept so far, which it usually tells with more around it: arguments may be context_detail(). Returns
 * -ERROR. */
int context_reword(struct context *ctx, int error, const char *format, ...) PRINTF_LIKE(3, 4);
/* Forgets the kept error: for who began the work and has told what came of it. An attempt on the way has a scope instead. Warnings stay
 * counted. */
void context_clear(struct context *ctx);

/* Around an attempt that may fail: until its end nothing is kept from before, so that context_detail() is what the attempt said; then that is
 * dropped and what was kept before is there again. Scopes of one context end in the reverse order of their beginning. */
struct error_scope {
	struct context *ctx;         /* NULL: it has ended */
	int error;
	char *detail;                /* owned */
};
#define AUTO_SCOPE CLEANUP(context_scope_end) __attribute__((unused))
struct error_scope context_scope_begin(struct context *ctx);
void context_scope_end(struct error_scope *scope);
/* Ends it, and what the attempt said is kept, unless something was before. Returns R, to be returned. */
int context_scope_keep(struct error_scope *scope, int r);

/* Say something in the log; all but debug are sentences (sentence.h). A warning raises the worst severity: a run with warnings is never silently
 * perfect. */
void context_log(struct context *ctx, enum severity severity, const char *format, ...) PRINTF_LIKE(3, 4);
#define context_debug(ctx, ...) context_log(ctx, SEVERITY_DEBUG, __VA_ARGS__)
#define context_info(ctx, ...) context_log(ctx, SEVERITY_INFO, __VA_ARGS__)
#define context_warn(ctx, ...) context_log(ctx, SEVERITY_WARNING, __VA_ARGS__)

/* Hands EVENT to the listener and releases it (steals the reference). NULL is ignored. */
void context_emit(struct context *ctx, json_t *event);

/* Asks the work to stop at the next block boundary. Async-signal-safe. */
void context_cancel(struct context *ctx);
bool context_is_cancelled(const struct context *ctx);
/* The same with the name of who asked ("tty1"), for the sentence. Not for signal handlers. */
void context_cancel_by(struct context *ctx, const char *who);
/* -ECANCELED with the sentence that says who stopped it. */
int context_cancelled(struct context *ctx);
/* -ECANCELED with a detail once cancel was asked, else 0. */
int context_check_cancel(struct context *ctx);

/* PREFIX + PATH as a new string (PATH starts with '/'); NULL when out of memory. Caller frees. */
char *context_path(const struct context *ctx, const char *path);

#endif
