/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "address.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "ip.h"

#define ROUTER_WAIT_S 20
#define ROUTER_POLL_S 0.5

/* What routers announce; the kernel takes it and the route by itself. */
static int wait_for_router(struct context *ctx, const char *interface, struct network_lease *ret)
{
	double end = clock_now() + ROUTER_WAIT_S;
	int r;

	while ((r = context_check_cancel(ctx)) == 0) {
		json_t *all = ip_addresses_read(ctx);

		ret->address = ip_address_find(all, interface, true);
		json_decref(all);
		if (ret->address)
			return 0;
		if (clock_now() >= end)
			return context_fail(ctx, ENETUNREACH, "No router announced an IPv6 network on %s within %d seconds", interface, ROUTER_WAIT_S);
		clock_pause(ROUTER_POLL_S);
	}
	return r;
}

static int copy(char **field, const char *text)
{
	if (!text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int set_fixed(struct context *ctx, const char *interface, const struct network_request *request, struct network_lease *ret)
{
	AUTO_FREE char *why = NULL;
	int r;

	{
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = ip_link_up(ctx, interface);
		if (r == 0)
			r = ip_address_set(ctx, interface, request->client, request->prefix);
		why = strdup(context_detail(ctx));
	}
	if (r < 0)
		return context_fail(ctx, -r, "The address %s cannot be set on %s: %s", request->client, interface, why ? why : "");
	return copy(&ret->address, request->client) < 0 || copy(&ret->gateway, request->gateway) < 0 ? context_oom(ctx) : 0;
}

/* An address of the kernel's own, which it takes at once, is changed only while the interface is down. */
static int set_link(struct context *ctx, const struct network_request *request, const char *interface)
{
	AUTO_FREE char *mtu = request->mtu ? text_format("%u", request->mtu) : NULL;
	int r = 0;

	if (request->own_mac) {
		r = ip_link_down(ctx, interface);
		if (r == 0)
			r = ip_link_set(ctx, interface, "address", request->own_mac);
		if (r == 0)
			r = ip_link_up(ctx, interface);
	}
	return r == 0 && mtu ? ip_link_set(ctx, interface, "mtu", mtu) : r;
}

/* Where no server gives an address of IPv4, IPv6 is tried; when that fails, too, both are told. */
static int by_dhcp(struct context *ctx, const struct network_request *request, const char *interface, struct network_lease *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = network_dhcp(ctx, interface, ret);
	AUTO_FREE char *why = NULL;

	if (r != -ENETUNREACH || !request->ipv6)
		return context_scope_keep(&scope, r);
	why = strdup(context_detail(ctx));
	context_clear(ctx);
	r = wait_for_router(ctx, interface, ret);
	if (r < 0 && r != -ECANCELED && r != -ENOMEM)
		r = context_reword(ctx, -r, "%s. %s", why ? why : "", context_detail(ctx));
	return context_scope_keep(&scope, r);
}

int address_get(struct context *ctx, const struct network_request *request, const char *interface, bool anew, struct network_lease *ret)
{
	int r = anew ? ip_address_flush(ctx, interface) : 0;

	if (r == 0)
		r = set_link(ctx, request, interface);
	if (r < 0)
		return r;
	if (request->client)
		r = set_fixed(ctx, interface, request, ret);
	else
		r = request->dhcp ? by_dhcp(ctx, request, interface, ret) : wait_for_router(ctx, interface, ret);
	for (char **server = request->servers; r == 0 && server && *server; server++)
		if (strv_append(&ret->servers, *server) < 0)
			r = context_oom(ctx);
	return r;
}
