/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"
#include "../core/processes.h"
#include "../session/answers_file.h"
#include "consoles.h"
#include "init_system.h"
#include "power_button.h"
#include "supervise.h"

#define SERVICES_MAX 40
#define END_FILE "/run/lifeboat/end.json"
#define ENGINE_OUTPUT "/run/lifeboat/engine.err"

enum role { ROLE_ENGINE, ROLE_CONSOLE, ROLE_SHELL, ROLE_LOG, ROLE_REPORT, ROLE_ANSWERS, ROLE_POWER_BUTTON, ROLE_REQUEST };

struct service {
	enum role role;
	char *tty;               /* NULL: none */
	const char *request;     /* of ROLE_REQUEST */
	pid_t pid;               /* 0: not running */
	struct restarts restarts;
	bool plain;              /* the screens kept crashing here */
	bool retired;            /* did its work; is not started again */
};

struct init {
	const char *program;
	const char *term;        /* as the kernel gave it */
	struct cmdline cmdline;
	struct service services[SERVICES_MAX];
	size_t count;
	sigset_t old_mask;
};

static void add_service(struct init *init, enum role role, const char *tty)
{
	struct service *service = init->services + init->count;
	AUTO_FREE char *path = tty ? text_format("/dev/%s", tty) : NULL;

	if (init->count == SERVICES_MAX || (path && access(path, F_OK) < 0))
		return;
	*service = (struct service){ .role = role, .tty = tty ? strdup(tty) : NULL };
	if (!tty || service->tty)
		init->count++;
}

static void add_services(struct init *init)
{
	AUTO_FREE char *kernel_consoles = NULL;
	AUTO_STRV char **serial = NULL;

	if (file_read(AT_FDCWD, "/proc/consoles", 65536, &kernel_consoles, NULL) < 0)
		kernel_consoles = strdup("");
	serial = kernel_consoles ? consoles_serial(kernel_consoles, init->cmdline.consoles) : NULL;
	add_service(init, ROLE_ENGINE, NULL);
	add_service(init, ROLE_POWER_BUTTON, NULL);
	add_service(init, ROLE_CONSOLE, "tty1");
	add_service(init, ROLE_SHELL, "tty2");
	add_service(init, ROLE_LOG, "tty3");
	for (size_t i = 0; i < strv_length(serial); i++)
		if (!init->cmdline.report || strcmp(serial[i], init->cmdline.report))
			add_service(init, ROLE_CONSOLE, serial[i]);
	if (init->cmdline.report)
		add_service(init, ROLE_REPORT, init->cmdline.report);
	if (init->cmdline.answers)
		add_service(init, ROLE_ANSWERS, NULL);
}

/* ---- children ---- */

/* Standard streams of what has no terminal: nothing in, and out to where a crash leaves its last words. */
static void take_quiet_streams(const struct init *init)
{
	int in = open("/dev/null", O_RDWR), out;

	setsid();
	out = open(init->cmdline.debug ? "/dev/console" : ENGINE_OUTPUT, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0600);
	dup2(in, 0);
	dup2(out >= 0 ? out : in, 1);
	dup2(out >= 0 ? out : in, 2);
	for (int fd = 3; fd < 10; fd++)
		close(fd);
}

static void exec_role(const struct init *init, const struct service *service)
{
	const char *program = init->program;

	switch (service->role) {
	case ROLE_ENGINE:
		execl(program, "lifeboat", "engine", "--rescue", (char *)NULL);
		break;
	case ROLE_CONSOLE:
		if (!service->plain)
			execl(program, "lifeboat", "console", (char *)NULL);
		execl(program, "lifeboat", "console", "--plain", (char *)NULL);
		break;
	case ROLE_SHELL:
		printf("Root shell of the rescue system. Alt-F1: the restore console. Alt-F3: the log.\n"
		       "/run/lifeboat/README says what is where; 'lifeboat -h' names the commands; 'lifeboat attach' shows\n"
		       "the console here.\n\n");
		fflush(stdout);
		execlp("bash", "-bash", (char *)NULL);
		execlp("sh", "-sh", (char *)NULL);
		break;
	case ROLE_LOG:
		execl(program, "lifeboat", "console", "--log", (char *)NULL);
		break;
	case ROLE_REPORT:
		execl(program, "lifeboat", "attach", "--events", (char *)NULL);
		break;
	case ROLE_ANSWERS:
		execl(program, "lifeboat", "attach", "--unattended", "--answers", ANSWERS_PATH, (char *)NULL);
		break;
	case ROLE_POWER_BUTTON:
		power_button_wait("/dev/input");
		kill(1, SIGUSR1);
		_exit(0);
	case ROLE_REQUEST:
		execl(program, "lifeboat", "engine", "--request", service->request, (char *)NULL);
		break;
	}
	_exit(127);
}

