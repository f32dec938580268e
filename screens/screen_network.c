/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network that the recovery set needs: what lacks, the settings, one by one, and the results of a test. */
#include <string.h>

#include "network_rows.h"
#include "options.h"
#include "screen.h"
#include "text.h"
#include "words.h"

#define VALUE_CELLS 44

static const char *help(void)
{
	return _("The recovery set lies on a server that cannot be reached. The text says what each interface lacks.\n"
		 "Enter on a line changes it: the interface, a VLAN on it, and how it gets its address. An address by hand is written with the length "
		 "of its network, 192.0.2.5/24 or 2001:db8::5/64.\n"
		 "'Try' sets the network up as the lines say and asks the server. 'Test' looks step by step: link, address, name, ping, port, and the first "
		 "bytes of the set; '+' is good, '!' is what is wrong, '-' decides nothing.\n"
		 "The settings are for this rescue system only, and the restored system has those that were captured. With 'Keep for the restored machine' "
		 "it gets these, too, for the network card with the same MAC address.");
}

/* Shows FORM (stolen) with an OK button. VIEW_CHOICE: *RET is its entry or, of a form with a field, *RET_VALUE what was typed, new. */
static enum view_end run_form(struct console *console, struct form *form, int *ret, char **ret_value)
{
	enum view_end end;
	int chosen;

	form_button(form, _("OK"));
	do
		end = console_form(console, form, CONSOLE_CLOSE, help(), &chosen);
	while (end == VIEW_CHANGED);
	if (ret)
		*ret = form_current(form);
	if (ret_value)
		*ret_value = line_format("%s", form_value(form));
	form_free(form);
	return end;
}

static enum view_end ask_interface(struct console *console, json_t *data, json_t *settings)
{
	struct form *form = form_new(console->term, _("Interface"), FORM_WIDE);
	json_t *interfaces = member_array(data, "interfaces"), *interface;
	enum view_end end;
	size_t i;
	int entry;

	form_list(form, NULL, false);
	form_entry(form, _("any that reaches the server"), NULL, true, false);
	json_array_foreach(interfaces, i, interface) {
		AUTO_FREE char *line = network_interface_line(interface);

		form_entry(form, line, line, true, false);
		if (!strcmp(member_text(interface, "name"), member_text(settings, "interface")))
			form_select(form, (int)i + 1);
	}
	end = run_form(console, form, &entry, NULL);
	if (end == VIEW_CHOICE)
		network_member_set(settings, "interface", entry > 0 ? member_text(json_array_get(interfaces, (size_t)entry - 1), "name") : "");
	return end;
}

static enum view_end ask_method(struct console *console, json_t *settings)
{
	struct form *form = form_new(console->term, _("Addresses"), FORM_SMALL);
	enum view_end end;
	int entry;

	form_list(form, NULL, false);
	for (int i = 0; network_methods[i]; i++) {
		form_entry(form, network_method_name(network_methods[i]), NULL, true, false);
		if (!strcmp(network_methods[i], member_text(settings, "method")))
			form_select(form, i);
	}
	end = run_form(console, form, &entry, NULL);
	if (end == VIEW_CHOICE)
		network_member_set(settings, "method", network_methods[entry]);
	return end;
}

static const char *example_of(const char *member)
{
	return !strcmp(member, "address") ? _("Address and length of its network: 192.0.2.5/24 or 2001:db8::5/64")
	       : !strcmp(member, "gateway") ? _("The router to other networks: 192.0.2.1. Empty: the server is on this network.")
	       : !strcmp(member, "nameservers") ? _("Addresses with blanks between them: 192.0.2.53 2001:db8::53")
	       : !strcmp(member, "vlan") ? _("Its number, 1 to 4094. Empty: no VLAN.") : _("Bytes in a packet: 1500, or 9000 for jumbo frames. Empty: as it is.");
}

static enum view_end ask_text(struct console *console, json_t *settings, const char *member)
{
	struct form *form = form_new(console->term, network_member_name(member), FORM_SMALL);
	AUTO_FREE char *now = network_member_text(settings, member), *value = NULL, *label = line_format("%s: ", network_member_name(member));
	enum view_end end;
	const char *why;

