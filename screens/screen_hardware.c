/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hardware that was found: a summary as the question's screen, and all of it in a browser. */
#include <string.h>

#include "../ui/browser.h"
#include "screen.h"
#include "text.h"
#include "words.h"

static char *summary(json_t *hardware)
{
	const char *name = member_text(hardware, "machine");
	AUTO_FREE char *memory = words_size(member_number(hardware, "memory"));

	return line_format(_("Machine    %s\n"
			     "Processor  %d x %s\n"
			     "Memory     %s\n"
			     "Firmware   %s"),
			   *name ? name : _("not known"), (int)member_number(hardware, "processors"), member_text(hardware, "processor"),
			   memory, !strcmp(member_text(hardware, "firmware"), "uefi") ? "UEFI" : "BIOS");
}

/* ---- disks ---- */

#define DISK_COLUMNS                                                                                                   \
	{ .head = _("Disk") }, { .head = _("Serial number or path"), .middle = true }, { .head = _("Size"), .right = true, .whole = true }, \
		{ .head = _("State") }

static char *disk_detail(json_t *disk)
{
	AUTO_FREE char *line = words_disk_line(disk);

	return line_format("%s%s%s", line, member_true(disk, "removable") ? _("\nThe medium can be removed.") : "",
			   member_true(disk, "protected")
				   ? _("\nHolds the recovery set or the rescue system: Lifeboat never writes to it.")
				   : "");
}

/* A disk in columns; the kernel's name only where it has no model name. SIZE is kept by the caller. */
static void disk_cells(json_t *disk, const char *size, const char *unnamed, const char *cells[4])
{
	cells[0] = *member_text(disk, "model") ? member_text(disk, "model") : unnamed;
	cells[1] = words_identity(disk);
	cells[2] = size;
	cells[3] = member_true(disk, "protected") ? _("in use") :
		   member_true(disk, "read_only") ? _("read only") :
		   json_array_size(member_array(disk, "contents")) ? _("has data") : _("blank");
}

/* What lies on DISK. */
static void add_tree(json_t *disk, struct form *form, struct browser *browser)
{
	json_t *row;
	size_t i;

	json_array_foreach(member_array(disk, "tree"), i, row) {
		AUTO_FREE char *line = words_tree_row(row);

		if (form)
			form_entry(form, line, member_text(row, "text"), true, false);
		else
			browser_row(browser, TONE_PLAIN, line, member_text(row, "text"));
	}
}

/* Below the list of disks, which is seen at once. */
static void add_trees(json_t *disks, struct form *form)
{
	bool first = true;
	json_t *disk;
	size_t i;

	json_array_foreach(disks, i, disk) {
		if (json_array_size(member_array(disk, "tree")) == 0)
			continue;
		if (first)
			form_entry(form, _("On these disks:"), "", true, false);
		first = false;
		form_entry(form, member_text(disk, "text"), member_text(disk, "text"), true, false);
		add_tree(disk, form, NULL);
	}
}

static void add_disk_rows(json_t *disks, struct form *form, struct browser *browser)
{
	json_t *disk;
	size_t i;

	json_array_foreach(disks, i, disk) {
		AUTO_FREE char *unnamed = line_format(_("unnamed disk %s"), member_text(disk, "name"));
		AUTO_FREE char *size = words_size(member_number(disk, "size"));
		AUTO_FREE char *detail = disk_detail(disk);
		const char *cells[4];

		disk_cells(disk, size, unnamed, cells);
		if (form)
			form_row(form, cells, detail, true);
		else
			browser_cells(browser, TONE_PLAIN, cells, detail);
		if (browser)
			add_tree(disk, NULL, browser);
	}
	if (form)
		add_trees(disks, form);
}

/* ---- network ---- */

/* The kernel does not say whether a cable is connected while the interface is down. */
static bool link_is_known(json_t *interface)
{
	return json_is_boolean(json_object_get(interface, "carrier"));
}

static void add_interface(struct browser *browser, json_t *interface)
{
	AUTO_FREE char *addresses = words_lines(member_array(interface, "addresses"), "  ");
	const char *driver = *member_text(interface, "driver") ? member_text(interface, "driver") : "-";
	AUTO_FREE char *detail =
		line_format(_("Driver %s\n%s%s%s"), driver,
			    link_is_known(interface) ? "" : _("The interface is down; whether it is connected is not known.\n"),
			    *addresses ? _("Addresses:\n") : _("It has no address."), addresses);
	const char *cells[] = { member_text(interface, "name"), member_text(interface, "mac"),
				!link_is_known(interface)	      ? _("down") :
				member_true(interface, "carrier") ? _("connected") : _("not connected") };

	browser_cells(browser, TONE_PLAIN, cells, detail);
}

