/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers_file.h"

#include "named_file.h"
#include "session_state.h"

int answers_file_fetch(struct session *s)
{
	const char *path = s->cmdline->answers;
	AUTO_FREE char *text = NULL;
	json_auto_t *answers = NULL;
	size_t length;
	int r;

	if (!path)
		return 0;
	r = named_file_read(s, path, &text, &length);
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
