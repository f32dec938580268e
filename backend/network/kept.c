/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kept.h"

#include <errno.h>
#include <string.h>

#include "interfaces.h"

/* The card that SETTINGS name, else the one that got an address. NULL: none. */
static const char *card_of(json_t *settings, const struct network_state *state)
{
	const char *name = json_string_value(json_object_get(settings, "interface"));

	if (name && *name)
		return name;
	return state->current >= 0 ? state->interfaces[state->current].name : NULL;
}

/* A bond or a VLAN that the command line made has the address of a card, and is none. */
static bool is_made(const struct context *ctx, const char *name)
{
	static const char *const kinds[] = { "DEVTYPE=bond", "DEVTYPE=vlan", "DEVTYPE=bridge" };
	AUTO_FREE char *kind = network_attribute(ctx, name, "uevent");

	for (size_t i = 0; kind && i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

int network_keep(struct context *ctx, json_t *settings, const struct network_state *state, json_t **ret)
{
	const char *name = card_of(settings, state);
	AUTO_FREE char *address = name ? network_attribute(ctx, name, "address") : NULL;
	char mac[NETWORK_MAC_SIZE];
	json_t *kept;

	*ret = NULL;
	if (!json_is_true(json_object_get(settings, "keep")))
		return 0;
	if (!address || !network_mac_parse(address, mac) || is_made(ctx, name))
		return context_fail(ctx, EINVAL, "The network settings of %s cannot be kept for the restored machine, because it is no network card with a MAC "
						 "address of its own", name ? name : "?");
	kept = json_deep_copy(settings);
	if (!kept || json_object_set_new(kept, "interface", json_string(name)) < 0 || json_object_set_new(kept, "mac", json_string(mac)) < 0) {
		json_decref(kept);
		return context_oom(ctx);
	}
	*ret = kept;
	return 0;
}

int network_kept_of(struct context *ctx, json_t *kept, struct network_kept *ret)
{
	const char *mac = json_string_value(json_object_get(kept, "mac"));
	int r;

	if (!mac || !network_mac_parse(mac, ret->mac))
		return context_fail(ctx, EINVAL, "The network settings to keep name no network card");
	r = network_config_of(ctx, kept, &ret->config);
	if (r == 0)
		ret->vlan = ret->config.virtual_count ? ret->config.virtuals[0].vlan : 0;
	return r;
}

void network_kept_done(struct network_kept *kept)
{
	network_config_done(&kept->config);
	*kept = (struct network_kept){ 0 };
}
