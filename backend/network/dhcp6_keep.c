/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process that renews an address of DHCPv6 (RFC 8415, 18.2.4 and 18.2.5): it outlives the engine, as udhcpc does for IPv4. It is forked from a
 * process with threads, so it says nothing by way of a context, and runs ip(8) by itself. Name servers stay those of the first answer. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "dhcp6_client.h"
#include "lease.h"

#define PROCESS_NAME "lifeboat-dhcp6"
/* Before a server is asked again to renew, and for a new lease. */
#define RENEW_PAUSE_S 10.0
#define RENEW_PAUSE_MAX_S 600.0
#define SOLICIT_PAUSE_S 1.0
#define SOLICIT_PAUSE_MAX_S 120.0
#define ANSWER_WAIT_S 30.0
#define NAP_S 1.0
#define RENEW_MIN_S 1.0      /* however little a server gives */

struct keeper {
	struct dhcp6_client client;
	struct dhcp6_message lease;
	double since;            /* when the server gave it */
};

static volatile sig_atomic_t hurry;

static void on_hurry(int number)
{
	(void)number;
	hurry = 1;
}

/* ---- what it does to the machine ---- */

static void tell(const char *format, const char *interface, const char *address)
{
	AUTO_CLOSE int fd = open("/dev/kmsg", O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd >= 0)
		dprintf(fd, format, interface, address);
}

