/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ip.h"

#include <string.h>

#include "../core/bytes.h"
#include "../core/run.h"
#include "request.h"

#define DEADLINE_S 20

static int ip(struct context *ctx, const char *const *argv, struct run_result *result)
{
	return run_program(ctx, &(struct run){ .argv = argv, .deadline_s = DEADLINE_S }, result);
}

int ip_link_up(struct context *ctx, const char *interface)
{
	return ip(ctx, (const char *const[]){ "ip", "link", "set", "dev", interface, "up", NULL }, NULL);
}

int ip_link_down(struct context *ctx, const char *interface)
{
	return ip(ctx, (const char *const[]){ "ip", "link", "set", "dev", interface, "down", NULL }, NULL);
}

int ip_link_set(struct context *ctx, const char *interface, const char *attribute, const char *value)
{
	return ip(ctx, (const char *const[]){ "ip", "link", "set", "dev", interface, attribute, value, NULL }, NULL);
}

int ip_address_set(struct context *ctx, const char *interface, const char *address, unsigned prefix)
{
	AUTO_FREE char *with_prefix = text_format("%s/%u", address, prefix);
	/* A kernel that asks first whether another machine has an IPv6 address does not use it meanwhile. */
	const char *nodad = network_is_ipv6(address) ? "nodad" : NULL;

	if (!with_prefix)
		return context_oom(ctx);
	return ip(ctx, (const char *const[]){ "ip", "address", "replace", with_prefix, "dev", interface, nodad, NULL }, NULL);
}

int ip_route_set(struct context *ctx, const char *interface, const char *gateway)
{
	/* Before those that routers announce, which have 1024; IPv4 has no lower number than what it takes by itself. */
	bool ipv6 = network_is_ipv6(gateway);

	return ip(ctx, (const char *const[]){ "ip", ipv6 ? "-6" : "-4", "route", "replace", "default", "via", gateway, "dev", interface,
					      ipv6 ? "metric" : NULL, "1", NULL }, NULL);
}

int ip_address_flush(struct context *ctx, const char *interface)
{
	return ip(ctx, (const char *const[]){ "ip", "address", "flush", "dev", interface, "scope", "global", "permanent", NULL }, NULL);
}

int ip_route_add(struct context *ctx, const char *net, const char *gateway, const char *interface)
{
	bool ipv6 = gateway ? network_is_ipv6(gateway) : strchr(net, ':') != NULL;
	const char *argv[] = { "ip", ipv6 ? "-6" : "-4", "route", "replace", net, NULL, NULL, NULL, NULL, NULL };
	size_t count = 5;

	if (gateway) {
		argv[count++] = "via";
		argv[count++] = gateway;
	}
	if (interface) {
		argv[count++] = "dev";
		argv[count++] = interface;
	}
	return ip(ctx, argv, NULL);
}

int ip_route_unset(struct context *ctx, const char *interface, bool ipv6)
{
	return ip(ctx, (const char *const[]){ "ip", ipv6 ? "-6" : "-4", "route", "flush", "exact", "default", "dev", interface, "proto", "boot",
					      NULL }, NULL);
}

json_t *ip_addresses_read(struct context *ctx)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_RUN_RESULT struct run_result result = { 0 };
	json_t *all;

	if (ip(ctx, (const char *const[]){ "ip", "-json", "address", "show", NULL }, &result) < 0) {
		context_debug(ctx, "%s", context_detail(ctx));
		return NULL;
	}
	all = json_loads(result.output, 0, NULL);
	if (!all)
		context_debug(ctx, "ip -json address show gave no JSON");
	return all;
}

static const json_t *infos_of(const json_t *all, const char *interface)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(all, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "ifname"));

		if (name && !strcmp(name, interface))
			return json_object_get(entry, "addr_info");
	}
	return NULL;
}

json_t *ip_addresses_of(const json_t *all, const char *interface)
{
	json_t *array = json_array();
	const json_t *info;
	size_t i;

	json_array_foreach(infos_of(all, interface), i, info) {
		const char *local = json_string_value(json_object_get(info, "local"));

		if (local)
			json_array_append_new(array, json_sprintf("%s/%d", local, (int)json_integer_value(json_object_get(info, "prefixlen"))));
	}
	return array;
}

static char *find(const json_t *all, const char *interface, bool ipv6, const char *wanted)
{
	const json_t *info;
	size_t i;

	json_array_foreach(infos_of(all, interface), i, info) {
		const char *local = json_string_value(json_object_get(info, "local")), *scope = json_string_value(json_object_get(info, "scope"));

		/* Those of a site are out of use, but QEMU's own network has them. */
		bool fits = scope && (!strcmp(scope, wanted) || (!strcmp(scope, "site") && !strcmp(wanted, "global")));

		if (local && fits && network_is_ipv6(local) == ipv6 && !json_is_true(json_object_get(info, "tentative")))
			return strdup(local);
	}
	return NULL;
}

char *ip_address_find(const json_t *all, const char *interface, bool ipv6)
{
	return find(all, interface, ipv6, "global");
}

char *ip_address_find_link(const json_t *all, const char *interface)
{
	return find(all, interface, true, "link");
}
