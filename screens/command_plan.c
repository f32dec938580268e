/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat plan: says what a restore onto this machine's disks would do. It never does it: that is a session's work. */
#include <errno.h>
#include <string.h>

#include "command_common.h"
#include "edit_file.h"
#include "show_layout.h"
#include "text.h"
#include "translate.h"

#define DEFAULT_ROOT "/run/lifeboat/target"

struct plan_arguments {
	const char *set, *root;
	char **disks, **targets;
	json_t *wishes;          /* owned; NULL: none */
	bool json, quiet;
};

static void arguments_done(struct plan_arguments *arguments)
{
	strv_free(arguments->disks);
	strv_free(arguments->targets);
	json_decref(arguments->wishes);
}

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat plan --set SET [--disk DEVICE]... [--target IDENTITY]... [--root DIR] [--edit FILE] [--json]\n"
		"\n"
		"Says what restoring SET onto this machine would do; changes nothing.\n"
		"\n"
		"  -s, --set SET       the recovery set: a directory, an .iso or stream file, or a server's address\n"
		"  --disk DEVICE       take this block device (a loop device, say) as a disk, too\n"
		"  --target IDENTITY   erase only this disk: serial, WWN, by-path name, MODEL:SERIAL, or 'blank'\n"
		"  --edit FILE         with these changes: a JSON object, id of a node to \"size\", \"kind\", \"drop\", \"plain\", ...\n"
		"  --json              print the plan as JSON\n"
		"  --root DIR          where the new system would be mounted (/run/lifeboat/target)\n"
		"  -q, --quiet         no log lines\n"),
	      out);
}

/* 0, or the exit status. */
static int parse(int argc, char **argv, struct plan_arguments *arguments)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },     { "disk", required_argument, NULL, 'd' },
		{ "target", required_argument, NULL, 't' },  { "json", no_argument, NULL, 'j' },
		{ "root", required_argument, NULL, 'r' },    { "quiet", no_argument, NULL, 'q' },
		{ "edit", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },          { NULL },
	};
	int option;

	while ((option = command_next_option(argc, argv, ":s:qh", options)) != -1) {
		switch (option) {
		case 's':
			arguments->set = optarg;
			break;
		case 'd':
		case 't':
			if (strv_append(option == 'd' ? &arguments->disks : &arguments->targets, optarg))
				return 1;
			break;
		case 'j':
			arguments->json = true;
			break;
		case 'e':
			json_decref(arguments->wishes);
			arguments->wishes = NULL;
			if (edit_file_load("plan", optarg, &arguments->wishes))
				return 1;
			break;
		case 'r':
			arguments->root = optarg;
			break;
		case 'q':
			arguments->quiet = true;
			break;
		case 'h':
			usage(stdout);
			return -1;
		default:
			return command_wrong_option("plan", option, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("plan", argv[optind]);
	if (!arguments->set)
		return command_no_set("plan");
	return 0;
}

static void print_disks(json_t *disks)
{
	json_t *disk, *erased;
	size_t i, k;

	json_array_foreach(disks, i, disk) {
		const char *source = json_string_value(json_object_get(disk, "source"));
		const char *source_id = json_string_value(json_object_get(disk, "source_id"));
		const char *target_id = json_string_value(json_object_get(disk, "target_id"));
		const char *target = json_string_value(json_object_get(disk, "target"));
		const char *device = json_string_value(json_object_get(disk, "device"));
		json_t *erases = json_object_get(disk, "erases");

		printf(_("Saved disk %s:  %s\n"), source_id ? source_id : "?", source ? source : "?");
		if (!target) {
			const char *reason = json_string_value(json_object_get(disk, "reason"));

			printf(reason ? _("  is not restored: %s\n") : _("  is not restored\n"), reason);
			continue;
		}
		printf(_("  is restored onto %s:  %s (now %s)\n"), target_id ? target_id : "?", target, device ? device : "?");
		if (!json_array_size(erases))
			printf(_("  which is blank\n"));
		else
			printf(_("  which loses:\n"));
		json_array_foreach(erases, k, erased)
			printf("    %s\n", json_string_value(erased));
		json_array_foreach(json_object_get(disk, "shrinks"), k, erased)
			printf(_("  smaller: %s\n"), json_string_value(erased));
	}
}

/* 0 or -errno with a sentence. */
static int print_trees(struct context *ctx, const struct plan_outcome *outcome)
{
	int r;

	printf(_("\nOn these disks now, all of it to be erased:\n\n"));
	r = show_tree(ctx, outcome->before);
	if (r < 0)
		return r;
	printf(_("\nOn these disks afterwards:\n\n"));
	return show_tree(ctx, outcome->after);
}

static void print_actions(json_t *plan)
{
	json_t *action;
	size_t i;

	printf("\n");
	json_array_foreach(json_object_get(plan, "actions"), i, action)
		printf("%3zu. %s%s\n", i + 1, json_string_value(json_object_get(action, "text")),
		       json_is_true(json_object_get(action, "destructive")) ? "" : _(" (erases nothing)"));
	printf(_("\nDigest of this plan: %s\n"), json_string_value(json_object_get(plan, "digest")));
}

/* What is planned in beside what was captured. */
static void print_notices(json_t *notices)
{
	json_t *notice;
	size_t i;

	json_array_foreach(notices, i, notice)
		printf("%s%s\n", i ? "" : "\n", json_string_value(notice));
}

/* 0 or -errno with a sentence. */
static int print_for_people(struct context *ctx, const struct plan_outcome *outcome)
{
	int r;

	for (char **line = outcome->lost; line && *line; line++)
		translate_print(stdout, _("Not in the set: %s\n"), *line);
	translate_event(outcome->plan);
	print_disks(json_object_get(outcome->plan, "disks"));
	print_notices(json_object_get(outcome->plan, "notices"));
	r = print_trees(ctx, outcome);
	if (r == 0)
		print_actions(outcome->plan);
	return r;
}

/* The ids by which an answers file names the disks of this machine. */
static void print_present(void *data, json_t *disks)
{
	json_t *disk;
	size_t i;

	(void)data;
	printf(_("Disks of this machine, as an answers file names them:\n"));
	json_array_foreach(disks, i, disk) {
		printf("  %s  ", json_string_value(json_object_get(disk, "id")));
		translate_print(stdout, "%s\n", json_string_value(json_object_get(disk, "line")));
	}
	printf("\n");
}

static int work(struct command_screen *screen, const struct plan_arguments *arguments)
{
	const struct plan_request request = {
		.set = arguments->set, .root = arguments->root, .devices = arguments->disks, .targets = arguments->targets,
		.wishes = arguments->wishes, .present = arguments->json ? NULL : print_present,
	};
	CLEANUP(plan_outcome_done) struct plan_outcome outcome;
	int r = verb_plan(&screen->ctx, &request, &outcome);

	if (r < 0)
		return r;
	command_clear_line(screen);
	if (arguments->json)
		json_dumpf(outcome.plan, stdout, JSON_INDENT(2)), printf("\n");
	else
		r = print_for_people(&screen->ctx, &outcome);
	fflush(stdout);
	return r;
}

int command_plan(int argc, char **argv)
{
	CLEANUP(arguments_done) struct plan_arguments arguments = { NULL };
	struct command_screen screen;
	int status = parse(argc, argv, &arguments);

	if (status)
		return status < 0 ? 0 : status;
	command_begin(&screen, "plan", arguments.quiet);
	return command_end(&screen, work(&screen, &arguments));
}
