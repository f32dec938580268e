/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells an HTTP address how a session stands (lifeboat.notify=): begin, progress, end, as notice.h says. It works in a thread of its own and keeps no
 * more than the latest state, so a server that is away holds nothing up: begin and end are tried again, progress is replaced by what came later, and
 * that the server is away is said once.
 */
#ifndef LIFEBOAT_NOTIFY_NOTIFIER_H
#define LIFEBOAT_NOTIFY_NOTIFIER_H

#include "../core/context.h"
#include "notice.h"

#define NOTIFY_EVERY_S 10u   /* when not said otherwise */

struct notifier_options {
	const char *address;     /* http or https; a login or a token in it is told to nobody else */
	unsigned every_s;        /* between two messages of progress, and the longest silence while the session lives */
	const char *bootif;      /* MAC address of the interface that was booted from; NULL: of the first one that is up */
	const char *once;        /* the entry's token; NULL */
};

struct notifier;

/* Nothing is sent before notifier_start(). Copies OPTIONS. 0 or -errno with a sentence. CTX lives longer. */
MUST_CHECK int notifier_new(struct context *ctx, const struct notifier_options *options, struct notifier **ret);
/* From here on it sends: the network is there. A second call does nothing. 0 or -errno with a sentence. */
MUST_CHECK int notifier_start(struct notifier *notifier);
/* Learns from an event of the session; from any thread. All that follow take NULL and do nothing then. */
void notifier_hear(struct notifier *notifier, json_t *event);
/* Which set is restored, once it is known. */
void notifier_know_set(struct notifier *notifier, const char *host, const char *set_id);
/* The message of KIND as things stand, in a new string of JSON; NULL when out of memory. */
char *notifier_print(struct notifier *notifier, enum notice_kind kind, bool resumes);
/* The address, for a message that waits for its answer. Borrowed. */
struct remote *notifier_remote(struct notifier *notifier);
/* Sends nothing more from here on: an end, or a begin, that was not told yet is tried again for at most SECONDS. */
void notifier_finish(struct notifier *notifier, double seconds);
/* After that; nobody else uses it any more. */
void notifier_free(struct notifier *notifier);

#endif
