/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "request.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* The most that any form has: ten of the kernel's, or eight and a MAC address. */
#define FIELDS 14
#define MAC_FIELDS 6
#define MTU_MIN 68
#define MTU_MAX 65535

bool network_is_ipv6(const char *address)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET6, address, &bytes) == 1;
}

bool network_is_address(const char *address)
{
	struct in_addr bytes;

	return inet_pton(AF_INET, address, &bytes) == 1 || network_is_ipv6(address);
}

bool network_is_name(const char *name)
{
	size_t length = strlen(name);

	if (!length || length >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || *name == '%' || !isgraph((unsigned char)*name))
			return false;
	return true;
}

bool network_mac_parse(const char *text, char ret[NETWORK_MAC_SIZE])
{
	char mac[NETWORK_MAC_SIZE], *p = mac;
	char between = strlen(text) == 12 ? '\0' : text[0] && text[1] ? text[2] : '\0';

	if (between && between != '-' && between != ':')
		return false;
	for (size_t i = 0; i < MAC_FIELDS; i++) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		*p++ = (char)tolower((unsigned char)*text++);
		*p++ = (char)tolower((unsigned char)*text++);
		*p++ = ':';
		if (i + 1 < MAC_FIELDS && between && *text++ != between)
			return false;
	}
	p[-1] = '\0';
	if (*text)
		return false;
	memcpy(ret, mac, sizeof(mac));
	return true;
}

static const struct {
	const char *name;
	bool off, dhcp, ipv6, dhcp6, link6;
} methods[] = {
	{ .name = "off", .off = true },
	{ .name = "none", .off = true },
	{ .name = "static", .off = true },
	{ .name = "dhcp", .dhcp = true },
	{ .name = "single-dhcp", .dhcp = true },
	/* Servers of these two are gone from networks; who still asks for them is answered by DHCP. */
	{ .name = "bootp", .dhcp = true },
	{ .name = "rarp", .dhcp = true },
	{ .name = "both", .dhcp = true },
	{ .name = "on", .dhcp = true, .ipv6 = true },
	{ .name = "any", .dhcp = true, .ipv6 = true },
	{ .name = "auto6", .ipv6 = true },
	{ .name = "either6", .ipv6 = true },
	{ .name = "dhcp6", .ipv6 = true, .dhcp6 = true },
	{ .name = "link6", .ipv6 = true, .link6 = true },
	{ .name = "link-local", .ipv6 = true, .link6 = true },
};

static int parse_method(const char *text, struct network_request *request)
{
	for (size_t i = 0; i < ARRAY_LENGTH(methods); i++)
		if (!strcmp(text, methods[i].name)) {
			request->off = methods[i].off;
			request->dhcp = methods[i].dhcp;
			request->ipv6 = methods[i].ipv6;
			request->dhcp6 = methods[i].dhcp6;
			request->link6 = methods[i].link6;
			return 0;
		}
	return -EINVAL;
}

