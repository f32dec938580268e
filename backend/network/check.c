/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "../core/run.h"
#include "interfaces.h"

#define PING_S 10

void network_check_add(json_t *results, const char *step, json_t *ok, const char *text)
{
	json_array_append_new(results, json_pack("{ss, so, ss}", "step", step, "ok", ok, "text", text ? text : ""));
}

/* Many machines answer no ping, so that one fails decides nothing. */
static void ping(struct context *ctx, json_t *results, const char *address)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	const char *const argv[] = { "ping", "-c", "1", "-W", "2", address, NULL };
	int r = run_program(ctx, &(struct run){ .argv = argv, .deadline_s = PING_S }, NULL);
	AUTO_FREE char *text = r == 0 ? sentence("%s answers a ping", address)
			     : r == -ENOENT ? sentence("No ping was sent: the program ping is missing here")
			     : sentence("%s does not answer a ping; many machines never do", address);

	network_check_add(results, "ping", r == 0 ? json_true() : json_null(), text);
}

/* The server's name, and the ping of what it leads to; false: it is not known. */
static bool check_name(struct context *ctx, json_t *results, const struct network_target *target)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE char *address = NULL, *text = NULL;
	int r = network_look_up(ctx, target, &address);

	if (r < 0) {
		network_check_add(results, "name", json_false(), context_detail(ctx));
		return false;
	}
	text = strcmp(address, target->host) ? sentence("%s is %s", target->host, address) : sentence("%s is an address, no name is looked up", address);
	network_check_add(results, "name", json_true(), text);
	ping(ctx, results, address);
	return true;
}

static bool check_port(struct context *ctx, json_t *results, const struct network_target *target)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE char *by = NULL, *text = NULL;
	int r = network_reach(ctx, target, &by);

	text = r < 0 ? strdup(context_detail(ctx)) : by ? sentence("%s answers on port %s, through %s", target->host, target->port, by)
						       : sentence("%s answers on port %s", target->host, target->port);
	network_check_add(results, "port", json_boolean(r == 0), text);
	return r == 0;
}

static void check_link(struct context *ctx, json_t *results, const struct network_interface *one)
{
	bool linked = network_is_linked(ctx, one->name);
	AUTO_FREE char *text = linked ? sentence("%s has a link", one->name)
				      : sentence("%s has no link: no cable is in, or the switch at its other end is off", one->name);

	network_check_add(results, "link", json_boolean(linked), text);
}

static void check_address(json_t *results, const struct network_interface *one)
{
	const struct network_lease *lease = &one->lease;
	AUTO_FREE char *text = !lease->address ? one->problem ? strdup(one->problem) : sentence("%s has no address", one->name)
			     : lease->gateway ? sentence("%s is %s, its gateway is %s", one->name, lease->address, lease->gateway)
			     : sentence("%s is %s, and has no gateway", one->name, lease->address);

	network_check_add(results, "address", json_boolean(lease->address != NULL), text);
}

json_t *network_check(struct context *ctx, const struct network_state *state, const struct network_target *target, bool *ret_reached)
{
	const struct network_interface *one = state->current >= 0 ? state->interfaces + state->current
					    : state->count ? state->interfaces + state->count - 1 : NULL;
	json_t *results = json_array();

	*ret_reached = false;
	if (one) {
		check_link(ctx, results, one);
		check_address(results, one);
	} else {
		network_check_add(results, "link", json_false(), sentence_words(N_("No interface was set up")));
	}
	if (target && check_name(ctx, results, target))
		*ret_reached = check_port(ctx, results, target);
	return results;
}
