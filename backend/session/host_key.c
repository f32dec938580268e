/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host_key.h"

#include <errno.h>
#include <string.h>

#include "../remote/sftp.h"
#include "ask.h"

static int ask(struct session *s, const char *host, const char *key, const char *kind, char **ret)
{
	AUTO_QUESTION struct question question = { .name = "host-key", .type = "choice", .title = N_("Is this the right server?"),
						   .preset = json_string("no") };

	question.text = sentence("The host key of the SSH server %s is not known yet. The server shows %s. On the server itself, 'ssh-keygen -lf "
				 "/etc/ssh/ssh_host_%s_key.pub' prints it: compare the two. If they differ, another machine answers in its place.",
				 host, key, kind);
	question.reason = sentence("The host key of the SSH server %s is not known; it shows %s", host, key);
	question_option(&question, "no", N_("Do not use this server"), N_("Nothing is sent to it."), NULL);
	question_option(&question, key, N_("The keys are the same: use it"), N_("In this session only a server with this key is taken for it."), NULL);
	return session_ask_choice(s, &question, ret);
}

int session_agree_host_key(struct session *s, int error, const char *place, char **ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *key = NULL, *kind = NULL, *answer = NULL;
	int r;

	/* Where nobody is, the sentence of the error says what to do. */
	if (error != -ENOKEY || s->chosen.mode == MODE_NUKE || location_parse(s->ctx, place, &location) < 0 || location->query ||
	    !(location_has_scheme(location, "ssh") || location_has_scheme(location, "sftp")) || sftp_shown_key(s->ctx, location, &key, &kind) < 0)
		return 0;
	r = ask(s, location->host, key, kind, &answer);
	if (r != ASK_ANSWERED)
		return context_scope_keep(&scope, r);
	if (!strcmp(answer, "no"))
		return 0;
	*ret = text_format("%s?hostkey=%s", place, key);
	if (!*ret)
		return context_scope_keep(&scope, context_oom(s->ctx));
	context_info(s->ctx, "the host key %s of the SSH server %s was agreed to", key, location->host);
	return 1;
}
