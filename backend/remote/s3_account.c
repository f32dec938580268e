/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "s3_account.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <curl/curl.h>

#include "../core/address.h"
#include "../core/bytes.h"
#include "../core/file.h"
#include "access.h"
#include "s3_profile.h"

#define REGION "us-east-1"
#define PROFILE_LIMIT (1u << 20)
#define BUCKET_MAX 255       /* Amazon's have 63; other servers took longer ones */

/* What the query says; owned, NULL where it does not. */
struct words {
	char *endpoint, *region, *style, *profile;
};

static void words_done(struct words *words)
{
	free(words->endpoint);
	free(words->region);
	free(words->style);
	free(words->profile);
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* ---- the address ---- */

/* New string; NULL with errno EINVAL or ENOMEM. People write escapes in small letters, too. */
static char *unescape(const char *text)
{
	AUTO_FREE char *upper = strdup(text);

	for (char *p = upper; p && (p = strchr(p, '%')); p++)
		for (size_t i = 1; i <= 2 && p[i]; i++)
			p[i] = (char)toupper((unsigned char)p[i]);
	return upper ? bytes_unescape(upper, NULL) : NULL;
}

static int take_word(struct context *ctx, const char *word, size_t length, struct words *words)
{
	const struct {
		const char *name;
		char **ret;
	} known[] = { { "endpoint", &words->endpoint }, { "region", &words->region }, { "style", &words->style }, { "profile", &words->profile } };
	const char *equals = memchr(word, '=', length);
	size_t name = equals ? (size_t)(equals - word) : length;
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		if (!equals || strlen(known[i].name) != name || memcmp(known[i].name, word, name) || *known[i].ret)
			continue;
		text = strndup(equals + 1, length - name - 1);
		*known[i].ret = text ? unescape(text) : NULL;
		if (*known[i].ret)
			return 0;
		return text && errno == EINVAL ? context_fail(ctx, EINVAL, "The value of '%s' in the address has a wrong escape: %% is written as %%25",
							      known[i].name) : context_oom(ctx);
	}
	text = strndup(word, name);
	return text ? context_fail(ctx, EINVAL, "An address of S3 has no word '%s', or has it twice: it takes endpoint=, region=, style=path, style=host "
				   "and profile=", text) : context_oom(ctx);
}

static int read_query(struct context *ctx, const char *query, struct words *words)
{
	int r = 0;

	for (const char *p = query; r == 0 && p && *p;) {
		size_t length = strcspn(p, "&");

		r = length ? take_word(ctx, p, length, words) : 0;
		p += length + (p[length] == '&');
	}
	if (r == 0 && words->style && strcmp(words->style, "path") && strcmp(words->style, "host"))
		r = context_fail(ctx, EINVAL, "The address says style=%s, which is neither path nor host", words->style);
	return r;
}

/* Escapes all that signing wants escaped; a part that would be lost on the way is refused. */
static int read_prefix(struct context *ctx, const char *path, struct s3_account *account)
{
	AUTO_FREE char *plain = unescape(path);
	AUTO_BUFFER struct buffer escaped = { 0 };
	int r = 0;

	if (!plain)
		return errno == EINVAL ? context_fail(ctx, EINVAL, "The path in the address has a wrong escape: %% is written as %%25") : context_oom(ctx);
	for (const char *part = plain; r == 0 && *part; part += strcspn(part, "/")) {
		AUTO_FREE char *name = NULL;
		char *text;

		while (*part == '/')
			part++;
		name = strndup(part, strcspn(part, "/"));
		if (!name)
			return context_oom(ctx);
		if (!*name)
			break;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			return context_fail(ctx, EINVAL, "The path in the address has a part '%s', which S3 does not know", name);
		text = curl_easy_escape(NULL, name, 0);
		r = !text || buffer_append(&escaped, "/", 1) < 0 ? -ENOMEM : buffer_append(&escaped, text, strlen(text));
		curl_free(text);
	}
	account->prefix = r < 0 ? NULL : escaped.data ? TAKE_POINTER(escaped.data) : strdup("");
	return account->prefix ? 0 : context_oom(ctx);
}

