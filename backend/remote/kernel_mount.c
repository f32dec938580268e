/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "access.h"

/* Seconds, in tenths, that an answer is waited for, and how often it is asked for again before a read fails. */
#define NFS_OPTIONS "soft", "timeo=300", "retrans=2", "proto=tcp"

struct client {
	const char *scheme, *type;
	const char *what;        /* for sentences */
	const char *address;     /* the option that takes it */
	const char *options[8];
	const char *versions[5]; /* tried in this order */
};

static const struct client clients[] = {
	{ .scheme = "nfs", .type = "nfs", .what = "NFS", .address = "addr", .options = { NFS_OPTIONS }, .versions = { "4.2", "4.1", "4.0", "3" } },
	/* The kernel agrees on a version with the server by itself. */
	{ .scheme = "smb", .type = "cifs", .what = "SMB", .address = "ip" },
};

/* What is asked for, in the order in which it is given to the kernel. */
struct request {
	const struct client *client;
	const char *host;        /* for people */
	char *source, *address;
	char **options;          /* "NAME=VALUE" or "NAME", from the address's query */
	char *user, *password, *domain;
	bool write;
	char *said;              /* by the kernel, of what went wrong last; NULL */
};

static void request_done(struct request *request)
{
	free(request->source);
	free(request->address);
	strv_free(request->options);
	free(request->user);
	text_wipe(request->password);
	free(request->domain);
	free(request->said);
}

/* ---- what was asked for ---- */

static int find_address(struct context *ctx, struct request *request, const struct location *location)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	bool bracketed = *location->host == '[';
	AUTO_FREE char *name = strndup(location->host + bracketed, strlen(location->host) - 2 * (size_t)bracketed);
	struct addrinfo *found = NULL;
	char text[NI_MAXHOST];
	int r = name ? getaddrinfo(name, NULL, &hints, &found) : EAI_MEMORY;

	if (r == 0)
		r = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	if (found)
		freeaddrinfo(found);
	if (r == EAI_MEMORY)
		return context_oom(ctx);
	if (r)
		return context_fail(ctx, EHOSTUNREACH, "the name %s is not known here: check it, the network, and the name server", location->host);
	request->address = strdup(text);
	return request->address ? 0 : context_oom(ctx);
}

static int copy_word(const char *text, char **ret)
{
	*ret = text ? bytes_unescape(text, NULL) : NULL;
	return text && !*ret ? -errno : 0;
}

static int copy_options(struct request *request, const struct location *location)
{
	AUTO_FREE char *query = strdup(location->query ? location->query : ""), *port = NULL;
	char *rest = NULL;
	int r = query ? 0 : -ENOMEM;

	for (char *word = r == 0 ? strtok_r(query, "&", &rest) : NULL; r == 0 && word; word = strtok_r(NULL, "&", &rest)) {
		AUTO_FREE char *plain = NULL;

		r = copy_word(word, &plain);
		if (r == 0)
			r = strv_append(&request->options, plain);
	}
	if (r < 0 || !location->port)
		return r;
	port = text_format("port=%s", location->port);
	return port ? strv_append(&request->options, port) : -ENOMEM;
}

static int read_request(struct context *ctx, struct request *request, const struct location *location)
{
	AUTO_FREE char *path = NULL;
	int r = copy_word(location->path, &path);

	if (r == 0)
		r = copy_options(request, location);
	if (r == 0)
		r = copy_word(location->user, &request->user);
	if (r == 0)
		r = copy_word(location->password, &request->password);
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "The address has a wrong escape: %% is written as %%25");
	if (r == 0)
		request->source = text_format(strcmp(location->scheme, "nfs") ? "//%s%s" : "%s:%s", location->host, *path ? path : "/");
	return r == 0 && request->source ? find_address(ctx, request, location) : context_oom(ctx);
}

/* ---- the mount ---- */

