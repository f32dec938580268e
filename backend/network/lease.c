/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../core/run.h"
#include "request.h"

#define LEASE_LIMIT 65536u
#define DEADLINE_S 60
#define PID_WAIT_S 2
#define PID_POLL_S 0.02
/* Six times three seconds: an answer that got lost, and a switch that begins to forward late. */
#define TRIES "6"
#define TRY_S "3"

/* The program stays and renews the lease. A lease file is there once the first lease is: what comes later is told to the kernel's log, and a default
 * route that was through the interface is set again with a new address.
 *
 * Routes without classes (RFC 3442) stand in for the router; one that is reached by none of the address's own networks is on the link all the
 * same. */
const char network_dhcp_script[] =
	"#!/bin/sh\n"
	"# Puts into effect what udhcpc learnt.\n"
	"tell() {\n"
	"\techo \"<4>lifeboat: $*\" >>/dev/kmsg\n"
	"}\n"
	"later= event=$1\n"
	"[ -z \"$LIFEBOAT_LEASE\" ] || [ ! -e \"$LIFEBOAT_LEASE\" ] || later=yes\n"
	"case $1 in\n"
	"deconfig)\n"
	"\tif [ -n \"$later\" ]; then\n"
	"\t\tcase $(ip route show dev \"$interface\") in\n"
	"\t\t*default*) : >\"$LIFEBOAT_LEASE.route\" ;;\n"
	"\t\tesac\n"
	"\t\ttell \"The DHCP lease of $interface has ended: the server did not renew it. Lifeboat asks for a new one\"\n"
	"\tfi\n"
	"\tip address flush dev \"$interface\"\n"
	"\tip link set dev \"$interface\" up\n"
	"\t;;\n"
	"bound|renew)\n"
	"\t[ -z \"$mtu\" ] || ip link set dev \"$interface\" mtu \"$mtu\"\n"
	"\tip address replace \"$ip/${mask:-24}\" dev \"$interface\"\n"
	"\tset -- $staticroutes\n"
	"\t[ $# -lt 2 ] || router=\n"
	"\twhile [ $# -ge 2 ]; do\n"
	"\t\tcase $1,$2 in\n"
	"\t\t0.0.0.0/0,*) router=$2 ;;\n"
	"\t\t*,0.0.0.0) ip route replace \"$1\" dev \"$interface\" ;;\n"
	"\t\t*) ip route replace \"$1\" via \"$2\" dev \"$interface\" ;;\n"
	"\t\tesac\n"
	"\t\tshift 2\n"
	"\tdone\n"
	"\tif [ -n \"$LIFEBOAT_LEASE\" ]; then\n"
	"\t\tif [ -n \"$later\" ] && [ \"$event\" = bound ]; then\n"
	"\t\t\ttell \"$interface has a new DHCP lease, of the address $ip\"\n"
	"\t\t\t[ ! -e \"$LIFEBOAT_LEASE.route\" ] || for gateway in $router; do\n"
	"\t\t\t\tip route replace default via \"$gateway\" dev \"$interface\" && break\n"
	"\t\t\tdone\n"
	"\t\t\trm -f \"$LIFEBOAT_LEASE.route\"\n"
	"\t\tfi\n"
	"\t\t{\n"
	"\t\t\techo \"address $ip\"\n"
	"\t\t\t[ -z \"$router\" ] || echo \"gateway ${router%% *}\"\n"
	"\t\t\tfor server in $dns; do echo \"server $server\"; done\n"
	"\t\t\t[ -z \"${search:-$domain}\" ] || echo \"search ${search:-$domain}\"\n"
	"\t\t} >\"$LIFEBOAT_LEASE\"\n"
	"\t\texit\n"
	"\tfi\n"
	"\tfor gateway in $router; do\n"
	"\t\tip route replace default via \"$gateway\" dev \"$interface\" && break\n"
	"\tdone\n"
	"\tif [ -n \"$dns\" ]; then\n"
	"\t\t{\n"
	"\t\t\t[ -z \"$domain\" ] || echo \"search $domain\"\n"
	"\t\t\tfor server in $dns; do echo \"nameserver $server\"; done\n"
	"\t\t} >/etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf\n"
	"\tfi\n"
	"\t;;\n"
	"esac\n";

void network_lease_done(struct network_lease *lease)
{
	free(lease->address);
	free(lease->gateway);
	strv_free(lease->servers);
	free(lease->search);
	*lease = (struct network_lease){ 0 };
}

static int replace(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field ? 0 : -ENOMEM;
}

