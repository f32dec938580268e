/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "location.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <uuid/uuid.h>

#include "bytes.h"

/* Also written without "//". */
static const char *const short_schemes[] = { "cdrom", "tape", "nfs", "smb", "s3", "ssh" };

/* A part of a text; data NULL: it is not there. */
struct span {
	const char *data;
	size_t length;
};

struct parts {
	struct span user, password, host, port, path, query;
};

static struct span span_between(const char *start, const char *end)
{
	return (struct span){ start, (size_t)(end - start) };
}

static const char *find(const char *start, const char *end, const char *wanted)
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

static bool is_port(struct span port)
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

	return find(bracket ? bracket : start, end, ":");
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
	if (is_port(span_between(colon + 1, authority)) && (authority == end || *authority == '/'))
		return end;
	return find_last_at(start, end);
}

/* [USER[:PASSWORD]@]HOST[:PORT][/PATH][?QUERY] */
static struct parts split_address(const char *start, const char *end)
{
	const char *authority = find(start, end, "/?#"), *at = user_end(start, authority, end), *host = start, *colon, *query;
	struct parts parts = { 0 };

	if (at < end) {
		colon = find(start, at, ":");
		parts.user = span_between(start, colon);
		if (colon < at)
			parts.password = span_between(colon + 1, at);
		host = at + 1;
		authority = find(host, end, "/?#");
	}
	colon = host_end(host, authority);
	parts.host = span_between(host, colon);
	if (colon < authority)
		parts.port = span_between(colon + 1, authority);
	query = find(authority, end, "?");
	parts.path = span_between(authority, query);
	if (query < end)
		parts.query = span_between(query + 1, end);
	return parts;
}

/* Length of the scheme that TEXT begins with, 0: none. *RET_REST: what follows it. */
static size_t find_scheme(const char *text, const char *const *names, size_t count, const char **ret_rest)
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

static bool is_uuid(const char *text)
{
	uuid_t bytes;

	return uuid_parse(text, bytes) == 0;
}

bool location_has_scheme(const struct location *location, const char *scheme)
{
	return !strcmp(location->scheme, scheme);
}

/* A drive of this machine, not a place on a network. */
static bool is_drive(const struct location *location)
{
	return location_has_scheme(location, "cdrom") || location_has_scheme(location, "tape");
}

/* 0 or -ENOMEM; what is not there stays NULL. */
static int copy(struct span span, char **ret)
{
	if (!span.data)
		return 0;
	*ret = strndup(span.data, span.length);
	return *ret ? 0 : -ENOMEM;
}

static int copy_parts(const struct parts *parts, struct location *location)
{
	int r = copy(parts->user, &location->user);

	if (r == 0)
		r = copy(parts->password, &location->password);
	if (r == 0)
		r = copy(parts->host, &location->host);
	if (r == 0)
		r = copy(parts->port, &location->port);
	if (r == 0)
		r = copy(parts->path, &location->path);
	if (r == 0)
		r = copy(parts->query, &location->query);
	return r;
}

/* NULL, or what is wrong with PARTS. */
static const char *find_fault(const struct parts *parts)
{
	if (!parts->host.length)
		return N_("it names no host");
	if (parts->port.data && !is_port(parts->port))
		return N_("its port is no number");
	if (parts->password.data && find(parts->password.data, parts->password.data + parts->password.length, "/?#") <
				    parts->password.data + parts->password.length)
		return N_("the characters / ? # of its password must be written as %2F, %3F, %23");
	return NULL;
}

static int fail_parse(struct context *ctx, const char *text, const char *fault)
{
	AUTO_FREE char *shown = text_scrub(text);

	return ctx ? context_fail(ctx, EINVAL, "The address %s is not valid: %s", shown ? shown : "?", sentence_words(fault)) : -EINVAL;
}

static int parse_address(struct context *ctx, const char *text, const char *rest, struct location *location)
{
	const char *end = rest + strlen(rest);
	struct parts parts = { 0 };
	const char *fault = NULL;
	int r;

	if (is_drive(location)) {
		parts.path = span_between(rest, end);
	} else {
		parts = split_address(rest, end);
		fault = find_fault(&parts);
		/* host:/path, as mount(8) writes it. */
		if (parts.port.data && !parts.port.length)
			parts.port.data = NULL;
	}
	if (fault)
		return fail_parse(ctx, text, fault);
	r = copy_parts(&parts, location);
	return r < 0 && ctx ? context_oom(ctx) : r;
}

