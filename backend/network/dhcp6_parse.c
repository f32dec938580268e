/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp6.h"
#include "dhcp6_options.h"
#include "router.h"

/* Options in what they lie in: the message, an association, an address. */
struct scope {
	const uint8_t *client;
	size_t client_length;
	uint32_t iaid;
	struct dhcp6_message *message;
	bool named;              /* it names this client */
};

void dhcp6_lease_done(struct dhcp6_lease *lease)
{
	free(lease->address);
	strv_free(lease->servers);
	free(lease->search);
	*lease = (struct dhcp6_lease){ 0 };
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static int take_status(const uint8_t *value, size_t length, struct scope *scope)
{
	if (length < 2)
		return -EINVAL;
	if (!scope->message->status)
		scope->message->status = get16(value);
	return 0;
}

/* The next option of the LENGTH bytes at BYTES + *AT. 1; 0: there is none; -EINVAL. */
static int next_option(const uint8_t *bytes, size_t length, size_t *at, unsigned *ret_code, const uint8_t **ret_value, size_t *ret_length)
{
	if (*at == length)
		return 0;
	if (length - *at < 4)
		return -EINVAL;
	*ret_code = get16(bytes + *at);
	*ret_length = get16(bytes + *at + 2);
	*ret_value = bytes + *at + 4;
	if (*ret_length > length - *at - 4)
		return -EINVAL;
	*at += 4 + *ret_length;
	return 1;
}

/* The status inside an address or association. */
static int take_inner_status(const uint8_t *bytes, size_t length, struct scope *scope)
{
	size_t at = 0, size;
	const uint8_t *value;
	unsigned code;
	int r;

	while ((r = next_option(bytes, length, &at, &code, &value, &size)) > 0)
		if (code == OPTION_STATUS && (r = take_status(value, size, scope)) < 0)
			return r;
	return r;
}

/* An address, its preferred and valid lifetime, options. */
static int take_address(const uint8_t *value, size_t length, struct scope *scope)
{
	struct dhcp6_lease *lease = &scope->message->lease;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	uint32_t preferred;
	int r;

	if (length < 24)
		return -EINVAL;
	memcpy(&address, value, sizeof(address));
	r = take_inner_status(value + 24, length - 24, scope);
	if (r < 0 || lease->address || !get32(value + 20) || IN6_IS_ADDR_MULTICAST(&address) || IN6_IS_ADDR_UNSPECIFIED(&address))
		return r;
	lease->address = strdup(inet_ntop(AF_INET6, value, text, sizeof(text)));
	preferred = get32(value + 16);
	lease->valid = get32(value + 20);
	/* What the server leaves to the client (RFC 8415, 21.4); an address that is not preferred any more is used all the same. */
	if (!preferred)
		preferred = lease->valid;
	lease->renew = preferred == DHCP6_FOREVER ? preferred : preferred / 2;
	lease->rebind = preferred == DHCP6_FOREVER ? preferred : (uint32_t)(preferred * 4ull / 5);
	return lease->address ? 0 : -ENOMEM;
}

/* T1 and T2 that a server names, where they make sense. */
static void take_times(struct dhcp6_lease *lease, uint32_t renew, uint32_t rebind)
{
	if (renew && (!rebind || renew <= rebind))
		lease->renew = renew;
	if (rebind && renew <= rebind)
		lease->rebind = rebind;
	if (lease->rebind > lease->valid)
		lease->rebind = lease->valid;
	if (lease->renew > lease->rebind)
		lease->renew = lease->rebind;
}

/* Number, T1, T2, options. */
static int take_association(const uint8_t *value, size_t length, struct scope *scope)
{
	size_t at = 0, size;
	const uint8_t *option;
	unsigned code;
	int r;

	if (length < 12)
		return -EINVAL;
	if (get32(value) != scope->iaid)
		return 0;
	while ((r = next_option(value + 12, length - 12, &at, &code, &option, &size)) > 0) {
		r = code == OPTION_IAADDR ? take_address(option, size, scope) : code == OPTION_STATUS ? take_status(option, size, scope) : 0;
		if (r < 0)
			return r;
	}
	take_times(&scope->message->lease, get32(value + 4), get32(value + 8));
	return r;
}

static int take_servers(const uint8_t *value, size_t length, struct scope *scope)
{
	char text[INET6_ADDRSTRLEN];

	if (!length || length % 16)
		return -EINVAL;
	for (size_t at = 0; at < length; at += 16)
		if (strv_append(&scope->message->lease.servers, inet_ntop(AF_INET6, value + at, text, sizeof(text))) < 0)
			return -ENOMEM;
	return 0;
}

/* Names that cannot be used are no reason to do without the rest. */
static int take_search(const uint8_t *value, size_t length, struct scope *scope)
{
	if (scope->message->lease.search)
		return 0;
	scope->message->lease.search = dns_names_parse(value, length);
	return !scope->message->lease.search && errno == ENOMEM ? -ENOMEM : 0;
}

static int take_option(unsigned code, const uint8_t *value, size_t length, struct scope *scope)
{
	struct dhcp6_message *message = scope->message;

	switch (code) {
	case OPTION_CLIENTID:
		if (length != scope->client_length || memcmp(value, scope->client, length))
			return -EINVAL;
		scope->named = true;
		return 0;
	case OPTION_SERVERID:
		if (!length || length > sizeof(message->server) || message->server_length)
			return -EINVAL;
		memcpy(message->server, value, length);
		message->server_length = length;
		return 0;
	case OPTION_IA_NA:
		return take_association(value, length, scope);
	case OPTION_STATUS:
		return take_status(value, length, scope);
	case OPTION_DNS:
		return take_servers(value, length, scope);
	case OPTION_DOMAINS:
		return take_search(value, length, scope);
	default:
		return 0;
	}
}

int dhcp6_parse(const uint8_t *bytes, size_t length, const uint8_t *client, size_t client_length, uint32_t iaid, struct dhcp6_message *ret)
{
	struct dhcp6_message message = { 0 };
	struct scope scope = { .client = client, .client_length = client_length, .iaid = iaid, .message = &message };
	size_t at = 4, size;
	const uint8_t *value;
	unsigned code;
	int r;

	if (length < 4)
		return -EINVAL;
	message.type = bytes[0];
	message.transaction = (uint32_t)bytes[1] << 16 | get16(bytes + 2);
	while ((r = next_option(bytes, length, &at, &code, &value, &size)) > 0 && (r = take_option(code, value, size, &scope)) == 0)
		;
	if (r == 0 && (!scope.named || !message.server_length))
		r = -EINVAL;
	if (r < 0) {
		dhcp6_lease_done(&message.lease);
		return r;
	}
	*ret = message;
	return 0;
}
