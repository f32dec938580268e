/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_rows.h"

#include <string.h>

#include "../ui/line.h"
#include "text.h"
#include "words.h"

const char *const network_members[NETWORK_MEMBERS] = { "interface", "vlan", "method", "address", "gateway", "nameservers", "mtu", "keep" };
const char *const network_methods[] = { "any", "dhcp", "ipv6", "manual", NULL };

static const struct {
	const char *name, *text;
} names[] = {
	{ "interface", N_("Interface") }, { "vlan", N_("VLAN") }, { "method", N_("Addresses") }, { "address", N_("Address") },
	{ "gateway", N_("Gateway") }, { "nameservers", N_("Name servers") }, { "mtu", N_("MTU") },
	{ "keep", N_("Keep for the restored machine") },
}, method_names[] = {
	{ "any", N_("by DHCP, else IPv6") }, { "dhcp", N_("by DHCP") }, { "ipv6", N_("IPv6, from the router") }, { "manual", N_("by hand") },
}, step_names[] = {
	{ "link", N_("Link") }, { "address", N_("Address") }, { "name", N_("Name") }, { "ping", N_("Ping") }, { "port", N_("Port") },
	{ "set", N_("Set") },
};

const char *network_member_name(const char *member)
{
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(names[i].name, member))
			return _(names[i].text);
	return member;
}

const char *network_method_name(const char *method)
{
	for (size_t i = 0; i < ARRAY_LENGTH(method_names); i++)
		if (!strcmp(method_names[i].name, method))
			return _(method_names[i].text);
	return method;
}

static const char *step_name(const char *step)
{
	for (size_t i = 0; i < ARRAY_LENGTH(step_names); i++)
		if (!strcmp(step_names[i].name, step))
			return _(step_names[i].text);
	return step;
}

static const char *method_of(json_t *settings)
{
	return *member_text(settings, "method") ? member_text(settings, "method") : "any";
}

/* Texts of ARRAY with BETWEEN between them. */
static char *join(json_t *array, const char *between)
{
	char *text = line_format("%s", "");
	json_t *one;
	size_t i;

	json_array_foreach(array, i, one) {
		char *longer = line_format("%s%s%s", text, i ? between : "", json_string_value(one) ? json_string_value(one) : "");

		free(text);
		text = longer;
	}
	return text;
}

char *network_member_text(json_t *settings, const char *member)
{
	if (!strcmp(member, "method"))
		return line_format("%s", network_method_name(method_of(settings)));
	if (!strcmp(member, "interface"))
		return line_format("%s", *member_text(settings, member) ? member_text(settings, member) : _("any that reaches the server"));
	if (!strcmp(member, "nameservers"))
		return join(member_array(settings, member), " ");
	if (!strcmp(member, "keep"))
		return line_format("%s", json_is_true(json_object_get(settings, member)) ? _("yes") : _("no"));
	if (!strcmp(member, "vlan") || !strcmp(member, "mtu"))
		return member_number(settings, member) > 0 ? line_format("%.0f", member_number(settings, member)) : line_format("%s", "");
	return line_format("%s", member_text(settings, member));
}

bool network_member_matters(json_t *settings, const char *member)
{
	return !strcmp(method_of(settings), "manual") || (strcmp(member, "address") && strcmp(member, "gateway"));
}

static json_t *words_of(const char *text)
{
	json_t *array = json_array();
	AUTO_FREE char *copy = strdup(text);
	char *rest = NULL;

	for (char *word = copy ? strtok_r(copy, " ,", &rest) : NULL; word; word = strtok_r(NULL, " ,", &rest))
		json_array_append_new(array, json_string(word));
	return array;
}

static bool is_method(const char *text)
{
	for (const char *const *method = network_methods; *method; method++)
		if (!strcmp(text, *method))
			return true;
	return false;
}

const char *network_member_set(json_t *settings, const char *member, const char *text)
{
	json_t *value;
	uint64_t number;

	if (!*text || (!strcmp(member, "interface") && !strcmp(text, "any"))) {
		json_object_del(settings, member);
		return NULL;
	}
	if (!strcmp(member, "method") && !is_method(text))
		return _("Addresses come by 'any', 'dhcp', 'ipv6' or 'manual'.");
	if (!strcmp(member, "keep")) {
		if (strcmp(text, "yes") && strcmp(text, "no"))
			return _("Please type 'keep yes' or 'keep no'.");
		value = !strcmp(text, "yes") ? json_true() : NULL;
		if (!value) {
			json_object_del(settings, member);
			return NULL;
		}
	} else if (!strcmp(member, "vlan") || !strcmp(member, "mtu")) {
		if (!parse_u64(text, &number) || number > 65535)
			return _("Please enter a whole number.");
		value = json_integer((json_int_t)number);
	} else {
		value = !strcmp(member, "nameservers") ? words_of(text) : json_string(text);
	}
	if (!value)
		return _("This text cannot be used.");
	json_object_set_new(settings, member, value);
	return NULL;
}

char *network_interface_line(json_t *interface)
{
	json_t *carrier = json_object_get(interface, "carrier");
	AUTO_FREE char *addresses = join(member_array(interface, "addresses"), " ");
	const char *driver = *member_text(interface, "driver") ? member_text(interface, "driver") : _("no driver");

	return line_format("%s, %s, %s, %s%s%s", member_text(interface, "name"), driver,
			   json_is_true(carrier) ? _("link") : json_is_false(carrier) ? _("no link") : _("down"), member_text(interface, "mac"),
			   *addresses ? ", " : "", addresses);
}

char *network_results(json_t *data)
{
	char *text = line_format("%s", "");
	json_t *one;
	size_t i;

	json_array_foreach(member_array(data, "results"), i, one) {
		json_t *ok = json_object_get(one, "ok");
		char *longer = line_format("%s%s%s %s: %s", text, i ? "\n" : "", json_is_true(ok) ? "+" : json_is_false(ok) ? "!" : "-",
					   step_name(member_text(one, "step")), words_translate(member_text(one, "text")));

		free(text);
		text = longer;
	}
	return text;
}
