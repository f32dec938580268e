/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "state.h"

#include <string.h>

#include "interfaces.h"

static void interface_done(struct network_interface *interface)
{
	free(interface->name);
	free(interface->mac);
	free(interface->problem);
	network_lease_done(&interface->lease);
}

void network_state_done(struct network_state *state)
{
	for (size_t i = 0; i < state->count; i++)
		interface_done(state->interfaces + i);
	free(state->interfaces);
	free(state->note);
	*state = (struct network_state){ .current = -1 };
}

struct network_interface *network_entry(const struct context *ctx, struct network_state *state, const char *name)
{
	struct network_interface *longer, *one;

	for (size_t i = 0; i < state->count; i++)
		if (!strcmp(state->interfaces[i].name, name))
			return state->interfaces + i;
	longer = reallocarray(state->interfaces, state->count + 1, sizeof(*longer));
	if (!longer)
		return NULL;
	state->interfaces = longer;
	one = longer + state->count;
	*one = (struct network_interface){ .name = strdup(name), .mac = network_attribute(ctx, name, "address") };
	if (!one->name) {
		interface_done(one);
		return NULL;
	}
	state->count++;
	return one;
}

char *network_problems(const struct network_state *state)
{
	char *text = NULL;

	for (size_t i = 0; i < state->count; i++) {
		const struct network_interface *one = state->interfaces + i;
		AUTO_FREE char *line = one->problem ? sentence("%s (%s)", one->problem, one->mac ? one->mac : "?") : NULL;
		char *longer = line ? text ? sentence("%s. %s", text, line) : strdup(line) : NULL;

		if (longer) {
			free(text);
			text = longer;
		}
	}
	return text;
}
