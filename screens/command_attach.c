/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat attach: joins a session that is running, with the same console. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "answers.h"
#include "command_common.h"
#include "console.h"
#include "plain.h"
#include "text.h"
#include "translate.h"

#define ATTACH_TRIES 300
#define ATTACH_WAIT_MS 200

static int help(void)
{
	printf(
		_("Usage: lifeboat attach [--socket PATH] [--plain | --events | --answers FILE [--unattended]]\n\n"
		  "Joins the restore session that is running here, from an SSH login for example.\n\n"
		  "  --socket PATH  the engine's socket (default %s)\n"
		  "  --plain        plain lines instead of screens\n"
		  "  --events       every event of the session, a line of JSON each; answers nothing\n"
		  "  --answers FILE answers questions from a JSON object; leaves at the first it has no answer to\n"
		  "  --unattended   waits for the session and reads FILE at its first question; one that it does not answer ends\n"
		  "                 the session, as not restored\n"),
		ENGINE_SOCKET);
	return 0;
}

/* The engine may still be on its way: it is waited for. */
static int attach_events(const char *socket, struct client **ret)
{
	int r = -ENOENT;

	for (int tries = 0; tries < ATTACH_TRIES; tries++) {
		r = client_attach(socket, "events", ret);
		if (r != -ENOENT && r != -ECONNREFUSED)
			return r;
		poll(NULL, 0, ATTACH_WAIT_MS);
	}
	return r;
}

static int print_events(const char *socket)
{
	struct client *client;
	json_t *event;
	int r = attach_events(socket, &client);

	if (r < 0) {
		fprintf(stderr, _("lifeboat attach: no session could be joined: %s. 'lifeboat restore --set SET' starts one; on rescue media it "
				  "starts by itself.\n"), strerror(-r));
		return 1;
	}
	do {
		struct pollfd poller = { .fd = client_fd(client), .events = POLLIN };

		poll(&poller, 1, -1);
		while ((r = client_receive(client, &event)) == 1) {
			json_dumpf(event, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(event);
		}
	} while (fflush(stdout) == 0 && r == 0);
	client_free(client);
	return r == -ECONNRESET ? 0 : 1;
}

static int answer_from(const char *path, const char *socket)
{
	struct plain_options plain = { .socket = socket, .fd = -1 };
	AUTO_FREE char *why = NULL, *unknown = NULL;
	json_auto_t *answers = NULL;

	if (answers_load(path, &answers, &why) < 0) {
		translate_print(stderr, "lifeboat attach: %s.\n", why);
		return 1;
	}
	unknown = answers_unknown(answers);
	if (unknown)
		translate_print(stderr, _("lifeboat attach: warning: %s.\n"), unknown);
	plain.answers = answers;
	return plain_main(&plain);
}

int command_attach(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "events", no_argument, NULL, 'e' },
		{ "plain", no_argument, NULL, 'p' },
		{ "answers", required_argument, NULL, 'a' },
		{ "unattended", no_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct console_options console = { .joins = true };
	bool plain = false, events = false, unattended = false;
	const char *answers = NULL;
	int option;

	while ((option = command_next_option(argc, argv, ":h", options)) != -1) {
		switch (option) {
		case 's':
			console.socket = optarg;
			break;
		case 'e':
			events = true;
			break;
		case 'p':
			plain = true;
			break;
		case 'a':
			answers = optarg;
			break;
		case 'u':
			unattended = true;
			break;
		case 'h':
			return help();
		default:
			return command_wrong_option("attach", option, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("attach", argv[optind]);
	if (unattended && !answers)
		return command_usage_error("attach", _("--unattended wants --answers FILE"));
	if (events)
		return print_events(console.socket);
	if (unattended)
		return plain_main(&(struct plain_options){
			.socket = console.socket, .fd = -1, .waits = true, .unattended = true, .answers_path = answers });
	if (answers)
		return answer_from(answers, console.socket);
	if (!plain && term_can_show(NULL))
		return console_main(&console);
	return plain_main(&(struct plain_options){ .socket = console.socket, .fd = -1 });
}
