/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define AUTHORITIES "ca.pem"
#define CLIENT "client.pem"
#define NETRC "netrc"
#define PROXY "proxy"
#define S3 "s3"
#define SMB "smb"
#define SSH_KEY "ssh_key"
#define SSH_KNOWN_HOSTS "ssh_known_hosts"
#define SSH_CONFIG "ssh_config"
#define TEXT_LIMIT (4u << 20) /* the usual bundle has 0.2 MiB */

const char *const access_files[] = { AUTHORITIES, CLIENT, NETRC, PROXY, S3, SMB, SSH_KEY, SSH_KNOWN_HOSTS, SSH_CONFIG, NULL };

/* The file's text, NULL when it is not there. */
static int read_text(struct context *ctx, const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, TEXT_LIMIT, ret, NULL);

	*ret = r < 0 ? NULL : *ret;
	return r == 0 || r == -ENOENT ? 0 : context_fail(ctx, -r, "%s cannot be read: %s", path, strerror(-r));
}

/* The path of the file NAME, NULL when it is not there. */
static int find_file(struct context *ctx, const struct access *access, const char *name, char **ret)
{
	AUTO_FREE char *path = text_format("%s/%s", access->directory, name);
	AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (!path)
		return context_oom(ctx);
	if (fd < 0 && errno != ENOENT)
		return context_fail(ctx, errno, "%s cannot be read: %s", path, strerror(errno));
	*ret = fd < 0 ? NULL : TAKE_POINTER(path);
	return 0;
}

static int read_authorities(struct context *ctx, struct access *access)
{
	AUTO_FREE char *path = text_format("%s/" AUTHORITIES, access->directory), *own = NULL, *bundle = NULL;
	int r = path ? read_text(ctx, path, &own) : context_oom(ctx);

	if (r == 0 && own)
		r = read_text(ctx, ACCESS_BUNDLE, &bundle);
	if (r < 0 || !own)
		return r;
	access->authorities = text_format("%s\n%s", bundle ? bundle : "", own);
	return access->authorities ? 0 : context_oom(ctx);
}

static int read_proxy(struct context *ctx, struct access *access)
{
	AUTO_FREE char *path = text_format("%s/" PROXY, access->directory), *text = NULL;
	int r = path ? read_text(ctx, path, &text) : context_oom(ctx);

	if (r < 0 || !text)
		return r;
	text[strcspn(text, "\n")] = '\0';
	access->proxy = text_strip(text);
	text_wipe(TAKE_POINTER(text));
	return access->proxy ? 0 : context_oom(ctx);
}

const char *access_directory(void)
{
	const char *named = getenv("LIFEBOAT_ACCESS");

	return named && *named ? named : ACCESS_DIRECTORY;
}

bool access_is_there(void)
{
	for (const char *const *name = access_files; *name; name++) {
		AUTO_FREE char *path = text_format("%s/%s", access_directory(), *name);

		/* Out of memory it is taken to be there: then the medium is for its owner only. */
		if (!path || access(path, F_OK) == 0)
			return true;
	}
	return false;
}

int access_read(struct context *ctx, struct access *ret)
{
	int r;

	*ret = (struct access){ .directory = strdup(access_directory()) };
	if (!ret->directory)
		return context_oom(ctx);
	r = read_authorities(ctx, ret);
	if (r == 0)
		r = find_file(ctx, ret, CLIENT, &ret->client);
	if (r == 0)
		r = find_file(ctx, ret, NETRC, &ret->netrc);
	return r == 0 ? read_proxy(ctx, ret) : r;
}

int access_read_login(struct context *ctx, char **ret_user, char **ret_password, char **ret_domain)
{
	const struct {
		const char *name;
		char **ret;
	} words[] = { { "username=", ret_user }, { "password=", ret_password }, { "domain=", ret_domain } };
	AUTO_FREE char *path = text_format("%s/" SMB, access_directory());
	char *text = NULL;
	int r = path ? read_text(ctx, path, &text) : context_oom(ctx);

	/* The text stays whole, for all of it to be overwritten. */
	for (const char *line = text; r == 0 && line; line = strchr(line, '\n'), line += line != NULL)
		for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
			size_t length = strlen(words[i].name);

			if (!strncmp(line, words[i].name, length) && !*words[i].ret &&
			    !(*words[i].ret = strndup(line + length, strcspn(line + length, "\r\n"))))
				r = context_oom(ctx);
		}
	text_wipe(text);
	return r;
}

int access_find_ssh(struct context *ctx, char **ret_key, char **ret_known_hosts, char **ret_config)
{
	const struct access access = { .directory = (char *)access_directory() };
	int r = find_file(ctx, &access, SSH_KEY, ret_key);

	if (r == 0)
		r = find_file(ctx, &access, SSH_KNOWN_HOSTS, ret_known_hosts);
	return r == 0 ? find_file(ctx, &access, SSH_CONFIG, ret_config) : r;
}

void access_done(struct access *access)
{
	free(access->directory);
	free(access->authorities);
	free(access->client);
	free(access->netrc);
	text_wipe(access->proxy);
	*access = (struct access){ 0 };
}
