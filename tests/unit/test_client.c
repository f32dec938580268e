/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of the engine's socket: what a client makes of what it gets, what becomes of events that are too long, what a question
 * takes for an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../backend/protocol/client.h"
#include "../../backend/protocol/message.h"
#include "../../backend/protocol/question.h"
#include "../../backend/core/bytes.h"

static struct client *pair(int *engine)
{
	struct client *client = NULL;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(client_attach_fd(fds[0], "tester", &client), 0);
	*engine = fds[1];
	return client;
}

static void assert_request(int engine, const char *expected)
{
	char text[4096];
	ssize_t length = recv(engine, text, sizeof(text) - 1, 0);

	assert_true(length > 0);
	text[length] = '\0';
	assert_string_equal(text, expected);
}

static void test_requests(void **state)
{
	struct client *client;
	int engine;

	(void)state;
	client = pair(&engine);
	assert_request(engine, "{\"request\":\"attach\",\"name\":\"tester\"}");
	assert_int_equal(client_answer(client, 7, json_pack("{ss}", "disk:0", "disk:1")), 0);
	assert_request(engine, "{\"request\":\"answer\",\"id\":7,\"value\":{\"disk:0\":\"disk:1\"}}");
	assert_int_equal(client_request(client, "cancel"), 0);
	assert_request(engine, "{\"request\":\"cancel\"}");
	close(engine);
	assert_int_equal(client_request(client, "cancel"), -ECONNRESET);
	client_free(client);
}

static void test_receive(void **state)
{
	static const char *const bad[] = { "not json", "[1]", "{\"event\":1}", "{\"even\":\"log\"}", "{\"event\":\"a\",\"event\":\"b\"}" };
	struct client *client;
	json_t *event = NULL;
	int engine;

	(void)state;
	client = pair(&engine);
	assert_int_equal(client_receive(client, &event), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		assert_true(send(engine, bad[i], strlen(bad[i]), 0) > 0);
		assert_int_equal(client_receive(client, &event), -EBADMSG);
	}
	assert_true(send(engine, "{\"event\":\"log\",\"text\":\"x\"}", 26, 0) > 0);
	assert_int_equal(client_receive(client, &event), 1);
	assert_string_equal(json_string_value(json_object_get(event, "text")), "x");
	json_decref(event);
	close(engine);
	assert_int_equal(client_receive(client, &event), -ECONNRESET);
	client_free(client);
}

static void test_attach_fails(void **state)
{
	AUTO_FREE char *name = malloc(200);
	struct client *client = NULL;

	(void)state;
	assert_int_equal(client_attach("/tmp/lifeboat-there-is-none.sock", "x", &client), -ENOENT);
	memset(name, 'a', 199);
	name[199] = '\0';
	assert_int_equal(client_attach(name, "x", &client), -ENAMETOOLONG);
	assert_null(client);
}

static void test_short_message(void **state)
{
	json_t *event = json_pack("{ss, ss}", "event", "log", "text", "hello");
	struct message *message = message_new(event);

	(void)state;
	assert_string_equal(message->text, "{\"event\":\"log\",\"text\":\"hello\"}");
	assert_int_equal(message->length, strlen(message->text));
	message_release(message_reference(message));
	message_release(message);
	message_release(NULL);
	json_decref(event);
}

static void test_long_message_loses_the_tail_of_its_list(void **state)
{
	json_t *list = json_array(), *event, *cut;
	struct message *message;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		json_array_append_new(list, json_sprintf("file number %u", i));
	event = json_pack("{ss, ss, so, s[s]}", "event", "end", "state", "partial", "list", list, "short", "kept");
	message = message_new(event);
	assert_true(message->length <= ENGINE_MESSAGE_LIMIT && message->length > ENGINE_MESSAGE_LIMIT / 4);
	cut = json_loads(message->text, 0, NULL);
	assert_true(json_is_true(json_object_get(cut, "truncated")));
	assert_string_equal(json_string_value(json_object_get(cut, "state")), "partial");
	assert_string_equal(json_string_value(json_array_get(json_object_get(cut, "list"), 0)), "file number 0");
	assert_int_equal(json_array_size(json_object_get(cut, "short")), 1);
	assert_int_equal(json_array_size(json_object_get(event, "list")), 20000);
	json_decref(cut);
	json_decref(event);
	message_release(message);
}

