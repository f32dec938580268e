/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../media/find_file.h"
#include "session_state.h"

#define LIMIT (1u << 20)
#define WAIT_S 20

/* From a medium, which may come a little later than the one with the set. */
static int read_from_medium(struct session *s, const char *path, char **ret)
{
	double end = clock_now() + WAIT_S;
	int r;

	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = media_find_file(s->ctx, path, LIMIT, ret);
		if (r != -ENOENT || clock_now() >= end)
			return context_scope_keep(&scope, r);
		clock_pause(1);
	}
}

int answers_file_fetch(struct session *s)
{
	const char *path = s->cmdline->answers;
	AUTO_FREE char *text = NULL;
	int r;

	if (!path)
		return 0;
	if (strstr(path, "://"))
		return context_fail(s->ctx, EOPNOTSUPP, "lifeboat.answers=%s: this version reads answers from the boot archive and from media "
				    "only", path);
	r = *path == '/' ? file_read(AT_FDCWD, path, LIMIT, &text, NULL) : -ENOENT;
	if (r == -ENOENT)
		r = read_from_medium(s, path, &text);
	else if (r < 0)
		context_fail(s->ctx, -r, "%s cannot be read: %s", path, strerror(-r));
	if (r < 0)
		return context_reword(s->ctx, -r, "The answers that lifeboat.answers= names cannot be had: %s", context_detail(s->ctx));
	session_write_file(s, ANSWERS_FILE, text);
	context_info(s->ctx, "answers come from %s", path);
	return 0;
}
