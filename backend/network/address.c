/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "address.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "dhcp6.h"
#include "ip.h"
#include "router.h"

#define ROUTER_WAIT_S 15
#define SERVER_WAIT_S 15
#define ADDRESS_WAIT_S 10
#define POLL_S 0.2

/* The address of IPv6 that the kernel made of what a router announced, once no other machine turned out to have it; -ENETUNREACH without a
 * sentence. */
static int wait_for_address(struct context *ctx, const char *interface, bool link, char **ret)
{
	double end = clock_now() + ADDRESS_WAIT_S;
	int r;

	while ((r = context_check_cancel(ctx)) == 0) {
		json_t *all = ip_addresses_read(ctx);

		*ret = link ? ip_address_find_link(all, interface) : ip_address_find(all, interface, true);
		json_decref(all);
		if (*ret)
			return 0;
		if (clock_now() >= end)
			return -ENETUNREACH;
		clock_pause(POLL_S);
	}
	return r;
}

/* An address of the link only means something on its interface. */
static int take_servers(char *const *servers, const char *interface, struct network_lease *ret)
{
	for (; servers && *servers; servers++) {
		AUTO_FREE char *server = strncasecmp(*servers, "fe80:", 5) ? strdup(*servers) : text_format("%s%%%s", *servers, interface);

		if (!server || strv_append(&ret->servers, server) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* 1, or -errno with a sentence. */
static int take_reply(struct context *ctx, const char *interface, struct dhcp6_message *reply, struct network_lease *ret)
{
	struct dhcp6_lease *lease = &reply->lease;
	int r;

	if (lease->address) {
		r = ip_address_set(ctx, interface, lease->address, 128);
		if (r < 0)
			return r;
		r = dhcp6_keep(interface, reply);
		if (r < 0)
			context_warn(ctx, "The DHCPv6 lease of %s will not be renewed: %s", interface, strerror(-r));
		ret->address = TAKE_POINTER(lease->address);
	}
	if (take_servers(lease->servers, interface, ret) < 0)
		return context_oom(ctx);
	if (!ret->search)
		ret->search = TAKE_POINTER(lease->search);
	return 1;
}

/* What a DHCPv6 server tells; with ADDRESS it gives one, too. 1; 0: none answered; -errno with a sentence. */
static int by_dhcp6(struct context *ctx, const char *interface, bool address, struct network_lease *ret)
{
	struct dhcp6_message reply = { 0 };
	int r;

	dhcp6_end(interface);
	r = dhcp6_ask(ctx, interface, address, SERVER_WAIT_S, &reply);
	if (r > 0)
		r = take_reply(ctx, interface, &reply, ret);
	dhcp6_lease_done(&reply.lease);
	return r;
}

/* A server that only tells settings is worth a warning less than an address: what it would have told may not be needed. */
static int ask_settings(struct context *ctx, const char *interface, struct network_lease *ret)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = by_dhcp6(ctx, interface, false, ret);

	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r <= 0)
		context_info(ctx, "No DHCPv6 server told of name servers on %s", interface);
	return 0;
}

static int fail_ipv6(struct context *ctx, const char *interface, bool routed, bool asked)
{
	return !routed && asked ? context_fail(ctx, ENETUNREACH, "Neither a router nor a DHCPv6 server of IPv6 answered on %s", interface)
	       : !routed	? context_fail(ctx, ENETUNREACH, "No router announced an IPv6 network on %s within %d seconds", interface, ROUTER_WAIT_S)
	       : asked		? context_fail(ctx, ENETUNREACH, "The router on %s says that addresses come by DHCPv6, but no server answered", interface)
				: context_fail(ctx, ENETUNREACH, "The router on %s announces no network from which an address can be made", interface);
}

/* As routers say: an address that the kernel makes, or one that a server gives; default route and name servers of either. */
static int by_ipv6(struct context *ctx, const struct network_request *request, const char *interface, struct network_lease *ret)
{
	AUTO_ADVERT struct router_advert advert = { 0 };
	bool asks;
	int routed, r;

	if (request->link6) {
		r = wait_for_address(ctx, interface, true, &ret->address);
		return r == -ENETUNREACH ? context_fail(ctx, -r, "%s has no link-local IPv6 address", interface) : r;
	}
	routed = router_ask(ctx, interface, ROUTER_WAIT_S, &advert);
	if (routed < 0)
		return routed;
	asks = request->dhcp6 || advert.managed;
	ret->gateway = TAKE_POINTER(advert.router);
	ret->search = TAKE_POINTER(advert.search);
	if (take_servers(advert.servers, interface, ret) < 0)
		return context_oom(ctx);
	r = asks ? by_dhcp6(ctx, interface, true, ret) : 0;
	if (r < 0)
		return r;
	/* Where a server was announced and none is there, what the router itself gives is tried. */
	if (!ret->address && routed)
		r = wait_for_address(ctx, interface, false, &ret->address);
	if (!ret->address)
		return r == -ECANCELED ? r : fail_ipv6(ctx, interface, routed, asks);
	return !asks && advert.other && !ret->servers ? ask_settings(ctx, interface, ret) : 0;
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
	r = by_ipv6(ctx, request, interface, ret);
	if (r < 0 && r != -ECANCELED && r != -ENOMEM)
		r = context_reword(ctx, -r, "%s. %s", why ? why : "", context_detail(ctx));
	return context_scope_keep(&scope, r);
}

int address_get(struct context *ctx, const struct network_request *request, const char *interface, bool fresh, struct network_lease *ret)
{
	int r;

	/* What a person set up is not to be changed by an earlier lease. */
	if (fresh || request->client) {
		network_dhcp_end(interface);
		dhcp6_end(interface);
	}
	r = fresh ? ip_address_flush(ctx, interface) : 0;
	if (r == 0)
		r = set_link(ctx, request, interface);
	if (r < 0)
		return r;
	if (request->client)
		r = set_fixed(ctx, interface, request, ret);
	else
		r = request->dhcp ? by_dhcp(ctx, request, interface, ret) : by_ipv6(ctx, request, interface, ret);
	for (char **server = request->servers; r == 0 && server && *server; server++)
		if (strv_append(&ret->servers, *server) < 0)
			r = context_oom(ctx);
	return r;
}
