/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat show: what a set is and what it holds. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "../ui/line.h"
#include "command_common.h"
#include "show_layout.h"
#include "text.h"
#include "translate.h"

struct request {
	const char *location;
	bool list, json, layout;
	const char *attachment;  /* name; NULL: none is asked for */
	char *const *paths;      /* NULL: all */
};

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat show --set SET [-l] [--json] [PATH]...\n"
		"       lifeboat show --set SET --layout [--json]\n"
		"       lifeboat show --set SET --attachment NAME >FILE\n"
		"Says what a recovery set is; with PATHs or -l lists what it holds.\n\n"
		"  -s, --set SET    the set: a directory, an .iso or stream file, a server's address, or - (standard input)\n"
		"  -l, --list       list every file\n"
		"      --layout     the captured disks, arrays, volumes and filesystems as a tree\n"
		"      --attachment NAME  write this attachment to standard output\n"
		"      --json       for programs: the manifest, one line an entry as in the index, or the layout\n\n"
		"Names that are no plain text are shown with %XX for their odd bytes.\n"
		"Exit status: 0; 1 the set cannot be read or a PATH is not in it; 2 usage.\n"), out);
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static unsigned long long number_of(json_t *object, const char *key)
{
	return (unsigned long long)json_integer_value(json_object_get(object, key));
}

/* New string. */
static char *size_of(json_t *object, const char *key)
{
	return bytes_print_size(number_of(object, key));
}

/* The first column: NAME with spaces up to 12 cells, whatever bytes its letters take. New string. */
static char *column(const char *name)
{
	return line_width(name) < 12 ? line_pad(name, 12) : line_format("%s", name);
}

static void print_line(const char *name, const char *value)
{
	AUTO_FREE char *first = column(name);

	if (*value)
		printf("%s %s\n", first, value);
}

/* What the capture said, each as a line called NAME. */
static void print_lines(const char *name, json_t *lines)
{
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		AUTO_FREE char *said = translate_sentence(json_string_value(line));

		print_line(name, said ? said : json_string_value(line));
	}
}

static void print_node(json_t *node)
{
	AUTO_FREE char *size = size_of(node, "size"), *used = size_of(node, "used"), *said = NULL, *first = NULL;
	const char *type = text_of(node, "type");

	if (!strcmp(type, "disk")) {
		said = translate_sentence(text_of(node, "words"));
		print_line(_("Disk"), said ? said : text_of(node, "words"));
	} else if (!strcmp(type, "filesystem")) {
		printf("%s %s, %s", (first = column(_("Filesystem"))), text_of(node, "kind"), size ? size : "?");
		if (number_of(node, "used"))
			printf(_(", %s used"), used ? used : "?");
		if (json_object_get(node, "label"))
			printf(", \"%s\"", text_of(node, "label"));
		if (json_is_true(json_object_get(node, "image")))
			printf(", %s", _("as an image"));
		putchar('\n');
	} else if (!strcmp(type, "swap")) {
		printf("%s %s\n", (first = column(_("Swap"))), size ? size : "?");
	} else if (!strcmp(type, "mount")) {
		print_line(json_is_true(json_object_get(node, "private")) ? _("  not mounted; files below") : _("  mounted on"), text_of(node, "path"));
	}
}

static void print_attachment(json_t *attachment)
{
	AUTO_FREE char *size = size_of(attachment, "stored"), *first = column(_("Attachment"));

	printf("%s %s (%s), %s%s\n", first, text_of(attachment, "name"), text_of(attachment, "kind"), size ? size : "?",
	       json_is_true(json_object_get(attachment, "secret")) ? _(": it holds keys") : "");
}

static void print_summary(json_t *summary)
{
	AUTO_FREE char *bytes = size_of(summary, "bytes"), *stored = size_of(summary, "stored");
	AUTO_FREE char *machine = column(_("Machine")), *entries = column(_("Entries")), *feature = column(_("Feature"));
	json_t *item;
	size_t i;

	print_line(_("Label"), text_of(summary, "label"));
	print_line(_("Set"), text_of(summary, "set_id"));
	print_line(_("Created"), text_of(summary, "created"));
	print_line(_("By"), text_of(summary, "tool"));
	print_line(_("Host"), text_of(summary, "host"));
	print_line(_("System"), text_of(summary, "os"));
	print_line(_("Kernel"), text_of(summary, "kernel"));
	printf(_("%-12s %s, %s, boot loader: %s\n"), machine, text_of(summary, "architecture"), text_of(summary, "firmware"),
	       text_of(summary, "loader"));
	printf(_("%-12s %llu, %s; segments: %zu, which take %s\n"), entries, number_of(summary, "entries"), bytes ? bytes : "?",
	       (size_t)number_of(summary, "segments"), stored ? stored : "?");
	if (number_of(summary, "changed"))
		printf(_("%-12s %llu changed or vanished while they were read\n"), "", number_of(summary, "changed"));
	json_array_foreach(json_object_get(summary, "optional"), i, item)
		printf(_("%-12s %s: not known to this version, which does not need it\n"), feature, json_string_value(item));
	json_array_foreach(json_object_get(summary, "storage"), i, item)
		print_node(item);
	json_array_foreach(json_object_get(summary, "attachments"), i, item)
		print_attachment(item);
	print_lines(_("Not in set"), json_object_get(summary, "lost"));
	print_lines(_("Left out"), json_object_get(summary, "excluded"));
}

