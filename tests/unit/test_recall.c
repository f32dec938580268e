/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a front end that comes late hears of the log: what was only said never pushes out what was warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../backend/protocol/recall.h"
#include "../../backend/core/bytes.h"
#include "../../backend/core/event.h"

static void tell(struct recall *recall, enum severity severity, unsigned number)
{
	AUTO_FREE char *text = text_format("%s %u", severity_name(severity), number);
	json_t *event = event_log(severity, text);
	struct message *message = message_new(event);

	recall_event(recall, event, message);
	message_release(message);
	json_decref(event);
}

static void warnings_outlive_what_is_said(void **state)
{
	struct recall *recall = recall_new();
	struct front_end *front_end;
	unsigned warned = 0, said = 0;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	front_end = front_end_new(1, fds[0]);
	tell(recall, SEVERITY_WARNING, 0);
	for (unsigned i = 0; i < 1000; i++) {
		tell(recall, SEVERITY_DEBUG, i);
		tell(recall, SEVERITY_INFO, i);
	}
	tell(recall, SEVERITY_ERROR, 1);
	tell(recall, SEVERITY_INFO, 1000);
	recall_tell(recall, front_end);
	for (struct queued *entry = front_end->first; entry; entry = entry->next) {
		if (strstr(entry->message->text, "\"warning 0\"")) {
			assert_int_equal(said, 0);
			warned++;
		} else if (strstr(entry->message->text, "\"error 1\"")) {
			assert_int_equal(said, 299);
			warned++;
		} else {
			AUTO_FREE char *expected = text_format("\"info %u\"", 701 + said);

			assert_non_null(strstr(entry->message->text, expected));
			said++;
		}
	}
	assert_int_equal(warned, 2);
	assert_int_equal(said, 300);
	front_end_free(front_end);
	recall_free(recall);
	close(fds[1]);
}

static void keep(struct recall *recall, const char *name)
{
	json_t *event = json_pack("{ss}", "event", name);
	struct message *message = message_new(event);

	recall_event(recall, event, message);
	message_release(message);
	json_decref(event);
}

/* Who comes late while another phase waits for something sees no counters of the one before. */
static void progress_ends_with_its_phase(void **state)
{
	struct recall *recall = recall_new();
	int fds[2];
	struct front_end *front_end;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	front_end = front_end_new(1, fds[0]);
	keep(recall, "state");
	keep(recall, "progress");
	keep(recall, "state");
	recall_tell(recall, front_end);
	assert_non_null(front_end->first);
	assert_non_null(strstr(front_end->first->message->text, "\"state\""));
	assert_null(front_end->first->next);
	front_end_free(front_end);
	recall_free(recall);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(warnings_outlive_what_is_said), cmocka_unit_test(progress_ends_with_its_phase) };

	return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
