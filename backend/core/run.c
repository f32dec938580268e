/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "ops.h"

int run_program(struct context *ctx, const struct run *run, struct run_result *result)
{
	if (result)
		memset(result, 0, sizeof(*result));
	return ops_of(ctx)->run(ctx, run, result);
}

int run_simple(struct context *ctx, ...)
{
	AUTO_STRV char **argv = NULL;
	va_list arguments;
	const char *word;
	int r = 0;

	va_start(arguments, ctx);
	while (r == 0 && (word = va_arg(arguments, const char *)))
		r = strv_append(&argv, word);
	va_end(arguments);
	if (r < 0 || !argv)
		return context_oom(ctx);
	return run_program(ctx, &(struct run){ .argv = (const char *const *)argv }, NULL);
}

bool run_is_present(const char *root, const char *name)
{
	const char *path = getenv("PATH");

	if (!path || root)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path) {
		size_t length = strcspn(path, ":");
		AUTO_FREE char *file = text_format("%s%.*s/%s", root ? root : "", (int)length, path, name);

		if (file && access(file, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}