static void change_address(const char *interface, const char *verb, const char *address)
{
	AUTO_FREE char *with_prefix = text_format("%s/128", address);
	pid_t child = with_prefix ? fork() : -1;

	if (child == 0) {
		execlp("ip", "ip", "address", verb, with_prefix, "dev", interface, !strcmp(verb, "replace") ? "nodad" : NULL, NULL);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* ---- the lease ---- */

static double moment(const struct keeper *keeper, uint32_t seconds)
{
	return seconds == DHCP6_FOREVER ? keeper->since + 1e12 : keeper->since + seconds;
}

/* Until UNTIL, or somebody sends SIGUSR1. */
static void wait_until(double until)
{
	double now;

	while (!hurry && (now = clock_now()) < until)
		clock_pause(until - now < NAP_S ? until - now : NAP_S);
}

static void take(struct keeper *keeper, struct dhcp6_message *reply)
{
	dhcp6_lease_done(&keeper->lease.lease);
	keeper->lease = *reply;
	keeper->since = clock_now();
	reply->lease = (struct dhcp6_lease){ 0 };
}

/* 1: it is renewed; 0: nobody answered; -1: a server says that it is no more. */
static int renew(struct keeper *keeper, enum dhcp6_type type, double end)
{
	struct dhcp6_message reply = { 0 };
	int r;

	keeper->client.begun = clock_now();
	keeper->client.end = end;
	keeper->client.pause = RENEW_PAUSE_S;
	keeper->client.pause_max = RENEW_PAUSE_MAX_S;
	r = dhcp6_exchange(&keeper->client, type, DHCP6_REPLY, &keeper->lease, &reply);
	if (r != 1)
		return 0;
	if (reply.status || !reply.lease.address || strcmp(reply.lease.address, keeper->lease.lease.address)) {
		r = -1;
		dhcp6_lease_done(&reply.lease);
	} else {
		change_address(keeper->client.interface, "replace", reply.lease.address);
		take(keeper, &reply);
	}
	return r;
}

/* Returns when the lease is lost. */
static void keep(struct keeper *keeper)
{
	int r;

	do {
		double rebind = moment(keeper, keeper->lease.lease.rebind), end = moment(keeper, keeper->lease.lease.valid);

		wait_until(keeper->lease.lease.renew ? moment(keeper, keeper->lease.lease.renew) : keeper->since + RENEW_MIN_S);
		hurry = 0;
		r = clock_now() < rebind ? renew(keeper, DHCP6_RENEW, rebind) : 0;
		if (r == 0 && clock_now() < end)
			r = renew(keeper, DHCP6_REBIND, end);
	} while (r == 1);
}

/* As dhcp6_ask(), for as long as it takes. */
static void get_new(struct keeper *keeper)
{
	struct dhcp6_client *client = &keeper->client;
	struct dhcp6_message offer = { 0 }, reply = { 0 };

	for (bool done = false; !done;) {
		client->begun = clock_now();
		client->end = client->begun + 1e12;
		client->pause = SOLICIT_PAUSE_S;
		client->pause_max = SOLICIT_PAUSE_MAX_S;
		if (dhcp6_exchange(client, DHCP6_SOLICIT, DHCP6_ADVERTISE, NULL, &offer) == 1 && !offer.status && offer.lease.address) {
			client->end = clock_now() + ANSWER_WAIT_S;
			done = dhcp6_exchange(client, DHCP6_REQUEST, DHCP6_REPLY, &offer, &reply) == 1 && !reply.status && reply.lease.address;
		}
		dhcp6_lease_done(&offer.lease);
		if (!done) {
			dhcp6_lease_done(&reply.lease);
			clock_pause(SOLICIT_PAUSE_S);
		}
	}
	take(keeper, &reply);
}

/* ---- the process ---- */

static char *pid_path(const char *interface)
{
	return text_format(LEASE_DIRECTORY "/lease6.%s.pid", interface);
}

/* Nothing of who started it: neither files, nor signals, nor its session, which ends with it. */
static int settle(struct keeper *keeper, int report)
{
	AUTO_FREE char *path = pid_path(keeper->client.interface), *number = text_format("%d\n", (int)getpid());
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int r;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	signal(SIGUSR1, on_hurry);
	if (!path || !number || null < 0 || setsid() < 0 || chdir("/") < 0)
		return -EIO;
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (dup2(report, 3) < 0 || close_range(4, ~0u, 0) < 0)
		return -EIO;
	prctl(PR_SET_NAME, PROCESS_NAME);
	sigprocmask(SIG_SETMASK, &none, NULL);
	r = keeper->client.fd = dhcp6_open(keeper->client.interface);
	if (r >= 0)
		r = file_replace(AT_FDCWD, path, number, strlen(number), 0644);
	return r < 0 ? r : 0;
}

static void __attribute__((noreturn)) live(struct keeper *keeper, int report)
{
	const char *interface = keeper->client.interface;

	if (settle(keeper, report) < 0 || write(3, "+", 1) != 1)
		_exit(1);
	close(3);
	for (;;) {
		keep(keeper);
		tell("<4>lifeboat: The DHCP lease of %s has ended: the server did not renew it. Lifeboat asks for a new one\n", interface, "");
		change_address(interface, "delete", keeper->lease.lease.address);
		get_new(keeper);
		change_address(interface, "replace", keeper->lease.lease.address);
		tell("<4>lifeboat: %s has a new DHCP lease, of the address %s\n", interface, keeper->lease.lease.address);
	}
}

/* In a child that ends at once, so that nobody has to wait for the process itself. */
static void __attribute__((noreturn)) leave(struct keeper *keeper, int report)
{
	pid_t child = fork();

	if (child == 0)
		live(keeper, report);
	_exit(child < 0);
}

static int start(struct keeper *keeper)
{
	AUTO_CLOSE int read_end = -1, write_end = -1;
	int ends[2], status = 0;
	char word = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	child = fork();
	if (child == 0)
		leave(keeper, write_end);
	if (child < 0)
		return -errno;
	close(TAKE_FD(write_end));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return read(read_end, &word, 1) == 1 && word == '+' ? 0 : -EIO;
}

int dhcp6_keep(const char *interface, const struct dhcp6_message *reply)
{
	struct keeper keeper = { .lease = *reply, .since = clock_now() };
	struct context ctx;
	int r;

	context_init(&ctx);
	r = dhcp6_client_make(&ctx, interface, &keeper.client);
	if (r == 0)
		r = make_directories(LEASE_DIRECTORY, 0755);
	if (r == 0)
		r = start(&keeper);
	context_done(&ctx);
	return r;
}

void dhcp6_end(const char *interface)
{
	AUTO_FREE char *path = pid_path(interface);
	pid_t pid = path ? network_renewer(path, PROCESS_NAME) : 0;

	if (pid > 0)
		kill(pid, SIGTERM);
	if (path)
		unlink(path);
}
