/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define FIELDS 10

static bool is_ipv4(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

bool network_is_ipv6(const char *address)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET6, address, &bytes) == 1;
}

static bool is_address(const char *text)
{
	return is_ipv4(text) || network_is_ipv6(text);
}

/* "dhcp", "on", "any": ask a server (bootp and rarp are gone from networks). "auto6": listen to routers. "" and "off": no. -EINVAL for other
 * words. */
static int parse_method(const char *text, struct network_request *request)
{
	static const char *const asking[] = { "dhcp", "on", "any", "both" };

	for (size_t i = 0; i < ARRAY_LENGTH(asking); i++)
		if (!strcmp(text, asking[i])) {
			request->dhcp = true;
			return 0;
		}
	if (!strcmp(text, "auto6"))
		request->auto6 = true;
	else if (!strcmp(text, "off") || !strcmp(text, "none"))
		request->off = true;
	else
		return -EINVAL;
	return 0;
}

static int take(char **field, const char *text)
{
	if (!*text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

/* The prefix of the classful mask that the kernel takes too when none is given; for IPv6 that of a link. */
static unsigned usual_prefix(const char *client)
{
	uint32_t address = ntohl(inet_addr(client));

	return network_is_ipv6(client) ? 64 : address < 0x80000000u ? 8 : address < 0xc0000000u ? 16 : 24;
}

/* "255.255.255.0" or "24". */
static int parse_netmask(const char *text, const char *client, unsigned *ret)
{
	struct in_addr mask;
	uint64_t bits;

	if (parse_u64(text, &bits) && bits <= (network_is_ipv6(client) ? 128 : 32)) {
		*ret = (unsigned)bits;
		return 0;
	}
	if (inet_pton(AF_INET, text, &mask) != 1 || network_is_ipv6(client))
		return -EINVAL;
	*ret = (unsigned)__builtin_popcount(mask.s_addr);
	/* Ones, then zeros. */
	return ntohl(mask.s_addr) == (uint32_t)(0xffffffffull << (32 - *ret)) ? 0 : -EINVAL;
}

static int parse_client(const char *netmask, struct network_request *request)
{
	if (!is_address(request->client) ||
	    (request->gateway && network_is_ipv6(request->client) != network_is_ipv6(request->gateway)))
		return -EINVAL;
	/* With an address given "off" only means that no server is asked. */
	request->off = request->dhcp = request->auto6 = false;
	request->prefix = usual_prefix(request->client);
	return *netmask ? parse_netmask(netmask, request->client, &request->prefix) : 0;
}

static int parse_fields(char *fields[FIELDS], struct network_request *request)
{
	char **const into[] = { &request->client, &request->server, &request->gateway, NULL, &request->host, &request->device };

	for (size_t i = 0; i < ARRAY_LENGTH(into); i++)
		if (into[i] && take(into[i], fields[i]) < 0)
			return -ENOMEM;
	if ((request->gateway && !is_address(request->gateway)) || (*fields[6] && parse_method(fields[6], request) < 0))
		return -EINVAL;
	/* Behind them the kernel takes a time server, which nobody here asks. */
	for (size_t i = 7; i < 9; i++)
		if (*fields[i] && (!is_address(fields[i]) || strv_append(&request->servers, fields[i]) < 0))
			return -EINVAL;
	if (request->client)
		return parse_client(fields[3], request);
	if (!request->off && !request->auto6)
		request->dhcp = true;
	return 0;
}

/* Splits TEXT at its colons, but for those in brackets, which go. In place. -EINVAL: too many fields, or brackets that do not fit. */
static int split(char *text, char *fields[FIELDS], size_t *ret_count)
{
	for (*ret_count = 0; text; ++*ret_count) {
		char *close = *text == '[' ? strchr(text, ']') : NULL;

		if (*ret_count == FIELDS || (*text == '[' && (!close || (close[1] && close[1] != ':'))))
			return -EINVAL;
		fields[*ret_count] = text + (close != NULL);
		if (close)
			*close = '\0';
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
	if (r == 0 && count == 1 && !is_address(fields[0]))
		r = parse_method(fields[0], &request);
	else if (r == 0 && count == 2 && !is_address(fields[0]))
		r = take(&request.device, fields[0]) < 0 ? -ENOMEM : parse_method(fields[1], &request);
	else if (r == 0)
		r = parse_fields(fields, &request);
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
	strv_free(request->servers);
	*request = (struct network_request){ 0 };
}
