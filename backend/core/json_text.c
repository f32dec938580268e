/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_text.h"

#include <errno.h>

#include "bytes.h"

struct dump {
	struct buffer text;
	int error;
};

static int take(const char *text, size_t length, void *data)
{
	struct dump *dump = data;

	if (buffer_append(&dump->text, text, length) < 0)
		dump->error = -ENOMEM;
	return dump->error;
}

json_t *json_printable(const char *text)
{
	AUTO_FREE char *printable = text ? text_printable(text) : NULL;

	return printable ? json_string(printable) : json_null();
}

/* jansson 2.14 does not look whether the name of a member was taken, and leaves it out: the error is kept here. */
char *json_text(const json_t *object, size_t flags)
{
	struct dump dump = { 0 };

	if (json_dump_callback(object, take, &dump, flags) == 0 && !dump.error)
		return dump.text.data;
	buffer_done(&dump.text);
	return NULL;
}
