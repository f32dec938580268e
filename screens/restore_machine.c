/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "restore_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "answers.h"
#include "command_common.h"
#include "edit_file.h"
#include "engine_signals.h"
#include "plain.h"
#include "policy.h"
#include "text.h"
#include "translate.h"
#include "words.h"

#define DEFAULT_LOG "/var/log/lifeboat-restore.log"

struct machine_request {
	const char *answers, *log, *root, *socket;
	char **devices;          /* owned */
	json_t *wishes;          /* owned */
	struct cmdline cmdline;  /* set and key file are borrowed, targets are owned */
};

static int usage(void)
{
	printf(_("Usage: lifeboat restore --set SET [OPTION]...\n\n"
		 "Restores the whole machine from a recovery set onto disks of this one: partitions, filesystems, "
		 "files, boot loader.\n"
		 "Asks in plain lines; every disk that would be erased is named by model and serial number first.\n\n"
		 "  -s, --set SET      the recovery set: a directory, an .iso or stream file, a server's address, or - (standard input)\n"
		 "  --answers FILE     answers in a JSON object, question to answer; what it does not answer ends the "
		 "restore\n"
		 "  --luks-key-file FILE  opens every encrypted container: the key, or one line with the passphrase; without it they are asked for\n"
		 "  --target IDENTITY  a disk that may be erased: its serial number, WWN, by-path name, or 'blank'; "
		 "repeatable\n"
		 "  --disk DEVICE      a loop device that counts as a disk; repeatable\n"
		 "  --mode MODE        interactive (asks; the default) or nuke (asks nothing; ends where there is "
		 "doubt)\n"
		 "  --verify DEPTH     what is checked of the set before anything is erased: full (the default) or digest;\n"
		 "                     each: of a set that passes once, each part when it is restored\n"
		 "  --salvage          of a damaged set restore all that is intact, unasked\n"
		 "  --initramfs WHEN   a new initramfs: auto (where the saved one does not serve here; the default), always or never\n"
		 "  --edit FILE        changes of the plan, as 'lifeboat plan --edit' takes them\n"
		 "  --root DIR         where the new system is mounted meanwhile (default /run/lifeboat/target)\n"
		 "  --log FILE         the log (default %s)\n"
		 "  --socket PATH      lets 'lifeboat attach --socket PATH' join\n"
		 "  -h, --help         this text\n\n"
		 "Exit status: 0 restored, bootable; 3 restored, not bootable; 4 partial; 5 not restored; 1 it could not begin; 2 usage.\n"),
	       DEFAULT_LOG);
	return 0;
}

static int add(char ***list, const char *text)
{
	return strv_append(list, text) < 0 ? 1 : 0;
}

/* -1: continue; else the exit status. */
static int take_option(struct machine_request *request, int option, const char *value)
{
	switch (option) {
	case 's':
		request->cmdline.set = (char *)value;
		break;
	case 'a':
		request->answers = value;
		break;
	case 'k':
		request->cmdline.luks_key_file = (char *)value;
		break;
	case 't':
		return add(&request->cmdline.targets, value) ? 1 : -1;
	case 'd':
		return add(&request->devices, value) ? 1 : -1;
	case 'm':
		if (!mode_parse(value, &request->cmdline.mode) ||
		    (request->cmdline.mode != MODE_INTERACTIVE && request->cmdline.mode != MODE_NUKE))
			return command_usage_error("restore",
						   _("there is no mode '%s' here; it is interactive or nuke."), value);
		break;
	case 'v':
		if (!cmdline_take_verify(&request->cmdline, value))
			return command_usage_error("restore", _("--verify wants full, digest or each, not '%s'."), value);
		break;
	case 'n':
		if (!cmdline_take_initramfs(&request->cmdline, value))
			return command_usage_error("restore", _("--initramfs wants auto, always or never, not '%s'."), value);
		break;
	case 'i':
		request->cmdline.salvage = true;
		break;
	case 'e':
		json_decref(request->wishes);
		request->wishes = NULL;
		return edit_file_load("restore", value, &request->wishes) ? 1 : -1;
	case 'r':
		request->root = value;
		break;
	case 'l':
		request->log = value;
		break;
	case 'S':
		request->socket = value;
		break;
	case 'h':
		return usage();
	}
	return -1;
}

static int parse(int argc, char **argv, struct machine_request *request)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },
		{ "answers", required_argument, NULL, 'a' },
		{ "luks-key-file", required_argument, NULL, 'k' },
		{ "target", required_argument, NULL, 't' },
		{ "disk", required_argument, NULL, 'd' },
		{ "mode", required_argument, NULL, 'm' },
		{ "verify", required_argument, NULL, 'v' },
		{ "salvage", no_argument, NULL, 'i' },
		{ "initramfs", required_argument, NULL, 'n' },
		{ "edit", required_argument, NULL, 'e' },
		{ "root", required_argument, NULL, 'r' },
		{ "log", required_argument, NULL, 'l' },
		{ "socket", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status;

	optind = 0;
	while ((option = command_next_option(argc, argv, ":s:h", options)) != -1)
		if (option == '?' || option == ':')
			return command_wrong_option("restore", option, argv);
		else if ((status = take_option(request, option, optarg)) >= 0)
			return status;
	if (optind < argc)
		return command_usage_error("restore", _("unexpected argument '%s'; single files are restored with --to DIR"),
					   argv[optind]);
	if (!request->cmdline.set)
		return command_no_set("restore");
	return -1;
}