/* The kernel's words, each line with its severity before it; the last one counts. */
static void keep_said(struct request *request, int context)
{
	char line[512];
	ssize_t n;

	while ((n = read(context, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		free(request->said);
		request->said = text_bounded(n > 2 && line[1] == ' ' ? line + 2 : line, TEXT_QUOTE_MAX);
	}
}

static int set(int context, const char *name, const char *value)
{
	return fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, name, value, 0) < 0 ? -errno : 0;
}

static int set_word(int context, const char *word)
{
	AUTO_FREE char *name = strdup(word);
	char *value = name ? strchr(name, '=') : NULL;

	if (value)
		*value++ = '\0';
	return name ? set(context, name, value) : -ENOMEM;
}

/* The third version of NFS, by VERSION or by the options; with "lock" among those it is a person's own affair. */
static bool is_third(const struct request *request, const char *version)
{
	bool third = version && !strcmp(version, "3");

	for (size_t i = 0; i < strv_length(request->options); i++) {
		const char *option = request->options[i];

		if (!strcmp(option, "lock"))
			return false;
		third = third || !strcmp(option, "vers=3") || !strcmp(option, "nfsvers=3");
	}
	return third;
}

static int set_all(const struct request *request, int context, const char *version)
{
	const struct client *client = request->client;
	int r = set(context, "source", request->source);

	if (r == 0)
		r = set(context, client->address, request->address);
	for (size_t i = 0; r == 0 && client->options[i]; i++)
		r = set_word(context, client->options[i]);
	if (r == 0 && version)
		r = set(context, "vers", version);
	/* Its locks are a service of their own, and none is asked for. */
	if (r == 0 && is_third(request, version) && !strcmp(client->scheme, "nfs"))
		r = set(context, "nolock", NULL);
	if (r == 0 && request->user)
		r = set(context, "username", request->user);
	if (r == 0 && request->password)
		r = set(context, "password", request->password);
	if (r == 0 && request->domain)
		r = set(context, "domain", request->domain);
	for (size_t i = 0; r == 0 && i < strv_length(request->options); i++)
		r = set_word(context, request->options[i]);
	return r == 0 && !request->write ? set(context, "ro", NULL) : r;
}

/* The top directory, open. Descriptor or -errno. */
static int try_version(struct request *request, const char *version)
{
	const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (request->write ? 0 : MOUNT_ATTR_RDONLY);
	AUTO_CLOSE int context = fsopen(request->client->type, FSOPEN_CLOEXEC), mount = -1;
	int r = context < 0 ? -errno : set_all(request, context, version);

	if (r == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0) {
		if (context >= 0)
			keep_said(request, context);
		return r;
	}
	mount = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	r = mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

static bool names_version(const struct request *request)
{
	for (size_t i = 0; i < strv_length(request->options); i++)
		if (!strncmp(request->options[i], "vers=", 5) || !strncmp(request->options[i], "nfsvers=", 8))
			return true;
	return false;
}

static int fail_mount(struct context *ctx, const struct request *request, int r)
{
	const char *what = request->client->what, *host = request->host;
	const char *why = request->said && *request->said ? request->said : strerror(-r);

	switch (-r) {
	case EPERM:
		if (geteuid() != 0)
			return context_fail(ctx, EPERM, "a set on an %s server is read and written by root only", what);
		break;
	case ENODEV:
		return context_fail(ctx, ENODEV, "the running kernel has no client for %s", what);
	case EACCES:
		return context_fail(ctx, EACCES, "the %s server %s does not allow it: check the user name, the password, and what it exports to this machine",
				    what, host);
	case ENOENT:
		return context_fail(ctx, EHOSTUNREACH, "the %s server %s has no share or directory %s", what, host, request->source);
	default:
		break;
	}
	return context_fail(ctx, -r == EPERM ? EACCES : -r, "the directory %s of the %s server %s cannot be mounted: %s", request->source, what, host, why);
}

/* The top directory of what was asked for, open. Descriptor or -errno, without a sentence. */
static int try_versions(struct request *request)
{
	const char *const *versions = request->client->versions;
	int r;

	if (names_version(request))
		return try_version(request, NULL);
	do
		r = try_version(request, *versions);
	while ((r == -EPROTONOSUPPORT || r == -EINVAL || r == -EOPNOTSUPP) && *++versions);
	return r;
}

static int prepare(struct context *ctx, struct request *request, const struct location *location)
{
	int r;

	for (size_t i = 0; i < ARRAY_LENGTH(clients); i++)
		if (location_has_scheme(location, clients[i].scheme))
			request->client = clients + i;
	r = request->client ? read_request(ctx, request, location) : -EOPNOTSUPP;
	if (r == 0 && !strcmp(location->scheme, "smb") && !request->user)
		r = access_read_login(ctx, &request->user, &request->password, &request->domain);
	return r;
}

/* Takes the last directory off SOURCE and puts it before *REST. -ENOENT: none is left but the share, or the top. */
static int step_up(char *source, char **rest)
{
	/* "//HOST/SHARE" or "HOST:/". */
	char *first = strncmp(source, "//", 2) ? strchr(source, '/') : strchr(source + 2, '/');
	char *last, *longer;

	if (first && *source == '/')
		first = strchr(first + 1, '/');
	for (size_t length = strlen(source); first && source + length > first + 1 && source[length - 1] == '/';)
		source[--length] = '\0';
	last = first ? strrchr(source, '/') : NULL;
	if (!last || last < first || !last[1])
		return -ENOENT;
	longer = text_format("%s%s%s", last + 1, *rest ? "/" : "", *rest ? *rest : "");
	if (!longer)
		return -ENOMEM;
	free(*rest);
	*rest = longer;
	/* The top is a directory by its '/'. */
	last[last == first && *source != '/'] = '\0';
	return 0;
}

/* As try_versions(), for what may be a file: the kernel's clients mount none, so the directory above it is mounted, and *RET_FILE is its name. */
static int try_or_above(struct request *request, char **ret_file)
{
	AUTO_FREE char *whole = strdup(request->source);
	int r = whole ? try_versions(request) : -ENOMEM, above;

	/* The third version of NFS says of a file that it is not allowed. */
	if ((r != -ENOTDIR && (r != -EACCES || strcmp(request->client->scheme, "nfs"))) || step_up(request->source, ret_file) < 0)
		return r;
	above = try_versions(request);
	if (above >= 0)
		return above;
	free(request->source);
	request->source = TAKE_POINTER(whole);
	free(TAKE_POINTER(request->said));
	return r;
}

static bool is_image_name(const char *source)
{
	size_t length = strlen(source);

	return length > strlen(".iso") && !strcasecmp(source + length - strlen(".iso"), ".iso");
}

int kernel_mount_open(struct context *ctx, const struct location *location, char **ret_file)
{
	CLEANUP(request_done) struct request request = { .host = location->host };
	AUTO_FREE char *file = NULL;
	int r = prepare(ctx, &request, location);

	if (r < 0)
		return r;
	if (ret_file && is_image_name(request.source))
		r = step_up(request.source, &file) == -ENOMEM ? context_oom(ctx) : try_versions(&request);
	else
		r = ret_file ? try_or_above(&request, &file) : try_versions(&request);
	if (r < 0)
		return fail_mount(ctx, &request, r);
	if (ret_file)
		*ret_file = TAKE_POINTER(file);
	return r;
}

int kernel_mount_open_to_write(struct context *ctx, const struct location *location, char **ret_rest)
{
	CLEANUP(request_done) struct request request = { .host = location->host, .write = true };
	AUTO_FREE char *whole = NULL, *rest = NULL;
	int r = prepare(ctx, &request, location), first;

	if (r < 0)
		return r;
	whole = strdup(request.source);
	if (!whole)
		return context_oom(ctx);
	first = r = try_versions(&request);
	/* The third version of NFS says of what is not there that it is not allowed. SMB servers count wrong passwords. */
	while ((r == -ENOENT || (r == -EACCES && !strcmp(location->scheme, "nfs"))) && step_up(request.source, &rest) == 0)
		r = try_versions(&request);
	if (r < 0) {
		free(request.source);
		request.source = TAKE_POINTER(whole);
		return fail_mount(ctx, &request, first);
	}
	*ret_rest = rest ? TAKE_POINTER(rest) : strdup(".");
	if (*ret_rest)
		return r;
	close(r);
	return context_oom(ctx);
}
