/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../core/run.h"
#include "network_ip.h"
#include "network_request.h"

#define LINK_WAIT_S 15
#define LINK_POLL_S 0.1
#define DHCP_DEADLINE_S 60
#define ROUTER_WAIT_S 20
#define ROUTER_POLL_S 0.5
/* The boot archive has it: puts into effect what udhcpc learnt, also for the expert who types udhcpc. */
#define DHCP_SCRIPT "/etc/udhcpc/default.script"
#define RESOLVER_FILE "/etc/resolv.conf"

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

char **network_names(const struct context *ctx, const char *device, const char *mac)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/class/net");
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	char **names = NULL;

	while (dir && directory_next(dir, &entry) > 0) {
		AUTO_FREE char *attribute = text_format("/sys/class/net/%s/address", entry->d_name);
		AUTO_FREE char *address = attribute ? file_attribute(ctx, attribute) : NULL;

		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "lo") && (!device || !strcmp(device, entry->d_name)) &&
		    (!mac || (address && !strcasecmp(address, mac))))
			strv_append_line(&names, entry->d_name);
	}
	if (names)
		qsort(names, strv_length(names), sizeof(*names), compare_names);
	return names;
}

static bool is_up(const struct context *ctx, const char *interface)
{
	AUTO_FREE char *path = text_format("/sys/class/net/%s/flags", interface);
	AUTO_FREE char *flags = path ? file_attribute(ctx, path) : NULL;

	return flags && strtoul(flags, NULL, 16) & IFF_UP;
}

/* An interface that cannot be brought up has no link, which is told when it is the one that is meant. */
static void bring_up(struct context *ctx, const char *interface)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (!is_up(ctx, interface) && ip_link_up(ctx, interface) < 0)
		context_debug(ctx, "%s", context_detail(ctx));
}

/* The first interface that is meant and has a link, else the first that is meant at all; NULL when none is here. Brings them up. */
static char *find_linked(struct context *ctx, const char *device, const char *mac, bool *ret_linked)
{
	AUTO_STRV char **names = network_names(ctx, device, mac);

	*ret_linked = false;
	for (size_t i = 0; i < strv_length(names); i++) {
		AUTO_FREE char *path = text_format("/sys/class/net/%s/carrier", names[i]);
		AUTO_FREE char *carrier = NULL;

		bring_up(ctx, names[i]);
		carrier = path ? file_attribute(ctx, path) : NULL;
		*ret_linked = carrier && !strcmp(carrier, "1");
		if (*ret_linked)
			return strdup(names[i]);
	}
	return names && names[0] ? strdup(names[0]) : NULL;
}

/* Waits for the interface to appear and for its link; an address of one's own on an interface that was named can do without. -ENODEV with a
 * sentence; without a link *RET_LINKED is false. */
static int choose_interface(struct context *ctx, const struct network_request *request, const char *bootif, char **ret, bool *ret_linked)
{
	const char *device = request->device, *mac = device ? NULL : bootif;
	bool can_do_without = request->client && (device || mac);
	double end = clock_now() + LINK_WAIT_S;
	AUTO_FREE char *name = NULL;
	int r;

	for (;;) {
		free(name);
		name = find_linked(ctx, device, mac, ret_linked);
		r = context_check_cancel(ctx);
		if (r < 0 || *ret_linked || (name && can_do_without) || clock_now() >= end)
			break;
		clock_pause(LINK_POLL_S);
	}
	if (r < 0)
		return r;
	if (!name)
		return device ? context_fail(ctx, ENODEV, "No network interface %s is here", device)
		       : mac  ? context_fail(ctx, ENODEV, "No network interface with the address %s is here", mac)
			      : context_fail(ctx, ENODEV, "No network interface is here");
	*ret = TAKE_POINTER(name);
	return 0;
}

/* The address, new, in *RET; -ENETUNREACH with a sentence when no server gave one. */
static int dhcp(struct context *ctx, const char *interface, char **ret)
{
	const char *const argv[] = { "udhcpc", "-i", interface, "-f", "-n", "-q", "-t", "8", "-s", DHCP_SCRIPT, NULL };
	struct run run = { .argv = argv, .deadline_s = DHCP_DEADLINE_S, .accept = { [1] = true } };
	int r = run_program(ctx, &run, NULL);
	json_t *all;

	if (r < 0)
		return r;
	all = ip_addresses_read(ctx);
	*ret = ip_address_find(all, interface, false);
	json_decref(all);
	return *ret ? 0 : context_fail(ctx, ENETUNREACH, "No address came by DHCP on %s", interface);
}

