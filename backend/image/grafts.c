/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grafts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/file.h"

/* xorriso takes weights of 31 bits; boot images have 2, the boot catalogue a billion. */
#define FIRST_WEIGHT 500000000

static int append(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int grafts_add(struct context *ctx, struct grafts *grafts, const char *name, const char *source)
{
	AUTO_FREE char *weight = text_format("%" PRId64 " %s\n", FIRST_WEIGHT - grafts->weight++, name);
	struct stat st;
	int r;

	if (stat(source, &st) < 0)
		return context_fail(ctx, errno, "Cannot read %s: %s", source, strerror(errno));
	if (!S_ISREG(st.st_mode) || strchr(source, '\n'))
		return context_fail(ctx, EINVAL, "%s cannot go onto the medium: it is no regular file, or its name has a line break",
				    source);
	r = weight ? append(&grafts->weights, weight) : -ENOMEM;
	if (r == 0)
		r = append(&grafts->paths, name);
	if (r == 0)
		r = append(&grafts->paths, "=");
	/* In path lists '=' and '\' are special. */
	for (const char *at = source; r == 0 && *at; at++) {
		if (*at == '=' || *at == '\\')
			r = append(&grafts->paths, "\\");
		if (r == 0)
			r = buffer_append(&grafts->paths, at, 1);
	}
	if (r == 0)
		r = append(&grafts->paths, "\n");
	grafts->bytes += (uint64_t)st.st_size;
	return r < 0 ? context_oom(ctx) : 0;
}

int grafts_add_text(struct context *ctx, struct grafts *grafts, const char *work, const char *name, const char *text,
		    char **ret_path)
{
	AUTO_FREE char *path = text_format("%s/%s", work, strrchr(name, '/') + 1);
	int r = path ? file_replace(AT_FDCWD, path, text, strlen(text), 0644) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "Cannot write into %s: %s", work, strerror(-r));
	r = grafts_add(ctx, grafts, name, path);
	if (r == 0 && ret_path)
		*ret_path = TAKE_POINTER(path);
	return r;
}

void grafts_done(struct grafts *grafts)
{
	buffer_done(&grafts->paths);
	buffer_done(&grafts->weights);
}
