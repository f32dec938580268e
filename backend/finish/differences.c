/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "differences.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/root_open.h"
#include "../core/run.h"
#include "rooted.h"

#define DEADLINE_S 30
#define LINE_MAX_LENGTH 1000

/* The lines of TEXT, cut where they are too long for any screen; what no terminal should see is replaced. */
static int append_lines(char *text, char ***lines, size_t *count)
{
	char *rest = text, *line;

	while (*count < DIFFERENCES_MAX && (line = strsep(&rest, "\n")) && (rest || *line)) {
		AUTO_FREE char *cut = strndup(line, LINE_MAX_LENGTH), *printable = cut ? text_printable(cut) : NULL;

		if (!printable || strv_append_counted(lines, count, printable) < 0)
			return -ENOMEM;
	}
	return rest && *rest ? strv_append_counted(lines, count, "...") : 0;
}

/* The program reads what is open here: no name is looked up again. Lines that were not changed are not told: a password may stand in one. */
static int compare(struct context *ctx, int root_fd, const char *path, char **ret)
{
	AUTO_FREE char *original = text_format("%s" ROOTED_ORIGINAL, path), *before = NULL, *after = NULL, *old_label = NULL, *new_label = NULL;
	AUTO_CLOSE int old = original ? root_open_regular(root_fd, original, O_RDONLY) : -ENOMEM;
	AUTO_CLOSE int new = root_open_regular(root_fd, path, O_RDONLY);
	AUTO_RUN_RESULT struct run_result result = { 0 };
	int r;

	/* One that is new has no original. */
	if (old == -ENOENT && new >= 0)
		old = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (new == -ENOENT)
		new = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (old < 0 || new < 0)
		return old < 0 ? old : new;
	before = text_format("/proc/self/fd/%d", old);
	after = text_format("/proc/self/fd/%d", new);
	old_label = text_format("/%s", original);
	new_label = text_format("/%s", path);
	if (!before || !after || !old_label || !new_label)
		return -ENOMEM;
	r = run_program(ctx, &(struct run){ .argv = (const char *const[]){ "diff", "-U0", "-L", old_label, "-L", new_label, before, after, NULL },
					    .inherit = (const int[]){ old, new, -1 }, .deadline_s = DEADLINE_S, .accept = { [1] = true } }, &result);
	*ret = TAKE_POINTER(result.output);
	return r;
}

int differences_collect(struct context *ctx, int root_fd, char *const *paths, char ***ret)
{
	AUTO_STRV char **lines = NULL;
	size_t count = 0;

	for (size_t i = 0; paths && paths[i] && count < DIFFERENCES_MAX; i++) {
		AUTO_FREE char *text = NULL;
		bool seen = false;
		int r;

		for (size_t j = 0; j < i && !seen; j++)
			seen = !strcmp(paths[i], paths[j]);
		if (seen)
			continue;
		r = compare(ctx, root_fd, paths[i], &text);
		if (r == -ECANCELED || r == -ENOMEM)
			return r;
		if (r < 0) {
			context_debug(ctx, "what was corrected in /%s cannot be shown: %s", paths[i], root_strerror(-r));
			context_clear(ctx);
		} else if (text && append_lines(text, &lines, &count) < 0) {
			return context_oom(ctx);
		}
	}
	*ret = TAKE_POINTER(lines);
	return 0;
}
