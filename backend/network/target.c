/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../core/location.h"
#include "../core/clock.h"
#include "../remote/access.h"
#include "../remote/s3_account.h"

#define CONNECT_S 6
#define LOOK_MS 200

static const struct {
	const char *scheme, *port;
} schemes[] = {
	{ "http", "80" }, { "https", "443" }, { "nfs", "2049" }, { "smb", "445" },
};

void network_target_done(struct network_target *target)
{
	free(target->host);
	free(target->port);
	*target = (struct network_target){ 0 };
}

static const char *usual_port(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
		if (!strcmp(schemes[i].scheme, scheme))
			return schemes[i].port;
	return NULL;
}

/* "port=N" of the query of NFS or SMB; NULL: it has none. */
static char *query_port(const char *query)
{
	const char *found = query && !strncmp(query, "port=", 5) ? query : query ? strstr(query, "&port=") : NULL;
	uint64_t number;
	AUTO_FREE char *value = NULL;

	if (!found)
		return NULL;
	found = strchr(found, '=') + 1;
	value = strndup(found, strcspn(found, "&"));
	return value && parse_u64(value, &number) && number && number <= 65535 ? TAKE_POINTER(value) : NULL;
}

static int take_location(const struct location *location, const char *port, struct network_target *ret)
{
	size_t length = strlen(location->host);
	bool bracketed = length > 2 && location->host[0] == '[' && location->host[length - 1] == ']';

	ret->host = bracketed ? strndup(location->host + 1, length - 2) : bytes_unescape(location->host, NULL);
	if (!location->port && strncmp(location->scheme, "http", 4))
		ret->port = query_port(location->query);
	if (!ret->port)
		ret->port = strdup(location->port ? location->port : port);
	return ret->host && ret->port ? 1 : -ENOMEM;
}

/* "HOST:PORT" or an address; one that cannot be understood is left to who uses it. */
static int take_proxy(struct context *ctx, const char *proxy, struct network_target *ret)
{
	AUTO_FREE char *address = strstr(proxy, "://") ? strdup(proxy) : text_format("http://%s", proxy);
	AUTO_LOCATION struct location *location = NULL;

	if (!address || location_parse(NULL, address, &location) < 0 || !location->host)
		return address ? 0 : context_oom(ctx);
	return take_location(location, "1080", ret) < 0 ? context_oom(ctx) : 1;
}

/* The server of a bucket in the place of *LOCATION. An account that lacks something names none: who opens the set says what lacks. */
static int take_account(struct context *ctx, struct location **location)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	CLEANUP(cleanup_s3_account) struct s3_account *account = NULL;
	AUTO_FREE char *address = NULL;
	int r = s3_account_read(ctx, *location, access_directory(), &account);

	location_free(TAKE_POINTER(*location));
	if (r < 0)
		return r == -ENOMEM ? context_scope_keep(&scope, r) : -EINVAL;
	address = text_format("%s://%s", account->scheme, account->host);
	return address ? location_parse(NULL, address, location) : -ENOMEM;
}

int network_target_of(struct context *ctx, const char *place, struct network_target *ret)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_TARGET struct network_target target = { 0 };
	struct access access = { 0 };
	const char *port;
	int r = location_parse(NULL, place, &location);

	if (r == 0 && location_has_scheme(location, "s3"))
		r = take_account(ctx, &location);
	if (r == -ENOMEM)
		return context_oom(ctx);
	port = r == 0 && location->host && *location->host ? usual_port(location->scheme) : NULL;
	if (!port)
		return 0;
	if (!strncmp(location->scheme, "http", 4)) {
		r = access_read(ctx, &access);
		if (r == 0 && access.proxy && *access.proxy)
			r = take_proxy(ctx, access.proxy, &target);
		access_done(&access);
		if (r < 0)
			return r;
	}
	if (r == 0 && take_location(location, port, &target) < 0)
		return context_oom(ctx);
	*ret = target;
	target = (struct network_target){ 0 };
	return 1;
}

/* ---- reaching it ---- */

static int fail_lookup(struct context *ctx, const struct network_target *target, int error)
{
	switch (error) {
	case EAI_MEMORY:
		return context_oom(ctx);
	case EAI_AGAIN:
		return context_fail(ctx, EAGAIN, "No name server answered when asked for %s", target->host);
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_FAIL:
		return context_fail(ctx, EHOSTUNREACH, "The name servers do not know the name %s", target->host);
	default:
		return context_fail(ctx, EHOSTUNREACH, "The name %s cannot be looked up: %s", target->host, gai_strerror(error));
	}
}

