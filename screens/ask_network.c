/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ask_network.h"

#include <string.h>

#include "../ui/line.h"
#include "network_rows.h"
#include "options.h"
#include "plain_text.h"
#include "text.h"

void ask_network_print(json_t *question, json_t *settings, FILE *out)
{
	json_t *data = json_object_get(question, "data"), *interface;
	AUTO_FREE char *results = network_results(data);
	size_t i;

	plain_text(out, "  ", results);
	plain_text(out, "", _("Interfaces of this machine:"));
	json_array_foreach(member_array(data, "interfaces"), i, interface) {
		AUTO_FREE char *line = network_interface_line(interface);

		plain_text(out, "  ", line);
	}
	plain_text(out, "", _("Settings:"));
	for (i = 0; i < NETWORK_MEMBERS; i++) {
		AUTO_FREE char *value = network_member_text(settings, network_members[i]);
		AUTO_FREE char *line = line_format("%s: %s", network_members[i], value);

		if (network_member_matters(settings, network_members[i]))
			plain_text(out, "  ", line);
	}
	plain_text(out, "", _("interface NAME (or any); vlan NUMBER; method any, dhcp, ipv6 or manual; address ADDRESS/LENGTH; gateway ADDRESS; "
			      "nameservers ADDRESS ...; mtu NUMBER; keep yes (for the "
			      "restored machine) or no; use (set it up so and try); retry (as it is); test; skip (without this server)"));
	plain_text(out, "", _("The settings are for this rescue system only, and the restored system has its own, unless 'keep yes' was typed."));
}

static bool is_member(const char *word)
{
	for (size_t i = 0; i < NETWORK_MEMBERS; i++)
		if (!strcmp(network_members[i], word))
			return true;
	return false;
}

enum ask_result ask_network_line(json_t *question, json_t *settings, const char *line, json_t **ret_value, const char **ret_why)
{
	AUTO_FREE char *copy = strdup(line);
	char *rest = copy, *word = copy ? strsep(&rest, " ") : NULL;

	*ret_why = _("Please type one of the words above.");
	if (!word)
		return ASK_BAD;
	if (is_member(word)) {
		const char *why = network_member_set(settings, word, rest ? rest : "");

		if (!why)
			return ASK_MORE;
		*ret_why = why;
		return ASK_BAD;
	}
	if (rest)
		return ASK_BAD;
	if (!strcmp(word, "use"))
		*ret_value = json_deep_copy(settings);
	else if (!*word || options_offer(question, word))
		*ret_value = json_string(*word ? word : "retry");
	return *ret_value ? ASK_DONE : ASK_BAD;
}
