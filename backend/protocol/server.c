/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/event.h"
#include "../core/wake.h"
#include "client.h"
#include "front_end.h"
#include "listener.h"
#include "recall.h"

#define FRONT_ENDS_MAX 32
#define ALL_FRONT_ENDS 0 /* their ids start at 1 */
#define REQUESTS_MAX 256
#define FRONT_END_NAME_MAX 64
/* Messages that one front end is listened to before the others have their turn. */
#define MESSAGES_A_TURN 64
/* At the end: how long a front end may take nothing at all, and how long all may take. */
#define DRAIN_STALL_S 5
#define DRAIN_S 60

struct request_node {
	struct server_request request;
	struct request_node *next;
};

/* How long nobody is let in after that failed. */
#define ACCEPT_PAUSE_MS 200

struct server {
	struct server_options options;
	pthread_t thread;
	bool started;
	struct listener listener;
	int wake_fd;
	char *buffer;            /* of the thread, for receiving */

	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t arrived;
	struct front_end *front_ends[FRONT_ENDS_MAX];
	size_t count;
	unsigned next_id;
	struct recall *recall;
	int question;            /* id of the open question, 0: none */
	struct request_node *first, **last;
	size_t requests;
	bool leaving;
};

static void wake(struct server *server)
{
	wake_send(server->wake_fd);
}

/* With the lock held: EVENT (stolen) to the front end ID, or to all (ALL_FRONT_ENDS). */
static void enqueue_event(struct server *server, unsigned id, json_t *event)
{
	struct message *message = event ? message_new(event) : NULL;

	for (size_t i = 0; i < server->count; i++)
		if (id == ALL_FRONT_ENDS ? server->front_ends[i]->name != NULL : server->front_ends[i]->id == id)
			front_end_queue(server->front_ends[i], message);
	message_release(message);
	json_decref(event);
	wake(server);
}

void server_keep(struct server *server, json_t *event)
{
	const char *name = event_name(event);
	struct message *message = name ? message_new(event) : NULL;

	if (!message)
		return;
	pthread_mutex_lock(&server->lock);
	recall_event(server->recall, event, message);
	message_release(message);
	pthread_mutex_unlock(&server->lock);
}

void server_publish(struct server *server, json_t *event)
{
	const char *name = event_name(event);
	struct message *message = name ? message_new(event) : NULL;

	if (!message)
		return;
	pthread_mutex_lock(&server->lock);
	recall_event(server->recall, event, message);
	if (!strcmp(name, "question"))
		server->question = (int)json_integer_value(json_object_get(event, "id"));
	else if (!strcmp(name, "answered"))
		server->question = 0;
	for (size_t i = 0; i < server->count; i++)
		if (server->front_ends[i]->name)
			front_end_queue(server->front_ends[i], message);
	message_release(message);
	pthread_mutex_unlock(&server->lock);
	wake(server);
}

void server_stale(struct server *server, unsigned from, int id)
{
	pthread_mutex_lock(&server->lock);
	enqueue_event(server, from, event_stale(id));
	pthread_mutex_unlock(&server->lock);
}

void server_refuse(struct server *server, unsigned from, int id, const char *reason)
{
	pthread_mutex_lock(&server->lock);
	enqueue_event(server, from, event_refused(id, reason));
	pthread_mutex_unlock(&server->lock);
}

void server_request_done(struct server_request *request)
{
	json_decref(request->body);
	free(request->by);
	*request = (struct server_request){ 0 };
}

