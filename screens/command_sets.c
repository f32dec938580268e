/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat sets: which sets a place holds, and which of them are no longer wanted. */
#include <errno.h>
#include <string.h>

#include "../ui/line.h"
#include "apart.h"
#include "command_common.h"
#include "text.h"
#include "translate.h"

struct request {
	const char *where;
	struct placed_rules rules;
	bool ruled, prune, json, quiet;
	double patience;         /* seconds; 0: the usual */
};

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat sets --at WHERE [--json]\n"
		"       lifeboat sets --at WHERE --keep-daily N ... [--prune]\n"
		"Lists the recovery sets in WHERE and in the folders below it; with rules also which of them would go, and\n"
		"with --prune removes these.\n\n"
		"      --at WHERE        a directory, or the address of one on an NFS, SMB, SSH or S3 server\n"
		"      --keep-last N     keep the newest N sets of each machine\n"
		"      --keep-daily N    keep the newest set of each of the last N days that have one\n"
		"      --keep-weekly N   the same of weeks\n"
		"      --keep-monthly N  the same of months\n"
		"      --keep-yearly N   the same of years\n"
		"      --prune           remove the whole sets that no rule keeps, and what stopped captures left\n"
		"      --patience N      seconds for which a server may be silent (180; SSH, S3: 30)\n"
		"      --json            for programs\n"
		"  -q, --quiet           say only errors, and how many were removed\n\n"
		"What one rule keeps is kept. The newest whole set of a machine, damaged sets, and sets of trees that are no\n"
		"machine's are never removed.\n"
		"Exit status: 0; 1 the place cannot be read, or something could not be removed; 2 usage.\n"), out);
}

/* ---- what is shown ---- */

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* New string. */
static char *print_age(json_int_t seconds)
{
	int days = (int)(seconds / 86400), hours = (int)(seconds / 3600), minutes = (int)(seconds / 60);

	if (days > 1)
		return line_format(ngettext("%d day", "%d days", days), days);
	if (hours > 0)
		return line_format(ngettext("%d hour", "%d hours", hours), hours);
	return line_format(ngettext("%d minute", "%d minutes", minutes), minutes);
}

/* "2026-11-28 22:46" of RFC 3339. */
static void print_time(const char *text, char ret[17])
{
	snprintf(ret, 17, "%.16s", text);
	if (strlen(ret) > 10)
		ret[10] = ' ';
}

static const char *word_of(json_t *set, bool ruled)
{
	if (json_is_true(json_object_get(set, "removed")))
		return _("removed");
	if (!ruled)
		return "";
	return json_is_true(json_object_get(set, "goes")) ? _("remove") : _("keep");
}

/* "last, daily" */
static char *print_rules(json_t *set)
{
	AUTO_BUFFER struct buffer text = { 0 };
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(set, "kept"), i, rule) {
		if (i)
			buffer_append(&text, ", ", 2);
		buffer_append(&text, json_string_value(rule), strlen(json_string_value(rule)));
	}
	return text.data ? TAKE_POINTER(text.data) : strdup("");
}

static void print_set(json_t *set, bool ruled)
{
	const char *state = text_of(set, "state"), *label = text_of(set, "label"), *name = text_of(set, "name");
	AUTO_FREE char *age = print_age(json_integer_value(json_object_get(set, "age"))), *rules = print_rules(set);
	AUTO_FREE char *size = bytes_print_size((uint64_t)json_integer_value(json_object_get(set, "stored")));
	char created[17];

	print_time(text_of(set, "created"), created);
	printf("  %-16s  %10s  %10s  %-7s  %s\n", created, age ? age : "?", size ? size : "?", word_of(set, ruled), *name ? name : ".");
	if (*text_of(set, "id"))
		printf("      %s%s%s%s%s%s%s\n", text_of(set, "id"), *label ? "  \"" : "", label, *label ? "\"" : "", rules && *rules ? "  (" : "",
		       rules ? rules : "", rules && *rules ? ")" : "");
	if (!strcmp(state, "half"))
		printf("      %s\n", _("incomplete: a capture is running, or it or a removal was interrupted"));
	if (strcmp(state, "damaged") && *text_of(set, "why"))
		translate_print(stdout, _("      kept: %s\n"), text_of(set, "why"));
	else if (!strcmp(state, "damaged"))
		translate_print(stdout, _("      damaged: %s\n"), text_of(set, "why"));
}

static void print_sets(json_t *sets, bool ruled)
{
	const char *host = NULL;
	json_t *set;
	size_t i;

	if (!json_array_size(sets))
		printf("%s\n", _("No recovery sets are there."));
	json_array_foreach(sets, i, set) {
		const char *own = text_of(set, "host");

		if (!host || strcmp(own, host))
			printf("%s%s\n", i ? "\n" : "", *own ? own : _("without a known machine:"));
		host = own;
		print_set(set, ruled);
	}
}

