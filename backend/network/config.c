/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "words.h"

static void virtual_done(struct network_virtual *virtual)
{
	free(virtual->name);
	free(virtual->parent);
	strv_free(virtual->parts);
	strv_free(virtual->options);
}

void network_config_done(struct network_config *config)
{
	for (size_t i = 0; i < config->request_count; i++)
		network_request_done(config->requests + i);
	for (size_t i = 0; i < config->rename_count; i++)
		free(config->renames[i].name);
	for (size_t i = 0; i < config->virtual_count; i++)
		virtual_done(config->virtuals + i);
	for (size_t i = 0; i < config->route_count; i++) {
		free(config->routes[i].net);
		free(config->routes[i].gateway);
		free(config->routes[i].device);
	}
	free(config->requests);
	free(config->renames);
	free(config->virtuals);
	free(config->routes);
	strv_free(config->servers);
	free(config->bootif);
	*config = (struct network_config){ 0 };
}

/* Room for one more of SIZE bytes behind COUNT; cleared. NULL when out of memory. */
static void *grow(void *array, size_t count, size_t size)
{
	char *longer = reallocarray(array, count + 1, size);

	if (longer)
		memset(longer + count * size, 0, size);
	return longer;
}

#define ADD(array, count) \
	({ \
		void *longer_ = grow((array), (count), sizeof(*(array))); \
		if (longer_) \
			(array) = longer_; \
		longer_ ? (array) + (count)++ : NULL; \
	})

static int fail_word(struct context *ctx, int r, const char *key, const char *word)
{
	return r == -ENOMEM ? context_oom(ctx) : context_fail(ctx, -r, "%s=%s cannot be understood", key, word);
}

static int add_request(struct network_config *config, const char *word)
{
	struct network_request *one = ADD(config->requests, config->request_count);

	return one ? network_parse(word, one) : -ENOMEM;
}

static int add_vlan(struct network_config *config, const char *word)
{
	struct network_virtual *one = ADD(config->virtuals, config->virtual_count);

	return one ? network_vlan_parse(word, one) : -ENOMEM;
}

static int add_bond(struct network_config *config, const char *word)
{
	struct network_virtual *one = ADD(config->virtuals, config->virtual_count);

	return one ? network_bond_parse(word, one) : -ENOMEM;
}

static int add_rename(struct network_config *config, const char *word)
{
	struct network_rename *one = ADD(config->renames, config->rename_count);

	return one ? network_rename_parse(word, one) : -ENOMEM;
}

static int add_route(struct network_config *config, const char *word)
{
	struct network_route *one = ADD(config->routes, config->route_count);

	return one ? network_route_parse(word, one) : -ENOMEM;
}

static int add_server(struct network_config *config, const char *word)
{
	size_t length = strlen(word);
	AUTO_FREE char *bare = *word == '[' && word[length - 1] == ']' ? strndup(word + 1, length - 2) : strdup(word);

	if (!bare)
		return -ENOMEM;
	return network_is_address(bare) ? strv_append(&config->servers, bare) : -EINVAL;
}