/* A domain is what resolv.conf(5) takes: anything else could add a line of its own. */
static bool is_search(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. ")];
}

int network_lease_parse(const char *text, struct network_lease *ret)
{
	AUTO_FREE char *copy = strdup(text);
	AUTO_LEASE struct network_lease lease = { 0 };
	char *rest = NULL;
	int r = copy ? 0 : -ENOMEM;

	for (char *line = copy ? strtok_r(copy, "\n", &rest) : NULL; r == 0 && line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, ' ');

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		if (!strcmp(line, "search")) {
			r = is_search(value) ? replace(&lease.search, value) : 0;
			continue;
		}
		if (!network_is_address(value))
			return -EINVAL;
		r = !strcmp(line, "address") ? replace(&lease.address, value)
		  : !strcmp(line, "gateway") ? replace(&lease.gateway, value)
		  : !strcmp(line, "server") ? strv_append(&lease.servers, value) : -EINVAL;
	}
	if (r == 0 && !lease.address)
		return -EINVAL;
	if (r < 0)
		return r;
	*ret = lease;
	lease = (struct network_lease){ 0 };
	return 0;
}

pid_t network_renewer(const char *pid_path, const char *program)
{
	AUTO_FREE char *text = NULL, *path = NULL, *name = NULL;
	int64_t pid = 0;

	if (file_read(AT_FDCWD, pid_path, 64, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (!parse_i64(text, &pid) || pid <= 1 || pid > INT32_MAX)
		return 0;
	path = text_format("/proc/%d/comm", (int)pid);
	/* The number may be another's by now. */
	if (!path || file_read(AT_FDCWD, path, 64, &name, NULL) < 0)
		return 0;
	name[strcspn(name, "\n")] = '\0';
	return !strcmp(name, program) ? (pid_t)pid : 0;
}

void network_dhcp_end(const char *interface)
{
	AUTO_FREE char *pid_path = text_format(LEASE_DIRECTORY "/lease.%s.pid", interface);
	AUTO_FREE char *route = text_format(LEASE_DIRECTORY "/lease.%s.route", interface);
	pid_t pid = pid_path ? network_renewer(pid_path, "udhcpc") : 0;

	if (pid > 0)
		kill(pid, SIGTERM);
	if (pid_path)
		unlink(pid_path);
	if (route)
		unlink(route);
}

/* It would go on asking, while somebody else sets the interface up. Its number is written only after the call of it has ended. */
static void end_late(const char *interface, const char *pid_path)
{
	double end = clock_now() + PID_WAIT_S;

	while (!network_renewer(pid_path, "udhcpc") && clock_now() < end)
		clock_pause(PID_POLL_S);
	network_dhcp_end(interface);
}

int network_dhcp(struct context *ctx, const char *interface, struct network_lease *ret)
{
	AUTO_FREE char *path = text_format(LEASE_DIRECTORY "/lease.%s", interface), *variable = path ? text_format("LIFEBOAT_LEASE=%s", path) : NULL;
	AUTO_FREE char *pid_path = path ? text_format("%s.pid", path) : NULL;
	const char *const environment[] = { variable, NULL };
	const char *const argv[] = { "udhcpc", "-i", interface, "-b", "-p", pid_path, "-t", TRIES, "-T", TRY_S, "-O", "mtu", "-O", "staticroutes",
				     "-O", "search", "-s", NETWORK_DHCP_SCRIPT, NULL };
	struct run run = { .argv = argv, .environment = environment, .deadline_s = DEADLINE_S, .accept = { [1] = true } };
	AUTO_FREE char *text = NULL;
	int r;

	if (!variable || !pid_path)
		return context_oom(ctx);
	r = make_directories(LEASE_DIRECTORY, 0755);
	if (r < 0)
		return context_fail(ctx, -r, "%s could not be made: %s", LEASE_DIRECTORY, strerror(-r));
	/* One that an earlier attempt left says nothing of this one. */
	network_dhcp_end(interface);
	unlink(path);
	r = run_program(ctx, &run, NULL);
	if (r < 0)
		return r;
	r = file_read(AT_FDCWD, path, LEASE_LIMIT, &text, NULL);
	if (r == 0)
		r = network_lease_parse(text, ret);
	if (r < 0)
		end_late(interface, pid_path);
	if (r == -ENOENT)
		return context_fail(ctx, ENETUNREACH, "No DHCP server answered on %s", interface);
	return r < 0 ? context_fail(ctx, -r, "The answer of the DHCP server on %s cannot be used: %s", interface, strerror(-r)) : 0;
}
