#include "recall.h"

#include <stdlib.h>
#include <string.h>

#include "../core/context.h"

#define LOG_KEPT 300

/* In the order of telling. The question and the end come after the log. */
static const char *const kept[] = { "hello", "state", "hardware", "sets", "plan", "progress", "end", "question" };
#define KEPT_BEFORE_LOG 6

struct recall {
	struct message *latest[ARRAY_LENGTH(kept)];
	struct message *log[LOG_KEPT]; /* a ring */
	size_t log_next;
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
	for (size_t i = 0; i < LOG_KEPT; i++)
		message_release(recall->log[i]);
	free(recall);
}

/* Of the log's lines the chatter is not kept: it would push out what matters. */
static void keep_line(struct recall *recall, json_t *event, struct message *message)
{
	const char *level = json_string_value(json_object_get(event, "level"));
	struct message **slot = recall->log + recall->log_next;

	if (!level || !strcmp(level, severity_name(SEVERITY_DEBUG)))
		return;
	message_release(*slot);
	*slot = message_reference(message);
	recall->log_next = (recall->log_next + 1) % LOG_KEPT;
}

void recall_event(struct recall *recall, json_t *event, struct message *message)
{
	const char *name = json_string_value(json_object_get(event, "event"));

	if (!name)
		return;
	if (!strcmp(name, "log"))
		keep_line(recall, event, message);
	for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
		/* An answer closes the question; a session that begins again has no end yet. */
		bool closes = (!strcmp(name, "answered") && !strcmp(kept[i], "question")) ||
			      (!strcmp(name, "state") && !strcmp(kept[i], "end"));

		if (!closes && strcmp(name, kept[i]))
			continue;
		message_release(recall->latest[i]);
		recall->latest[i] = closes ? NULL : message_reference(message);
	}
}

void recall_tell(const struct recall *recall, struct front_end *front_end)
{
	for (size_t i = 0; i < KEPT_BEFORE_LOG; i++)
		front_end_queue(front_end, recall->latest[i]);
	for (size_t i = 0; i < LOG_KEPT; i++)
		front_end_queue(front_end, recall->log[(recall->log_next + i) % LOG_KEPT]);
	for (size_t i = KEPT_BEFORE_LOG; i < ARRAY_LENGTH(kept); i++)
		front_end_queue(front_end, recall->latest[i]);
}
