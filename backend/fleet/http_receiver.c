/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_receiver.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <microhttpd.h>

#include "../core/bytes.h"
#include "../notify/notice.h"

#define CONNECTIONS_MAX 2048u
#define DESCRIPTORS_SPARED 64u        /* for entries, files, and what else is opened while they stand */
#define CONNECTION_MEMORY (16u << 10) /* of the request's head */
#define CONNECTION_S 15u              /* without a byte */

struct http_receiver {
	struct MHD_Daemon *daemon;
	http_message take;
	void *data;
	char *address;
};

/* A message that is coming. */
struct coming {
	struct buffer body;
	bool too_long;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(text ? strlen(text) : 0, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	if (text)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_POST);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
				  const char *bytes, size_t *length, void **request)
{
	struct http_receiver *receiver = data;
	struct coming *coming = *request;
	char *text = NULL;
	unsigned status;

	(void)url;
	(void)version;
	if (!coming) {
		*request = calloc(1, sizeof(*coming));
		return *request ? MHD_YES : MHD_NO;
	}
	/* The rest of one that is too long is read and dropped, so that the sender hears the answer. */
	if (*length) {
		coming->too_long |= coming->body.length + *length > NOTICE_LIMIT;
		if (!coming->too_long && buffer_append(&coming->body, bytes, *length) < 0)
			return MHD_NO;
		*length = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_POST))
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
	if (coming->too_long)
		return answer(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
	status = receiver->take(receiver->data, coming->body.data ? coming->body.data : "", coming->body.length, &text);
	return answer(connection, status, text);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode code)
{
	struct coming *coming = *request;

	(void)data;
	(void)connection;
	(void)code;
	if (!coming)
		return;
	buffer_done(&coming->body);
	free(coming);
	*request = NULL;
}

/* ---- its life ---- */

/* As many connections as there are descriptors for: one too few would make an entry look as if it were not there. */
static unsigned connections_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return CONNECTIONS_MAX / 8;
	if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < 2 * CONNECTIONS_MAX) {
		limit.rlim_cur = limit.rlim_max < 2 * CONNECTIONS_MAX ? limit.rlim_max : 2 * CONNECTIONS_MAX;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) < 0)
			return CONNECTIONS_MAX / 8;
	}
	if (limit.rlim_cur >= CONNECTIONS_MAX + DESCRIPTORS_SPARED)
		return CONNECTIONS_MAX;
	return limit.rlim_cur > 2 * DESCRIPTORS_SPARED ? (unsigned)limit.rlim_cur - DESCRIPTORS_SPARED : (unsigned)limit.rlim_cur / 2;
}

/* Splits LISTEN; both new strings, *RET_HOST "" for every address. */
static int split(struct context *ctx, const char *listen, char **ret_host, char **ret_port)
{
	const char *colon = strrchr(listen, ':');
	bool bracketed = *listen == '[' && colon && colon > listen + 1 && colon[-1] == ']';
	size_t length = colon ? (size_t)(colon - listen) : 0;
	uint64_t port;

	if (!colon || !parse_u64(colon + 1, &port) || port > 65535 || (!bracketed && memchr(listen, ':', length)))
		return context_fail(ctx, EINVAL, "'%s' is no address to listen at: write ADDRESS:PORT, an IPv6 address in brackets, or :PORT for all addresses",
				    listen);
	*ret_host = bracketed ? strndup(listen + 1, length - 2) : strndup(listen, length);
	*ret_port = strdup(colon + 1);
	return *ret_host && *ret_port ? 0 : context_oom(ctx);
}

static int open_socket(struct context *ctx, const char *shown, const struct addrinfo *where)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, r;

	if (fd < 0)
		return context_fail(ctx, errno, "A socket cannot be had: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	r = context_fail(ctx, errno, "Cannot listen at %s: %s", shown, strerror(errno));
	close(fd);
	return r;
}

static char *socket_name(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return NULL;
	return text_format(address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int listen_at(struct context *ctx, const char *listen)
{
	AUTO_FREE char *host = NULL, *port = NULL;
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int r = split(ctx, listen, &host, &port), error;

	if (r < 0)
		return r;
	error = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (error)
		return context_fail(ctx, EADDRNOTAVAIL, "Cannot listen at %s: %s", listen, gai_strerror(error));
	r = open_socket(ctx, listen, found);
	freeaddrinfo(found);
	return r;
}

int http_receiver_open(struct context *ctx, const char *listen, http_message take, void *data, struct http_receiver **ret)
{
	struct http_receiver *receiver = calloc(1, sizeof(*receiver));
	int fd = receiver ? listen_at(ctx, listen) : context_oom(ctx);

	if (fd < 0) {
		free(receiver);
		return fd;
	}
	receiver->take = take;
	receiver->data = data;
	receiver->address = socket_name(fd);
	/* With the daemon, which closes it. */
	if (receiver->address)
		receiver->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, receiver, MHD_OPTION_LISTEN_SOCKET, fd,
						    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, connections_max(),
						    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
						    CONNECTION_S, MHD_OPTION_END);
	if (receiver->daemon) {
		*ret = receiver;
		return 0;
	}
	close(fd);
	http_receiver_close(receiver);
	return context_fail(ctx, EIO, "The receiver at %s cannot be started", listen);
}

void http_receiver_close(struct http_receiver *receiver)
{
	if (!receiver)
		return;
	if (receiver->daemon)
		MHD_stop_daemon(receiver->daemon);
	free(receiver->address);
	free(receiver);
}

const char *http_receiver_address(const struct http_receiver *receiver)
{
	return receiver->address;
}
