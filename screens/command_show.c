/* lifeboat show: what a set is and what it holds. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

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
		"  -s, --set SET    the set: a directory, an .iso file, or - for a stream\n"
		"  -l, --list       list every file\n"
		"      --layout     the captured disks, arrays, volumes and filesystems as a tree\n"
		"      --attachment NAME  write this attachment to standard output\n"
		"      --json       for programs: the manifest, one line an entry as in the index, or the layout\n\n"
		"Names that are no plain text are shown with %XX for their odd bytes.\n"
		"Exit status: 0; 1 the set cannot be read or a PATH is not in it; 2 usage.\n"), out);
}

static void print_line(const char *name, const char *value)
{
	if (value && *value)
		printf("%-12s %s\n", name, value);
}

/* What the capture said, each as a line called NAME. */
static void print_lines(const char *name, char *const *lines)
{
	for (; lines && *lines; lines++) {
		AUTO_FREE char *said = translate_sentence(*lines);

		print_line(name, said ? said : *lines);
	}
}

static void print_node(const struct node *node)
{
	AUTO_FREE char *size = bytes_print_size(node->size), *used = bytes_print_size(node->used), *disk = NULL, *path = NULL;
	AUTO_FREE char *label = node->label ? text_printable(node->label) : NULL;

	switch (node->type) {
	case NODE_DISK:
		disk = node_describe(node);
		printf("%-12s %s\n", _("Disk"), disk ? disk : "?");
		break;
	case NODE_FILESYSTEM:
		printf("%-12s %s, %s", _("Filesystem"), node->filesystem.kind, size ? size : "?");
		if (node->used)
			printf(_(", %s used"), used ? used : "?");
		if (label)
			printf(", \"%s\"", label);
		putchar('\n');
		break;
	case NODE_SWAP:
		printf("%-12s %s\n", _("Swap"), size ? size : "?");
		break;
	case NODE_MOUNT:
		path = bytes_escape(node->mount.path, strlen(node->mount.path));
		printf("%-12s %s\n", mount_is_private(node) ? _("  not mounted; files below") : _("  mounted on"), path ? path : "?");
		break;
	default:
		break;
	}
}

static void print_attachment(const struct attachment *attachment)
{
	AUTO_FREE char *size = bytes_print_size(attachment->stored);

	printf("%-12s %s (%s), %s%s\n", _("Attachment"), attachment->name, attachment->kind, size ? size : "?",
	       attachment->secret ? _(": it holds keys") : "");
}

static void print_summary(const struct manifest *manifest)
{
	AUTO_FREE char *bytes = bytes_print_size(manifest->total_bytes), *stored_text = NULL;
	uint64_t stored = manifest->index_stored;

	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	stored_text = bytes_print_size(stored);
	print_line(_("Label"), manifest->label);
	print_line(_("Set"), manifest->set_id);
	print_line(_("Created"), manifest->created);
	print_line(_("By"), manifest->tool);
	print_line(_("Host"), manifest->machine.host);
	print_line(_("System"), manifest->machine.os);
	print_line(_("Kernel"), manifest->machine.kernel);
	printf(_("%-12s %s, %s, boot loader: %s\n"), _("Machine"), manifest->machine.architecture, manifest->machine.firmware,
	       manifest->machine.loader);
	printf(_("%-12s %llu, %s; segments: %zu, which take %s\n"), _("Entries"),
	       (unsigned long long)manifest->total_files, bytes ? bytes : "?", manifest->segment_count,
	       stored_text ? stored_text : "?");
	if (manifest->changed_files)
		printf(_("%-12s %llu changed or vanished while they were read\n"), "",
		       (unsigned long long)manifest->changed_files);
	for (char **word = manifest->optional; word && *word; word++)
		printf(_("%-12s %s: not known to this version, which does not need it\n"), _("Feature"), *word);
	for (size_t i = 0; i < manifest->layout->count; i++)
		print_node(manifest->layout->nodes[i]);
	for (size_t i = 0; i < manifest->attachment_count; i++)
		print_attachment(&manifest->attachments[i]);
	print_lines(_("Not in set"), manifest->lost);
	print_lines(_("Left out"), manifest->excluded);
}