static int take(char **field, const char *text)
{
	if (!*text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

/* A name; a MAC address with dashes, or with colons in brackets; or the name that udev makes of one. */
static int take_device(struct network_request *request, const char *text)
{
	char mac[NETWORK_MAC_SIZE];

	if (!*text)
		return 0;
	if ((strlen(text) > 12 && network_mac_parse(text, mac)) || (!strncmp(text, "enx", 3) && network_mac_parse(text + 3, mac)))
		return take(&request->mac, mac);
	return network_is_name(text) ? take(&request->device, text) : -EINVAL;
}

/* The prefix of the classful mask that the kernel takes too when none is given; for IPv6 that of a link. */
static unsigned usual_prefix(const char *client)
{
	uint32_t address = ntohl(inet_addr(client));

	return network_is_ipv6(client) ? 64 : address < 0x80000000u ? 8 : address < 0xc0000000u ? 16 : 24;
}

int network_prefix_parse(const char *text, const char *client, unsigned *ret)
{
	struct in_addr mask;
	uint64_t bits;

	if (parse_u64(text, &bits)) {
		*ret = (unsigned)bits;
		return bits <= (network_is_ipv6(client) ? 128 : 32) ? 0 : -EINVAL;
	}
	if (inet_pton(AF_INET, text, &mask) != 1 || network_is_ipv6(client))
		return -EINVAL;
	*ret = (unsigned)__builtin_popcount(mask.s_addr);
	/* Ones, then zeros. */
	return ntohl(mask.s_addr) == (uint32_t)(0xffffffffull << (32 - *ret)) ? 0 : -EINVAL;
}

static int parse_client(const char *netmask, struct network_request *request)
{
	if (!network_is_address(request->client) ||
	    (request->gateway && network_is_ipv6(request->client) != network_is_ipv6(request->gateway)))
		return -EINVAL;
	/* With an address given "off" only means that no server is asked. */
	request->off = request->dhcp = request->ipv6 = request->dhcp6 = request->link6 = false;
	request->prefix = usual_prefix(request->client);
	return *netmask ? network_prefix_parse(netmask, request->client, &request->prefix) : 0;
}

/* Behind the method: an MTU, and a MAC address in six fields. */
static int parse_link(char *const *fields, size_t count, struct network_request *request)
{
	uint64_t mtu;
	char mac[NETWORK_MAC_SIZE];
	AUTO_FREE char *joined = NULL;

	if (count && *fields[0]) {
		if (!parse_u64(fields[0], &mtu) || mtu < MTU_MIN || mtu > MTU_MAX)
			return -EINVAL;
		request->mtu = (unsigned)mtu;
	}
	if (count < 2)
		return 0;
	if (count == 2 && !*fields[1])
		return 0;
	if (count == 2)
		return network_mac_parse(fields[1], mac) ? take(&request->own_mac, mac) : -EINVAL;
	if (count != 1 + MAC_FIELDS)
		return -EINVAL;
	joined = text_format("%s:%s:%s:%s:%s:%s", fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
	if (!joined)
		return -ENOMEM;
	return network_mac_parse(joined, mac) ? take(&request->own_mac, mac) : -EINVAL;
}

/* Behind the method: two name servers, and a time server, which nobody here asks. */
static int parse_servers(char *const *fields, size_t count, struct network_request *request)
{
	if (count > 3 || (count == 3 && *fields[2] && !network_is_address(fields[2])))
		return -EINVAL;
	for (size_t i = 0; i < count && i < 2; i++)
		if (*fields[i] && (!network_is_address(fields[i]) || strv_append(&request->servers, fields[i]) < 0))
			return -EINVAL;
	return 0;
}

static int parse_tail(char *const *fields, size_t count, struct network_request *request)
{
	bool servers = count <= 3;

	for (size_t i = 0; servers && i < count; i++)
		servers = !*fields[i] || network_is_address(fields[i]);
	return servers ? parse_servers(fields, count, request) : parse_link(fields, count, request);
}

static int parse_fields(char *fields[FIELDS], size_t count, struct network_request *request)
{
	char **const into[] = { &request->client, &request->server, &request->gateway, NULL, &request->host };
	int r;

	for (size_t i = 0; i < ARRAY_LENGTH(into); i++)
		if (into[i] && take(into[i], fields[i]) < 0)
			return -ENOMEM;
	r = take_device(request, fields[5]);
	if (r < 0)
		return r;
	if ((request->gateway && !network_is_address(request->gateway)) || (*fields[6] && parse_method(fields[6], request) < 0))
		return -EINVAL;
	r = count > 7 ? parse_tail(fields + 7, count - 7, request) : 0;
	if (r < 0)
		return r;
	if (request->client)
		return parse_client(fields[3], request);
	if (!request->off && !request->ipv6)
		request->dhcp = true;
	return 0;
}

/* Splits TEXT at its colons, but for those in brackets, which go: they stand around an IPv6 or a MAC address. In place. -EINVAL: too many
 * fields, or brackets that do not fit. */
static int split(char *text, char *fields[FIELDS], size_t *ret_count)
{
	char mac[NETWORK_MAC_SIZE];

	for (*ret_count = 0; text; ++*ret_count) {
		char *close = *text == '[' ? strchr(text, ']') : NULL;

		if (*ret_count == FIELDS || (*text == '[' && (!close || (close[1] && close[1] != ':'))))
			return -EINVAL;
		fields[*ret_count] = text + (close != NULL);
		if (close)
			*close = '\0';
		if (close && !network_is_ipv6(text + 1) && !network_mac_parse(text + 1, mac))
			return -EINVAL;
		text = strchrnul(close ? close + 1 : text, ':');
		if (*text)
			*text++ = '\0';
		else
			text = NULL;
	}
	return 0;
}

int network_parse(const char *text, struct network_request *ret)
{
	AUTO_FREE char *copy = strdup(text);
	struct network_request request = { 0 };
	char *fields[FIELDS];
	size_t count;
	int r;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < FIELDS; i++)
		fields[i] = (char *)"";
	r = split(copy, fields, &count);
	if (r == 0 && count == 1 && !network_is_address(fields[0])) {
		/* Nothing at all is what the kernel takes for "any". */
		r = parse_method(*fields[0] ? fields[0] : "any", &request);
	} else if (r == 0 && *fields[0] && !network_is_address(fields[0])) {
		r = take_device(&request, fields[0]);
		if (r == 0)
			r = parse_method(fields[1], &request);
		if (r == 0)
			r = parse_link(fields + 2, count - 2, &request);
	} else if (r == 0) {
		r = parse_fields(fields, count, &request);
	}
	if (r < 0) {
		network_request_done(&request);
		return r;
	}
	*ret = request;
	return 0;
}

void network_request_done(struct network_request *request)
{
	free(request->client);
	free(request->server);
	free(request->gateway);
	free(request->host);
	free(request->device);
	free(request->mac);
	free(request->own_mac);
	strv_free(request->servers);
	*request = (struct network_request){ 0 };
}
