/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hardware of the machine as lines. */
#include <string.h>

#include "../ui/line.h"
#include "plain_commands.h"
#include "plain_text.h"
#include "text.h"
#include "words.h"

static void print_member(FILE *out, const char *name, const char *value)
{
	AUTO_FREE char *prefix = line_pad(name, 11);

	plain_text(out, prefix, *value ? value : _("not known"));
}

static void print_disk(FILE *out, json_t *disk)
{
	AUTO_FREE char *text = words_disk(disk);
	AUTO_FREE char *name = line_format("%s: %s", member_text(disk, "name"), text);
	AUTO_FREE char *contents = words_lines(member_array(disk, "contents"), "");
	json_t *tree = member_array(disk, "tree"), *row;
	size_t i;

	plain_text(out, "  ", name);
	plain_text(out, "    ", member_text(disk, "by_path"));
	if (member_true(disk, "protected"))
		plain_text(out, "    ", _("Holds the recovery set or the rescue system; it is never written to"));
	if (member_true(disk, "read_only"))
		plain_text(out, "    ", _("Read only"));
	if (json_array_size(tree) == 0)
		plain_text(out, "    ", *contents ? contents : _("Blank"));
	json_array_foreach(tree, i, row) {
		AUTO_FREE char *line = words_tree_row(row);

		plain_text(out, "  ", line);
	}
}

static void print_interface(FILE *out, json_t *interface)
{
	json_t *carrier = json_object_get(interface, "carrier");
	AUTO_FREE char *addresses = words_lines(member_array(interface, "addresses"), "");
	AUTO_FREE char *text = line_format("%s, %s, %s %s, %s", member_text(interface, "name"), member_text(interface, "mac"), _("driver"),
					   *member_text(interface, "driver") ? member_text(interface, "driver") : "-",
					   json_is_true(carrier)    ? _("connected")
					   : json_is_false(carrier) ? _("no link")
								    : _("link not known"));

	plain_text(out, "  ", text);
	plain_text(out, "    ", addresses);
}

static void print_section(FILE *out, const char *title, json_t *items, void (*print)(FILE *out, json_t *item))
{
	json_t *item;
	size_t i;

	plain_text(out, "", title);
	json_array_foreach(items, i, item)
		print(out, item);
	if (json_array_size(items) == 0)
		plain_text(out, "  ", _("none"));
}

static void print_line(FILE *out, json_t *item)
{
	plain_text(out, "  ", json_string_value(item) ? json_string_value(item) : "");
}

void plain_print_hardware(FILE *out, const struct model *model)
{
	json_t *hardware = model->hardware;
	AUTO_FREE char *memory = words_size(member_number(hardware, "memory"));
	AUTO_FREE char *processors = line_format("%d x %s", (int)member_number(hardware, "processors"),
						 member_text(hardware, "processor"));

	if (!json_is_object(hardware)) {
		plain_text(out, "", _("The hardware is not known yet."));
		return;
	}
	print_member(out, _("Machine"), member_text(hardware, "machine"));
	print_member(out, _("Processor"), processors);
	print_member(out, _("Memory"), memory);
	print_member(out, _("Firmware"), !strcmp(member_text(hardware, "firmware"), "uefi") ? "UEFI" : "BIOS");
	print_member(out, _("Kernel"), member_text(hardware, "kernel"));
	print_section(out, _("Disks"), member_array(hardware, "disks"), print_disk);
	print_section(out, _("Network"), member_array(hardware, "network"), print_interface);
	print_section(out, _("Without driver or firmware"), member_array(hardware, "missing"), print_line);
}
