/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "location.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <uuid/uuid.h>

#include "address.h"
#include "bytes.h"
#include "scrub.h"

/* Also written without "//". */
static const char *const short_schemes[] = { "cdrom", "tape", "nfs", "smb", "s3", "ssh" };

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

static int copy_parts(const struct address_parts *parts, struct location *location)
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
static const char *find_fault(const struct address_parts *parts)
{
	if (!parts->host.length)
		return N_("it names no host");
	if (*parts->host.data == '[' && !memchr(parts->host.data, ']', parts->host.length))
		return N_("its IPv6 address has no closing bracket");
	if (parts->port.data && memchr(parts->port.data, ':', parts->port.length))
		return N_("an IPv6 address stands in brackets, as in [fe80::1]");
	if (parts->port.data && !address_is_port(parts->port))
		return N_("its port is no number");
	if (parts->password.data && span_find(parts->password.data, parts->password.data + parts->password.length, "/?#") <
				    parts->password.data + parts->password.length)
		return N_("the characters / ? # of its password must be written as %2F, %3F, %23");
	return NULL;
}

static int fail_parse(struct context *ctx, const char *text, const char *fault)
{
	AUTO_FREE char *shown = text_scrub(text);

	return ctx ? context_fail(ctx, EINVAL, "The address %s is not valid: %s", shown ? shown : "?", sentence_words(fault)) : -EINVAL;
}

/* Words that may stand behind the name of a drive: what is written there, and, for the drive itself, what stays in its path. */
static const char *const written_words[] = { "block=", "boot=" };
static const char *const drive_words[] = { "changer=", "density=", "compression=" };

static bool begins_with_any(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	return false;
}

static bool is_written_word(const char *text)
{
	return begins_with_any(text, written_words, ARRAY_LENGTH(written_words));
}

/* The first mark at TEXT or behind it, of MARKS, that has one of the words behind it; the text's end: none. A file that stands for a tape, or
 * an image that lies on one, may have any name. */
static const char *find_word(const char *text, const char *marks)
{
	const char *mark = text + strcspn(text, marks);

	while (*mark && !is_written_word(mark + 1) && !begins_with_any(mark + 1, drive_words, ARRAY_LENGTH(drive_words)))
		mark += 1 + strcspn(mark + 1, marks);
	return mark;
}

/* "tape:DRIVE?WORD&WORD": the words are in any order. */
static int parse_drive(const char *rest, struct location *location)
{
	const char *mark = find_word(rest, "?");
	AUTO_BUFFER struct buffer path = { 0 }, query = { 0 };
	int r = buffer_append(&path, rest, (size_t)(mark - rest));
	bool has_options = false;

	while (r == 0 && *mark) {
		const char *word = mark + 1, *end = find_word(word, "?&");
		bool written = is_written_word(word);
		struct buffer *to = written ? &query : &path;

		if (!written || query.length)
			r = buffer_append(to, written || has_options ? "&" : "?", 1);
		if (r == 0)
			r = buffer_append(to, word, (size_t)(end - word));
		has_options |= !written;
		mark = end;
	}
	if (r < 0)
		return -ENOMEM;
	return copy_parts(&(struct address_parts){ .path = { path.data, path.length }, .query = { query.data, query.length } }, location);
}

static int parse_address(struct context *ctx, const char *text, const char *rest, struct location *location)
{
	const char *end = rest + strlen(rest);
	struct address_parts parts = { 0 };
	const char *fault = NULL;
	int r;

	if (location_has_scheme(location, "file")) {
		fault = N_("a directory or an .iso file is named by its path alone");
	} else if (is_drive(location)) {
		r = parse_drive(rest, location);
		return r < 0 && ctx ? context_oom(ctx) : r;
	} else {
		parts = address_split(rest, end);
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

/* "HOST:/PATH", as scp(1), rsync(1) and mount(8) take it: a set in a directory of that name would not be where it is believed to be. */
static bool is_host_and_path(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash > text && slash[-1] == ':';
}

int location_parse(struct context *ctx, const char *text, struct location **ret)
{
	AUTO_LOCATION struct location *location = calloc(1, sizeof(*location));
	const char *rest = text;
	size_t length = address_scheme(text, short_schemes, ARRAY_LENGTH(short_schemes), &rest);
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
	else if (is_host_and_path(text))
		r = fail_parse(ctx, text, N_("a server is written as ssh:HOST:/PATH or nfs:HOST:/PATH, a directory of this name as ./HOST:/PATH"));
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