int server_wait(struct server *server, int timeout_ms, struct server_request *ret)
{
	const struct timespec deadline = clock_timespec(clock_now() + timeout_ms / 1000.0);
	struct request_node *node;
	int r = 0;

	pthread_mutex_lock(&server->lock);
	while (!server->first && r == 0) {
		if (server->listener.fd < 0 && server->count == 0) {
			pthread_mutex_unlock(&server->lock);
			return -EPIPE;
		}
		if (timeout_ms < 0)
			pthread_cond_wait(&server->arrived, &server->lock);
		else
			r = pthread_cond_timedwait(&server->arrived, &server->lock, &deadline);
	}
	node = server->first;
	if (node) {
		server->first = node->next;
		if (!server->first)
			server->last = &server->first;
		server->requests--;
		*ret = node->request;
		free(node);
	}
	pthread_mutex_unlock(&server->lock);
	return node != NULL;
}

/* Hands a request to the session. BODY is borrowed. With the lock held. False: there is no room. */
static bool queue_request(struct server *server, struct front_end *front_end, json_t *body)
{
	struct request_node *node = server->requests < REQUESTS_MAX ? calloc(1, sizeof(*node)) : NULL;

	if (!node)
		return false;
	node->request = (struct server_request){
		.body = json_deep_copy(body), .by = strdup(front_end->name), .from = front_end->id };
	if (!node->request.body || !node->request.by) {
		server_request_done(&node->request);
		free(node);
		return false;
	}
	*server->last = node;
	server->last = &node->next;
	server->requests++;
	pthread_cond_broadcast(&server->arrived);
	return true;
}

/* What a front end calls itself, as it may stand in sentences. New string; NULL when out of memory. */
static char *person_name(const char *name)
{
	return text_bounded(*name ? name : "unnamed", FRONT_END_NAME_MAX);
}

/* The server's thread; without the lock. */
static void take_request(struct server *server, struct front_end *front_end, json_t *body)
{
	static const char *const urgent[] = { "cancel", "back", "rescan", "decline", "reboot", "poweroff" };
	const char *name = json_string_value(json_object_get(body, "request"));
	const char *reason = N_("This request is not known.");
	bool known = false, answer;
	json_t *attach_name = json_object_get(body, "name");
	json_int_t id = json_integer_value(json_object_get(body, "id"));

	if (!name)
		name = "";
	answer = !strcmp(name, "answer");
	for (size_t i = 0; i < ARRAY_LENGTH(urgent); i++)
		known |= !strcmp(name, urgent[i]);

	pthread_mutex_lock(&server->lock);
	if (!front_end->name) {
		if (!strcmp(name, "attach") && json_is_string(attach_name) &&
		    (front_end->name = person_name(json_string_value(attach_name)))) {
			recall_tell(server->recall, front_end);
			enqueue_event(server, ALL_FRONT_ENDS, event_attached(front_end->name));
			wake(server);
		} else {
			front_end->broken = true;
		}
	} else if (answer && (id != server->question || !server->question)) {
		enqueue_event(server, front_end->id, event_stale(id));
	} else if (server->question && (answer || known)) {
		if (!queue_request(server, front_end, body))
			enqueue_event(server, front_end->id, event_refused(server->question, N_("Too many requests are waiting; send it again.")));
	} else {
		unsigned from = front_end->id;
		AUTO_FREE char *by = strdup(front_end->name);

		pthread_mutex_unlock(&server->lock);
		if (known)
			reason = server->options.urgent ? server->options.urgent(server->options.data, name, by ? by : "?") :
				 N_("Nothing can be stopped here.");
		if (reason)
			server_refuse(server, from, 0, reason);
		return;
	}
	pthread_mutex_unlock(&server->lock);
}

static bool may_ask(struct server *server, const struct front_end *front_end)
{
	bool may;

	pthread_mutex_lock(&server->lock);
	may = !front_end->broken && front_end->replies < REPLIES_MAX;
	pthread_mutex_unlock(&server->lock);
	return may;
}

