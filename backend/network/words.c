/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define OPTION_MAX 64

static int take_name(char **field, const char *text)
{
	if (!network_is_name(text))
		return -EINVAL;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

int network_vlan_parse(const char *text, struct network_virtual *ret)
{
	AUTO_FREE char *name = strndup(text, strcspn(text, ":"));
	const char *parent = strchr(text, ':'), *digits;
	uint64_t number;

	if (!name)
		return -ENOMEM;
	digits = name + strlen(name);
	while (digits > name && isdigit((unsigned char)digits[-1]))
		digits--;
	/* "eth0.5" and "vlan5" alike; but not "5" or the 0 of "eth0". */
	if (!parent || digits == name || !parse_u64(digits, &number) || number < 1 || number > 4094)
		return -EINVAL;
	ret->vlan = (unsigned)number;
	return take_name(&ret->name, name) < 0 ? -EINVAL : take_name(&ret->parent, parent + 1);
}

static bool is_option_name(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool is_option_value(const char *text)
{
	for (const char *p = text; *p; p++)
		if (!isgraph((unsigned char)*p) || (*p == '-' && p == text))
			return false;
	return *text && strlen(text) <= OPTION_MAX;
}

/* Addresses in one value have ';' between them, for ',' is between options; ip(8) wants ','. */
static int take_option(char *word, struct network_virtual *ret)
{
	char *value = strchr(word, '=');

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!is_option_name(word) || !is_option_value(value))
		return -EINVAL;
	for (char *p = value; (p = strchr(p, ';')) != NULL;)
		*p = ',';
	return strv_append(&ret->options, word) < 0 || strv_append(&ret->options, value) < 0 ? -ENOMEM : 0;
}

static int take_parts(char *text, struct network_virtual *ret)
{
	char *rest = text, *word;

	while ((word = strsep(&rest, ",")) != NULL)
		if (!network_is_name(word))
			return -EINVAL;
		else if (strv_append(&ret->parts, word) < 0)
			return -ENOMEM;
	return 0;
}

static int take_mtu(const char *text, unsigned *ret)
{
	uint64_t number;

	if (!parse_u64(text, &number) || number < 68 || number > 65535)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

/* Values of options may hold colons themselves: addresses of IPv6 (ns_ip6_target) do. So the MTU is what stands behind the last one, when it is a
 * number. */
static int take_options(char *text, struct network_virtual *ret)
{
	char *last = strrchr(text, ':'), *rest = text, *word;
	int r = 0;

	if (last && !last[1 + strspn(last + 1, "0123456789")]) {
		*last = '\0';
		if (last[1])
			r = take_mtu(last + 1, &ret->mtu);
	}
	while (r == 0 && *text && (word = strsep(&rest, ",")) != NULL)
		r = take_option(word, ret);
	return r;
}

int network_bond_parse(const char *text, struct network_virtual *ret)
{
	AUTO_FREE char *copy = strdup(text);
	char *rest = copy, *name, *parts;
	int r;

	if (!copy)
		return -ENOMEM;
	name = strsep(&rest, ":");
	parts = rest ? strsep(&rest, ":") : NULL;
	r = take_name(&ret->name, *name ? name : "bond0");
	if (r == 0)
		r = take_parts(parts && *parts ? parts : (char[]){ "eth0,eth1" }, ret);
	if (r == 0)
		r = take_options(rest && *rest ? rest : (char[]){ "mode=balance-rr" }, ret);
	return r;
}

int network_rename_parse(const char *text, struct network_rename *ret)
{
	const char *mac = strchr(text, ':');
	AUTO_FREE char *name = strndup(text, strcspn(text, ":"));

	if (!name)
		return -ENOMEM;
	return !mac || !network_mac_parse(mac + 1, ret->mac) ? -EINVAL : take_name(&ret->name, name);
}

/* The field at *TEXT up to its colon, without brackets; *TEXT goes behind it, NULL at the end. NULL: brackets that do not fit. */
static char *next_field(char **text)
{
	char *field = *text, *end;

	if (*field == '[') {
		field++;
		end = strchr(field, ']');
		if (!end || (end[1] && end[1] != ':'))
			return NULL;
		*end++ = '\0';
	} else {
		end = strchrnul(field, ':');
	}
	*text = *end ? end + 1 : NULL;
	*end = '\0';
	return field;
}

static int take_net(char *text, char **ret)
{
	char *mask = strchr(text, '/');
	unsigned bits;

	if (!strcmp(text, "default")) {
		*ret = strdup(text);
		return *ret ? 0 : -ENOMEM;
	}
	if (mask)
		*mask++ = '\0';
	if (!network_is_address(text))
		return -EINVAL;
	bits = network_is_ipv6(text) ? 128 : 32;
	if (mask && network_prefix_parse(mask, text, &bits) < 0)
		return -EINVAL;
	*ret = text_format("%s/%u", text, bits);
	return *ret ? 0 : -ENOMEM;
}

int network_route_parse(const char *text, struct network_route *ret)
{
	AUTO_FREE char *copy = strdup(text);
	char *rest = copy, *net, *gateway, *device;
	int r;

	if (!copy)
		return -ENOMEM;
	net = next_field(&rest);
	gateway = net && rest ? next_field(&rest) : NULL;
	device = gateway && rest ? next_field(&rest) : NULL;
	if (!gateway || rest || (*gateway && !network_is_address(gateway)) || (!*gateway && (!device || !*device)))
		return -EINVAL;
	r = take_net(net, &ret->net);
	if (r == 0 && *gateway) {
		ret->gateway = strdup(gateway);
		r = ret->gateway ? 0 : -ENOMEM;
	}
	return r == 0 && device && *device ? take_name(&ret->device, device) : r;
}
