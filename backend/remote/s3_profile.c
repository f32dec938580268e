/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "s3_profile.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/bytes.h"

#define PROFILE_WORD "profile "

struct words {
	const char *start, *end; /* without blanks around them */
};

static struct words trim(const char *start, const char *end)
{
	while (start < end && isspace((unsigned char)*start))
		start++;
	while (start < end && isspace((unsigned char)end[-1]))
		end--;
	return (struct words){ start, end };
}

static bool is_word(struct words words, const char *text)
{
	return strlen(text) == (size_t)(words.end - words.start) && !memcmp(words.start, text, strlen(text));
}

/* Whether LINE, which begins with '[', names the profile NAME; -EINVAL: it names none. */
static int is_section(struct words line, const char *name)
{
	struct words inside;

	if (line.end[-1] != ']' || line.end - line.start < 3)
		return -EINVAL;
	inside = trim(line.start + 1, line.end - 1);
	if ((size_t)(inside.end - inside.start) > strlen(PROFILE_WORD) && !strncmp(inside.start, PROFILE_WORD, strlen(PROFILE_WORD)))
		inside = trim(inside.start + strlen(PROFILE_WORD), inside.end);
	return is_word(inside, name);
}

/* What a first file said stays; in one file the last line counts, and FROM tells them apart. */
static int take(struct words key, struct words value, struct s3_profile *ret, const struct s3_profile *from)
{
	const struct {
		const char *name;
		char **ret;
		const char *from;
	} known[] = {
		{ "aws_access_key_id", &ret->key, from->key },
		{ "aws_secret_access_key", &ret->secret, from->secret },
		{ "aws_session_token", &ret->token, from->token },
		{ "region", &ret->region, from->region },
		{ "endpoint_url", &ret->endpoint, from->endpoint },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		if (!is_word(key, known[i].name) || known[i].from || value.start == value.end)
			continue;
		text_wipe(*known[i].ret);
		*known[i].ret = strndup(value.start, (size_t)(value.end - value.start));
		if (!*known[i].ret)
			return -ENOMEM;
	}
	return 0;
}

int s3_profile_read(const char *text, const char *name, struct s3_profile *ret, bool *ret_found, unsigned *ret_line)
{
	const struct s3_profile from = *ret;
	int inside = 0, r = 0;
	unsigned number = 0;

	*ret_found = false;
	for (const char *next, *p = text; r == 0 && *p; p = next) {
		const char *end = p + strcspn(p, "\n"), *equals;
		struct words line = trim(p, end);

		next = end + (*end == '\n');
		*ret_line = ++number;
		if (line.start == line.end || *line.start == '#' || *line.start == ';' || line.start > p)
			continue;
		if (*line.start == '[') {
			inside = is_section(line, name);
			*ret_found |= inside == 1;
			r = inside < 0 ? inside : 0;
			continue;
		}
		equals = memchr(line.start, '=', (size_t)(line.end - line.start));
		if (!equals)
			return -EINVAL;
		if (inside)
			r = take(trim(line.start, equals), trim(equals + 1, line.end), ret, &from);
	}
	return r;
}

void s3_profile_done(struct s3_profile *profile)
{
	text_wipe(profile->key);
	text_wipe(profile->secret);
	text_wipe(profile->token);
	free(profile->region);
	free(profile->endpoint);
	*profile = (struct s3_profile){ 0 };
}