static int print_summary_json(const struct manifest *manifest)
{
	size_t length;
	AUTO_FREE char *text = manifest_print(manifest, &length);

	return text && fwrite(text, 1, length, stdout) == length ? 0 : -1;
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

static void print_row(const struct index_row *row)
{
	AUTO_FREE char *path = bytes_escape(row->path, strlen(row->path));
	AUTO_FREE char *link = row->link ? bytes_escape(row->link, strlen(row->link)) : NULL;
	AUTO_FREE char *first = row->hard_link ? bytes_escape(row->hard_link, strlen(row->hard_link)) : NULL;
	char mode[11], date[32] = "?", size[32];
	struct tm tm;

	mode_text(row->mode, mode);
	if (localtime_r(&row->mtime.tv_sec, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	if (first)
		snprintf(size, sizeof(size), "-");
	else if (S_ISCHR(row->mode) || S_ISBLK(row->mode))
		snprintf(size, sizeof(size), "%u, %u", major(row->device), minor(row->device));
	else
		snprintf(size, sizeof(size), "%llu", (unsigned long long)row->size);
	printf("%s %5u %5u %12s %s %s", mode, row->uid, row->gid, size, date, path ? path : "?");
	if (link)
		printf(" -> %s", link);
	if (first)
		printf(_(" is another name of %s"), first);
	puts(row->changed ? _(" (changed while it was read)") : "");
}

static int print_rows(struct context *ctx, struct set *set, const struct request *request)
{
	AUTO_SELECTION struct selection *selection = NULL;
	AUTO_INDEX struct index_reader *reader = NULL;
	AUTO_BUFFER struct buffer text = { 0 };
	struct index_row row = { 0 };
	/* Nothing is printed of an index that is not the one that was written. */
	int r = index_check(ctx, set);

	if (r == 0)
		r = selection_new(ctx, set, request->paths, &selection);
	if (r == 0)
		r = index_open(ctx, set, &reader);
	while (r >= 0 && (r = index_read(ctx, reader, &row)) == 1) {
		r = context_check_cancel(ctx);
		if (r < 0 || !selection_has(selection, row.path))
			continue;
		text.length = 0;
		if (request->json && index_row_print(&text, &row) == 0)
			fputs(text.data, stdout);
		else
			print_row(&row);
		/* A full disk does not get fuller. */
		if (ferror(stdout))
			r = context_fail(ctx, errno, "The list could not be written to standard output: %s", strerror(errno));
	}
	index_row_done(&row);
	return r;
}

static int write_attachment(struct context *ctx, struct set *set, const char *name)
{
	const struct attachment *attachment = manifest_find_attachment(set_manifest(set), name);
	AUTO_FREE void *data = NULL;
	int r;

	if (!attachment)
		return context_fail(ctx, ENOENT, "The set has no attachment %s", name);
	r = set_attachment_load(ctx, set, attachment, &data);
	if (r == 0 && fwrite(data, 1, (size_t)attachment->stored, stdout) != attachment->stored)
		r = context_fail(ctx, errno, "The attachment could not be written to standard output: %s", strerror(errno));
	return r;
}

static int show(struct context *ctx, const struct request *request)
{
	AUTO_SET struct set *set = NULL;
	int r = set_open(ctx, request->location, &set);

	if (r == 0 && request->attachment)
		r = write_attachment(ctx, set, request->attachment);
	else if (r == 0 && request->layout)
		r = show_layout(ctx, set_manifest(set), request->json);
	else if (r == 0 && (request->list || request->paths))
		r = print_rows(ctx, set, request);
	else if (r == 0 && request->json)
		r = print_summary_json(set_manifest(set)) < 0 ? context_fail(ctx, errno, "The manifest could not be written to standard output: %s", strerror(errno)) : 0;
	else if (r == 0)
		print_summary(set_manifest(set));
	if (r == 0 && fflush(stdout) != 0)
		r = context_fail(ctx, errno, "The list could not be written to standard output: %s", strerror(errno));
	return r;
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
		return command_usage_error("show", _("name the set with --set."));
	request.paths = argv[optind] ? argv + optind : NULL;
	if (request.layout && (request.list || request.paths))
		return command_usage_error("show", _("--layout does not go with -l or paths."));
	if (request.attachment && (request.layout || request.list || request.json || request.paths))
		return command_usage_error("show", _("--attachment does not go with -l, --layout, --json or paths."));
	command_begin(&screen, "show", true);
	r = show(&screen.ctx, &request);
	return command_end(&screen, r);
}
