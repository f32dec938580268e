/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's server under a flood: a front end that does not read for a while loses lines that it can do without, and nothing
 * else; one that reads slowly at the end still hears how it ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../../backend/protocol/client.h"
#include "../../backend/protocol/front_end.h"
#include "../../backend/protocol/listener.h"
#include "../../backend/protocol/server.h"
#include "../../backend/core/bytes.h"
#include "../../backend/core/event.h"

#define DEADLINE_MS 20000

struct flood {
	struct context ctx;
	struct server *server;
	struct client *client;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The next event; NULL when the engine has closed the connection. */
static json_t *next_event(struct flood *flood)
{
	json_t *event = NULL;
	int r;

	while ((r = client_receive(flood->client, &event)) == 0) {
		struct pollfd fd = { .fd = client_fd(flood->client), .events = POLLIN };

		assert_true(poll(&fd, 1, DEADLINE_MS) > 0);
	}
	assert_true(r == 1 || r == -ECONNRESET);
	return r == 1 ? event : NULL;
}

static bool is_event(json_t *event, const char *name)
{
	const char *found = event ? json_string_value(json_object_get(event, "event")) : NULL;

	return found && !strcmp(found, name);
}

static void begin(struct flood *flood)
{
	struct server_options options = { 0 };
	json_t *event;
	int fds[2];

	context_init(&flood->ctx);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	options.front_end_fd = fds[0];
	assert_int_equal(server_new(&flood->ctx, &options, &flood->server), 0);
	assert_int_equal(client_attach_fd(fds[1], "slow", &flood->client), 0);
	event = next_event(flood);
	assert_true(is_event(event, "attached"));
	json_decref(event);
}

static void publish(struct flood *flood, json_t *event)
{
	assert_non_null(event);
	server_publish(flood->server, event);
	json_decref(event);
}

static void publish_log(struct flood *flood, enum severity severity, const char *what, unsigned number)
{
	AUTO_FREE char *text = text_format("%s %u", what, number);

	publish(flood, event_log(severity, text));
}

struct heard {
	unsigned debug, info, warnings, questions, phases, ends, gaps;
	json_int_t progress;     /* the latest */
};

static void count(struct heard *heard, json_t *event)
{
	const char *level = json_string_value(json_object_get(event, "level"));
	const char *text = json_string_value(json_object_get(event, "text"));

	heard->questions += is_event(event, "question");
	heard->phases += is_event(event, "phase");
	heard->ends += is_event(event, "end");
	if (is_event(event, "progress"))
		heard->progress = json_integer_value(json_object_get(event, "done"));
	if (!is_event(event, "log"))
		return;
	heard->debug += !strcmp(level, "debug");
	heard->info += !strcmp(level, "info");
	heard->gaps += !strcmp(level, "info") && strstr(text, "too slow");
	heard->warnings += !strcmp(level, "warning");
}

/* What a front end calls itself stands in sentences. */
static void test_names_are_bounded_and_printable(void **state)
{
	struct server_options options = { 0 };
	struct flood flood = { 0 };
	char name[5000];
	json_t *event;
	int fds[2];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	memcpy(name, "a\033[2J", 5);
	name[sizeof(name) - 1] = '\0';
	context_init(&flood.ctx);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	options.front_end_fd = fds[0];
	assert_int_equal(server_new(&flood.ctx, &options, &flood.server), 0);
	assert_int_equal(client_attach_fd(fds[1], name, &flood.client), 0);
	event = next_event(&flood);
	assert_true(is_event(event, "attached"));
	assert_int_equal(strncmp(json_string_value(json_object_get(event, "name")), "a%1B[2Jnnn", 10), 0);
	assert_int_equal(strlen(json_string_value(json_object_get(event, "name"))), 64);
	json_decref(event);
	client_free(flood.client);
	server_free(flood.server);
	context_done(&flood.ctx);
}

/* Twenty times what the queue holds, while nobody reads. */
static void test_slow_front_end_misses_only_what_it_can_do_without(void **state)
{
	struct heard heard = { 0 };
	struct flood flood = { 0 };
	double start;

	(void)state;
	begin(&flood);
	start = now_s();
	for (unsigned i = 0; i < 20 * QUEUE_MESSAGES_MAX; i++) {
		publish_log(&flood, i % 2 ? SEVERITY_INFO : SEVERITY_DEBUG, "line of a script", i);
		if (i % 100 == 0)
			publish_log(&flood, SEVERITY_WARNING, "warning", i / 100);
		if (i % 1000 == 0)
			publish(&flood, json_pack("{ss, ss}", "event", "phase", "phase", "extract"));
		publish(&flood, json_pack("{ss, si}", "event", "progress", "done", (int)i));
	}
	publish(&flood, json_pack("{ss, si, ss}", "event", "question", "id", 1, "name", "result"));
	assert_true(now_s() - start < 20);
	publish(&flood, json_pack("{ss, ss}", "event", "end", "state", "partial"));
	while (heard.ends == 0) {
		json_t *event = next_event(&flood);

		assert_non_null(event);
		count(&heard, event);
		json_decref(event);
	}
	assert_int_equal(heard.questions, 1);
	assert_int_equal(heard.warnings, (20 * QUEUE_MESSAGES_MAX + 99) / 100);
	assert_int_equal(heard.phases, (20 * QUEUE_MESSAGES_MAX + 999) / 1000);
	assert_int_equal(heard.progress, 20 * QUEUE_MESSAGES_MAX - 1);
	assert_true(heard.gaps > 0 && heard.info < 10 * QUEUE_MESSAGES_MAX && heard.debug < 10 * QUEUE_MESSAGES_MAX);
	server_free(flood.server);
	client_free(flood.client);
	context_done(&flood.ctx);
}

/* Warnings without end cannot fill the memory, and the front end hears the end all the same. */
static void test_even_warnings_are_bounded(void **state)
{
	struct heard heard = { 0 };
	struct flood flood = { 0 };

	(void)state;
	begin(&flood);
	for (unsigned i = 0; i < 40 * QUEUE_MESSAGES_MAX; i++)
		publish_log(&flood, SEVERITY_WARNING, "warning", i);
	publish(&flood, json_pack("{ss, ss}", "event", "end", "state", "partial"));
	while (heard.ends == 0) {
		json_t *event = next_event(&flood);

		assert_non_null(event);
		count(&heard, event);
		json_decref(event);
	}
	assert_true(heard.warnings < 20 * QUEUE_MESSAGES_MAX && heard.warnings > QUEUE_MESSAGES_MAX && heard.gaps > 0);
	server_free(flood.server);
	client_free(flood.client);
	context_done(&flood.ctx);
}

static void *leave(void *data)
{
	server_free(data);
	return NULL;
}

/* The engine leaves right after the end, with more in the queue than a socket holds: it waits for who still reads. */
static void test_slow_front_end_hears_the_end(void **state)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	struct heard heard = { 0 };
	struct flood flood = { 0 };
	pthread_t thread;
	json_t *event;