static void add_network(struct browser *browser, json_t *interfaces)
{
	const struct column columns[] = { { .head = "" }, { .head = "" }, { .head = "" } };
	json_t *interface;
	size_t i;

	browser_section(browser, _("Network"));
	browser_columns(browser, columns, ARRAY_LENGTH(columns));
	json_array_foreach(interfaces, i, interface)
		add_interface(browser, interface);
	if (json_array_size(interfaces) == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
}

/* ---- other devices ---- */

static void add_device(struct browser *browser, json_t *device)
{
	const char *driver = member_text(device, "driver"), *class = member_text(device, "class"), *name = member_text(device, "name");
	AUTO_FREE char *detail = line_format(_("%s %s\nClass   %s\nNumber  %s\nDriver  %s\nAlias   %s"), member_text(device, "bus"),
					     member_text(device, "address"), class, member_text(device, "id"),
					     *driver ? driver : _("none"), member_text(device, "modalias"));
	const char *cells[] = { *name ? name : class, member_text(device, "id"), *driver ? driver : _("no driver") };

	browser_cells(browser, TONE_PLAIN, cells, detail);
}

/* All DEVICES, or only those WITHOUT a driver. */
static void add_devices(struct browser *browser, json_t *devices, bool without)
{
	const struct column columns[] = { { .head = "" }, { .head = "" }, { .head = "" } };
	size_t i, count = 0;
	json_t *device;

	browser_columns(browser, columns, ARRAY_LENGTH(columns));
	json_array_foreach(devices, i, device)
		if (!without || !*member_text(device, "driver")) {
			add_device(browser, device);
			count++;
		}
	if (count == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
}

enum view_end screen_hardware(struct console *console, json_t *question)
{
	json_t *hardware = console->model.hardware;
	json_t *disks = member_array(hardware, "disks"), *missing = member_array(hardware, "missing");
	struct form *form = form_new(console->term, _("The hardware of this machine"), FORM_WIDE);
	const struct column columns[] = { DISK_COLUMNS };
	AUTO_FREE char *text = summary(hardware);
	enum view_end end;
	int chosen;

	(void)question;
	form_text(form, text);
	form_gap(form);
	if (json_array_size(disks) == 0)
		form_banner(form, TONE_BAD, _("No disk was found"));
	else
		form_list(form, NULL, false);
	form_columns(form, columns, ARRAY_LENGTH(columns));
	add_disk_rows(disks, form, NULL);
	if (json_array_size(missing)) {
		AUTO_FREE char *note = line_format(
			ngettext("%zu device that a restore may need has no driver or firmware; press 'h' for all hardware.",
				 "%zu devices that a restore may need have no driver or firmware; press 'h' for all hardware.",
				 json_array_size(missing)),
			json_array_size(missing));

		form_text(form, note);
	}
	form_button(form, _("Continue"));
	end = console_form(
		console, form, 0,
		_("This is what was found. A disk that is missing here cannot be restored to: look at the cables, then "
		  "press 'r' to look again.\n"
		  "'h' shows everything that is known, also network cards and devices without a driver."),
		&chosen);
	form_free(form);
	return end == VIEW_CHOICE ? console_answer(console, json_string("continue")) : end;
}

static void fill(struct browser *browser, json_t *hardware)
{
	const struct column disk_columns[] = { DISK_COLUMNS };
	AUTO_FREE char *all = summary(hardware);
	AUTO_FREE char *kernel = line_format(_("%s\nKernel     %s"), all, member_text(hardware, "kernel"));
	json_t *missing = member_array(hardware, "missing"), *disks = member_array(hardware, "disks"), *item;
	json_t *devices = member_array(hardware, "devices");
	size_t i;

	browser_section(browser, _("Machine"));
	browser_row(browser, TONE_PLAIN,
		    *member_text(hardware, "machine") ? member_text(hardware, "machine") : _("not known"), kernel);
	browser_section(browser, _("Disks"));
	browser_columns(browser, disk_columns, ARRAY_LENGTH(disk_columns));
	add_disk_rows(disks, NULL, browser);
	if (json_array_size(disks) == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
	add_network(browser, member_array(hardware, "network"));
	browser_section(browser, _("Without driver or firmware that a restore may need"));
	json_array_foreach(missing, i, item)
		browser_row(browser, TONE_CARE, json_string_value(item), json_string_value(item));
	if (json_array_size(missing) == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
	browser_section(browser, _("Devices without driver"));
	add_devices(browser, devices, true);
	browser_section(browser, _("All devices"));
	add_devices(browser, devices, false);
}

enum view_end console_show_hardware(struct console *console)
{
	struct key keys[KEYS_MAX];
	size_t count = console_keys(console, CONSOLE_CLOSE, keys);
	struct browser *browser;
	enum view_end end;

	if (!json_is_object(console->model.hardware))
		return VIEW_CHANGED;
	browser = browser_new(console->term, _("Hardware"));
	fill(browser, console->model.hardware);
	do {
		int id = 0;

		end = browser_run(browser, keys, count, &id);
		if (end != VIEW_KEY)
			break;
		end = console_press(
			console, id, keys, count,
			_("All hardware that was found; up and down move, all that is known of the marked device is below.\n"
			  "Storage controllers, network cards and USB controllers without a driver, and firmware files that could not be "
			  "loaded, have a section of their own: a restore may need them. Other devices, such as a graphics card, work "
			  "well enough without."));
	} while (end == VIEW_CHANGED);
	browser_free(browser);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}
