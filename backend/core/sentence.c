/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sentence.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "bytes.h"
#include "conversion.h"
#include "error_words.h"
#include "scrub.h"

/* More than any list that is shown has lines; some megabytes. */
#define FORMS_KEPT 16384

/* English text -> form, the oldest first. One for the program, as its catalogue is one: the texts cross all its parts. */
static struct {
	pthread_mutex_t lock;
	json_t *forms;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- making a form ---- */

/* TEXT as it is shown; NULL when out of memory. */
static char *fit(const char *text)
{
	AUTO_FREE char *scrubbed = text_scrub(text);

	return scrubbed ? text_bounded(scrubbed, TEXT_SENTENCE_MAX) : NULL;
}

static json_t *text_argument(const char *text, int precision)
{
	AUTO_FREE char *cut = NULL, *shown = NULL;
	json_t *form;

	if (!text)
		return NULL;
	cut = precision >= 0 ? strndup(text, (size_t)precision) : strdup(text);
	shown = cut ? fit(cut) : NULL;
	form = shown ? sentence_form(shown) : NULL;
	return form ? form : shown ? json_string(shown) : NULL;
}

/* Promotions of the language made all smaller types an int. */
static json_t *integer_argument(const struct conversion *conversion, va_list *arguments)
{
	bool is_signed = strchr("di", conversion->kind);
	long long value;

	if (!strcmp(conversion->length, "l") || !strcmp(conversion->length, "z") || !strcmp(conversion->length, "t"))
		value = is_signed ? va_arg(*arguments, long) : (long long)va_arg(*arguments, unsigned long);
	else if (!strcmp(conversion->length, "ll") || !strcmp(conversion->length, "j"))
		value = va_arg(*arguments, long long);
	else
		value = is_signed ? va_arg(*arguments, int) : (long long)va_arg(*arguments, unsigned);
	return json_integer(value);
}

static json_t *character_argument(va_list *arguments)
{
	char text[] = { (char)va_arg(*arguments, int), '\0' };

	return text_argument(text, -1);
}

/* The argument of CONVERSION, taken from ARGUMENTS; NULL: it is of no kind that a form can have. */
static json_t *take_argument(const struct conversion *conversion, va_list *arguments)
{
	int precision = conversion->precision;

	if (conversion->width == CONVERSION_STAR || conversion->position)
		return NULL;
	if (precision == CONVERSION_STAR)
		precision = va_arg(*arguments, int);
	if (conversion->kind == 's')
		return text_argument(va_arg(*arguments, const char *), precision);
	if (conversion->precision == CONVERSION_STAR)
		return NULL;
	if (conversion->kind == 'c')
		return character_argument(arguments);
	return strchr("feg", conversion->kind) ? json_real(va_arg(*arguments, double)) : integer_argument(conversion, arguments);
}

static json_t *make_form(const char *format, va_list *arguments)
{
	json_t *form = json_pack("[s]", format);

	for (const char *p = strchr(format, '%'); form && p; p = strchr(p, '%')) {
		struct conversion conversion;
		size_t length = conversion_read(p, &conversion);
		json_t *argument = NULL;

		if (length && conversion.kind != '%')
			argument = take_argument(&conversion, arguments);
		if (!length || (conversion.kind != '%' && json_array_append_new(form, argument) < 0)) {
			json_decref(form);
			return NULL;
		}
		p += length;
	}
	return form;
}

/* Keeps FORM, stolen, for TEXT if it says the same: a secret that was found in the whole sentence only is in no argument then. */
static void keep(const char *text, json_t *form)
{
	AUTO_FREE char *again = form ? sentence_show(form, NULL) : NULL;

	if (!again || strcmp(again, text)) {
		json_decref(form);
		return;
	}
	pthread_mutex_lock(&kept.lock);
	if (!kept.forms)
		kept.forms = json_object();
	json_object_del(kept.forms, text);
	if (json_object_size(kept.forms) >= FORMS_KEPT)
		json_object_del(kept.forms, json_object_iter_key(json_object_iter(kept.forms)));
	json_object_set_new(kept.forms, text, form);
	pthread_mutex_unlock(&kept.lock);
}

char *sentence_va(const char *format, va_list arguments)
{
	AUTO_FREE char *text = NULL;
	char *shown;
	va_list again;

	va_copy(again, arguments);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	shown = text ? fit(text) : NULL;
	/* A sentence in a sentence's place is that sentence. */
	if (shown && strcmp(format, "%s"))
		keep(shown, make_form(format, &again));
	va_end(again);
	return shown;
}

char *sentence(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = sentence_va(format, arguments);
	va_end(arguments);
	return text;
}

static bool is_kept(const char *text)
{
	bool is;

	pthread_mutex_lock(&kept.lock);
	is = json_object_get(kept.forms, text) != NULL;
	pthread_mutex_unlock(&kept.lock);
	return is;
}

const char *sentence_words(const char *words)
{
	if (!is_kept(words))
		keep(words, json_pack("[s]", words));
	return words;
}

void sentence_recall(const char *text, json_t *form)
{
	if (json_is_array(form) && !is_kept(text))
		keep(text, json_deep_copy(form));
}

/* ---- finding it ---- */

json_t *sentence_form(const char *text)
{
	json_t *form;

	pthread_mutex_lock(&kept.lock);
	/* A copy: counts of references are not safe between threads everywhere. */
	form = json_deep_copy(json_object_get(kept.forms, text));
	pthread_mutex_unlock(&kept.lock);
	return form ? form : error_words_are(text) ? json_pack("[s]", text) : NULL;
}

static size_t size_of(json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void add_form(json_t *forms, json_t *text, size_t *room)
{
	json_t *form = json_object_get(forms, json_string_value(text)) ? NULL : sentence_form(json_string_value(text));
	size_t size = form ? size_of(text) + size_of(form) + 2 : 0;

	if (form && size <= *room && json_object_set(forms, json_string_value(text), form) == 0)
		*room -= size;
	json_decref(form);
}

static void add_forms(json_t *forms, json_t *value, size_t *room)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		add_form(forms, value, room);
	else if (json_is_object(value))
		json_object_foreach(value, key, item)
			add_forms(forms, item, room);
	else
		json_array_foreach(value, i, item)
			add_forms(forms, item, room);
}

json_t *sentence_forms(json_t *value, size_t room)
{
	json_t *forms = json_object();

	add_forms(forms, value, &room);
	if (json_object_size(forms))
		return forms;
	json_decref(forms);
	return NULL;
}
