/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scrub.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "macro.h"

#define HIDDEN "***"

/* Where dracut takes a user and password, too. */
static const char *const scrubbed_schemes[] = { "cdrom", "tape", "nfs", "smb", "s3", "ssh", "iscsi" };

/* The last part of a name ("X-Amz-Signature", "rd.iscsi.password") that makes its value a secret. */
static const char *const secret_names[] = { "password", "passwd", "passphrase", "pass", "pw", "secret", "token", "credential", "signature",
					    "sig", "apikey" };

/* The end of the word that begins at P: the QUOTE that it stands in, behind no backslash, or without one (0) a blank. */
static const char *word_end(const char *p, char quote)
{
	while (*p && (quote ? *p != quote : !isspace((unsigned char)*p)))
		p += quote && *p == '\\' && p[1] ? 2 : 1;
	return p;
}

/* What ends a word that begins at P, in the text from START on. */
static char quote_of(const char *start, const char *p, bool quoted)
{
	return quoted ? '"' : p > start && p[-1] == '\'' ? '\'' : '\0';
}

/* Whether the name that ends before EQUALS, in the text from START on, is secret. */
static bool is_secret_name(const char *start, const char *equals)
{
	const char *name = equals;

	while (name > start && isalnum((unsigned char)name[-1]))
		name--;
	for (size_t i = 0; i < ARRAY_LENGTH(secret_names); i++)
		if (strlen(secret_names[i]) == (size_t)(equals - name) && !strncasecmp(name, secret_names[i], (size_t)(equals - name)))
			return true;
	return false;
}

/* The end of the value that begins at VALUE: among others ("a=1&password=...", "vers=3,password=...") up to what separates them. */
static const char *value_end(const char *start, const char *value, bool quoted)
{
	const char *name = value - 1, *end;

	if (*value == '"' && !quoted) {
		end = word_end(value + 1, '"');
		return end + (*end == '"');
	}
	while (name > start && (isalnum((unsigned char)name[-1]) || strchr("._-", name[-1])))
		name--;
	end = word_end(value, quote_of(start, name, quoted));
	if (name > start && strchr("?&;", name[-1]))
		return span_find(value, end, "&;#");
	if (name > start && name[-1] == ',')
		return span_find(value, end, ",");
	return end;
}

/* A port, and what ends a part of a sentence. */
static bool is_port_of_sentence(struct span port)
{
	return port.length > 1 && strchr(":,.;", port.data[port.length - 1]) && address_is_port(span_between(port.data, port.data + port.length - 1));
}

/* The password of the address that begins at P; data NULL: none there. */
static struct span find_password(const char *start, const char *p, bool quoted)
{
	const char *rest, *end, *at;
	struct address_parts parts;
	char quote;

	if ((p > start && (isalnum((unsigned char)p[-1]) || strchr("+.-", p[-1]))) ||
	    !address_scheme(p, scrubbed_schemes, ARRAY_LENGTH(scrubbed_schemes), &rest))
		return (struct span){ 0 };
	quote = quote_of(start, p, quoted);
	end = word_end(rest, quote);
	parts = address_split(rest, end);
	if (parts.password.data)
		return parts.password;
	if (!parts.port.data || address_is_port(parts.port))
		return (struct span){ 0 };
	/* No port looks like that: the password has a blank in it, or is cut off. But a sentence may go on behind an address. */
	at = quote ? NULL : memchr(end, '@', strcspn(end, "\n"));
	if (!at && parts.port.data + parts.port.length == end && is_port_of_sentence(parts.port))
		return (struct span){ 0 };
	return span_between(parts.port.data, at ? at : end);
}

/* A secret that begins at P or behind the name that begins there. */
static struct span find_secret(const char *start, const char *p, bool quoted)
{
	if (p > start && p[-1] == '=' && is_secret_name(start, p - 1) && *p)
		return span_between(p, value_end(start, p, quoted));
	return find_password(start, p, quoted);
}

char *text_scrub(const char *text)
{
	/* A secret of one character is shorter than what stands for it. */
	char *scrubbed = malloc(strlen(text) * strlen(HIDDEN) + 1), *out = scrubbed;
	bool quoted = false;

	if (!scrubbed)
		return NULL;
	for (const char *p = text; *p;) {
		struct span secret = find_secret(text, p, quoted);

		if (secret.length) {
			out = mempcpy(out, p, (size_t)(secret.data - p));
			out = mempcpy(out, HIDDEN, strlen(HIDDEN));
			p = secret.data + secret.length;
			continue;
		}
		/* What is behind a backslash in quotes is plain. */
		if (quoted && *p == '\\' && p[1])
			*out++ = *p++;
		else
			quoted ^= *p == '"';
		*out++ = *p++;
	}
	*out = '\0';
	return scrubbed;
}