static size_t count_of(json_t *sets, const char *key)
{
	size_t i, count = 0;
	json_t *set;

	json_array_foreach(sets, i, set)
		count += json_is_true(json_object_get(set, key));
	return count;
}

/* ---- the work ---- */

static int print_json(json_t *sets)
{
	int r = json_dumpf(sets, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));

	putchar('\n');
	return r < 0 ? -EIO : 0;
}

/* What is to be removed is listed before anything of it is. */
static int prune(struct context *ctx, const struct request *request, struct placed_sets *placed, json_t **sets)
{
	size_t goes = count_of(*sets, "goes");
	int r;

	fflush(stdout);
	if (!goes)
		return 0;
	r = placed_sets_prune(ctx, placed);
	json_decref(*sets);
	*sets = placed_sets_describe(placed);
	if (!request->json && *sets)
		printf(ngettext("Removed %zu set.\n", "Removed %zu sets.\n", count_of(*sets, "removed")), count_of(*sets, "removed"));
	return r;
}

static int work(struct context *ctx, const struct request *request)
{
	AUTO_PLACED_SETS struct placed_sets *placed = NULL;
	json_t *sets = NULL;
	int r = placed_sets_find(ctx, request->where, request->ruled ? &request->rules : NULL, request->prune, request->patience, &placed);

	if (r < 0)
		return r;
	sets = placed_sets_describe(placed);
	if (!sets)
		return context_oom(ctx);
	if (!request->json && !request->quiet)
		print_sets(sets, request->ruled);
	if (!request->json && !request->quiet && request->ruled && !request->prune && count_of(sets, "goes"))
		printf("\n%s\n", _("Nothing was removed: --prune removes the sets marked 'remove'."));
	if (request->prune)
		r = prune(ctx, request, placed, &sets);
	if (request->json && sets && print_json(sets) < 0 && r == 0)
		r = -EIO;
	json_decref(sets);
	return r;
}

static bool read_count(const char *text, unsigned *ret)
{
	uint64_t count;

	if (!parse_u64(text, &count) || count > 100000)
		return false;
	*ret = (unsigned)count;
	return true;
}

int command_sets(int argc, char **argv)
{
	static const struct option table[] = {
		{ "at", required_argument, NULL, 'a' },
		{ "keep-last", required_argument, NULL, 'L' },
		{ "keep-daily", required_argument, NULL, 'D' },
		{ "keep-weekly", required_argument, NULL, 'W' },
		{ "keep-monthly", required_argument, NULL, 'M' },
		{ "keep-yearly", required_argument, NULL, 'Y' },
		{ "prune", no_argument, NULL, 'p' },
		{ "patience", required_argument, NULL, 'P' },
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct request request = { 0 };
	struct placed_rules *rules = &request.rules;
	struct command_screen screen;
	uint64_t patience;
	bool good = true;
	int c;

	while ((c = command_next_option(argc, argv, ":qh", table)) >= 0) {
		switch (c) {
		case 'a': request.where = optarg; break;
		case 'L': good = read_count(optarg, &rules->last); break;
		case 'D': good = read_count(optarg, &rules->daily); break;
		case 'W': good = read_count(optarg, &rules->weekly); break;
		case 'M': good = read_count(optarg, &rules->monthly); break;
		case 'Y': good = read_count(optarg, &rules->yearly); break;
		case 'p': request.prune = true; break;
		case 'P':
			if (!parse_u64(optarg, &patience) || !patience || patience > 86400)
				return command_usage_error("sets", _("'%s' is no number of seconds"), optarg);
			request.patience = (double)patience;
			break;
		case 'j': request.json = true; break;
		case 'q': request.quiet = true; break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("sets", c, argv);
		}
		if (!good)
			return command_usage_error("sets", _("'%s' is no number of sets"), optarg);
		request.ruled |= strchr("LDWMY", c) != NULL;
	}
	if (optind < argc)
		return command_wrong_argument("sets", argv[optind]);
	if (!request.where)
		return command_usage_error("sets", "%s", _("name the place with --at"));
	if ((request.ruled || request.prune) && !rules->last && !rules->daily && !rules->weekly && !rules->monthly && !rules->yearly)
		return command_usage_error("sets", "%s", _("say what is to be kept: --keep-last, --keep-daily, ... with a number above 0"));
	c = request.prune && placed_sets_may_fall_silent(request.where) ? apart_begin() : -1;
	if (c >= 0)
		return c;
	command_begin(&screen, "sets", request.quiet);
	return command_end(&screen, work(&screen.ctx, &request));
}
