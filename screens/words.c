/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "words.h"

#include <string.h>
#include <time.h>

#include "../ui/line.h"
#include "proof.h"
#include "text.h"

#define DEEPEST 12 /* steps to the right that a tree takes */

const char *words_translate(const char *text)
{
	return *text ? _(text) : "";
}

/* Short, for the column of the live view. */
static const struct {
	const char *name, *title;
} phases[] = {
	{ "early", N_("Start") },
	{ "essential-modules", N_("First drivers") },
	{ "network", N_("Network") },
	{ "media", N_("Finding sets") },
	{ "tools", N_("Tools") },
	{ "all-modules", N_("All drivers") },
	{ "subsystems", N_("Arrays and volumes") },
	{ "mode", N_("What to do") },
	{ "expert", N_("Shell") },
	{ "manifest", N_("Recovery set") },
	{ "plan", N_("Plan") },
	{ "confirm", N_("Consent") },
	{ "disks", N_("Preparing disks") },
	{ "extract", N_("Restoring files") },
	{ "boot", N_("Boot loader") },
	{ "verify", N_("Verification") },
	{ "compare", N_("Comparison") },
	{ "finish", N_("Finishing") },
};

const char *words_phase(const char *name, const char *title)
{
	for (size_t i = 0; i < ARRAY_LENGTH(phases); i++)
		if (!strcmp(phases[i].name, name))
			return _(phases[i].title);
	return words_translate(title);
}

const char *words_step(const char *name, const char *title)
{
	/* Counted where it is waited for, which in a restore is a later phase: the consent. */
	return strcmp(name, "manifest") ? words_phase(name, title) : _("Checking the set");
}

static const struct {
	const char *name, *text;
} modes[] = {
	{ "interactive", N_("Restore this machine, step by step") },
	{ "nuke", N_("Restore without questions") },
	{ "expert", N_("Root shell with all tools") },
	{ "compare", N_("Compare this machine with the set; nothing is written") },
};

const char *words_mode(const char *mode)
{
	for (size_t i = 0; i < ARRAY_LENGTH(modes); i++)
		if (!strcmp(modes[i].name, mode))
			return _(modes[i].text);
	return mode;
}

char *words_quote(const char *text)
{
	char *quoted = text_bounded(text ? text : "", TEXT_QUOTE_MAX);

	return quoted ? quoted : line_format("%s", "?");
}

char *words_size(double bytes)
{
	char *text = bytes_print_size(bytes > 0 ? (uint64_t)bytes : 0);

	return text ? text : line_format("?");
}

char *words_duration(double seconds)
{
	long whole = seconds > 0 ? (long)(seconds + 0.5) : 0;

	if (whole < 60)
		return line_format(_("%ld s"), whole);
	if (whole < 3600)
		return line_format(_("%ld min %02ld s"), whole / 60, whole % 60);
	return line_format(_("%ld h %02ld min"), whole / 3600, whole / 60 % 60);
}

char *words_time(const char *rfc3339)
{
	if (strlen(rfc3339) < 20 || rfc3339[10] != 'T' || !strchr(rfc3339, 'Z'))
		return line_format("%s", rfc3339);
	return line_format("%.10s %.5s UTC", rfc3339, rfc3339 + 11);
}

char *words_set(json_t *set)
{
	const char *label = member_text(set, "label");
	const char *os = member_text(set, "os");
	AUTO_FREE char *created = words_time(member_text(set, "created"));

	return line_format("%s%s%s, %s", *label ? label : member_text(set, "host"), *os ? ", " : "", os, created);
}

char *words_disk(json_t *disk)
{
	const char *model = member_text(disk, "model");
	const char *serial = member_text(disk, "serial");
	AUTO_FREE char *size = words_size(member_number(disk, "size"));

	if (!*model && !*serial && *member_text(disk, "text"))
		return line_format("%s", member_text(disk, "text"));
	if (!*serial)
		return line_format(_("%s, no serial number, %s"), *model ? model : _("unnamed disk"), size);
	return line_format(_("%s, serial %s, %s"), *model ? model : _("unnamed disk"), serial, size);
}

char *words_disk_line(json_t *disk)
{
	return *member_text(disk, "line") ? line_format("%s", member_text(disk, "line")) : words_disk(disk);
}

char words_action_sign(json_t *action)
{
	return member_true(action, "kept") ? '=' : member_true(action, "destructive") ? '!' : ' ';
}

