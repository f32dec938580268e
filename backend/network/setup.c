/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network.h"

#include <errno.h>
#include <string.h>

#include "../core/clock.h"
#include "../core/ops.h"
#include "address.h"
#include "interfaces.h"
#include "ip.h"
#include "links.h"
#include "resolver.h"
#include "state.h"

#define LINK_WAIT_S 15
#define LINK_POLL_S 0.1

/* What is worked on. */
struct setup {
	struct context *ctx;
	const struct network_config *config;
	const struct network_target *target; /* NULL: none */
	struct network_state *state;
	bool reached;
};

/* ---- routes and names ---- */

/* Default route and name servers of entry I hold from now on, and nobody else's; one without a gateway leaves the route to whoever has it. 0 or
 * -errno with a sentence. */
static int make_current(struct setup *setup, size_t i)
{
	struct context *ctx = setup->ctx;
	struct network_interface *one = setup->state->interfaces + i;
	AUTO_FREE char *why = NULL;
	int r = 0;

	if (one->lease.gateway && setup->state->current >= 0 && setup->state->current != (ssize_t)i) {
		const struct network_interface *before = setup->state->interfaces + setup->state->current;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		if (before->lease.gateway && ip_route_unset(ctx, before->name, network_is_ipv6(before->lease.gateway)) < 0)
			context_debug(ctx, "%s", context_detail(ctx));
	}
	if (one->lease.gateway || setup->state->current < 0)
		setup->state->current = (ssize_t)i;
	resolver_set(ctx, setup->config->servers, one->lease.servers, one->lease.search);
	if (one->lease.gateway) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		r = ip_route_set(ctx, one->name, one->lease.gateway);
		why = strdup(context_detail(ctx));
	}
	if (r < 0)
		return context_fail(ctx, -r, "The gateway %s cannot be set on %s: %s", one->lease.gateway, one->name, why ? why : "");
	return 0;
}

/* Those of rd.route= that are for INTERFACE, or for any. One that cannot be set is no reason to give the interface up. */
static void set_routes(struct setup *setup, const char *interface)
{
	for (size_t i = 0; i < setup->config->route_count; i++) {
		const struct network_route *route = setup->config->routes + i;
		AUTO_SCOPE struct error_scope scope = context_scope_begin(setup->ctx);

		if (route->device && strcmp(route->device, interface))
			continue;
		if (ip_route_add(setup->ctx, route->net, route->gateway, route->device) < 0 && route->device)
			context_warn(setup->ctx, "The route to %s cannot be set: %s", route->net, context_detail(setup->ctx));
	}
}

static void set_host_name(struct context *ctx, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	if (name && ops_of(ctx)->write_text(ctx, "/proc/sys/kernel/hostname", name) < 0)
		context_warn(ctx, "The host name %s could not be set: %s", name, context_detail(ctx));
}

/* ---- one interface ---- */

static int set_note(struct setup *setup, const struct network_interface *one)
{
	char *note;

	if (setup->target && setup->reached)
		note = sentence("%s is %s and reaches %s", one->name, one->lease.address, setup->target->host);
	else
		note = sentence("%s is %s", one->name, one->lease.address);
	if (!note)
		return context_oom(setup->ctx);
	free(setup->state->note);
	setup->state->note = note;
	return 0;
}

/* Whether the server answers by entry I. 0 or -errno with a sentence. */
static int try_target(struct setup *setup, size_t i)
{
	struct network_interface *one = setup->state->interfaces + i;
	AUTO_FREE char *by = NULL, *why = NULL;
	int r;

	{
		AUTO_SCOPE struct error_scope scope = context_scope_begin(setup->ctx);

		r = network_reach(setup->ctx, setup->target, &by);
		if (r == -ECANCELED || r == -ENOMEM)
			return context_scope_keep(&scope, r);
		why = strdup(context_detail(setup->ctx));
	}
	if (r < 0)
		return context_fail(setup->ctx, -r, "%s has the address %s, but: %s", one->name, one->lease.address, why ? why : strerror(-r));
	setup->reached = true;
	/* The server may be on the network of another one. */
	for (size_t k = 0; by && k < setup->state->count; k++)
		if (!strcmp(setup->state->interfaces[k].name, by) && setup->state->interfaces[k].lease.address)
			one = setup->state->interfaces + k;
	return set_note(setup, one);
}

/* Sets up NAME as REQUEST says. 0, or -errno with a sentence: what it lacks. */
static int set_up(struct setup *setup, const struct network_request *request, const char *name, size_t i)
{
	struct network_interface *one = setup->state->interfaces + i;
	int r;

	network_lease_done(&one->lease);
	r = address_get(setup->ctx, request, name, setup->config->by_hand, &one->lease);
	if (r < 0)
		return r;
	set_host_name(setup->ctx, request->host);
	set_routes(setup, name);
	if (setup->reached)
		return 0;
	r = make_current(setup, i);
	if (r < 0)
		return r;
	return setup->target ? try_target(setup, i) : set_note(setup, one);
}

/* An address that is for any interface is on one at a time. */
static void take_back(struct setup *setup, const struct network_request *request, const struct network_interface *one)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(setup->ctx);

	if (request->client && !request->device && !request->mac && ip_address_flush(setup->ctx, one->name) < 0)
		context_debug(setup->ctx, "%s", context_detail(setup->ctx));
}