int location_parse(struct context *ctx, const char *text, struct location **ret)
{
	AUTO_LOCATION struct location *location = calloc(1, sizeof(*location));
	const char *rest = text;
	size_t length = find_scheme(text, short_schemes, ARRAY_LENGTH(short_schemes), &rest);
	bool stream = !strcmp(text, "-");
	int r = 0;

	if (!*text)
		return ctx ? context_fail(ctx, EINVAL, "A set's place is needed, and none is named") : -EINVAL;
	if (!location)
		return ctx ? context_oom(ctx) : -ENOMEM;
	location->scheme = length ? strndup(text, length) : strdup(stream ? LOCATION_STREAM : is_uuid(text) ? LOCATION_ID : LOCATION_PATH);
	if (!location->scheme)
		return ctx ? context_oom(ctx) : -ENOMEM;
	for (char *p = location->scheme; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (length)
		r = parse_address(ctx, text, rest, location);
	else if (!(location->path = strdup(stream ? "" : text)))
		r = ctx ? context_oom(ctx) : -ENOMEM;
	if (r == 0)
		*ret = TAKE_POINTER(location);
	return r;
}

void location_free(struct location *location)
{
	if (!location)
		return;
	text_wipe(location->password);
	text_wipe(location->query);
	free(location->scheme);
	free(location->user);
	free(location->host);
	free(location->port);
	free(location->path);
	free(location);
}

char *location_print(const struct location *location)
{
	const char *password = location->password, *port = location->port, *query = location->query;

	if (location_has_scheme(location, LOCATION_STREAM))
		return strdup("-");
	if (location_has_scheme(location, LOCATION_PATH) || location_has_scheme(location, LOCATION_ID))
		return strdup(location->path);
	if (is_drive(location))
		return text_format("%s:%s", location->scheme, location->path);
	return text_format("%s://%s%s%s%s%s%s%s%s%s%s", location->scheme, location->user ? location->user : "", password ? ":" : "",
			   password ? password : "", location->user ? "@" : "", location->host, port ? ":" : "", port ? port : "",
			   location->path, query ? "?" : "", query ? query : "");
}

char *location_show(const struct location *location)
{
	char *whole = location_print(location), *shown;

	if (!whole || location_has_scheme(location, LOCATION_PATH))
		return whole;
	shown = text_scrub(whole);
	text_wipe(whole);
	return shown;
}

/* Scrubbing. */

#define HIDDEN "***"

/* Where dracut takes a user and password, too. */
static const char *const scrubbed_schemes[] = { "cdrom", "tape", "nfs", "smb", "s3", "ssh", "iscsi" };

/* The last part of a name ("X-Amz-Signature", "rd.iscsi.password") that makes its value a secret. */
static const char *const secret_names[] = { "password", "passwd", "passphrase", "pass", "pw", "secret", "token", "credential", "signature",
					    "sig", "apikey" };

/* The end of the word that begins at P: a blank, or where it stands in quotes the quote that ends it. */
static const char *word_end(const char *p, bool quoted)
{
	while (*p && (quoted ? *p != '"' : !isspace((unsigned char)*p) && *p != '"' && *p != '\''))
		p++;
	return p;
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
		end = word_end(value + 1, true);
		return end + (*end == '"');
	}
	end = word_end(value, quoted);
	while (name > start && (isalnum((unsigned char)name[-1]) || strchr("._-", name[-1])))
		name--;
	if (name > start && strchr("?&;", name[-1]))
		return find(value, end, "&;#");
	if (name > start && name[-1] == ',')
		return find(value, end, ",");
	return end;
}

/* The password of the address that begins at P; data NULL: none there. */
static struct span find_password(const char *start, const char *p, bool quoted)
{
	const char *rest, *end;
	struct parts parts;

	if ((p > start && (isalnum((unsigned char)p[-1]) || strchr("+.-", p[-1]))) ||
	    !find_scheme(p, scrubbed_schemes, ARRAY_LENGTH(scrubbed_schemes), &rest))
		return (struct span){ 0 };
	end = word_end(rest, quoted);
	parts = split_address(rest, end);
	if (parts.password.data)
		return parts.password;
	/* Cut off within the password: no port looks like that. */
	if (parts.port.data && !is_port(parts.port))
		return span_between(parts.port.data, end);
	return (struct span){ 0 };
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
		quoted ^= *p == '"';
		*out++ = *p++;
	}
	*out = '\0';
	return scrubbed;
}