/* The same of what routers announce; the kernel takes it and the route by itself. */
static int wait_for_router(struct context *ctx, const char *interface, char **ret)
{
	double end = clock_now() + ROUTER_WAIT_S;
	int r;

	while ((r = context_check_cancel(ctx)) == 0) {
		json_t *all = ip_addresses_read(ctx);

		*ret = ip_address_find(all, interface, true);
		json_decref(all);
		if (*ret)
			return 0;
		if (clock_now() >= end)
			return context_fail(ctx, ENETUNREACH, "No router announced an IPv6 network on %s within %d seconds", interface, ROUTER_WAIT_S);
		clock_pause(ROUTER_POLL_S);
	}
	return r;
}

static int set_fixed(struct context *ctx, const char *interface, const struct network_request *request)
{
	AUTO_FREE char *why = NULL;
	int address, gateway = 0;

	{
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		address = ip_link_up(ctx, interface);
		if (address == 0)
			address = ip_address_set(ctx, interface, request->client, request->prefix);
		if (address == 0 && request->gateway)
			gateway = ip_route_set(ctx, interface, request->gateway);
		why = strdup(context_detail(ctx));
	}
	if (address < 0)
		return context_fail(ctx, -address, "The address %s cannot be set on %s: %s", request->client, interface, why ? why : "");
	if (gateway < 0)
		return context_fail(ctx, -gateway, "The gateway %s cannot be set on %s: %s", request->gateway, interface, why ? why : "");
	return 0;
}

/* Servers that were named come before those that DHCP told of. */
static void set_servers(struct context *ctx, char *const *servers)
{
	AUTO_FREE char *text = strdup("");
	int r;

	for (size_t i = 0; i < strv_length(servers); i++) {
		char *longer = text_format("%snameserver %s\n", text ? text : "", servers[i]);

		free(text);
		text = longer;
	}
	if (!text || !*text)
		return;
	r = file_replace(AT_FDCWD, RESOLVER_FILE, text, strlen(text), 0644);
	if (r < 0)
		context_warn(ctx, "%s could not be written: %s", RESOLVER_FILE, strerror(-r));
}

static void set_host_name(struct context *ctx, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (name && ops_of(ctx)->write_text(ctx, "/proc/sys/kernel/hostname", name) < 0)
		context_warn(ctx, "The host name %s could not be set: %s", name, context_detail(ctx));
}

static int setup_one(struct context *ctx, const struct network_request *request, const char *bootif, char ***notes)
{
	AUTO_FREE char *interface = NULL, *address = NULL, *note = NULL;
	bool linked;
	int r = choose_interface(ctx, request, bootif, &interface, &linked);

	if (r < 0)
		return r;
	if (!linked && !request->client)
		return context_fail(ctx, ENETDOWN, "The network interface %s has no link after %d seconds: is its cable in?", interface,
				    LINK_WAIT_S);
	if (request->client)
		r = set_fixed(ctx, interface, request);
	else
		r = request->auto6 ? wait_for_router(ctx, interface, &address) : dhcp(ctx, interface, &address);
	if (r < 0)
		return r;
	set_servers(ctx, request->servers);
	set_host_name(ctx, request->host);
	note = sentence("%s is %s", interface, address ? address : request->client);
	return note && strv_append(notes, note) == 0 ? 0 : context_oom(ctx);
}

int network_setup(struct context *ctx, char *const *ip, const char *bootif, char ***ret)
{
	AUTO_STRV char **notes = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < strv_length(ip); i++) {
		struct network_request request = { 0 };

		r = network_parse(ip[i], &request);
		if (r < 0)
			return context_fail(ctx, -r, "ip=%s cannot be understood", ip[i]);
		if (!request.off)
			r = setup_one(ctx, &request, bootif, &notes);
		network_request_done(&request);
	}
	if (r == 0 && !strv_length(ip) && bootif) {
		struct network_request request = { .dhcp = true };

		r = setup_one(ctx, &request, bootif, &notes);
		network_request_done(&request);
	}
	if (r == 0)
		*ret = TAKE_POINTER(notes);
	return r;
}