/* The same, and what it lacks is kept. 1: it is done; 0: it is not; -ECANCELED or -ENOMEM. */
static int try_interface(struct setup *setup, const struct network_request *request, const char *name)
{
	struct network_interface *one = network_entry(setup->ctx, setup->state, name);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(setup->ctx);
	int r;

	if (!one)
		return context_scope_keep(&scope, context_oom(setup->ctx));
	one->linked = network_is_linked(setup->ctx, name);
	free(TAKE_POINTER(one->problem));
	if (!one->linked && !request->client)
		r = context_fail(setup->ctx, ENETDOWN, "%s has no link: no cable is in, or the switch at its other end is off", name);
	else
		r = set_up(setup, request, name, (size_t)(one - setup->state->interfaces));
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0) {
		one = network_entry(setup->ctx, setup->state, name);
		one->problem = strdup(context_detail(setup->ctx));
		context_debug(setup->ctx, "%s", context_detail(setup->ctx));
		take_back(setup, request, one);
	}
	return r == 0;
}

/* ---- one request ---- */

/* The interfaces that may carry REQUEST out, those most likely first. NULL-ended, new. */
static char **candidates(const struct setup *setup, const struct network_request *request)
{
	const struct context *ctx = setup->ctx;
	const char *bootif = setup->config->bootif;
	AUTO_STRV char **booted = NULL, **all = NULL;
	char **names = NULL;

	if (request->device || request->mac)
		return network_names(ctx, request->device, request->mac);
	/* What the machine was started from comes first. Others matter only for a server that it does not reach. */
	booted = bootif ? network_names(ctx, NULL, bootif) : NULL;
	for (char **name = booted; name && *name; name++)
		if (!network_is_enslaved(ctx, *name))
			strv_append_line(&names, *name);
	all = bootif && !setup->target ? NULL : network_names(ctx, NULL, NULL);
	for (char **name = all; name && *name; name++)
		if (!strv_contains(names, *name) && !network_is_enslaved(ctx, *name))
			strv_append_line(&names, *name);
	return names;
}

/* Tries those that have a link and were not tried. 1: one did it; 0: none did; *RET_WAITING: some still lack a link. */
static int try_linked(struct setup *setup, const struct network_request *request, char *const *names, char ***tried, bool *ret_waiting)
{
	bool named = request->device || request->mac;
	int r = 0;

	*ret_waiting = false;
	for (char *const *name = names; name && *name; name++)
		network_bring_up(setup->ctx, *name);
	for (char *const *name = names; r == 0 && name && *name; name++) {
		if (strv_contains(*tried, *name))
			continue;
		/* An address of one's own on an interface that was named can do without, as long as nobody is to be reached by it. */
		if (!network_is_linked(setup->ctx, *name) &&
		    !(request->client && !setup->target && (named || (setup->config->bootif && name == names)))) {
			*ret_waiting = true;
			continue;
		}
		if (strv_append(tried, *name) < 0)
			return context_oom(setup->ctx);
		r = try_interface(setup, request, *name);
	}
	return r;
}

static int fail_none(struct context *ctx, const struct network_request *request, const char *bootif)
{
	const char *mac = request->mac ? request->mac : bootif;

	return request->device ? context_fail(ctx, ENODEV, "No network interface %s is here", request->device)
	       : mac	       ? context_fail(ctx, ENODEV, "No network interface with the address %s is here", mac)
			       : context_fail(ctx, ENODEV, "No network interface is here");
}

/* 0: it is carried out, or what came of each interface is kept; -errno. */
static int carry_out(struct setup *setup, const struct network_request *request)
{
	double end = clock_now() + LINK_WAIT_S;
	AUTO_STRV char **tried = NULL, **names = NULL;
	int r;

	for (;;) {
		bool waiting;

		strv_free(names);
		names = candidates(setup, request);
		r = try_linked(setup, request, names, &tried, &waiting);
		if (r != 0)
			return r < 0 ? r : 0;
		r = context_check_cancel(setup->ctx);
		if (r < 0)
			return r;
		if (clock_now() >= end || (names && !waiting))
			break;
		clock_pause(LINK_POLL_S);
	}
	if (!names)
		return fail_none(setup->ctx, request, setup->config->bootif);
	for (char **name = names; r == 0 && name && *name; name++)
		if (!strv_contains(tried, *name))
			r = try_interface(setup, request, *name);
	return r < 0 ? r : 0;
}

/* ---- all ---- */

static int conclude(struct setup *setup)
{
	AUTO_FREE char *problems = network_problems(setup->state);
	bool is_up = false;

	for (size_t i = 0; i < setup->state->count; i++)
		is_up = is_up || (setup->state->interfaces[i].lease.address && !setup->state->interfaces[i].problem);
	if (setup->target ? setup->reached : is_up || !setup->state->count) {
		if (problems)
			context_info(setup->ctx, "%s", problems);
		return 0;
	}
	if (!setup->target)
		return context_fail(setup->ctx, ENETUNREACH, "%s", problems ? problems : sentence_words(N_("No network interface is here")));
	return context_fail(setup->ctx, ENETUNREACH, "The server %s cannot be reached. %s", setup->target->host,
			    problems ? problems : sentence_words(N_("The network is switched off (ip=off)")));
}

int network_setup(struct context *ctx, const struct network_config *config, const struct network_target *target, struct network_state *ret)
{
	struct setup setup = { .ctx = ctx, .config = config, .target = target, .state = ret };
	int r = links_make(ctx, config);

	ret->current = -1;
	for (size_t i = 0; r == 0 && i < config->request_count; i++)
		if (!config->requests[i].off)
			r = carry_out(&setup, config->requests + i);
	return r == 0 ? conclude(&setup) : r;
}
