/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event.h"

#include <string.h>

#include "bytes.h"
#include "clock.h"
#include "scrub.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_DEBUG] = "debug",
		[SEVERITY_INFO] = "info",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return (unsigned)severity < ARRAY_LENGTH(names) ? names[severity] : "error";
}

json_t *event_log(enum severity severity, const char *text)
{
	AUTO_FREE char *scrubbed = text_scrub(text), *printable = scrubbed ? text_bounded(scrubbed, TEXT_SENTENCE_MAX) : NULL;

	return json_pack("{ss, ss, sf, ss}", "event", "log", "level", severity_name(severity), "time",
			 clock_wall(), "text", printable ? printable : "(out of memory)");
}

json_t *event_hello(const char *version, int protocol)
{
	return json_pack("{ss, ss, si}", "event", "hello", "version", version, "protocol", protocol);
}

json_t *event_state(const char *mode, bool rescue, json_t *phases)
{
	return json_pack("{ss, ss, sb, so, sn}", "event", "state", "mode", mode, "rescue", (int)rescue, "phases", phases, "end");
}

json_t *event_state_phase(const char *name, const char *title, const char *state, const char *text)
{
	return json_pack("{ss, ss, ss, ss}", "name", name, "title", title, "state", state, "text", text ? text : "");
}

json_t *event_phase(const char *name, const char *title, const char *state, const char *text)
{
	return json_pack("{ss, ss, ss, ss, ss}", "event", "phase", "phase", name, "title", title, "state", state, "text", text ? text : "");
}

json_t *event_value(const char *name, json_t *value)
{
	return json_pack("{ss, so}", "event", name, name, value);
}

json_t *event_action(const struct event_action *action)
{
	return json_pack("{ss, sI, sI, ss, ss, ss, sb, so}", "event", "action", "index", (json_int_t)action->index, "count",
			 (json_int_t)action->count, "name", action->name, "text", action->text ? action->text : "", "state", action->state,
			 "destructive", (int)action->destructive, "disks", action->disks);
}

json_t *event_progress(const struct event_progress *progress)
{
	return json_pack("{ss, ss, ss, ss, sI, sI, sI, sI, sf, sf, sf, sf, ss, sf}", "event", "progress", "step", progress->step, "title",
			 progress->title, "item", progress->item, "done", (json_int_t)progress->done, "total", (json_int_t)progress->total,
			 "files_done", (json_int_t)progress->files_done, "files_total", (json_int_t)progress->files_total, "rate",
			 progress->rate, "eta", progress->eta, "eta_whole", progress->eta_whole, "elapsed", progress->elapsed, "stall",
			 progress->stall, "fraction", progress->fraction);
}

/* VALUE as a new reference; OTHERWISE, stolen, where there is none. */
static json_t *member(json_t *value, json_t *otherwise)
{
	if (!value)
		return otherwise;
	json_decref(otherwise);
	return json_incref(value);
}

json_t *event_question(const struct event_question *question)
{
	return json_pack("{ss, si, ss, ss, ss, ss, so, so, sb, ss, so, sb, sb, sb}", "event", "question", "id", question->id, "name", question->name,
			 "type", question->type, "title", question->title, "text", question->text ? question->text : "", "options",
			 member(question->options, json_array()), "default", member(question->preset, json_null()), "certain", (int)question->certain,
			 "reason", question->reason ? question->reason : "", "data", member(question->data, json_object()), "secret",
			 (int)question->secret, "back", (int)question->back, "rescan", (int)question->rescan);
}

json_t *event_answered(int id, const char *name, json_t *value, const char *by, bool secret)
{
	return json_pack("{ss, si, ss, so, ss, sb}", "event", "answered", "id", id, "name", name, "answer",
			 member(secret ? NULL : value, json_null()), "by", by, "secret", (int)secret);
}

json_t *event_stale(json_int_t id)
{
	return json_pack("{ss, sI}", "event", "stale", "id", id);
}

json_t *event_refused(int id, const char *reason)
{
	AUTO_FREE char *printable = text_bounded(reason, TEXT_SENTENCE_MAX);

	return json_pack("{ss, so, ss}", "event", "refused", "id", id ? json_integer(id) : json_null(), "reason",
			 printable ? printable : "(out of memory)");
}

json_t *event_attached(const char *name)
{
	return json_pack("{ss, ss}", "event", "attached", "name", name);
}

json_t *event_end(const struct event_end *end)
{
	return json_pack("{ss, ss, ss, si, ss, so, sI, so, ss?, sI, ss?, ss, sf}", "event", "end", "state", end->state, "name", end->name, "status",
			 end->status, "reason", end->reason ? end->reason : "", "list", end->list, "list_total", (json_int_t)end->list_total,
			 "differences", end->differences, "log", end->log, "log_lost", (json_int_t)end->log_lost, "log_kept", end->log_kept, "next", end->next, "seconds",
			 end->seconds);
}

json_t *event_terminal_back(bool full)
{
	return json_pack("{ss, sb}", "event", "terminal-back", "full", (int)full);
}

json_t *event_truncated(json_t *event)
{
	return json_pack("{ss?, sb}", "event", event_name(event), "truncated", 1);
}

const char *event_name(json_t *event)
{
	return json_string_value(json_object_get(event, "event"));
}
