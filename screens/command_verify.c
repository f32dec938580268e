/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lifeboat verify: is the set whole and true to itself? */

#include "command_common.h"
#include "text.h"
#include "translate.h"

static void usage(FILE *out)
{
	fputs(_("Usage: lifeboat verify --set SET [OPTION]...\n"
		"Checks the manifest, the index and every segment of a recovery set, and that they agree.\n"
		"Of a damaged set it names every file that cannot be restored any more.\n\n"
		"  -s, --set SET    the set: a directory, an .iso or stream file, a server's address, or - (standard input)\n"
		"  --low-memory     take 128 MiB of memory at most, not 256\n"
		"  -q, --quiet      say only what is wrong\n"
		"  -h, --help       this text\n\n"
		"Exit status: 0 all is well; 1 something is wrong, the sentence says what; 2 usage.\n"), out);
}

/* The first damage is said last, by command_end(). */
static void print_damage(const struct verify_result *result)
{
	for (size_t i = 1; result->damages && result->damages[0] && result->damages[i]; i++)
		translate_print(stderr, _("damaged: %s\n"), result->damages[i]);
	if (result->damage_count > VERIFY_LISTED)
		fprintf(stderr, _("damaged: %llu more places\n"), (unsigned long long)(result->damage_count - VERIFY_LISTED));
	for (char **path = result->lost; path && *path; path++)
		fprintf(stderr, _("lost: /%s\n"), *path);
	if (result->lost_count > VERIFY_LISTED)
		fprintf(stderr, _("lost: %llu more\n"), (unsigned long long)(result->lost_count - VERIFY_LISTED));
	if (result->names_unknown)
		fprintf(stderr, _("The index is damaged: which files are lost cannot be told.\n"));
	if (result->damage_count > 1 || result->lost_count)
		fprintf(stderr, _("Damaged places: %llu. Entries that cannot be restored: %llu of %llu.\n"),
			(unsigned long long)result->damage_count, (unsigned long long)result->lost_count,
			(unsigned long long)result->files);
}

int command_verify(int argc, char **argv)
{
	static const struct option table[] = {
		{ "set", required_argument, NULL, 's' },
		{ "low-memory", no_argument, NULL, 'M' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	AUTO_FREE char *id = NULL;
	struct verify_result result = { 0 };
	struct command_screen screen;
	const char *location = NULL;
	uint64_t memory = 0;
	bool quiet = false;
	int c, r;

	while ((c = command_next_option(argc, argv, ":s:qh", table)) >= 0) {
		switch (c) {
		case 's': location = optarg; break;
		case 'M': memory = MEMORY_LOW; break;
		case 'q': quiet = true; break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return command_wrong_option("verify", c, argv);
		}
	}
	if (optind < argc)
		return command_wrong_argument("verify", argv[optind]);
	if (!location)
		return command_no_set("verify");
	command_begin(&screen, "verify", quiet);
	r = verb_verify(&screen.ctx, location, memory, &result, &id);
	command_clear_line(&screen);
	print_damage(&result);
	if (r == 0 && !quiet) {
		AUTO_FREE char *bytes = bytes_print_size(result.bytes);

		printf(_("The set %s is whole, every checksum is right. Entries: %llu, %s; segments: %llu.\n"),
		       id, (unsigned long long)result.files, bytes ? bytes : "?",
		       (unsigned long long)result.segments);
	}
	verify_result_done(&result);
	return command_end(&screen, r);
}
