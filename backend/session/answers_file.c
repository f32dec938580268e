/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers_file.h"

#include <errno.h>
#include <string.h>

#include "../core/background.h"
#include "../remote/remote.h"
#include "named_file.h"
#include "session_state.h"

#define LIMIT (1u << 20)
/* A boot server that starts many machines at once may be late; a machine that nobody watches does not wait for ever. */
#define PATIENCE_S 120.0

struct download {
	struct context *ctx;
	struct remote *remote;
	void *data;
	size_t length;
};

static int download(void *data)
{
	struct download *download = data;

	return remote_load(download->ctx, download->remote, "", LIMIT, &download->data, &download->length);
}

static int wait_for(struct session *s, struct download *wanted)
{
	struct background work;
	int r = background_start(&work, download, wanted);

	if (r < 0)
		return r;
	while (!background_wait(&work))
		if (context_is_cancelled(s->ctx))
			remote_stop(wanted->remote);
	r = background_result(&work);
	background_join(&work);
	return r == -ECANCELED ? context_cancelled(s->ctx) : r;
}

/* The text that LOCATION, an address, has. */
static int read_from_server(struct session *s, const struct location *location, const char *shown, char **ret)
{
	struct download wanted = { .ctx = s->ctx };
	int r = remote_new(s->ctx, location, PATIENCE_S, &wanted.remote);

	if (r < 0)
		return r;
	context_info(s->ctx, "Fetching the answers from %s", shown);
	r = wait_for(s, &wanted);
	remote_free(wanted.remote);
	if (r == -ENOENT)
		return context_fail(s->ctx, ENOENT, "the server has no file at %s", shown);
	if (r == -EFBIG)
		return context_fail(s->ctx, EFBIG, "%s is longer than %u KiB", shown, LIMIT >> 10);
	if (r < 0)
		return r;
	*ret = strndup(wanted.data, wanted.length);
	explicit_bzero(wanted.data, wanted.length);
	free(wanted.data);
	return *ret ? 0 : context_oom(s->ctx);
}

static int read_address(struct session *s, const char *path, char **ret)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = NULL;
	int r = location_parse(s->ctx, path, &location);

	if (r < 0)
		return r;
	shown = location_show(location);
	if (!shown)
		return context_oom(s->ctx);
	if (!location_has_scheme(location, "http") && !location_has_scheme(location, "https"))
		return context_fail(s->ctx, EOPNOTSUPP, "%s: answers come from an http or https address, from a medium or from the boot archive", shown);
	return read_from_server(s, location, shown, ret);
}

int answers_file_fetch(struct session *s)
{
	const char *path = s->cmdline->answers;
	AUTO_FREE char *text = NULL;
	json_auto_t *answers = NULL;
	size_t length;
	int r;

	if (!path)
		return 0;
	r = strstr(path, "://") ? read_address(s, path, &text) : named_file_read(s, path, &text, &length);
	if (r == -ECANCELED)
		return r;
	if (r < 0)
		return context_reword(s->ctx, -r, "The answers that lifeboat.answers= names cannot be had: %s", context_detail(s->ctx));
	session_write_file(s, ANSWERS_FILE, text);
	answers = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	/* Whatever is wrong with it, is said by who answers from it. */
	if (json_is_object(json_object_get(answers, "edit")))
		session_give_wishes(s, json_object_get(answers, "edit"));
	context_info(s->ctx, "answers come from %s", path);
	return 0;
}