	(void)state;
	begin(&flood);
	for (unsigned i = 0; i < 2000; i++) {
		publish_log(&flood, SEVERITY_INFO, "line", i);
		publish_log(&flood, SEVERITY_WARNING, "warning", i);
	}
	publish(&flood, json_pack("{ss, ss}", "event", "end", "state", "partial"));
	assert_int_equal(pthread_create(&thread, NULL, leave, flood.server), 0);
	while ((event = next_event(&flood))) {
		nanosleep(&pause, NULL);
		count(&heard, event);
		json_decref(event);
	}
	pthread_join(thread, NULL);
	assert_int_equal(heard.warnings, 2000);
	assert_int_equal(heard.ends, 1);
	client_free(flood.client);
	context_done(&flood.ctx);
}

static double processor_s(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Without a descriptor for it, a front end that calls waits, and the engine does not spin; later it is let in. */
static void test_no_descriptor_left(void **state)
{
	char directory[] = "/tmp/lifeboat-test-XXXXXX";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct server_options options = { .front_end_fd = -1, .socket = address.sun_path };
	struct pollfd caller = { .fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), .events = POLLIN };
	struct flood flood = { 0 };
	struct rlimit limit, none;
	json_t *event;
	double before;

	(void)state;
	context_init(&flood.ctx);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", mkdtemp(directory));
	assert_int_equal(server_new(&flood.ctx, &options, &flood.server), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	/* poll(2) takes no more entries than this, accept(2) gives no number beyond it. */
	none = limit;
	none.rlim_cur = (rlim_t)caller.fd + 3;
	while (dup(caller.fd) >= 0 && setrlimit(RLIMIT_NOFILE, &none) == 0)
		continue;
	assert_int_equal(connect(caller.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	before = processor_s();
	assert_int_equal(poll(NULL, 0, 300), 0);
	assert_true(processor_s() - before < 0.1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(client_attach_fd(caller.fd, "late", &flood.client), 0);
	event = next_event(&flood);
	assert_true(is_event(event, "attached"));
	json_decref(event);
	client_free(flood.client);
	server_free(flood.server);
	context_done(&flood.ctx);
	unlink(address.sun_path);
	rmdir(directory);
}

/* A wake-up that cannot be written comes late, and does not hold the engine for ever. */
static void test_lost_wake_up_holds_nobody(void **state)
{
	struct flood flood = { 0 };
	int never[2], count = 0;

	(void)state;
	begin(&flood);
	assert_int_equal(pipe2(never, O_CLOEXEC), 0);
	/* In the place of each eventfd: what cannot be written, and never becomes readable. */
	for (int fd = 3; fd < 100; fd++) {
		AUTO_FREE char *path = text_format("/proc/self/fd/%d", fd);
		char link[64];
		ssize_t length = readlink(path, link, sizeof(link) - 1);

		link[length > 0 ? length : 0] = '\0';
		if (!strcmp(link, "anon_inode:[eventfd]")) {
			assert_int_equal(dup3(never[0], fd, O_CLOEXEC), fd);
			count++;
		}
	}
	assert_int_equal(count, 1);
	alarm(DEADLINE_MS / 1000);
	publish(&flood, json_pack("{ss, ss}", "event", "end", "state", "partial"));
	server_free(flood.server);
	alarm(0);
	for (bool ended = false; !ended;) {
		json_t *event = next_event(&flood);

		assert_non_null(event);
		ended = is_event(event, "end");
		json_decref(event);
	}
	client_free(flood.client);
	context_done(&flood.ctx);
	close(never[0]);
	close(never[1]);
}

/* What a front end sends without reading the replies does not fill the memory: it is not listened to until it reads. */
static void test_unread_replies_are_bounded(void **state)
{
	struct flood flood = { 0 };
	unsigned sent = 0, refused = 0;
	double start;

	(void)state;
	begin(&flood);
	for (start = now_s(); now_s() < start + 0.5;)
		sent += send(client_fd(flood.client), "[]", 2, MSG_DONTWAIT) == 2;
	/* What both sockets and the queue hold. */
	assert_in_range(sent, 1, 20 * REPLIES_MAX);
	while (refused < sent) {
		json_t *event = next_event(&flood);

		assert_true(is_event(event, "refused"));
		refused++;
		json_decref(event);
	}
	assert_int_equal(client_request(flood.client, "cancel"), 0);
	json_decref(next_event(&flood));
	server_free(flood.server);
	client_free(flood.client);
	context_done(&flood.ctx);
}

/* Connections that say nothing take nobody's place. */
static void test_silent_connections_give_way(void **state)
{
	AUTO_FREE char *path = text_format("/tmp/lifeboat-test-server.%d", (int)getpid());
	struct server_options options = { .socket = path, .front_end_fd = -1 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct flood flood = { 0 };
	json_t *event;
	int silent[100];

	(void)state;
	context_init(&flood.ctx);
	assert_int_equal(server_new(&flood.ctx, &options, &flood.server), 0);
	strcpy(address.sun_path, path);
	for (size_t i = 0; i < ARRAY_LENGTH(silent); i++) {
		silent[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(silent[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	assert_int_equal(client_attach(path, "late", &flood.client), 0);
	event = next_event(&flood);
	assert_true(is_event(event, "attached"));
	json_decref(event);
	for (size_t i = 0; i < ARRAY_LENGTH(silent); i++)
		close(silent[i]);
	server_free(flood.server);
	client_free(flood.client);
	context_done(&flood.ctx);
}

static void listen_fails(const char *path, int error)
{
	struct listener listener = LISTENER_NONE;
	struct context ctx;

	context_init(&ctx);
	assert_int_equal(listener_open(&ctx, path, &listener), -error);
	assert_int_equal(listener.fd, -1);
	assert_true(*context_detail(&ctx));
	context_done(&ctx);
}

/* A socket is taken from no engine that runs, and from no other kind of file its place. */
static void test_socket_is_taken_from_nobody(void **state)
{
	AUTO_FREE char *path = text_format("/tmp/lifeboat-test-listener.%d", (int)getpid());
	struct listener first = LISTENER_NONE, second = LISTENER_NONE;
	struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_int_equal(listener_open(&ctx, path, &first), 0);
	listen_fails(path, EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	/* It was deleted, and another engine began. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(listener_open(&ctx, path, &second), 0);
	listener_close(&first);
	assert_int_equal(access(path, F_OK), 0);
	/* That one died. */
	close(second.fd);
	assert_int_equal(listener_open(&ctx, path, &second), 0);
	listener_close(&second);
	assert_int_equal(access(path, F_OK), -1);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	listen_fails(path, EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere", path), 0);
	listen_fails(path, EEXIST);
	assert_int_equal(unlink(path), 0);
	context_done(&ctx);
}

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool reached, open;
};

/* Holds up the server's thread. */
static const char *wait_at_gate(void *data, const char *request, const char *by)
{
	struct gate *gate = data;

	(void)request;
	(void)by;
	pthread_mutex_lock(&gate->lock);
	gate->reached = true;
	pthread_cond_broadcast(&gate->moved);
	while (!gate->open)
		pthread_cond_wait(&gate->moved, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return NULL;
}

/* A front end sends NOISE messages and its answer, and leaves at once, with events unread, before the server has looked. */
static void leave_after_answer(unsigned noise)
{
	struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };
	struct server_options options = { .urgent = wait_at_gate, .data = &gate };
	static const char cancel[] = "{\"request\":\"cancel\"}", answer[] = "{\"request\":\"answer\",\"id\":7,\"value\":true}";
	struct server_request request = { 0 };
	struct flood flood = { 0 };
	int fds[2];

	context_init(&flood.ctx);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	options.front_end_fd = fds[0];
	assert_int_equal(server_new(&flood.ctx, &options, &flood.server), 0);
	assert_int_equal(client_attach_fd(fds[1], "hasty", &flood.client), 0);
	json_decref(next_event(&flood));
	publish_log(&flood, SEVERITY_WARNING, "unread", 1);
	assert_int_equal(send(fds[1], cancel, strlen(cancel), 0), strlen(cancel));
	pthread_mutex_lock(&gate.lock);
	while (!gate.reached)
		pthread_cond_wait(&gate.moved, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	publish(&flood, json_pack("{ss, si}", "event", "question", "id", 7));
	for (unsigned i = 0; i < noise; i++)
		assert_int_equal(send(fds[1], "{}", 2, 0), 2);
	assert_int_equal(send(fds[1], answer, strlen(answer), 0), strlen(answer));
	client_free(flood.client);
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.moved);
	pthread_mutex_unlock(&gate.lock);
	assert_int_equal(server_wait(flood.server, DEADLINE_MS, &request), 1);
	assert_string_equal(json_string_value(json_object_get(request.body, "request")), "answer");
	server_request_done(&request);
	server_free(flood.server);
	context_done(&flood.ctx);
}

static void test_last_answer_of_who_leaves(void **state)
{
	(void)state;
	/* Seen as a reset when it is read, and as a broken pipe when it is sent to in between. */
	leave_after_answer(0);
	leave_after_answer(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_bounded_and_printable),
		cmocka_unit_test(test_slow_front_end_misses_only_what_it_can_do_without),
		cmocka_unit_test(test_even_warnings_are_bounded),
		cmocka_unit_test(test_slow_front_end_hears_the_end),
		cmocka_unit_test(test_lost_wake_up_holds_nobody),
		cmocka_unit_test(test_no_descriptor_left),
		cmocka_unit_test(test_last_answer_of_who_leaves),
		cmocka_unit_test(test_unread_replies_are_bounded),
		cmocka_unit_test(test_silent_connections_give_way),
		cmocka_unit_test(test_socket_is_taken_from_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