static int read_bucket(struct context *ctx, const struct location *location, struct s3_account *account)
{
	size_t length = strlen(location->host);

	if (location->user || location->password)
		return context_fail(ctx, EINVAL, "Keys of S3 do not stand in the address, where other programs see them: put them into ~/.aws/credentials, or into "
				    "%s/s3", ACCESS_DIRECTORY);
	if (location->port)
		return context_fail(ctx, EINVAL, "The address begins with a bucket, which has no port: a server of your own is named by ?endpoint=https://%s:%s",
				    location->host, location->port);
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)location->host[i]) && !strchr("-._", location->host[i]))
			return context_fail(ctx, EINVAL, "'%s' cannot be the name of a bucket", location->host);
	if (length > BUCKET_MAX || location->host[0] == '.')
		return context_fail(ctx, EINVAL, "'%s' cannot be the name of a bucket", location->host);
	account->bucket = strdup(location->host);
	return account->bucket ? 0 : context_oom(ctx);
}

/* ---- the files ---- */

/* Reads the profile NAME of the file at PATH. *RET_THERE: there is such a file; *RET_FOUND: with the profile in it. */
static int read_file(struct context *ctx, const char *path, const char *name, struct s3_profile *profile, bool *ret_there, bool *ret_found)
{
	char *text = NULL;
	unsigned line = 0;
	int r = file_read(AT_FDCWD, path, PROFILE_LIMIT, &text, NULL);

	*ret_found = false;
	*ret_there = r != -ENOENT && r != -ENOTDIR;
	if (!*ret_there)
		return 0;
	if (r < 0)
		return context_fail(ctx, -r, "%s cannot be read: %s", path, strerror(-r));
	r = s3_profile_read(text, name, profile, ret_found, &line);
	text_wipe(text);
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "line %u of %s is not valid: it is neither [NAME] nor KEY = VALUE", line, path);
	return r < 0 ? context_oom(ctx) : 0;
}

/* New string; NULL: there is no home directory, or no memory. */
static char *home_file(const char *name)
{
	const char *home = environment("HOME");

	return home ? text_format("%s/.aws/%s", home, name) : NULL;
}

