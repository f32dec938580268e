/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct span span_between(const char *start, const char *end)
{
	return (struct span){ start, (size_t)(end - start) };
}

const char *span_find(const char *start, const char *end, const char *wanted)
{
	while (start < end && !strchr(wanted, *start))
		start++;
	return start;
}

static const char *find_last_at(const char *start, const char *end)
{
	const char *at = memrchr(start, '@', (size_t)(end - start));

	return at ? at : end;
}

bool address_is_port(struct span port)
{
	for (size_t i = 0; i < port.length; i++)
		if (!isdigit((unsigned char)port.data[i]))
			return false;
	return true;
}

/* Where the host of HOST[:PORT] ends, an IPv6 address in brackets included. */
static const char *host_end(const char *start, const char *end)
{
	const char *bracket = *start == '[' ? memchr(start, ']', (size_t)(end - start)) : NULL;

	return span_find(bracket ? bracket : start, end, ":");
}

/* The '@' that ends user and password, or END. Where the authority has none, but something that is no port, a password was written
 * with a character that should have been escaped: it is taken for one, so that it is not shown. */
static const char *user_end(const char *start, const char *authority, const char *end)
{
	const char *at = find_last_at(start, authority), *colon;

	if (at < authority)
		return at;
	colon = host_end(start, authority);
	if (colon == authority)
		return end;
	if (address_is_port(span_between(colon + 1, authority)) && (authority == end || *authority == '/'))
		return end;
	return find_last_at(start, end);
}

struct address_parts address_split(const char *start, const char *end)
{
	const char *authority = span_find(start, end, "/?#"), *at = user_end(start, authority, end), *host = start, *colon, *query;
	struct address_parts parts = { 0 };

	if (at < end) {
		colon = span_find(start, at, ":");
		parts.user = span_between(start, colon);
		if (colon < at)
			parts.password = span_between(colon + 1, at);
		host = at + 1;
		authority = span_find(host, end, "/?#");
	}
	colon = host_end(host, authority);
	parts.host = span_between(host, colon);
	if (colon < authority)
		parts.port = span_between(colon + 1, authority);
	query = span_find(authority, end, "?");
	parts.path = span_between(authority, query);
	if (query < end)
		parts.query = span_between(query + 1, end);
	return parts;
}

size_t address_scheme(const char *text, const char *const *names, size_t count, const char **ret_rest)
{
	size_t length = 0;

	if (isalpha((unsigned char)*text))
		while (isalnum((unsigned char)text[length]) || (text[length] && strchr("+.-", text[length])))
			length++;
	if (!length || text[length] != ':')
		return 0;
	*ret_rest = text + length + 1;
	if (!strncmp(*ret_rest, "//", 2)) {
		*ret_rest += 2;
		return length;
	}
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && !strncasecmp(text, names[i], length))
			return length;
	return 0;
}