static void test_one_text_that_is_too_long(void **state)
{
	AUTO_FREE char *text = malloc(ENGINE_MESSAGE_LIMIT + 1);
	json_t *event;
	struct message *message;

	(void)state;
	memset(text, 'x', ENGINE_MESSAGE_LIMIT);
	text[ENGINE_MESSAGE_LIMIT] = '\0';
	event = json_pack("{ss, ss}", "event", "log", "text", text);
	message = message_new(event);
	assert_string_equal(message->text, "{\"event\":\"log\",\"truncated\":true}");
	message_release(message);
	json_decref(event);
}

/* TYPE, an answer as JSON, whether it is taken. */
static const struct {
	const char *type, *answer;
	bool taken;
} answers[] = {
	{ "choice", "\"a\"", true }, { "choice", "\"b\"", false }, { "choice", "\"c\"", false }, { "choice", "[\"a\"]", false },
	{ "choices", "[\"a\"]", true }, { "choices", "[]", true }, { "choices", "[\"a\", \"b\"]", false }, { "choices", "\"a\"", false },
	{ "yesno", "true", true }, { "yesno", "false", true }, { "yesno", "\"yes\"", false }, { "text", "\"\"", true },
	{ "text", "null", false }, { "number", "3", true }, { "number", "\"3\"", false },
	{ "map", "{\"disk:0\": \"disk:1\"}", true }, { "map", "{\"disk:0\": null}", true }, { "map", "{\"disk:0\": 1}", false },
	{ "map", "[]", false }, { "erase", "{\"erase\": \"disk:1\"}", true }, { "erase", "{\"erase\": \"disk:2\"}", false },
	{ "erase", "{}", false }, { "erase", "true", false }, { "erase", "\"disk:1\"", false }, { "other", "true", false },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
		AUTO_QUESTION struct question question = { .name = "x", .type = answers[i].type, .title = "X" };
		json_t *value = json_loads(answers[i].answer, JSON_DECODE_ANY, NULL);

		question_option(&question, "a", "A", NULL, NULL);
		question_option(&question, "b", "B", NULL, "not now");
		question_data(&question, "disk", json_string("disk:1"));
		if ((question_refusal(&question, value) == NULL) != answers[i].taken)
			fail_msg("%s %s", answers[i].type, answers[i].answer);
		json_decref(value);
	}
}

static void test_question_event(void **state)
{
	AUTO_QUESTION struct question question = { .name = "set", .type = "choice", .title = "Set", .back = true };
	json_t *event, *free_text = json_string("/mnt/set"), *empty = json_string("");

	(void)state;
	question_option(&question, "a", "A", "more", NULL);
	question_data(&question, "free_text", json_true());
	assert_null(question_refusal(&question, free_text));
	assert_non_null(question_refusal(&question, empty));
	event = question_event(&question, 3);
	assert_int_equal(json_integer_value(json_object_get(event, "id")), 3);
	assert_true(json_is_null(json_object_get(event, "default")));
	assert_true(json_is_true(json_object_get(event, "back")));
	assert_false(json_is_true(json_object_get(event, "rescan")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(event, "options"), 0), "detail")), "more");
	json_decref(event);
	json_decref(free_text);
	json_decref(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_attach_fails),
		cmocka_unit_test(test_short_message),
		cmocka_unit_test(test_long_message_loses_the_tail_of_its_list),
		cmocka_unit_test(test_one_text_that_is_too_long),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_question_event),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
