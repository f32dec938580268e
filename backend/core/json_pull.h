/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict JSON (RFC 8259) read value by value, without a tree: the memory it costs does not depend on what the text holds. Refused, as
 * by the rest of Lifeboat: text that is no valid UTF-8, strings with NULs, numbers that are no integers of 64 bits.
 *
 * Every function fails when the next value is not what was asked for; from then on all fail.
 */
#ifndef LIFEBOAT_CORE_JSON_PULL_H
#define LIFEBOAT_CORE_JSON_PULL_H

#include "bytes.h"

/* How deep json_pull_skip() follows. */
#define JSON_PULL_DEPTH 64

struct json_pull {
	const char *at, *end;    /* the text; borrowed */
	struct buffer text;      /* the last string */
	bool failed, out_of_memory;
};

void json_pull_begin(struct json_pull *json, const char *text, size_t length);
void json_pull_done(struct json_pull *json);
/* The opening '{' or '['. */
bool json_pull_open(struct json_pull *json, char bracket);
/* Is there another member or element before CLOSE ('}' or ']'), which is taken when there is none? *BEGUN is false at the first call
 * after json_pull_open() and kept by the caller. False also after a failure. */
bool json_pull_more(struct json_pull *json, char close, bool *begun);
/* A string: *RET is NUL-ended and stays until the next string is read. LENGTH may be NULL. */
bool json_pull_string(struct json_pull *json, const char **ret, size_t *length);
/* The name of a member with the colon after it; as json_pull_string(). */
bool json_pull_name(struct json_pull *json, const char **ret);
bool json_pull_integer(struct json_pull *json, int64_t *ret);
bool json_pull_boolean(struct json_pull *json, bool *ret);
/* Any value: its own bytes, not yet known to be more than balanced. */
bool json_pull_skip(struct json_pull *json, const char **ret, size_t *length);
/* Nothing follows, and nothing has failed. */
bool json_pull_ended(struct json_pull *json);
/* 0, or what a failure is called: -EBADMSG, -ENOMEM. */
MUST_CHECK int json_pull_error(const struct json_pull *json);

#endif
