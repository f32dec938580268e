/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../core/bytes.h"
#include "../core/event.h"
#include "../core/macro.h"
#include "../core/sentence.h"

struct client {
	int fd;
	char *buffer; /* of ENGINE_MESSAGE_LIMIT bytes */
};

void client_free(struct client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client->buffer);
	free(client);
}

int client_fd(const struct client *client)
{
	return client->fd;
}

static int send_text(const struct client *client, const char *text)
{
	if (strlen(text) > ENGINE_MESSAGE_LIMIT)
		return -EMSGSIZE;
	while (send(client->fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
		if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
			return -ECONNRESET;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Sends MESSAGE (stolen) as one packet. It may be the answer to a secret question, and is wiped. */
static int client_send(struct client *client, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	int r = text ? send_text(client, text) : -ENOMEM;

	json_decref(message);
	text_wipe(text);
	return r;
}

int client_attach_fd(int fd, const char *name, struct client **ret)
{
	struct client *client = calloc(1, sizeof(*client));
	int r;

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->fd = fd;
	client->buffer = malloc(ENGINE_MESSAGE_LIMIT);
	if (!client->buffer)
		r = -ENOMEM;
	else
		r = client_send(client, json_pack("{ss, ss}", "request", "attach", "name", name));
	if (r < 0) {
		client_free(client);
		return r;
	}
	*ret = client;
	return 0;
}

int client_attach(const char *path, const char *name, struct client **ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = -1;

	if (!path)
		path = ENGINE_SOCKET;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return client_attach_fd(TAKE_FD(fd), name, ret);
}

int client_receive(struct client *client, json_t **ret)
{
	ssize_t length;
	json_t *event;

	do
		length = recv(client->fd, client->buffer, ENGINE_MESSAGE_LIMIT, MSG_DONTWAIT | MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (length <= 0)
		return -ECONNRESET;
	if ((size_t)length > ENGINE_MESSAGE_LIMIT)
		return -EBADMSG;
	event = json_loadb(client->buffer, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(event) || !event_name(event)) {
		json_decref(event);
		return -EBADMSG;
	}
	*ret = event;
	return 1;
}

int client_answer(struct client *client, int id, json_t *value)
{
	return client_send(client, json_pack("{ss, si, so}", "request", "answer", "id", id, "value", value));
}

int client_decline(struct client *client, int id, const char *reason)
{
	json_t *form = sentence_form(reason);

	return client_send(client, json_pack("{ss, si, ss, so*}", "request", "decline", "id", id, "reason", reason, "message", form));
}

int client_request(struct client *client, const char *name)
{
	return client_send(client, json_pack("{ss}", "request", name));
}