static void start(struct init *init, struct service *service)
{
	pid_t pid = fork();

	if (pid < 0) {
		restarts_note(&service->restarts, clock_now());
		return;
	}
	if (pid > 0) {
		service->pid = pid;
		restarts_note(&service->restarts, clock_now());
		return;
	}
	sigprocmask(SIG_SETMASK, &init->old_mask, NULL);
	if (!service->tty) {
		take_quiet_streams(init);
	} else {
		if (console_take(service->tty) < 0)
			_exit(126);
		setenv("TERM", console_term(service->tty, init->term), 1);
	}
	if (chdir(service->role == ROLE_SHELL ? "/root" : "/") < 0)
		_exit(126);
	exec_role(init, service);
}

/* ---- what the engine says at its end ---- */

/* True, with the action in *RET, when the engine left a word. */
static bool read_end(int *ret)
{
	static const struct { const char *after; int command; } actions[] = {
		{ "reboot", RB_AUTOBOOT }, { "poweroff", RB_POWER_OFF }, { "local", RB_KEXEC } };
	AUTO_FREE char *text = NULL;
	const char *after;
	json_t *end;
	bool found = false;

	if (file_read(AT_FDCWD, END_FILE, 65536, &text, NULL) < 0)
		return false;
	end = json_loads(text, 0, NULL);
	after = json_string_value(json_object_get(end, "after"));
	for (size_t i = 0; after && i < ARRAY_LENGTH(actions); i++)
		if (!strcmp(actions[i].after, after)) {
			*ret = actions[i].command;
			found = true;
		}
	json_decref(end);
	unlink(END_FILE);
	return found;
}

static void service_ended(struct service *service, int status)
{
	int action;

	pid_t pid = service->pid;

	service->pid = 0;
	if (service->role == ROLE_ENGINE && read_end(&action))
		init_shut_down(action);
	/* It leads a session: what it had started must not write to disks beside the next one. */
	if (service->role == ROLE_ENGINE)
		processes_kill_session(pid);
	/* The one that answers has answered all it can; what is left is a person's. Killed or crashed it comes back. */
	service->retired = service->role == ROLE_ANSWERS && WIFEXITED(status) && WEXITSTATUS(status) < 126;
	/* A front end that cannot live on this terminal, again and again: plain lines carry nearly everywhere. */
	if (service->role == ROLE_CONSOLE && status != 0 && restarts_are_many(&service->restarts, clock_now()))
		service->plain = true;
}

static void reap(struct init *init)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < init->count; i++)
			if (init->services[i].pid == pid)
				service_ended(init->services + i, status);
}

/* Ctrl-Alt-Del and the power button: the engine decides, as it knows whether disks are being written. Without one there is nothing to lose. */
static void ask_for(struct init *init, const char *what, int command)
{
	struct service request = { .role = ROLE_REQUEST, .request = what };

	for (size_t i = 0; i < init->count; i++)
		if (init->services[i].role == ROLE_ENGINE && !init->services[i].pid &&
		    restarts_are_many(&init->services[i].restarts, clock_now()))
			init_shut_down(command);
	start(init, &request);
}

/* ---- the loop ---- */

/* Starts what is due; seconds until the next one is. */
static double start_due(struct init *init)
{
	double wait = 3600, now = clock_now();

	for (size_t i = 0; i < init->count; i++) {
		struct service *service = init->services + i;
		double due;

		if (service->pid || service->retired)
			continue;
		due = restarts_due(&service->restarts, now);
		if (due <= 0)
			start(init, service);
		else if (due < wait)
			wait = due;
	}
	return wait;
}

static void watch(struct init *init, const sigset_t *watched)
{
	for (;;) {
		double wait = start_due(init);
		struct timespec timeout = { .tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9) };
		int signal_number = sigtimedwait(watched, NULL, &timeout);

		if (signal_number == SIGINT)
			ask_for(init, "reboot", RB_AUTOBOOT);
		else if (signal_number == SIGUSR1)
			ask_for(init, "poweroff", RB_POWER_OFF);
		else if (signal_number == SIGTERM)
			init_shut_down(RB_AUTOBOOT);
		else if (signal_number == SIGUSR2)
			init_shut_down(RB_POWER_OFF);
		reap(init);
	}
}

/* Descriptors 0 to 2 of pid 1 lead somewhere, so that no other file ever gets their numbers. */
static void fill_streams(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2)
		fd = dup(fd);
	if (fd > 2)
		close(fd);
}

int init_main(const char *program)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGUSR2, SIGHUP, SIGPIPE, SIGALRM, SIGUSR1 };
	struct init init = { .program = program, .term = getenv("TERM") };
	sigset_t watched;

	if (getpid() != 1) {
		fprintf(stderr, "lifeboat init: only the kernel starts this, as the first process of rescue media.\n");
		return 2;
	}
	sigemptyset(&watched);
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaddset(&watched, signals[i]);
	sigprocmask(SIG_BLOCK, &watched, &init.old_mask);
	umask(022);
	init_mount_all();
	fill_streams();
	if (cmdline_read(&init.cmdline) < 0)
		init.cmdline = (struct cmdline){ 0 };
	init_prepare(&init.cmdline);
	add_services(&init);
	watch(&init, &watched);
	return 1;
}
