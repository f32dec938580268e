/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_pull.h"

#include <errno.h>
#include <string.h>

void json_pull_begin(struct json_pull *json, const char *text, size_t length)
{
	json->at = text;
	json->end = text + length;
	json->failed = json->out_of_memory = false;
}

void json_pull_done(struct json_pull *json)
{
	buffer_done(&json->text);
}

int json_pull_error(const struct json_pull *json)
{
	return json->out_of_memory ? -ENOMEM : json->failed ? -EBADMSG : 0;
}

static bool fail(struct json_pull *json)
{
	json->failed = true;
	return false;
}

/* The next byte that is no white space, not taken; '\0' at the end. */
static char peek(struct json_pull *json)
{
	while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
		json->at++;
	return json->at < json->end && !json->failed ? *json->at : '\0';
}

static bool take(struct json_pull *json, char wanted)
{
	if (peek(json) != wanted)
		return fail(json);
	json->at++;
	return true;
}

bool json_pull_open(struct json_pull *json, char bracket)
{
	return take(json, bracket);
}

bool json_pull_more(struct json_pull *json, char close, bool *begun)
{
	bool first = !*begun;

	*begun = true;
	if (peek(json) == close) {
		json->at++;
		return false;
	}
	return json->failed ? false : first ? true : take(json, ',');
}

static bool keep(struct json_pull *json, const void *bytes, size_t length)
{
	if (buffer_append(&json->text, bytes, length) == 0)
		return true;
	json->out_of_memory = true;
	return fail(json);
}

/* Four hex digits. */
static bool take_unit(struct json_pull *json, unsigned *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++) {
		char c = json->at < json->end ? *json->at++ : '\0';
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 :
				 c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;

		if (digit > 15)
			return fail(json);
		*ret = *ret << 4 | digit;
	}
	return true;
}

/* After "\u": one character, possibly of two units. */
static bool take_character(struct json_pull *json)
{
	unsigned code, low;
	char utf8[4];
	size_t length;

	if (!take_unit(json, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		if (json->end - json->at < 2 || *json->at++ != '\\' || *json->at++ != 'u' || !take_unit(json, &low) || low < 0xdc00 ||
		    low > 0xdfff)
			return fail(json);
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code == 0 || (code >= 0xdc00 && code < 0xe000)) {
		return fail(json);
	}
	length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length; i-- > 1; code >>= 6)
		utf8[i] = (char)(0x80 | (code & 0x3f));
	utf8[0] = (char)(length == 1 ? code : code | (0xf00u >> length & 0xff));
	return keep(json, utf8, length);
}

static bool take_escape(struct json_pull *json)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = json->at < json->end ? *json->at++ : '\0';
	const char *found = c ? strchr(names, c) : NULL;

	if (c == 'u')
		return take_character(json);
	return found ? keep(json, values + (found - names), 1) : fail(json);
}

bool json_pull_string(struct json_pull *json, const char **ret, size_t *length)
{
	if (!take(json, '"'))
		return false;
	json->text.length = 0;
	if (!keep(json, "", 0))
		return false;
	for (;;) {
		const char *start = json->at;
		size_t n = 0;

		while (json->at < json->end && *json->at != '"' && *json->at != '\\' && (unsigned char)*json->at >= 0x20 &&
		       (n = utf8_length((const unsigned char *)json->at, (size_t)(json->end - json->at))) > 0)
			json->at += n;
		if (!keep(json, start, (size_t)(json->at - start)))
			return false;
		if (json->at == json->end || (*json->at != '"' && *json->at != '\\'))
			return fail(json);
		if (*json->at++ == '"')
			break;
		if (!take_escape(json))
			return false;
	}
	*ret = json->text.data;
	if (length)
		*length = json->text.length;
	return true;
}

bool json_pull_name(struct json_pull *json, const char **ret)
{
	return json_pull_string(json, ret, NULL) && take(json, ':');
}

bool json_pull_integer(struct json_pull *json, int64_t *ret)
{
	bool negative = peek(json) == '-';
	uint64_t value = 0;
	const char *digits;

	json->at += negative;
	for (digits = json->at; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++)
		if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, (unsigned)(*json->at - '0'), &value))
			return fail(json);
	if (json->failed || json->at == digits || (*digits == '0' && json->at - digits > 1) || value > (uint64_t)INT64_MAX + negative)
		return fail(json);
	if (json->at < json->end && (*json->at == '.' || *json->at == 'e' || *json->at == 'E'))
		return fail(json);
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static bool take_word(struct json_pull *json, const char *word)
{
	size_t length = strlen(word);

	if (peek(json) != *word || (size_t)(json->end - json->at) < length || memcmp(json->at, word, length) != 0)
		return false;
	json->at += length;
	return true;
}

bool json_pull_boolean(struct json_pull *json, bool *ret)
{
	*ret = take_word(json, "true");
	return *ret || take_word(json, "false") || fail(json);
}

/* Past the closing quote. */
static bool skip_string(struct json_pull *json)
{
	for (json->at++; json->at < json->end; json->at++) {
		if (*json->at == '\\')
			json->at++;
		else if (*json->at == '"')
			return json->at++, true;
	}
	json->at = json->end;
	return fail(json);
}

bool json_pull_skip(struct json_pull *json, const char **ret, size_t *length)
{
	unsigned depth = 0;

	peek(json);
	*ret = json->at;
	do {
		char c = peek(json);

		if (!c || (depth == 0 && strchr(",:]}", c)))
			return fail(json);
		if (c == '"') {
			if (!skip_string(json))
				return false;
			continue;
		}
		if ((c == '{' || c == '[') && ++depth > JSON_PULL_DEPTH)
			return fail(json);
		depth -= c == '}' || c == ']';
		json->at++;
		/* A number or a word. */
		while (!strchr("{}[],:", c) && json->at < json->end && !strchr("{}[],:\" \t\r\n", *json->at))
			json->at++;
	} while (depth > 0);
	*length = (size_t)(json->at - *ret);
	return true;
}

bool json_pull_ended(struct json_pull *json)
{
	return (!peek(json) && json->at == json->end && !json->failed) || fail(json);
}
