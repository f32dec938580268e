/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sftp_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "../core/clock.h"
#include "sftp_wire.h"
#include "ssh_command.h"
#include "ssh_process.h"

#define OUR_VERSION 3
#define PACKET_LIMIT (1u << 20) /* longest that is taken; OpenSSH's own is 256 KiB */
#define SAFE_SIZE (32u << 10)   /* that every server takes and gives: section 3 */
#define LARGEST_SIZE (255u << 10)
#define AGREE_S 60.0            /* names, ways and keys are tried in that time */
#define SILENT_S 120.0          /* without any answer: ssh itself looks after the line */

struct sftp_connection {
	struct ssh_process process;
	bool fsync, posix_rename, statvfs;
	size_t read_size, write_size;
	pthread_t reader;
	bool reading;            /* the thread runs */
	pthread_mutex_t writing; /* of who sends a packet */
	atomic_bool broken;
	atomic_uint holders;
	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t changed;
	struct sftp_request *requests;
	uint32_t next_id;
	double heard;            /* when the last answer came */
};

/* ---- bytes ---- */

static int send_all(struct sftp_connection *connection, const void *data, size_t length)
{
	const char *bytes = data;

	while (length > 0) {
		struct pollfd ready = { .fd = connection->process.fd, .events = POLLOUT };
		ssize_t n;

		if (atomic_load(&connection->broken))
			return SFTP_BROKEN;
		if (poll(&ready, 1, 1000) == 0)
			continue;
		n = send(connection->process.fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return SFTP_BROKEN;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

static int receive_all(struct sftp_connection *connection, void *data, size_t length)
{
	char *bytes = data;

	while (length > 0) {
		ssize_t n = recv(connection->process.fd, bytes, length, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return SFTP_BROKEN;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

/* The next packet, in a new buffer after its kind. 0, SFTP_BROKEN, -EPROTO, -ENOMEM. */
static int receive_packet(struct sftp_connection *connection, uint8_t *ret_kind, char **ret, size_t *ret_length)
{
	unsigned char head[5];
	struct wire wire = { .at = head, .left = sizeof(head) };
	AUTO_FREE char *body = NULL;
	uint32_t length;
	int r = receive_all(connection, head, sizeof(head));

	if (r < 0)
		return r;
	length = wire_number(&wire);
	if (length < 1 || length > PACKET_LIMIT)
		return -EPROTO;
	body = malloc(length);
	r = body ? receive_all(connection, body, length - 1) : -ENOMEM;
	if (r < 0)
		return r;
	*ret_kind = head[4];
	*ret_length = length - 1;
	*ret = TAKE_POINTER(body);
	return 0;
}

/* ---- answers ---- */

static void hand_over(struct sftp_connection *connection, uint8_t kind, char *body, size_t length)
{
	struct wire wire = { .at = (unsigned char *)body, .left = length };
	uint32_t id = wire_number(&wire);

	pthread_mutex_lock(&connection->lock);
	connection->heard = clock_now();
	for (struct sftp_request *request = wire.bad ? NULL : connection->requests; request; request = request->next)
		if (request->id == id && !request->answered) {
			memmove(body, wire.at, wire.left);
			request->answered = true;
			request->kind = kind;
			request->body = TAKE_POINTER(body);
			request->length = wire.left;
			pthread_cond_broadcast(&connection->changed);
			break;
		}
	pthread_mutex_unlock(&connection->lock);
	free(body);
}

static void *read_answers(void *data)
{
	struct sftp_connection *connection = data;
	size_t length;
	uint8_t kind;
	char *body;

	while (receive_packet(connection, &kind, &body, &length) == 0)
		hand_over(connection, kind, body, length);
	connection_break(connection);
	return NULL;
}

/* ---- beginning ---- */

static bool is_text(const void *bytes, size_t length, const char *text)
{
	return bytes && length == strlen(text) && !memcmp(bytes, text, length);
}

static void read_extensions(struct sftp_connection *connection, struct wire *wire, bool *ret_limits)
{
	while (wire->left > 0 && !wire->bad) {
		size_t name_length, value_length;
		const void *name = wire_string(wire, &name_length), *value = wire_string(wire, &value_length);

		if (is_text(name, name_length, "fsync@openssh.com") && is_text(value, value_length, "1"))
			connection->fsync = true;
		else if (is_text(name, name_length, "posix-rename@openssh.com") && is_text(value, value_length, "1"))
			connection->posix_rename = true;
		else if (is_text(name, name_length, "statvfs@openssh.com") && is_text(value, value_length, "2"))
			connection->statvfs = true;
		else if (is_text(name, name_length, "limits@openssh.com") && is_text(value, value_length, "1"))
			*ret_limits = true;
	}
}

/* Longer than every server takes only where it says so (OpenSSH's PROTOCOL, 4.8). */
static void read_limits(struct sftp_connection *connection)
{
	AUTO_BUFFER struct buffer head = { 0 };
	struct sftp_request request;

	if (wire_add_text(&head, "limits@openssh.com") < 0 ||
	    connection_ask(connection, &request, SFTP_EXTENDED, &head, NULL, 0) < 0)
		return;
	if (connection_await(connection, &request) == 0 && request.kind == SFTP_EXTENDED_REPLY) {
		struct wire wire = { .at = (unsigned char *)request.body, .left = request.length };
		uint64_t packet = wire_long(&wire), reading = wire_long(&wire), writing = wire_long(&wire);

		(void)packet;
		if (!wire.bad && reading > SAFE_SIZE)
			connection->read_size = reading < LARGEST_SIZE ? (size_t)reading : LARGEST_SIZE;
		if (!wire.bad && writing > SAFE_SIZE)
			connection->write_size = writing < LARGEST_SIZE ? (size_t)writing : LARGEST_SIZE;
	}
	request_done(&request);
}

/* Waits for the first answer: names, ways and keys are tried meanwhile. */
static int await_first(struct context *ctx, const struct sftp *sftp, const struct sftp_connection *connection)
{
	for (double until = clock_now() + AGREE_S; clock_now() < until;) {
		struct pollfd ready = { .fd = connection->process.fd, .events = POLLIN };

		if (context_is_cancelled(ctx) || atomic_load(&sftp->stopped))
			return -ECANCELED;
		if (poll(&ready, 1, 100) > 0)
			return 0;
	}
	return -ETIMEDOUT;
}

/* -EPROTO: what comes is no SFTP. */
static int agree(struct context *ctx, const struct sftp *sftp, struct sftp_connection *connection, bool *ret_limits)
{
	static const unsigned char hello[] = { 0, 0, 0, 5, SFTP_INIT, 0, 0, 0, OUR_VERSION };
	AUTO_FREE char *body = NULL;
	struct wire wire;
	size_t length = 0;
	uint8_t kind = 0;
	int r = send_all(connection, hello, sizeof(hello));

	if (r == 0)
		r = await_first(ctx, sftp, connection);
	if (r == 0)
		r = receive_packet(connection, &kind, &body, &length);
	if (r < 0)
		return r;
	wire = (struct wire){ .at = (unsigned char *)body, .left = length };
	if (kind != SFTP_VERSION || wire_number(&wire) < OUR_VERSION || wire.bad)
		return -EPROTO;
	read_extensions(connection, &wire, ret_limits);
	return wire.bad ? -EPROTO : 0;
}

static struct sftp_connection *connection_new(void)
{
	struct sftp_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->process = (struct ssh_process){ .fd = -1, .said = -1 };
	connection->read_size = connection->write_size = SAFE_SIZE;
	atomic_init(&connection->holders, 1);
	pthread_mutex_init(&connection->writing, NULL);
	pthread_mutex_init(&connection->lock, NULL);
	clock_condition_init(&connection->changed);
	return connection;
}

int connection_open(struct context *ctx, const struct sftp *sftp, struct sftp_connection **ret, bool *ret_again)
{
	struct sftp_connection *connection = connection_new();
	bool limits = false;
	int r = connection ? ssh_command_start(sftp, &connection->process) : -ENOMEM;

	*ret_again = false;
	if (r == 0)
		r = agree(ctx, sftp, connection, &limits);
	if (r == 0) {
		connection->heard = clock_now();
		r = pthread_create(&connection->reader, NULL, read_answers, connection) == 0 ? 0 : -EAGAIN;
		connection->reading = r == 0;
	}
	if (r == 0 && limits)
		read_limits(connection);
	if (r == 0) {
		*ret = connection;
		return 0;
	}
	r = r == -ENOMEM ? context_oom(ctx) : r == -ECANCELED ? r : ssh_command_failed(ctx, sftp, &connection->process, r, ret_again);
	connection_release(connection);
	return r;
}

struct sftp_connection *connection_hold(struct sftp_connection *connection)
{
	atomic_fetch_add(&connection->holders, 1);
	return connection;
}

void connection_release(struct sftp_connection *connection)
{
	if (!connection || atomic_fetch_sub(&connection->holders, 1) > 1)
		return;
	connection_break(connection);
	if (connection->reading)
		pthread_join(connection->reader, NULL);
	ssh_process_end(&connection->process);
	pthread_cond_destroy(&connection->changed);
	pthread_mutex_destroy(&connection->lock);
	pthread_mutex_destroy(&connection->writing);
	free(connection);
}

void connection_break(struct sftp_connection *connection)
{
	atomic_store(&connection->broken, true);
	/* Whoever reads or writes there returns; the process is waited for when the last holder lets go. */
	if (connection->process.fd >= 0)
		shutdown(connection->process.fd, SHUT_RDWR);
	pthread_mutex_lock(&connection->lock);
	pthread_cond_broadcast(&connection->changed);
	pthread_mutex_unlock(&connection->lock);
}

bool connection_is_broken(struct sftp_connection *connection)
{
	return atomic_load(&connection->broken);
}

bool connection_has_fsync(const struct sftp_connection *connection)
{
	return connection->fsync;
}

bool connection_has_posix_rename(const struct sftp_connection *connection)
{
	return connection->posix_rename;
}

bool connection_has_statvfs(const struct sftp_connection *connection)
{
	return connection->statvfs;
}

size_t connection_read_size(const struct sftp_connection *connection)
{
	return connection->read_size;
}

size_t connection_write_size(const struct sftp_connection *connection)
{
	return connection->write_size;
}

/* ---- requests ---- */

static void forget(struct sftp_connection *connection, struct sftp_request *request)
{
	pthread_mutex_lock(&connection->lock);
	for (struct sftp_request **at = &connection->requests; *at; at = &(*at)->next)
		if (*at == request) {
			*at = request->next;
			break;
		}
	pthread_mutex_unlock(&connection->lock);
}

static int send_request(struct sftp_connection *connection, uint32_t id, enum sftp_kind kind, const struct buffer *head, const void *data,
			size_t length)
{
	AUTO_BUFFER struct buffer packet = { 0 };
	size_t tail = data ? 4 + length : 0;
	unsigned char byte = (unsigned char)kind;
	int r = wire_add_number(&packet, (uint32_t)(1 + 4 + head->length + tail));

	if (r == 0)
		r = buffer_append(&packet, &byte, 1);
	if (r == 0)
		r = wire_add_number(&packet, id);
	if (r == 0)
		r = buffer_append(&packet, head->data, head->length);
	if (r == 0 && data)
		r = wire_add_number(&packet, (uint32_t)length);
	if (r < 0)
		return r;
	pthread_mutex_lock(&connection->writing);
	r = send_all(connection, packet.data, packet.length);
	if (r == 0 && data)
		r = send_all(connection, data, length);
	/* Half a packet: nothing after it would be understood. */
	if (r < 0)
		atomic_store(&connection->broken, true);
	pthread_mutex_unlock(&connection->writing);
	return r;
}

int connection_ask(struct sftp_connection *connection, struct sftp_request *request, enum sftp_kind kind, const struct buffer *head,
		   const void *data, size_t length)
{
	int r;

	*request = (struct sftp_request){ 0 };
	pthread_mutex_lock(&connection->lock);
	request->id = connection->next_id++;
	request->next = connection->requests;
	connection->requests = request;
	pthread_mutex_unlock(&connection->lock);
	r = send_request(connection, request->id, kind, head, data, length);
	if (r == 0)
		return 0;
	forget(connection, request);
	request_done(request);
	connection_break(connection);
	return r;
}

int connection_await(struct sftp_connection *connection, struct sftp_request *request)
{
	double began = clock_now();
	bool answered, silent = false;

	pthread_mutex_lock(&connection->lock);
	while (!request->answered && !atomic_load(&connection->broken) && !silent) {
		const struct timespec soon = clock_timespec(clock_now() + 1);
		double since = connection->heard > began ? connection->heard : began;

		pthread_cond_timedwait(&connection->changed, &connection->lock, &soon);
		silent = clock_now() - since > SILENT_S;
	}
	answered = request->answered;
	pthread_mutex_unlock(&connection->lock);
	if (!answered)
		connection_break(connection);
	forget(connection, request);
	return answered ? 0 : SFTP_BROKEN;
}

void request_done(struct sftp_request *request)
{
	free(request->body);
	request->body = NULL;
}
