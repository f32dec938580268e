/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows a form: the one place where formats that come over a socket are used. Nothing of them reaches printf() but flags, widths and
 * precisions that were read here. */
#include "sentence.h"

#include <string.h>

#include "bytes.h"
#include "conversion.h"

#define DEPTH_MAX 40
#define LENGTH_MAX (64u << 10)
#define CONVERSIONS_MAX 1000

struct showing {
	sentence_translator translate; /* NULL: English */
	unsigned depth, conversions;
};

static char *show(struct showing *showing, json_t *form);

/* The printf specification for a number of type LENGTH ("ll", "" for double). */
static char *specification(const struct conversion *conversion, const char *length)
{
	AUTO_FREE char *width = conversion->width >= 0 ? text_format("%d", conversion->width) : strdup("");
	AUTO_FREE char *precision = conversion->precision >= 0 ? text_format(".%d", conversion->precision) : strdup("");

	return width && precision ? text_format("%%%s%s%s%s%c", conversion->flags, width, precision, length, conversion->kind) : NULL;
}

static char *show_number(const struct conversion *conversion, json_t *argument)
{
	bool real = strchr("feg", conversion->kind);
	AUTO_FREE char *format = specification(conversion, real ? "" : "ll");

	if (!format || conversion->width == CONVERSION_STAR || conversion->precision == CONVERSION_STAR)
		return NULL;
	if (real)
		return json_is_number(argument) ? text_format(format, json_number_value(argument)) : NULL;
	return json_is_integer(argument) && strchr("diuxXo", conversion->kind)
		       ? text_format(format, (long long)json_integer_value(argument)) : NULL;
}

/* Texts come as long as they are to be: a precision was applied where the form was made. */
static char *show_text(const struct conversion *conversion, json_t *argument, struct showing *showing)
{
	AUTO_FREE char *text = json_is_array(argument) ? show(showing, argument)
			       : json_is_string(argument) ? strdup(json_string_value(argument)) : NULL;

	if (!text || conversion->width < 0)
		return TAKE_POINTER(text);
	return text_format("%*s", strchr(conversion->flags, '-') ? -conversion->width : conversion->width, text);
}

static char *show_argument(const struct conversion *conversion, json_t *argument, struct showing *showing)
{
	return conversion->kind == 's' || conversion->kind == 'c' ? show_text(conversion, argument, showing)
								   : show_number(conversion, argument);
}

/* FORMAT with the arguments of FORM, which begin at its second element. */
static char *fill(struct showing *showing, const char *format, json_t *form)
{
	AUTO_BUFFER struct buffer text = { 0 };
	size_t next = 1;

	while (*format) {
		size_t plain = strcspn(format, "%"), length;
		struct conversion conversion;
		AUTO_FREE char *shown = NULL;

		if (buffer_append(&text, format, plain) < 0 || text.length > LENGTH_MAX)
			return NULL;
		format += plain;
		if (!*format)
			break;
		length = conversion_read(format, &conversion);
		if (length == 0 || ++showing->conversions > CONVERSIONS_MAX)
			return NULL;
		format += length;
		if (conversion.kind == '%')
			shown = strdup("%");
		else
			shown = show_argument(&conversion, json_array_get(form, conversion.position ? conversion.position : next++), showing);
		if (!shown || buffer_append(&text, shown, strlen(shown)) < 0)
			return NULL;
	}
	return text.data ? TAKE_POINTER(text.data) : strdup("");
}

/* What the plural goes by. */
static unsigned long first_number(json_t *form)
{
	for (size_t i = 1; i < json_array_size(form); i++)
		if (json_is_integer(json_array_get(form, i)))
			return (unsigned long)json_integer_value(json_array_get(form, i));
	return 1;
}

static char *show(struct showing *showing, json_t *form)
{
	const char *format = json_string_value(json_array_get(form, 0)), *translation = NULL;
	char *text = NULL;

	if (!format || showing->depth == DEPTH_MAX)
		return NULL;
	showing->depth++;
	if (showing->translate)
		translation = showing->translate(format, first_number(form));
	if (translation && translation != format)
		text = fill(showing, translation, form);
	/* A translation that does not fit is none. */
	if (!text)
		text = fill(showing, format, form);
	showing->depth--;
	return text;
}

char *sentence_show(json_t *form, sentence_translator translate)
{
	struct showing showing = { .translate = translate };

	return show(&showing, form);
}
