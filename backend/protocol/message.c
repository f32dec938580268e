/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "../core/context.h"
#include "../core/event.h"
#include "../core/sentence.h"
#include "client.h"

static size_t size_of(json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* The array of more than one element that takes most room, at any depth; NULL when there is none. */
static json_t *largest_array(json_t *value, json_t *best, size_t *best_size)
{
	const char *key;
	json_t *item;
	size_t i, size;

	if (json_is_object(value)) {
		json_object_foreach(value, key, item)
			best = largest_array(item, best, best_size);
	} else if (json_is_array(value)) {
		size = size_of(value);
		/* An inner array must be most of the outer one to be cut instead of it. */
		if (json_array_size(value) > 1 && size > *best_size) {
			best = value;
			*best_size = size;
		}
		json_array_foreach(value, i, item)
			best = largest_array(item, best, best_size);
	}
	return best;
}

/* A copy of EVENT that fits, or NULL when out of memory. */
static json_t *shorten(json_t *event)
{
	json_t *copy = json_deep_copy(event), *left;

	if (!copy || json_object_set_new(copy, "truncated", json_true()) < 0) {
		json_decref(copy);
		return NULL;
	}
	while (size_of(copy) > ENGINE_MESSAGE_LIMIT) {
		size_t size = 0;
		json_t *array = largest_array(copy, NULL, &size);

		if (!array)
			break;
		for (size_t keep = json_array_size(array) / 2; json_array_size(array) > keep;)
			json_array_remove(array, json_array_size(array) - 1);
	}
	if (size_of(copy) <= ENGINE_MESSAGE_LIMIT)
		return copy;
	/* One text alone is too long: what is left is that something happened. */
	left = event_truncated(copy);
	json_decref(copy);
	return left;
}

static enum message_rank rank_of(json_t *event)
{
	const char *name = event_name(event);
	const char *level = json_string_value(json_object_get(event, "level"));

	if (name && !strcmp(name, "progress"))
		return MESSAGE_PROGRESS;
	if (name && (!strcmp(name, "refused") || !strcmp(name, "stale")))
		return MESSAGE_REPLY;
	if (!name || strcmp(name, "log") || !level)
		return MESSAGE_NEEDED;
	if (!strcmp(level, severity_name(SEVERITY_DEBUG)))
		return MESSAGE_DEBUG;
	return strcmp(level, severity_name(SEVERITY_INFO)) ? MESSAGE_WARNING : MESSAGE_INFO;
}

/* EVENT, which fits, with the forms of its texts as far as they fit too. New reference. */
static json_t *with_forms(json_t *event)
{
	size_t size = size_of(event) + strlen(",\"messages\":{}");
	json_t *forms = size < ENGINE_MESSAGE_LIMIT ? sentence_forms(event, ENGINE_MESSAGE_LIMIT - size) : NULL;
	json_t *copy = forms ? json_copy(event) : NULL;

	if (forms && json_object_set_new(copy, "messages", forms) == 0)
		return copy;
	/* English serves everybody. */
	json_decref(copy);
	return json_incref(event);
}

static char *event_text(json_t *event)
{
	json_t *fitting = size_of(event) > ENGINE_MESSAGE_LIMIT ? shorten(event) : json_incref(event);
	json_t *whole = fitting ? with_forms(fitting) : NULL;
	char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;

	json_decref(whole);
	json_decref(fitting);
	return text;
}

struct message *message_new(json_t *event)
{
	AUTO_FREE char *text = event_text(event);
	struct message *message;
	size_t length;

	if (!text)
		return NULL;
	length = strlen(text);
	message = malloc(sizeof(*message) + length + 1);
	if (!message)
		return NULL;
	message->references = 1;
	message->rank = rank_of(event);
	message->length = length;
	memcpy(message->text, text, length + 1);
	return message;
}

struct message *message_reference(struct message *message)
{
	message->references++;
	return message;
}

void message_release(struct message *message)
{
	if (message && --message->references == 0)
		free(message);
}