static void receive_from(struct server *server, struct front_end *front_end)
{
	ssize_t length;
	json_t *body;

	for (int i = 0; i < MESSAGES_A_TURN && may_ask(server, front_end); i++) {
		length = recv(front_end->fd, server->buffer, ENGINE_MESSAGE_LIMIT, MSG_DONTWAIT | MSG_TRUNC);
		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* It has left with events unread, which is told once; what it sent before comes behind that. */
		if (length < 0 && errno == ECONNRESET && i + 1 < MESSAGES_A_TURN)
			continue;
		if (length <= 0) {
			pthread_mutex_lock(&server->lock);
			front_end->broken = true;
			pthread_mutex_unlock(&server->lock);
			return;
		}
		body = (size_t)length > ENGINE_MESSAGE_LIMIT ? NULL :
			json_loadb(server->buffer, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
		/* It may have been the answer to a secret question. */
		explicit_bzero(server->buffer, (size_t)length > ENGINE_MESSAGE_LIMIT ? ENGINE_MESSAGE_LIMIT : (size_t)length);
		if (json_is_object(body))
			take_request(server, front_end, body);
		else
			server_refuse(server, front_end->id, 0, N_("This message is no JSON object of an allowed length."));
		json_decref(body);
	}
}

/* With the lock held: makes room for one more by dropping the one that has waited longest without introducing itself. */
static void drop_silent(struct server *server)
{
	for (size_t i = 0; i < server->count; i++)
		if (!server->front_ends[i]->name) {
			front_end_free(server->front_ends[i]);
			memmove(server->front_ends + i, server->front_ends + i + 1,
				(--server->count - i) * sizeof(*server->front_ends));
			return;
		}
}

/* Takes FD. With the lock held, or before the thread runs. */
static int add_front_end(struct server *server, int fd)
{
	struct front_end *front_end;

	if (server->count == FRONT_ENDS_MAX)
		drop_silent(server);
	front_end = server->count < FRONT_ENDS_MAX ? front_end_new(++server->next_id, fd) : NULL;

	if (!front_end) {
		close(fd);
		return -ENOMEM;
	}
	server->front_ends[server->count++] = front_end;
	return 0;
}

/* False when nothing could be accepted, when no descriptor is left, say: front ends that wait stay in the queue. */
static bool accept_one(struct server *server)
{
	int fd = accept4(server->listener.fd, NULL, NULL, SOCK_CLOEXEC);
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (fd < 0)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || (peer.uid != 0 && peer.uid != geteuid())) {
		close(fd);
		return true;
	}
	pthread_mutex_lock(&server->lock);
	add_front_end(server, fd);
	pthread_mutex_unlock(&server->lock);
	return true;
}

/* With the lock held. */
static void drop_broken(struct server *server)
{
	size_t kept = 0, before = server->count;

	for (size_t i = 0; i < server->count; i++) {
		if (server->front_ends[i]->broken)
			front_end_free(server->front_ends[i]);
		else
			server->front_ends[kept++] = server->front_ends[i];
	}
	server->count = kept;
	if (kept != before)
		pthread_cond_broadcast(&server->arrived);
}

/* With the lock held: what to wait for; with RESTS nobody new. The front ends come first, in their order; only this thread adds and drops them. */
static nfds_t fill_polls(struct server *server, struct pollfd *polls, bool rests)
{
	nfds_t n = 0;

	for (size_t i = 0; i < server->count; i++) {
		const struct front_end *front_end = server->front_ends[i];

		polls[n++] = (struct pollfd){ .fd = front_end->fd,
					      .events = (short)((front_end->replies < REPLIES_MAX ? POLLIN : 0) |
								(front_end->first ? POLLOUT : 0)) };
	}
	polls[n++] = (struct pollfd){ .fd = server->wake_fd, .events = POLLIN };
	polls[n++] = (struct pollfd){ .fd = rests ? -1 : server->listener.fd, .events = POLLIN };
	return n;
}

