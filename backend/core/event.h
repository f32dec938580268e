/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events of the engine, all built here. An event is a JSON object with "event": its name; the same object goes to the log, to every
 * attached front end and to tests. docs/engine-protocol.md lists them all with their fields. Every function gives a new reference, NULL when out
 * of memory; json_t arguments are stolen unless they are said to be borrowed, texts are borrowed.
 */
#ifndef LIFEBOAT_CORE_EVENT_H
#define LIFEBOAT_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum severity {
	SEVERITY_DEBUG,
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
};

/* Names of severities as logged and sent: debug, info, warning, error. */
const char *severity_name(enum severity severity);

/* "log"; TEXT goes through text_scrub() and text_bounded(). */
json_t *event_log(enum severity severity, const char *text);

/* What a front end that comes gets first. */
json_t *event_hello(const char *version, int protocol);
/* How things stand: PHASES is an array of event_state_phase(). */
json_t *event_state(const char *mode, bool rescue, json_t *phases);
json_t *event_state_phase(const char *name, const char *title, const char *state, const char *text);
/* A phase came to STATE; TEXT may be NULL. */
json_t *event_phase(const char *name, const char *title, const char *state, const char *text);
/* Something that front ends show: "hardware", "sets", "plan", ... with VALUE as the member of the same name. */
json_t *event_value(const char *name, json_t *value);

struct event_action {
	size_t index, count;
	const char *name, *text, *state;
	bool destructive;
	json_t *disks;               /* ids of the present disks it touches; stolen */
};
json_t *event_action(const struct event_action *action);

struct event_progress {
	const char *step, *title, *item, *stall;
	uint64_t done, total, files_done, files_total;
	double rate, eta, eta_whole, elapsed, fraction;
};
json_t *event_progress(const struct event_progress *progress);

struct event_question {
	int id;
	const char *name, *type, *title, *text, *reason;
	json_t *options, *preset, *data; /* borrowed; NULL: none */
	bool certain, secret, back, rescan;
};
json_t *event_question(const struct event_question *question);
/* The question ID is closed: VALUE (borrowed) is what others may know of the answer of BY; NULL: there was none. SECRET: the answer is told to
 * nobody. */
json_t *event_answered(int id, const char *name, json_t *value, const char *by, bool secret);
/* To one front end: the question ID is not open any more. */
json_t *event_stale(json_int_t id);
/* To one front end: why its request was refused. ID 0: it belonged to no question. */
json_t *event_refused(int id, const char *reason);
json_t *event_attached(const char *name);

struct event_end {
	const char *state, *name, *reason;
	int status;
	json_t *list;                /* stolen: the first lines */
	size_t list_total;
	json_t *differences;         /* stolen: lines of what was corrected in settings */
	const char *log, *log_kept;  /* NULL: none */
	size_t log_lost;
	const char *next;
	double seconds;
};
json_t *event_end(const struct event_end *end);

/* The terminal is the program's own again; FULL: screens were on it. */
json_t *event_terminal_back(bool full);
/* What is left of EVENT (borrowed), which was too long to be sent: that it happened. */
json_t *event_truncated(json_t *event);

/* The name of EVENT, borrowed from it; NULL when it has none. */
const char *event_name(json_t *event);

#endif