/* "drwxr-xr-x". */
static void mode_text(mode_t mode, char text[11])
{
	static const char letters[] = "rwxrwxrwx";
	static const struct {
		mode_t type;
		char letter;
	} types[] = { { S_IFDIR, 'd' }, { S_IFLNK, 'l' }, { S_IFCHR, 'c' },
		      { S_IFBLK, 'b' }, { S_IFIFO, 'p' }, { S_IFSOCK, 's' } };

	text[0] = '-';
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if ((mode & S_IFMT) == types[i].type)
			text[0] = types[i].letter;
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400 >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	text[10] = '\0';
}

static void print_entry(const struct shown_entry *entry)
{
	AUTO_FREE char *path = bytes_escape(entry->path, strlen(entry->path));
	AUTO_FREE char *link = entry->link ? bytes_escape(entry->link, strlen(entry->link)) : NULL;
	AUTO_FREE char *first = entry->hard_link ? bytes_escape(entry->hard_link, strlen(entry->hard_link)) : NULL;
	char mode[11], date[32] = "?", size[32];
	struct tm tm;

	mode_text(entry->mode, mode);
	if (localtime_r(&entry->mtime, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	if (first)
		snprintf(size, sizeof(size), "-");
	else if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		snprintf(size, sizeof(size), "%u, %u", major(entry->device), minor(entry->device));
	else
		snprintf(size, sizeof(size), "%llu", (unsigned long long)entry->size);
	printf("%s %5u %5u %12s %s %s", mode, entry->uid, entry->gid, size, date, path ? path : "?");
	if (link)
		printf(" -> %s", link);
	if (first)
		printf(_(" is another name of %s"), first);
	puts(entry->changed ? _(" (changed while it was read)") : "");
}

static int fail_output(struct context *ctx)
{
	return context_fail(ctx, errno, "The list could not be written to standard output: %s", strerror(errno));
}

static int visit_entry(void *ctx, const struct shown_entry *entry)
{
	if (entry->line)
		fputs(entry->line, stdout);
	else
		print_entry(entry);
	/* A full disk does not get fuller. */
	return ferror(stdout) ? fail_output(ctx) : 0;
}

static int write_attachment(struct context *ctx, struct shown_set *set, const char *name)
{
	AUTO_FREE void *data = NULL;
	size_t length = 0;
	int r = shown_set_attachment(ctx, set, name, &data, &length);

	if (r == 0 && fwrite(data, 1, length, stdout) != length)
		r = context_fail(ctx, errno, "The attachment could not be written to standard output: %s", strerror(errno));
	return r;
}

static int write_manifest(struct context *ctx, const struct shown_set *set)
{
	size_t length;
	AUTO_FREE char *text = shown_set_manifest(set, &length);

	if (text && fwrite(text, 1, length, stdout) == length)
		return 0;
	return context_fail(ctx, errno, "The manifest could not be written to standard output: %s", strerror(errno));
}

static int write_summary(struct context *ctx, const struct shown_set *set)
{
	json_auto_t *summary = shown_set_summary(set);

	if (!summary)
		return context_oom(ctx);
	print_summary(summary);
	return 0;
}

static int show(struct context *ctx, const struct request *request)
{
	AUTO_SHOWN_SET struct shown_set *set = NULL;
	int r = shown_set_open(ctx, request->location, &set);

	if (r < 0)
		return r;
	if (request->attachment)
		r = write_attachment(ctx, set, request->attachment);
	else if (request->layout)
		r = show_layout(ctx, set, request->json);
	else if (request->list || request->paths)
		r = shown_set_each(ctx, set, request->paths, request->json, visit_entry, ctx);
	else
		r = request->json ? write_manifest(ctx, set) : write_summary(ctx, set);
	return r == 0 && fflush(stdout) != 0 ? fail_output(ctx) : r;
}

int command_show(int argc, char **argv)
{
	static const struct option table[] = {
		{ "set", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "layout", no_argument, NULL, 'L' },
		{ "attachment", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { 0 };
	struct command_screen screen;
	int c, r;

	while ((c = command_next_option(argc, argv, ":s:lh", table)) >= 0) {
		switch (c) {
		case 's': request.location = optarg; break;
		case 'l': request.list = true; break;
		case 'j': request.json = true; break;
		case 'L': request.layout = true; break;
		case 'a': request.attachment = optarg; break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("show", c, argv);
		}
	}
	if (!request.location)
		return command_no_set("show");
	request.paths = argv[optind] ? argv + optind : NULL;
	if (request.layout && (request.list || request.paths))
		return command_usage_error("show", _("--layout does not go with -l or paths."));
	if (request.attachment && (request.layout || request.list || request.json || request.paths))
		return command_usage_error("show", _("--attachment does not go with -l, --layout, --json or paths."));
	command_begin(&screen, "show", true);
	r = show(&screen.ctx, &request);
	return command_end(&screen, r);
}