int network_config_read(struct context *ctx, const struct network_words *words, struct network_config *ret)
{
	/* Bonds come before VLANs, which may lie on them. */
	const struct {
		const char *key;
		char *const *words;
		int (*add)(struct network_config *config, const char *word);
	} kinds[] = {
		{ "ip", words->ip, add_request }, { "bond", words->bond, add_bond }, { "vlan", words->vlan, add_vlan },
		{ "ifname", words->ifname, add_rename }, { "rd.route", words->route, add_route }, { "nameserver", words->nameserver, add_server },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		for (char *const *word = kinds[i].words; word && *word; word++) {
			int r = kinds[i].add(ret, *word);

			if (r < 0)
				return fail_word(ctx, r, kinds[i].key, *word);
		}
	if (words->bootif && !(ret->bootif = strdup(words->bootif)))
		return context_oom(ctx);
	if (!ret->request_count && words->bootif && add_request(ret, "any") < 0)
		return context_oom(ctx);
	return 0;
}

int network_config_any(struct context *ctx, struct network_config *ret)
{
	return add_request(ret, "any") < 0 ? context_oom(ctx) : 0;
}

/* ---- what a person set ---- */

static const char *text_of(json_t *settings, const char *name)
{
	const char *text = json_string_value(json_object_get(settings, name));

	return text ? text : "";
}

static int take_servers(struct context *ctx, json_t *settings, struct network_config *ret)
{
	json_t *server;
	size_t i;

	json_array_foreach(json_object_get(settings, "nameservers"), i, server) {
		const char *text = json_string_value(server);
		int r = text ? add_server(ret, text) : -EINVAL;

		if (r == -ENOMEM)
			return context_oom(ctx);
		if (r < 0)
			return context_fail(ctx, EINVAL, "'%s' is no address of a name server", text ? text : "?");
	}
	return 0;
}

static int take_address(struct context *ctx, const char *text, struct network_request *request)
{
	AUTO_FREE char *address = strndup(text, strcspn(text, "/"));

	if (!address)
		return context_oom(ctx);
	if (!network_is_address(address))
		return context_fail(ctx, EINVAL, "'%s' is no address: write it as 192.0.2.5/24 or 2001:db8::5/64", text);
	if (!strchr(text, '/'))
		return context_fail(ctx, EINVAL, "The address %s lacks the length of its network: write it as %s/%d", address, address,
				    network_is_ipv6(address) ? 64 : 24);
	if (network_prefix_parse(strchr(text, '/') + 1, address, &request->prefix) < 0)
		return context_fail(ctx, EINVAL, "'%s' has no valid prefix length after the slash", text);
	request->client = TAKE_POINTER(address);
	return 0;
}

static int take_gateway(struct context *ctx, const char *text, struct network_request *request)
{
	if (!*text)
		return 0;
	if (!network_is_address(text) || network_is_ipv6(text) != network_is_ipv6(request->client))
		return context_fail(ctx, EINVAL, "'%s' is no gateway for the address %s", text, request->client);
	request->gateway = strdup(text);
	return request->gateway ? 0 : context_oom(ctx);
}

/* The interface, or the VLAN on it, which is made. */
static int take_interface(struct context *ctx, json_t *settings, struct network_config *ret, char **ret_name)
{
	const char *name = text_of(settings, "interface");
	json_int_t vlan = json_integer_value(json_object_get(settings, "vlan"));
	AUTO_FREE char *word = NULL;
	int r;

	if (*name && !network_is_name(name))
		return context_fail(ctx, EINVAL, "'%s' is no name of an interface", name);
	if (!vlan) {
		*ret_name = *name ? strdup(name) : NULL;
		return *name && !*ret_name ? context_oom(ctx) : 0;
	}
	if (vlan < 1 || vlan > 4094)
		return context_fail(ctx, EINVAL, "A VLAN has a number from 1 to 4094");
	if (!*name)
		return context_fail(ctx, EINVAL, "A VLAN needs an interface: choose one");
	*ret_name = text_format("vlan%lld", (long long)vlan);
	word = *ret_name ? text_format("%s:%s", *ret_name, name) : NULL;
	r = word ? add_vlan(ret, word) : -ENOMEM;
	return r < 0 ? fail_word(ctx, r, "vlan", word ? word : "") : 0;
}

int network_config_of(struct context *ctx, json_t *settings, struct network_config *ret)
{
	const char *method = text_of(settings, "method");
	json_int_t mtu = json_integer_value(json_object_get(settings, "mtu"));
	AUTO_FREE char *name = NULL;
	struct network_request *request;
	int r = take_interface(ctx, settings, ret, &name);

	ret->by_hand = true;
	if (r == 0)
		r = take_servers(ctx, settings, ret);
	if (r < 0)
		return r;
	request = ADD(ret->requests, ret->request_count);
	if (!request)
		return context_oom(ctx);
	request->device = TAKE_POINTER(name);
	if (mtu && (mtu < 68 || mtu > 65535))
		return context_fail(ctx, EINVAL, "An MTU is a number from 68 to 65535");
	request->mtu = (unsigned)mtu;
	request->dhcp = !*method || !strcmp(method, "any") || !strcmp(method, "dhcp");
	request->ipv6 = !*method || !strcmp(method, "any") || !strcmp(method, "ipv6");
	if (request->dhcp || request->ipv6)
		return 0;
	if (strcmp(method, "manual"))
		return context_fail(ctx, EINVAL, "'%s' is no way to get an address: any, dhcp, ipv6 or manual", method);
	if (!request->device)
		return context_fail(ctx, EINVAL, "An address that is given by hand needs an interface: choose one");
	r = take_address(ctx, text_of(settings, "address"), request);
	return r == 0 ? take_gateway(ctx, text_of(settings, "gateway"), request) : r;
}
