/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/file.h"

/* The C library asks no more than three. */
#define SERVERS_MAX 3

static int append(struct buffer *text, const char *word, const char *value)
{
	AUTO_FREE char *line = text_format("%s %s\n", word, value);

	return line ? buffer_append(text, line, strlen(line)) : -ENOMEM;
}

static int append_servers(struct buffer *text, char *const *servers, size_t *count)
{
	int r = 0;

	for (; r == 0 && servers && *servers && *count < SERVERS_MAX; servers++, ++*count)
		r = append(text, "nameserver", *servers);
	return r;
}

void resolver_set(struct context *ctx, char *const *first, char *const *then, const char *search)
{
	AUTO_BUFFER struct buffer text = { 0 };
	size_t count = 0;
	int r = append_servers(&text, first, &count);

	if (r == 0)
		r = append_servers(&text, then, &count);
	if (r == 0 && !count)
		return;
	if (r == 0 && search)
		r = append(&text, "search", search);
	/* One that does not answer is told of in seconds, not in half a minute. */
	if (r == 0)
		r = append(&text, "options", "timeout:2 attempts:2");
	if (r == 0)
		r = file_replace(AT_FDCWD, RESOLVER_FILE, text.data, text.length, 0644);
	if (r < 0)
		context_warn(ctx, "%s could not be written: %s", RESOLVER_FILE, strerror(-r));
}
