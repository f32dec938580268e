/* The hardware that was found: a summary as the question's screen, and all of it in a browser. */
#include <limits.h>
#include <string.h>

#include "../ui/browser.h"
#include "screen.h"
#include "text.h"
#include "words.h"

#define SUMMARY_CELLS 55 /* one line each in the form, with the label and the count of processors */

/* Columns of a disk; its state after them has room for 14 cells even beside a scroll bar. */
#define MODEL_CELLS 24
#define SERIAL_CELLS 16
#define SIZE_CELLS 9

/* CELLS: where the names of machine and processor are cut. */
static char *summary(json_t *hardware, int cells)
{
	const char *name = member_text(hardware, "machine");
	AUTO_FREE char *machine = line_fit(*name ? name : _("not known"), cells);
	AUTO_FREE char *processor = line_fit(member_text(hardware, "processor"), cells);
	AUTO_FREE char *memory = words_size(member_number(hardware, "memory"));

	return line_format(_("Machine    %s\n"
			     "Processor  %d x %s\n"
			     "Memory     %s\n"
			     "Firmware   %s"),
			   machine, (int)member_number(hardware, "processors"), processor, memory,
			   !strcmp(member_text(hardware, "firmware"), "uefi") ? "UEFI" : "BIOS");
}

/* A disk in columns: model (the kernel's name only where it has none), serial, size, and what matters. */
static char *disk_row(json_t *disk)
{
	AUTO_FREE char *unnamed = line_format(_("unnamed disk %s"), member_text(disk, "name"));
	AUTO_FREE char *model = line_pad(*member_text(disk, "model") ? member_text(disk, "model") : unnamed, MODEL_CELLS);
	AUTO_FREE char *serial = words_serial(disk, SERIAL_CELLS);
	AUTO_FREE char *size = words_size(member_number(disk, "size"));
	const char *note = member_true(disk, "protected") ? _("in use") :
			   member_true(disk, "read_only") ? _("read only") :
			   json_array_size(member_array(disk, "contents")) ? _("has data") : _("blank");

	return line_format("%s %s %*s  %s", model, serial, SIZE_CELLS, size, note);
}

static char *disk_detail(json_t *disk)
{
	AUTO_FREE char *contents = words_lines(member_array(disk, "contents"), "  ");
	AUTO_FREE char *wwn = *member_text(disk, "wwn") ? line_format("  WWN %s", member_text(disk, "wwn")) : NULL;
	AUTO_FREE char *path = *member_text(disk, "by_path") ? line_format("  %s", member_text(disk, "by_path")) : NULL;

	return line_format("%s%s%s%s%s%s\n%s%s%s", member_text(disk, "name"),
			   *member_text(disk, "transport") ? ", " : "", member_text(disk, "transport"), wwn ? wwn : "",
			   path ? path : "", member_true(disk, "removable") ? _(", removable") : "",
			   member_true(disk, "protected")
				   ? _("Holds the recovery set or the rescue system; it is never written to.\n")
				   : "",
			   *contents ? _("On it:\n") : _("Nothing is known on it."), contents);
}

static char *network_row(json_t *interface)
{
	AUTO_FREE char *name = line_pad(member_text(interface, "name"), 26);
	AUTO_FREE char *mac = line_pad(member_text(interface, "mac"), 20);
	bool linked = json_object_get(interface, "carrier") ? member_true(interface, "carrier")
							    : member_true(interface, "up");

	return line_format("%s %s %s", name, mac, linked ? _("connected") : _("not connected"));
}

static char *network_detail(json_t *interface)
{
	AUTO_FREE char *addresses = words_lines(member_array(interface, "addresses"), "  ");

	return line_format(_("Driver %s\n%s%s"),
			   *member_text(interface, "driver") ? member_text(interface, "driver") : "-",
			   *addresses ? _("Addresses:\n") : _("It has no address."), addresses);
}