	form_text(form, example_of(member));
	form_gap(form);
	form_field(form, label, now, VALUE_CELLS, false);
	end = run_form(console, form, NULL, &value);
	if (end != VIEW_CHOICE)
		return end;
	why = network_member_set(settings, member, value);
	return why ? form_message(console->term, _("Not possible"), why, _("OK")) : end;
}

/* The entry of the list is the number of a member that matters. */
static const char *member_at(json_t *settings, int entry)
{
	for (size_t i = 0; i < NETWORK_MEMBERS; i++)
		if (network_member_matters(settings, network_members[i]) && entry-- == 0)
			return network_members[i];
	return NULL;
}

static enum view_end toggle_keep(json_t *settings)
{
	network_member_set(settings, "keep", json_is_true(json_object_get(settings, "keep")) ? "no" : "yes");
	return VIEW_CHOICE;
}

/* VIEW_CHANGED: the form is to be built again. */
static enum view_end change(struct console *console, json_t *data, json_t *settings, int entry)
{
	const char *member = member_at(settings, entry);
	enum view_end end = !member ? VIEW_CHOICE
			    : !strcmp(member, "keep") ? toggle_keep(settings)
			    : !strcmp(member, "interface") ? ask_interface(console, data, settings)
			    : !strcmp(member, "method") ? ask_method(console, settings) : ask_text(console, settings, member);

	if (end == VIEW_CHOICE || end == VIEW_KEY)
		return console_is_stale(console) ? VIEW_NEWS : VIEW_CHANGED;
	return end;
}

static struct form *build(struct console *console, json_t *question, json_t *settings, int entry)
{
	json_t *data = json_object_get(question, "data");
	struct form *form = form_new(console->term, _("The network"), FORM_WIDE);
	const struct column columns[] = { { .head = _("Setting"), .whole = true }, { .head = _("Value") } };
	AUTO_FREE char *results = network_results(data);
	bool reached = options_offer(question, "continue");
	AUTO_FREE char *banner = line_format(reached ? _("The server %s answers") : _("The server %s cannot be reached"), member_text(data, "server"));

	form_banner(form, reached ? TONE_GOOD : TONE_CARE, banner);
	form_gap(form);
	form_text(form, *results ? results : words_translate(member_text(question, "text")));
	form_list(form, NULL, false);
	form_columns(form, columns, ARRAY_LENGTH(columns));
	for (size_t i = 0; i < NETWORK_MEMBERS; i++) {
		AUTO_FREE char *value = network_member_text(settings, network_members[i]);
		const char *cells[] = { network_member_name(network_members[i]), value };

		if (network_member_matters(settings, network_members[i]))
			form_row(form, cells, NULL, true);
	}
	form_select(form, entry);
	form_button(form, _("Change"));
	form_button(form, _("Try"));
	form_button(form, _("Test"));
	form_button(form, _("Without this server"));
	if (reached)
		form_button(form, _("Continue"));
	return form;
}

enum view_end screen_network(struct console *console, json_t *question)
{
	static const char *const words[] = { NULL, NULL, "test", "skip", "continue" };
	json_t *data = json_object_get(question, "data");
	json_auto_t *settings = json_is_object(json_object_get(data, "settings")) ? json_deep_copy(json_object_get(data, "settings")) : json_object();
	enum view_end end;
	int entry = 0;

	do {
		struct form *form = build(console, question, settings, entry);
		int chosen;

		end = console_form(console, form, 0, help(), &chosen);
		entry = form_current(form);
		form_free(form);
		if (end != VIEW_CHOICE)
			continue;
		if (chosen == 0)
			end = change(console, data, settings, entry);
		else if (chosen == 1)
			end = console_answer(console, json_object_size(settings) ? json_deep_copy(settings) : json_string("retry"));
		else
			end = console_answer(console, json_string(words[chosen]));
	} while (end == VIEW_CHANGED);
	return end;
}
