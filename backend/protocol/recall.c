/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recall.h"

#include <stdlib.h>
#include <string.h>

#include "../core/context.h"
#include "../core/event.h"

#define LOG_KEPT 300

/* In the order of telling. The question and the end come after the log. */
static const char *const kept[] = { "hello", "state", "hardware", "sets", "plan", "progress", "end", "question" };
#define KEPT_BEFORE_LOG 6

struct line {
	struct message *message; /* NULL: none yet */
	uint64_t number;         /* in the order they came */
};

/* The last lines of one kind. */
struct ring {
	struct line lines[LOG_KEPT];
	size_t next;
};

struct recall {
	struct message *latest[ARRAY_LENGTH(kept)];
	/* What is only said must not push out what was warned of. */
	struct ring said, warned;
	uint64_t lines;
};

struct recall *recall_new(void)
{
	return calloc(1, sizeof(struct recall));
}

void recall_free(struct recall *recall)
{
	if (!recall)
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(recall->latest); i++)
		message_release(recall->latest[i]);
	for (size_t i = 0; i < LOG_KEPT; i++) {
		message_release(recall->said.lines[i].message);
		message_release(recall->warned.lines[i].message);
	}
	free(recall);
}

/* Of the log's lines the chatter is not kept: it would push out what matters. */
static void keep_line(struct recall *recall, json_t *event, struct message *message)
{
	const char *level = json_string_value(json_object_get(event, "level"));
	struct ring *ring = level && !strcmp(level, severity_name(SEVERITY_INFO)) ? &recall->said : &recall->warned;
	struct line *line = &ring->lines[ring->next];

	if (!level || !strcmp(level, severity_name(SEVERITY_DEBUG)))
		return;
	message_release(line->message);
	*line = (struct line){ .message = message_reference(message), .number = recall->lines++ };
	ring->next = (ring->next + 1) % LOG_KEPT;
}

void recall_event(struct recall *recall, json_t *event, struct message *message)
{
	const char *name = event_name(event);

	if (!name)
		return;
	if (!strcmp(name, "log"))
		keep_line(recall, event, message);
	for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
		/* An answer closes the question; a session that begins again has no end yet; what one phase counted says nothing of another. */
		bool closes = (!strcmp(name, "answered") && !strcmp(kept[i], "question")) ||
			      (!strcmp(name, "state") && (!strcmp(kept[i], "end") || !strcmp(kept[i], "progress")));

		if (!closes && strcmp(name, kept[i]))
			continue;
		message_release(recall->latest[i]);
		recall->latest[i] = closes ? NULL : message_reference(message);
	}
}

static const struct line *line_at(const struct ring *ring, size_t i)
{
	return &ring->lines[(ring->next + i) % LOG_KEPT];
}

/* Both rings in the order in which the lines came. */
static void tell_lines(const struct recall *recall, struct front_end *front_end)
{
	size_t said = 0, warned = 0;

	while (said < LOG_KEPT || warned < LOG_KEPT) {
		const struct line *one = said < LOG_KEPT ? line_at(&recall->said, said) : NULL;
		const struct line *other = warned < LOG_KEPT ? line_at(&recall->warned, warned) : NULL;

		if (one && (!one->message || !other || (other->message && one->number < other->number))) {
			front_end_queue(front_end, one->message);
			said++;
		} else {
			front_end_queue(front_end, other->message);
			warned++;
		}
	}
}

void recall_tell(const struct recall *recall, struct front_end *front_end)
{
	for (size_t i = 0; i < KEPT_BEFORE_LOG; i++)
		front_end_queue(front_end, recall->latest[i]);
	tell_lines(recall, front_end);
	for (size_t i = KEPT_BEFORE_LOG; i < ARRAY_LENGTH(kept); i++)
		front_end_queue(front_end, recall->latest[i]);
}