/* The engine, in a process of its own: an interrupt typed here must not cut through its work. */
static void run_engine(const struct machine_request *request, int fd)
{
	struct session_options options = {
		.socket = request->socket,
		.front_end_fd = fd,
		.policy = console_policy,
		.cmdline = request->cmdline,
		.wishes = request->wishes,
		.root = request->root,
		.log = request->log,
		.devices = (const char *const *)request->devices,
	};
	struct engine_signals signals;
	struct context ctx;
	int status = end_state_status(END_NOT_RESTORED);

	setsid();
	context_init(&ctx);
	options.told_to_end = &signals.told_to_end;
	if (engine_signals_watch(&signals, &ctx) == 0) {
		status = end_state_status(session_run(&ctx, &options));
		engine_signals_done(&signals);
	}
	/* What kept the session from beginning; an end was told to whoever is attached. */
	if (*context_detail(&ctx)) {
		AUTO_FREE char *said = translate_sentence(context_detail(&ctx));

		fprintf(stderr, "lifeboat restore: %s.\n", said ? said : context_detail(&ctx));
		status = 1;
	}
	context_done(&ctx);
	fflush(NULL);
	_exit(status);
}

static int wait_for_engine(pid_t pid, const char *root)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return end_state_status(END_NOT_RESTORED);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	/* It led a session: what it had started ends with it. */
	processes_kill_session(pid);
	fprintf(stderr, _("lifeboat restore: the engine was killed by signal %d; the restore may be unfinished. The new system may still be "
			  "mounted below %s: start 'lifeboat restore' again to clear it away and to resume.\n"),
		WTERMSIG(status), root ? root : "/run/lifeboat/target");
	return end_state_status(END_NOT_RESTORED);
}

/* What was said of the end was not read: its state, which STATUS is of, and where the rest of it stands. */
static void tell_end(int status, const char *log)
{
	for (enum end_state end = END_BOOTABLE; end <= END_NOT_RESTORED; end++) {
		if (status != end_state_status(end))
			continue;
		fprintf(stderr, _("RESULT: %s"), words_translate(end_state_name(end)));
		fputc('\n', stderr);
		if (log)
			fprintf(stderr, _("Log: %s"), log);
		fputs(log ? "\n" : "", stderr);
	}
}

/* Standard input is the set: what a person answers comes from the terminal, and what a file answers from nowhere else. Descriptor. */
static int open_answering(const struct machine_request *request)
{
	int fd = request->answers ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0 && (request->answers || request->cmdline.mode == MODE_NUKE))
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fprintf(stderr, "%s\n", _("lifeboat restore: the set is on standard input, and there is no terminal to ask on: give the answers in a file (--answers FILE)."));
	return fd;
}

static int run(const struct machine_request *request, json_t *answers)
{
	struct plain_options plain = { .owns = true, .answers = answers };
	bool streams = !strcmp(request->cmdline.set, "-");
	AUTO_CLOSE int answering = streams ? open_answering(request) : -1;
	int ends[2], status;
	pid_t pid;

	if (streams && answering < 0)
		return 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		fprintf(stderr, _("lifeboat restore: the engine cannot be started: %s\n"), strerror(errno));
		return 1;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_engine(request, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		fprintf(stderr, _("lifeboat restore: the engine cannot be started: %s\n"), strerror(errno));
		return 1;
	}
	/* The engine alone holds the pipe: with it whoever writes it ends. */
	if (streams && dup2(answering, STDIN_FILENO) < 0)
		fprintf(stderr, "lifeboat restore: %s\n", strerror(errno));
	plain.fd = ends[0];
	/* That nobody reads the lines any more is no reason to leave the engine at its work and call that the end. */
	signal(SIGPIPE, SIG_IGN);
	plain_main(&plain);
	status = wait_for_engine(pid, request->root);
	if (command_lost_output())
		tell_end(status, request->log);
	return status;
}

int restore_machine(int argc, char **argv)
{
	struct machine_request request = {
		.log = access("/var/log", W_OK) == 0 ? DEFAULT_LOG : NULL,
		.cmdline = { .mode = MODE_INTERACTIVE },
	};
	AUTO_FREE char *why = NULL, *unknown = NULL, *unused = NULL;
	json_auto_t *answers = NULL;
	int status = parse(argc, argv, &request);

	if (status < 0 && geteuid() != 0) {
		fprintf(stderr, _("lifeboat restore: a whole machine cannot be restored without root's rights: run this command as root (sudo), or "
				  "restore files into a directory with --to.\n"));
		status = 1;
	}
	if (status < 0 && request.answers && answers_load(request.answers, &answers, &why) < 0) {
		translate_print(stderr, "lifeboat restore: %s.\n", why);
		status = 1;
	}
	unknown = answers ? answers_unknown(answers) : NULL;
	if (unknown)
		translate_print(stderr, _("lifeboat restore: warning: %s.\n"), unknown);
	unused = answers ? answers_unused(answers, request.cmdline.set) : NULL;
	if (unused)
		translate_print(stderr, _("lifeboat restore: warning: %s.\n"), unused);
	/* The disks are chosen with the changes, so they are known before the question about them comes. */
	if (!request.wishes)
		request.wishes = json_incref(json_object_get(answers, "edit"));
	if (status < 0)
		status = run(&request, answers);
	strv_free(request.devices);
	json_decref(request.wishes);
	strv_free(request.cmdline.targets);
	return status;
}
