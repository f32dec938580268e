/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "named_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../media/find_file.h"
#include "session_state.h"

#define LIMIT (1u << 20)
#define WAIT_S 20

static int read_from_medium(struct session *s, const char *path, char **ret, size_t *ret_length)
{
	double end = clock_now() + WAIT_S;
	int r;

	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = media_find_file(s->ctx, path, LIMIT, ret, ret_length);
		if (r != -ENOENT || clock_now() >= end)
			return context_scope_keep(&scope, r);
		clock_pause(1);
	}
}

int named_file_read(struct session *s, const char *path, char **ret, size_t *ret_length)
{
	int r = -ENOENT;

	if (strstr(path, "://"))
		return context_fail(s->ctx, EOPNOTSUPP, "%s: this version reads such files from the boot archive and from media only", path);
	if (*path == '/' || !s->options->rescue)
		r = file_read(AT_FDCWD, path, LIMIT, ret, ret_length);
	if (r == -ENOENT && s->options->rescue)
		return read_from_medium(s, path, ret, ret_length);
	return r < 0 ? context_fail(s->ctx, -r, "%s cannot be read: %s", path, strerror(-r)) : 0;
}
