/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any packets from a front end, separated by a NUL: the engine stays, answers a request it does not know, and takes the next front end. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../backend/protocol/client.h"
#include "../../backend/protocol/server.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char path[] = "/tmp/lifeboat-fuzz-engine.sock";

static const char *urgent(void *data, const char *request, const char *by)
{
	(void)data;
	(void)by;
	return strcmp(request, "cancel") ? "Not now." : NULL;
}

static struct server *server;

static void stop_server(void)
{
	server_free(server);
}

static void start_server(void)
{
	static struct context ctx;
	const struct server_options options = { .socket = path, .front_end_fd = -1, .urgent = urgent };
	json_t *question;

	context_init(&ctx);
	if (server_new(&ctx, &options, &server) < 0)
		abort();
	question = json_pack("{ss, si, ss}", "event", "question", "id", 1, "name", "mode");
	server_publish(server, question);
	json_decref(question);
	atexit(stop_server);
}

static void await(struct client *client, const char *word)
{
	for (;;) {
		struct pollfd waiting = { .fd = client_fd(client), .events = POLLIN };
		const char *name;
		json_t *event;
		bool found;
		int r;

		/* The fuzzer's own clock interrupts. */
		r = poll(&waiting, 1, 10000);
		if (r < 0 && errno == EINTR)
			continue;
		if (r != 1)
			abort();
		r = client_receive(client, &event);
		if (r < 0)
			abort();
		if (r == 0)
			continue;
		name = json_string_value(json_object_get(event, "event"));
		found = !strcmp(name, word);
		json_decref(event);
		if (found)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const uint8_t *at = data, *end = data + size;
	struct server_request request;
	struct client *client;

	if (!server)
		start_server();
	memcpy(address.sun_path, path, sizeof(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	while (at < end) {
		const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		/* One that was thrown out gets EPIPE. */
		if (length && send(fd, at, length, MSG_NOSIGNAL) < 0)
			break;
		at += length + 1;
	}
	/* The server reads in the order of its front ends: when this one is answered, that one was read. */
	if (client_attach(path, "after", &client) < 0)
		abort();
	await(client, "question");
	if (client_answer(client, 7, json_null()) < 0)
		abort();
	await(client, "stale");
	client_free(client);
	while (server_wait(server, 0, &request) == 1) {
		if (!request.by || !json_is_object(request.body))
			abort();
		server_request_done(&request);
	}
	return 0;
}