const char *words_identity(json_t *disk)
{
	struct proof proof = proof_of(disk);

	return *proof.text ? proof.text : *member_text(disk, "serial") ? member_text(disk, "serial") : "-";
}

char *words_lines(json_t *array, const char *prefix)
{
	char *text = line_format("%s", "");
	json_t *line;
	size_t i;

	json_array_foreach(array, i, line) {
		const char *one = json_string_value(line);
		char *longer = line_format("%s%s%s%s", text, i ? "\n" : "", prefix, one ? one : "");

		free(text);
		text = longer;
	}
	return text;
}

int words_indent(json_t *row)
{
	double depth = member_number(row, "depth");

	return 2 * (depth < 0 ? 0 : depth < DEEPEST ? (int)depth : DEEPEST);
}

char *words_tree_row(json_t *row)
{
	AUTO_FREE char *text = line_format(member_true(row, "again") ? _("%s: see above") : "%s", member_text(row, "text"));

	return line_format("%*s%s", words_indent(row), "", text);
}

char *words_lost(json_t *object)
{
	size_t total = (size_t)member_number(object, "lost_total");

	if (!json_array_size(member_array(object, "lost")))
		return line_format("%s", "");
	return line_format(ngettext("%zu part of the saved machine is not in this set and will not come back",
				    "%zu parts of the saved machine are not in this set and will not come back", total), total);
}

char *words_lost_line(json_t *object, size_t i)
{
	json_t *lines = member_array(object, "lost");
	size_t count = json_array_size(lines), total = (size_t)member_number(object, "lost_total");
	const char *line = json_string_value(json_array_get(lines, i));

	if (line)
		return line_format("%s", line);
	return i == count && total > count ? line_format(_("and %zu more; 'lifeboat show' lists all"), total - count) : NULL;
}

static const struct {
	const char *name, *text;
} ends[] = {
	{ "bootable",
	  N_("The machine is back. Every file was checked against the set, and it can start from its disk.") },
	{ "not-bootable", N_("The files are back, but the machine cannot start from its disk yet.") },
	{ "partial", N_("Only a part of the machine came back.") },
	{ "not-restored", N_("The machine was not restored.") },
	{ "compared", N_("This machine was compared with the set. Nothing was written.") },
	{ "not-compared", N_("This machine could not be compared with the set.") },
};

const char *words_end(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
		if (!strcmp(ends[i].name, name))
			return _(ends[i].text);
	return "";
}

char *words_language(void)
{
	return catalogue_missing() ? line_format("The language '%s' is not installed here; all texts stay English.", catalogue_missing())
				   : NULL;
}

char *words_log_lost(json_t *end)
{
	size_t lost = (size_t)member_number(end, "log_lost");

	return lost ? line_format(ngettext("The log is incomplete: %zu line could not be written to it.",
					   "The log is incomplete: %zu lines could not be written to it.", lost), lost)
		    : NULL;
}

/* How far a restore had come, by the phase in which the engine died. */
static const struct {
	const char *phase, *text;
} ways[] = {
	{ "disks", N_("The disks were being prepared; no file was back yet.") },
	{ "extract", N_("The files were being restored.") },
	{ "boot", N_("All files were back; the system was being made bootable.") },
	{ "verify", N_("All files were back and the system was made bootable; the files were being verified.") },
	{ "finish", N_("The restore was at its end: the new system was being unmounted.") },
};

char *words_resume(json_t *question)
{
	json_t *data = json_object_get(question, "data"), *disk;
	AUTO_FREE char *text = line_format("%s", _("The restore stopped unexpectedly."));
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(ways); i++)
		if (!strcmp(ways[i].phase, member_text(data, "phase"))) {
			AUTO_FREE char *before = text;

			text = line_format("%s %s", before, _(ways[i].text));
		}
	json_array_foreach(member_array(data, "disks"), i, disk) {
		AUTO_FREE char *before = text;

		text = line_format("%s%s%s", before, i == 0 ? _("\nWritten to: ") : "; ", json_string_value(disk));
	}
	return TAKE_POINTER(text);
}

void words_clock(double when, char text[WORDS_CLOCK_SIZE])
{
	time_t time = (time_t)when;
	struct tm parts;

	if (!localtime_r(&time, &parts) || !strftime(text, WORDS_CLOCK_SIZE, "%H:%M:%S", &parts))
		*text = '\0';
}
