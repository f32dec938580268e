/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries that restore once: who used which token, and what a machine that asks is answered. A token is used by one machine for one set; until the
 * end of that restore was reported, the same machine may ask again, and is told to resume. docs/fleet.md tells why.
 */
#ifndef LIFEBOAT_FLEET_ONCE_H
#define LIFEBOAT_FLEET_ONCE_H

#include "../notify/notice.h"

struct token {
	char id[TOKEN_DIGITS + 1];
	unsigned generation;     /* the latest one that was used */
	struct notice machine;   /* mac, uuid, boot, set of who used it; nothing else is filled */
	bool resumed;            /* it was told to resume, not to begin */
	bool ended;
};

struct tokens {
	struct token *tokens;
	size_t count, room;
};

enum once_answer { ONCE_GRANTED, ONCE_RESUME, ONCE_UNKNOWN, ONCE_MACHINE, ONCE_SET, ONCE_ENDED, ONCE_STORAGE, ONCE_ELSEWHERE };

/* "granted", "resume", "refused"; and why it was refused ("unknown", ...; NULL: it was not). */
const char *once_answer_name(enum once_answer answer);
const char *once_answer_reason(enum once_answer answer);

/* What the machine of NOTICE, a NOTICE_ONCE, is answered. HAS_ENTRY: the tree holds an entry with this very token for it. Changes nothing. */
enum once_answer once_decide(const struct tokens *tokens, const struct notice *notice, bool has_entry);
/* Whether NOTICE, a NOTICE_END, ends the restore of its token: it comes of the session that used it, or says that the machine is restored. */
bool once_is_ended_by(const struct tokens *tokens, const struct notice *notice, bool has_entry);

/* What is known of TOKEN once its machine was answered so, or has ENDED. For token_done(). 0, -EINVAL or -ENOMEM. */
MUST_CHECK int token_make(const struct notice *notice, bool resumed, bool ended, struct token *ret);
void token_done(struct token *token);
/* Takes TOKEN over, in the place of what was known of it. 0 or -ENOMEM. */
MUST_CHECK int tokens_put(struct tokens *tokens, struct token *token);
void tokens_done(struct tokens *tokens);
/* Borrowed; NULL: it was never used. ID may go on behind its digits. */
const struct token *tokens_find(const struct tokens *tokens, const char *id);

/* A token as the state file keeps it. */
json_t *token_to_json(const struct token *token);
MUST_CHECK int token_of_json(json_t *object, struct token *ret);

#endif