/* Addresses of a family that no interface has yet count, too: that there is no route is what is told. */
static int look_up(struct context *ctx, const struct network_target *target, struct addrinfo **ret)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int r = getaddrinfo(target->host, target->port, &hints, ret);

	return r ? fail_lookup(ctx, target, r) : 0;
}

int network_look_up(struct context *ctx, const struct network_target *target, char **ret)
{
	struct addrinfo *found;
	char text[NI_MAXHOST];
	int r = look_up(ctx, target, &found);

	if (r < 0)
		return r;
	r = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	if (r)
		return fail_lookup(ctx, target, r);
	*ret = strdup(text);
	return *ret ? 0 : context_oom(ctx);
}

static bool is_same(const struct sockaddr *a, const struct sockaddr *b)
{
	if (!a || a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return !memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr, &((const struct sockaddr_in *)(const void *)b)->sin_addr,
			       sizeof(struct in_addr));
	return a->sa_family == AF_INET6 && !memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
						   &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, sizeof(struct in6_addr));
}

/* The interface that has the address of this end of the connection FD. */
static char *interface_of(int fd)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);
	struct ifaddrs *all = NULL;
	char *name = NULL;

	if (getsockname(fd, (struct sockaddr *)&local, &length) < 0 || getifaddrs(&all) < 0)
		return NULL;
	for (struct ifaddrs *one = all; one && !name; one = one->ifa_next)
		if (is_same(one->ifa_addr, (struct sockaddr *)&local))
			name = strdup(one->ifa_name);
	freeifaddrs(all);
	return name;
}

/* 0 or -errno, without a sentence; -ECANCELED. */
static int wait_connected(struct context *ctx, int fd)
{
	double end = clock_now() + CONNECT_S;
	int error = 0;
	socklen_t length = sizeof(error);

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLOUT };

		if (context_is_cancelled(ctx))
			return -ECANCELED;
		if (poll(&ready, 1, LOOK_MS) > 0)
			break;
		if (clock_now() >= end)
			return -ETIMEDOUT;
	}
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? -errno : -error;
}

static int try_connect(struct context *ctx, const struct addrinfo *address, char **ret)
{
	AUTO_CLOSE int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0)
		r = errno == EINPROGRESS ? wait_connected(ctx, fd) : -errno;
	if (r == 0)
		*ret = interface_of(fd);
	return r;
}

static int fail_connect(struct context *ctx, const struct network_target *target, const char *address, int error)
{
	switch (error) {
	case ECANCELED:
		return context_check_cancel(ctx);
	case ENETUNREACH:
	case EADDRNOTAVAIL:
		return context_fail(ctx, ENETUNREACH, "There is no route to %s", address);
	case EHOSTUNREACH:
		return context_fail(ctx, EHOSTUNREACH, "%s does not answer: no machine on the way to it has this address", address);
	case ECONNREFUSED:
		return context_fail(ctx, ECONNREFUSED, "%s refuses the connection to port %s: its service does not run, or a firewall forbids it", address,
				    target->port);
	case ETIMEDOUT:
		return context_fail(ctx, ETIMEDOUT, "%s does not answer at port %s within %d seconds", address, target->port, CONNECT_S);
	default:
		return context_fail(ctx, error, "%s cannot be reached at port %s: %s", address, target->port, strerror(error));
	}
}

/* An error that says more of the way is told rather than one that says less: of an address of IPv6 on a network of IPv4 there is never a route. */
static bool says_more(int error, int than)
{
	return than == 0 || than == -ENETUNREACH || than == -EADDRNOTAVAIL || (error == -ECONNREFUSED);
}

int network_reach(struct context *ctx, const struct network_target *target, char **ret)
{
	struct addrinfo *found;
	AUTO_FREE char *worst = NULL;
	int r = look_up(ctx, target, &found), error = 0;

	if (r < 0)
		return r;
	r = -EHOSTUNREACH;
	for (struct addrinfo *one = found; r < 0 && r != -ECANCELED && one; one = one->ai_next) {
		char text[NI_MAXHOST] = "?";

		r = try_connect(ctx, one, ret);
		if (r < 0 && says_more(r, error)) {
			error = r;
			free(worst);
			(void)getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
			worst = strdup(text);
		}
	}
	freeaddrinfo(found);
	return r < 0 ? fail_connect(ctx, target, worst ? worst : target->host, -(r == -ECANCELED ? r : error)) : 0;
}
