/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat engine: the session as a process of its own. Pid 1 starts it on rescue media; tests start it anywhere. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "../backend/client.h"
#include "command_common.h"
#include "engine_signals.h"
#include "policy.h"
#include "text.h"

#define RESCUE_LOG "/run/lifeboat/lifeboat.log"
#define DEVICES_MAX 16
#define REPLY_MS 2000

struct engine_request {
	struct session_options session;
	const char *cmdline;     /* NULL: the kernel's on rescue media, else empty */
	const char *request;     /* only passes this on to the engine that runs */
	const char *devices[DEVICES_MAX + 1];
	size_t device_count;
};

static int help(void)
{
	printf(_("Usage: lifeboat engine [--rescue] [--socket PATH] [--cmdline WORDS] [--root DIR] [--state DIR]\n"
		       "                       [--log FILE] [--device NODE]...\n"
		       "       lifeboat engine --request reboot|poweroff|cancel [--socket PATH]\n\n"
		       "Runs a restore session that consoles attach to. Rescue media start it by themselves.\n\n"
		       "  --rescue         this is rescue media: all phases, from the drivers on\n"
		       "  --socket PATH    where consoles attach (default %s)\n"
		       "  --cmdline WORDS  as if the kernel had been given these words\n"
		       "  --root DIR       where the new system is mounted\n"
		       "  --state DIR      for plan, checkpoint and README\n"
		       "  --log FILE       the log; lines are appended\n"
		       "  --device NODE    a loop device that counts as a disk\n"
		       "  --request NAME   sends this request to the engine that runs and leaves\n"), ENGINE_SOCKET);
	return 0;
}

/* -1: continue; else the exit status. */
static int parse(int argc, char **argv, struct engine_request *request)
{
	static const struct option options[] = {
		{ "rescue", no_argument, NULL, 'r' },     { "socket", required_argument, NULL, 's' },
		{ "cmdline", required_argument, NULL, 'c' }, { "root", required_argument, NULL, 'R' },
		{ "state", required_argument, NULL, 'S' }, { "log", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' }, { "request", required_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },       { 0 },
	};
	int c;

	while ((c = command_next_option(argc, argv, ":h", options)) != -1) {
		switch (c) {
		case 'r': request->session.rescue = true; break;
		case 's': request->session.socket = optarg; break;
		case 'c': request->cmdline = optarg; break;
		case 'R': request->session.root = optarg; break;
		case 'S': request->session.state = optarg; break;
		case 'l': request->session.log = optarg; break;
		case 'q': request->request = optarg; break;
		case 'd':
			if (request->device_count == DEVICES_MAX)
				return command_usage_error("engine", _("more than %d devices"), DEVICES_MAX);
			request->devices[request->device_count++] = optarg;
			break;
		case 'h': return help();
		default: return command_wrong_option("engine", c, argv);
		}
	}
	return optind < argc ? command_wrong_argument("engine", argv[optind]) : -1;
}

static int read_cmdline(const struct engine_request *request, struct cmdline *ret)
{
	if (!request->cmdline && request->session.rescue)
		return cmdline_read(ret);
	return cmdline_parse(request->cmdline ? request->cmdline : "", ret);
}

/* Waits for what the engine says to the request: 0 taken, 1 refused. */
static int await_reply(struct client *client)
{
	struct pollfd poller = { .fd = client_fd(client), .events = POLLIN };
	json_t *event;
	int r;

	while (poll(&poller, 1, REPLY_MS) > 0) {
		while ((r = client_receive(client, &event)) == 1) {
			const char *name = event_name(event);
			bool refused = !strcmp(name, "refused");

			if (refused)
				fprintf(stderr, "lifeboat engine: %s\n", json_string_value(json_object_get(event, "reason")));
			json_decref(event);
			if (refused)
				return 1;
		}
		if (r == -ECONNRESET)
			return 0;
	}
	return 0;
}

static int pass_on(const struct engine_request *request)
{
	struct client *client;
	int r = client_attach(request->session.socket, "engine --request", &client);

	if (r == 0) {
		r = client_request(client, request->request);
		if (r == 0)
			r = await_reply(client);
		client_free(client);
	}
	if (r < 0)
		fprintf(stderr, _("lifeboat engine: no engine could be reached: %s\n"), strerror(-r));
	return r != 0;
}

static int run(struct engine_request *request)
{
	struct context ctx;
	struct engine_signals signals;
	int status = 1;

	if (!request->session.socket)
		request->session.socket = ENGINE_SOCKET;
	if (!request->session.log && request->session.rescue)
		request->session.log = RESCUE_LOG;
	if (request->device_count)
		request->session.devices = request->devices;
	if (read_cmdline(request, &request->session.cmdline) < 0) {
		fprintf(stderr, _("lifeboat engine: the kernel command line cannot be read\n"));
		return 1;
	}
	context_init(&ctx);
	request->session.status = &status;
	request->session.told_to_end = &signals.told_to_end;
	if (engine_signals_watch(&signals, &ctx) == 0) {
		session_run(&ctx, &request->session);
		engine_signals_done(&signals);
	}
	if (*context_detail(&ctx))
		fprintf(stderr, "lifeboat engine: %s\n", context_detail(&ctx));
	context_done(&ctx);
	cmdline_done(&request->session.cmdline);
	return status;
}

int command_engine(int argc, char **argv)
{
	struct engine_request request = { .session = { .front_end_fd = -1, .policy = console_policy } };
	int r = parse(argc, argv, &request);

	if (r >= 0)
		return r;
	return request.request ? pass_on(&request) : run(&request);
}