static char *device_row(json_t *device)
{
	const char *what = *member_text(device, "name") ? member_text(device, "name") : member_text(device, "class");
	AUTO_FREE char *name = line_pad(*what ? what : member_text(device, "id"), 47);

	return line_format("%s %s", name,
			   *member_text(device, "driver") ? member_text(device, "driver") : _("no driver"));
}

static char *device_detail(json_t *device)
{
	return line_format(_("%s %s\nClass   %s\nNumber  %s\nDriver  %s\nAlias   %s"), member_text(device, "bus"),
			   member_text(device, "address"), member_text(device, "class"), member_text(device, "id"),
			   *member_text(device, "driver") ? member_text(device, "driver") : "-",
			   member_text(device, "modalias"));
}

enum view_end screen_hardware(struct console *console, json_t *question)
{
	json_t *hardware = console->model.hardware;
	json_t *disks = member_array(hardware, "disks"), *missing = member_array(hardware, "missing"), *disk;
	struct form *form = form_new(console->term, _("The hardware of this machine"), FORM_WIDE);
	AUTO_FREE char *text = summary(hardware, SUMMARY_CELLS);
	AUTO_FREE char *head = NULL;
	AUTO_FREE char *model = line_pad(_("Disk"), MODEL_CELLS);
	AUTO_FREE char *serial = line_pad(_("Serial number"), SERIAL_CELLS);
	AUTO_FREE char *size = line_right(_("Size"), SIZE_CELLS);
	enum view_end end;
	int chosen;
	size_t i;

	(void)question;
	form_text(form, text);
	form_gap(form);
	head = line_format("%s %s %s  %s", model, serial, size, _("State"));
	if (json_array_size(disks) == 0)
		form_banner(form, TONE_BAD, _("No disk was found"));
	else
		form_list(form, head, false);
	json_array_foreach(disks, i, disk) {
		AUTO_FREE char *row = disk_row(disk);
		AUTO_FREE char *detail = disk_detail(disk);

		form_entry(form, row, detail, true, false);
	}
	if (json_array_size(missing)) {
		AUTO_FREE char *note = line_format(
			ngettext("%zu device has no driver or firmware; press 'h' for all hardware.",
				 "%zu devices have no driver or firmware; press 'h' for all hardware.",
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

static void fill_rows(struct browser *browser, const char *title, json_t *items, char *(*row)(json_t *item),
		      char *(*detail)(json_t *item))
{
	json_t *item;
	size_t i;

	browser_section(browser, title);
	json_array_foreach(items, i, item) {
		AUTO_FREE char *text = row(item);
		AUTO_FREE char *more = detail(item);

		browser_row(browser, TONE_PLAIN, text, more);
	}
	if (json_array_size(items) == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
}

static void fill(struct browser *browser, json_t *hardware)
{
	AUTO_FREE char *all = summary(hardware, INT_MAX);
	AUTO_FREE char *kernel = line_format(_("%s\nKernel     %s"), all, member_text(hardware, "kernel"));
	json_t *missing = member_array(hardware, "missing"), *item;
	size_t i;

	browser_section(browser, _("Machine"));
	browser_row(browser, TONE_PLAIN,
		    *member_text(hardware, "machine") ? member_text(hardware, "machine") : _("not known"), kernel);
	fill_rows(browser, _("Disks"), member_array(hardware, "disks"), disk_row, disk_detail);
	fill_rows(browser, _("Network"), member_array(hardware, "network"), network_row, network_detail);
	browser_section(browser, _("Without driver or firmware"));
	json_array_foreach(missing, i, item)
		browser_row(browser, TONE_CARE, json_string_value(item), json_string_value(item));
	if (json_array_size(missing) == 0)
		browser_row(browser, TONE_PLAIN, _("none"), "");
	fill_rows(browser, _("All devices"), member_array(hardware, "devices"), device_row, device_detail);
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
			_("All hardware that was found; up and down move, what is known of a device is below.\n"
			  "Devices without a driver or firmware have a section of their own."));
	} while (end == VIEW_CHANGED);
	browser_free(browser);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}
