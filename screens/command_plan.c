/* lifeboat plan: says what a restore onto this machine's disks would do. It never does it: that is a session's work. */
#include <errno.h>
#include <string.h>

#include "command_common.h"
#include "edit_file.h"
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
		"  -s, --set SET       directory or .iso file of the recovery set\n"
		"  --disk DEVICE       take this block device (a loop device, say) as a disk, too\n"
		"  --target IDENTITY   erase only this disk: serial, WWN, by-path name, MODEL:SERIAL, or 'blank'\n"
		"  --edit FILE         with these changes: a JSON object, id of a node to \"size\" in bytes, \"kind\" or \"drop\": true\n"
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
		return command_usage_error("plan", _("'%s' is one word too many"), argv[optind]);
	if (!arguments->set)
		return command_usage_error("plan", "%s", _("--set is missing"));
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
			printf(_("  is not restored\n"));
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

static void print_plan(json_t *plan)
{
	json_t *action;
	size_t i;

	translate_event(plan);
	print_disks(json_object_get(plan, "disks"));
	printf("\n");
	json_array_foreach(json_object_get(plan, "actions"), i, action)
		printf("%3zu. %s%s\n", i + 1, json_string_value(json_object_get(action, "text")),
		       json_is_true(json_object_get(action, "destructive")) ? "" : _(" (erases nothing)"));
	printf(_("\nDigest of this plan: %s\n"), json_string_value(json_object_get(plan, "digest")));
}

static void print_lost(const struct manifest *manifest)
{
	for (char *const *line = manifest->lost; line && *line; line++)
		printf(_("Not in the set: %s\n"), *line);
}

/* The ids by which an answers file names the disks of this machine. */
static void print_present(const struct layout *present)
{
	printf(_("Disks of this machine, as an answers file names them:\n"));
	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];
		AUTO_FREE char *line = disk->type == NODE_DISK ? hardware_disk_line(present, disk) : NULL;

		if (line)
			printf("  %s  %s\n", disk->id, line);
	}
	printf("\n");
}

/* Where targets are named, other disks are not planned with, not even for a person who would have to choose them. */
static int fail_beyond_targets(struct context *ctx, const struct disk_map *map)
{
	return context_fail(ctx, ENODEV, "The disks that --target names are not enough for this set. %s", map->reason ? map->reason : "");
}

static int build(struct context *ctx, const struct plan_arguments *arguments, struct set *set, struct plan **ret)
{
	struct probe_options options = { .used = true, .devices = (const char *const *)arguments->disks };
	AUTO_STRV char **protected_disks = NULL;
	const struct layout *captured = set_manifest(set)->layout;
	AUTO_LAYOUT struct layout *wanted = NULL;
	struct layout *present = NULL;
	CLEANUP(cleanup_drivers_foresight) struct drivers_foresight *foresight = NULL;
	AUTO_FREE char *foreseen = NULL;
	struct disk_map *map = NULL;
	int r;

	/* What the set lies on must not be touched. */
	protected_disks = disks_beneath_path(ctx, set_location(set));
	r = wishes_apply(ctx, arguments->wishes, captured, &wanted);
	if (!r)
		r = plan_check_root(ctx, wanted);
	if (!r)
		r = layout_probe(ctx, &options, &present);
	if (r)
		return r;
	if (!arguments->json)
		print_present(present);
	r = disk_map_propose(ctx, wanted, present, protected_disks, arguments->targets, TARGET_OPTION_PROGRAM, &map);
	if (r == 0 && map->beyond_targets)
		r = fail_beyond_targets(ctx, map);
	if (r) {
		disk_map_free(map);
		layout_free(present);
		return r;
	}
	if (!map->certain)
		context_warn(ctx, "A person has to choose the disks: %s", map->reason ? map->reason : "");
	r = plan_build(ctx, captured, arguments->wishes, present, map, arguments->root ? arguments->root : DEFAULT_ROOT, ret);
	if (!r)
		r = drivers_foresight_new(ctx, *ret, &foresight);
	if (!r)
		r = room_check(ctx, set, *ret, &(struct index_visitor){ drivers_foresight_row, foresight });
	if (!r)
		r = drivers_foresee(ctx, set, *ret, foresight, &foreseen);
	if (!r && foreseen)
		context_warn(ctx, "%s", foreseen);
	return r;
}

static int work(struct command_screen *screen, const struct plan_arguments *arguments)
{
	AUTO_SET struct set *set = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	json_t *json;
	int r = set_open(&screen->ctx, arguments->set, &set);

	if (!r)
		r = build(&screen->ctx, arguments, set, &plan);
	if (r)
		return r;
	command_clear_line(screen);
	json = plan_to_json(plan);
	manifest_tell_lost(set_manifest(set), json);
	if (arguments->json)
		json_dumpf(json, stdout, JSON_INDENT(2)), printf("\n");
	else {
		print_lost(set_manifest(set));
		print_plan(json);
	}
	json_decref(json);
	fflush(stdout);
	return 0;
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