static void *server_thread(void *data)
{
	struct server *server = data;
	struct pollfd polls[FRONT_ENDS_MAX + 2];
	bool leaving = false, rests = false;

	while (!leaving) {
		nfds_t n;
		size_t count;

		pthread_mutex_lock(&server->lock);
		drop_broken(server);
		for (size_t i = 0; i < server->count; i++)
			front_end_send(server->front_ends[i]);
		n = fill_polls(server, polls, rests);
		count = server->count;
		leaving = server->leaving;
		pthread_mutex_unlock(&server->lock);

		if (leaving || poll(polls, n, rests ? ACCEPT_PAUSE_MS : WAKE_LIMIT_MS) < 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
				receive_from(server, server->front_ends[i]);
		if (polls[count].revents)
			wake_take(server->wake_fd);
		rests = polls[count + 1].revents && !accept_one(server);
	}
	return NULL;
}

int server_new(struct context *ctx, const struct server_options *options, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int r = 0;

	if (!server)
		return context_oom(ctx);
	server->options = *options;
	server->listener = LISTENER_NONE;
	server->last = &server->first;
	pthread_mutex_init(&server->lock, NULL);
	clock_condition_init(&server->arrived);
	server->wake_fd = wake_open();
	server->buffer = malloc(ENGINE_MESSAGE_LIMIT);
	server->recall = recall_new();
	if (server->wake_fd < 0 || !server->buffer || !server->recall)
		r = context_oom(ctx);
	if (r == 0 && options->socket)
		r = listener_open(ctx, options->socket, &server->listener);
	if (r >= 0 && options->front_end_fd >= 0)
		r = add_front_end(server, options->front_end_fd);
	if (r >= 0) {
		r = -pthread_create(&server->thread, NULL, server_thread, server);
		if (r < 0)
			context_fail(ctx, -r, "The consoles cannot be served: %s", strerror(-r));
		server->started = r == 0;
	}
	if (r < 0) {
		server_free(server);
		return r;
	}
	*ret = server;
	return 0;
}

/* With the lock held: whether a front end has still something to be told. *RET_SENT: messages that front ends took so far. */
static bool has_queued(const struct server *server, size_t *ret_sent)
{
	bool more = false;

	*ret_sent = 0;
	for (size_t i = 0; i < server->count; i++) {
		const struct front_end *front_end = server->front_ends[i];

		*ret_sent += front_end->sent;
		/* One that has not introduced itself yet does so in a moment, and wants to know the end too. */
		more |= (front_end->first || !front_end->name) && !front_end->broken;
	}
	return more;
}

/* Waits for front ends as long as they take what is left for them. */
static void drain(struct server *server)
{
	double start = clock_now(), moved = start;
	size_t sent = 0, before = 0;
	bool more = true;

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < server->count; i++)
		front_end_hurry(server->front_ends[i]);
	pthread_mutex_unlock(&server->lock);
	while (more && clock_now() < moved + DRAIN_STALL_S && clock_now() < start + DRAIN_S) {
		pthread_mutex_lock(&server->lock);
		more = has_queued(server, &sent);
		pthread_mutex_unlock(&server->lock);
		if (sent != before)
			moved = clock_now();
		before = sent;
		if (more)
			clock_pause(0.005);
	}
}

void server_free(struct server *server)
{
	struct request_node *next;

	if (!server)
		return;
	if (server->started) {
		drain(server);
		pthread_mutex_lock(&server->lock);
		server->leaving = true;
		pthread_mutex_unlock(&server->lock);
		wake(server);
		pthread_join(server->thread, NULL);
	}
	for (size_t i = 0; i < server->count; i++)
		front_end_free(server->front_ends[i]);
	recall_free(server->recall);
	for (struct request_node *node = server->first; node; node = next) {
		next = node->next;
		server_request_done(&node->request);
		free(node);
	}
	listener_close(&server->listener);
	if (server->wake_fd >= 0)
		close(server->wake_fd);
	free(server->buffer);
	pthread_cond_destroy(&server->arrived);
	pthread_mutex_destroy(&server->lock);
	free(server);
}