/* The first of the files that is there tells the keys, and *RET_PATH names it. */
static int read_credentials(struct context *ctx, const char *access, const char *name, struct s3_profile *profile, char **ret_path)
{
	const char *named = environment("AWS_SHARED_CREDENTIALS_FILE");
	char *paths[] = { named ? strdup(named) : text_format("%s/s3", access), named ? NULL : home_file("credentials") };
	bool there = false, found = false;
	int r = 0;

	for (size_t i = 0; r == 0 && !there && i < ARRAY_LENGTH(paths); i++) {
		if (!paths[i])
			continue;
		r = read_file(ctx, paths[i], name, profile, &there, &found);
		if (r == 0 && found)
			*ret_path = TAKE_POINTER(paths[i]);
		else if (r == 0 && there)
			r = context_fail(ctx, ENOKEY, "%s has no profile [%s], which would hold the keys of S3", paths[i], name);
		else if (r == 0 && named)
			r = context_fail(ctx, ENOKEY, "%s, which AWS_SHARED_CREDENTIALS_FILE names, is not there", paths[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
		free(paths[i]);
	return r;
}

/* The file of settings may say more, and need not be there. */
static int read_settings(struct context *ctx, const char *name, struct s3_profile *profile)
{
	const char *named = environment("AWS_CONFIG_FILE");
	AUTO_FREE char *path = named ? strdup(named) : home_file("config");
	bool there, found;

	return path ? read_file(ctx, path, name, profile, &there, &found) : 0;
}

static int copy_keys(struct context *ctx, const char *access, const struct words *words, struct s3_profile *profile, struct s3_account *account)
{
	const char *name = words->profile ? words->profile : environment("AWS_PROFILE");
	const char *key = words->profile ? NULL : environment("AWS_ACCESS_KEY_ID"), *secret = environment("AWS_SECRET_ACCESS_KEY");
	const char *token = environment("AWS_SESSION_TOKEN");
	int r = 0;

	if (!name)
		name = "default";
	if (!key || !secret) {
		r = read_credentials(ctx, access, name, profile, &account->origin);
		key = secret = token = NULL;
	}
	if (r == 0)
		r = read_settings(ctx, name, profile);
	if (r < 0)
		return r;
	/* A file of settings may hold keys, too. */
	if (!key && profile->key && profile->secret) {
		key = profile->key;
		secret = profile->secret;
		token = profile->token;
	}
	if (!key || !secret)
		return context_fail(ctx, ENOKEY, "there are no keys for the bucket %s: put aws_access_key_id and aws_secret_access_key into %s/s3 or ~/.aws/credentials, "
				    "below [%s]", account->bucket, access, name);
	account->key = strdup(key);
	account->secret = strdup(secret);
	account->token = token ? strdup(token) : NULL;
	return account->key && account->secret && (account->token || !token) ? 0 : context_oom(ctx);
}

/* ---- the server ---- */

/* Scheme and host of ENDPOINT, "[SCHEME://]HOST[:PORT][/]". */
static int read_endpoint(struct context *ctx, const char *endpoint, struct s3_account *account)
{
	const char *rest = endpoint;
	size_t length = address_scheme(endpoint, NULL, 0, &rest);
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *whole = length ? strdup(endpoint) : text_format("https://%s", endpoint);
	int r = whole ? location_parse(ctx, whole, &location) : context_oom(ctx);

	if (r < 0)
		return r;
	if ((!location_has_scheme(location, "http") && !location_has_scheme(location, "https")) || location->user || location->query ||
	    strspn(location->path, "/") != strlen(location->path))
		return context_fail(ctx, EINVAL, "The endpoint of S3 is written as https://HOST or https://HOST:PORT, and nothing behind it");
	account->scheme = strdup(location->scheme);
	account->host = text_format("%s%s%s", location->host, location->port ? ":" : "", location->port ? location->port : "");
	return account->scheme && account->host ? 0 : context_oom(ctx);
}

static int set_style(struct context *ctx, const char *style, bool own, struct s3_account *account)
{
	/* A certificate for any name below HOST is not one for names with more dots. */
	bool host = style ? !strcmp(style, "host") : !own && !strchr(account->bucket, '.');
	char *old = account->host;

	account->root = host ? strdup("") : text_format("/%s", account->bucket);
	if (host) {
		account->host = text_format("%s.%s", account->bucket, old);
		free(old);
	}
	return account->root && account->host ? 0 : context_oom(ctx);
}

static int find_server(struct context *ctx, const struct words *words, const struct s3_profile *profile, struct s3_account *account)
{
	const char *regions[] = { words->region, environment("AWS_REGION"), environment("AWS_DEFAULT_REGION"), profile->region, REGION };
	const char *endpoints[] = { words->endpoint, environment("AWS_ENDPOINT_URL_S3"), environment("AWS_ENDPOINT_URL"), profile->endpoint };
	AUTO_FREE char *usual = NULL;
	const char *region = NULL, *endpoint = NULL;
	int r;

	for (size_t i = 0; !region && i < ARRAY_LENGTH(regions); i++)
		region = regions[i];
	for (size_t i = 0; !endpoint && i < ARRAY_LENGTH(endpoints); i++)
		endpoint = endpoints[i];
	for (const char *p = region; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_", *p))
			return context_fail(ctx, EINVAL, "'%s' cannot be the name of a region of S3", region);
	usual = text_format("https://s3.%s.amazonaws.com", region);
	account->region = strdup(region);
	if (!usual || !account->region)
		return context_oom(ctx);
	r = read_endpoint(ctx, endpoint ? endpoint : usual, account);
	return r < 0 ? r : set_style(ctx, words->style, endpoint, account);
}

int s3_account_read(struct context *ctx, const struct location *location, const char *access, struct s3_account **ret)
{
	CLEANUP(cleanup_s3_account) struct s3_account *account = calloc(1, sizeof(*account));
	struct s3_profile profile = { 0 };
	struct words words = { 0 };
	int r = account ? read_bucket(ctx, location, account) : context_oom(ctx);

	if (r == 0)
		r = read_query(ctx, location->query, &words);
	if (r == 0)
		r = read_prefix(ctx, location->path, account);
	if (r == 0)
		r = copy_keys(ctx, access, &words, &profile, account);
	if (r == 0)
		r = find_server(ctx, &words, &profile, account);
	s3_profile_done(&profile);
	words_done(&words);
	if (r == 0)
		*ret = TAKE_POINTER(account);
	return r;
}

void s3_account_free(struct s3_account *account)
{
	if (!account)
		return;
	free(account->bucket);
	free(account->region);
	free(account->scheme);
	free(account->host);
	free(account->root);
	free(account->prefix);
	text_wipe(account->key);
	text_wipe(account->secret);
	text_wipe(account->token);
	free(account->origin);
	free(account);
}
