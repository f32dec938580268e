/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases before anybody is asked anything: what was given to the kernel, drivers, network, media. They write to nothing. */
#include "phase_table.h"

#include <errno.h>
#include <string.h>

#include "../core/ops.h"
#include "../machine/multipath_up.h"
#include "../notify/notifier.h"
#include "found.h"
#include "network_question.h"

/* Whether there is a catalogue of the language, named by what stands before any of ENDS. */
static bool language_is_here(const char *language, const char *ends)
{
	AUTO_FREE char *path = text_format(LOCALEDIR "/%.*s/LC_MESSAGES/lifeboat.mo", (int)strcspn(language, ends), language);

	return path && !strchr(language, '/') && access(path, R_OK) == 0;
}

/* Pid 1 has done the work of this phase before the engine lived; what it was told is said here. */
int phase_early(struct session *s)
{
	const struct cmdline *cmdline = s->cmdline;

	for (size_t i = 0; i < strv_length(cmdline->unknown); i++)
		context_warn(s->ctx, "Kernel argument '%s' is not known or has a value that is not allowed; it has no effect",
			     cmdline->unknown[i]);
	if (cmdline->lang && strncmp(cmdline->lang, "en", 2) && !language_is_here(cmdline->lang, "_.@:") &&
	    !language_is_here(cmdline->lang, ".@:"))
		context_warn(s->ctx, "lifeboat.lang=%s has no effect because this rescue system was made without that language; the screens "
			     "stay English", cmdline->lang);
	if (cmdline->key)
		context_warn(s->ctx, "lifeboat.key has no effect: this version does not check signatures");
	return session_note(s, "mode %s", mode_name(cmdline->mode));
}

static int note_modules(struct session *s, const struct modules_result *result)
{
	size_t failed = strv_length(result->failed);

	if (result->none)
		return session_skip(s, "this kernel has no modules");
	if (failed)
		return session_note(s, "%u devices: %u drivers loaded, %zu could not be loaded", result->devices, result->loaded, failed);
	if (result->loaded)
		return session_note(s, "%u devices: %u drivers loaded", result->devices, result->loaded);
	return session_note(s, "%u devices: every driver that exists for them is loaded", result->devices);
}

int phase_essential_modules(struct session *s)
{
	CLEANUP(modules_result_done) struct modules_result result = { 0 };
	int r = session_load_drivers(s, &result);

	return r < 0 ? r : note_modules(s, &result);
}

int phase_all_modules(struct session *s)
{
	CLEANUP(modules_result_done) struct modules_result result = { 0 };
	int r = session_find_drivers(s, &result);
	size_t missing = strv_length(s->found.missing);

	if (r == 0 && missing)
		return session_note(s, PLURAL(missing, "%zu device lacks its driver or firmware", "%zu devices lack their drivers or firmware"), missing);
	return r < 0 ? r : note_modules(s, &result);
}

static int set_up_network(struct session *s)
{
	AUTO_FREE char *note = NULL;
	/* The set matters most; answers, and who is told, lie mostly on the same network. */
	int r = session_network(s, s->cmdline->set, s->cmdline->answers, &note);

	if (r < 0)
		return r;
	if (note)
		return session_note(s, "%s", note);
	return s->cmdline->ip ? session_skip(s, "switched off (ip=off)") : session_skip(s, "not configured (ip= or BOOTIF=)");
}

int phase_network(struct session *s)
{
	int r = set_up_network(s);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (notifier_start(s->notifier) < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
	return r;
}

int phase_media(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	size_t usable = 0;
	int r = session_find_sets(s);

	s->found.media_error = r < 0 ? r : 0;
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0) {
		/* In the mode that asks, a person may still say where it is; in the other the question ends the session. */
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		free(s->found.media_problem);
		s->found.media_problem = strdup(context_detail(s->ctx));
	}
	for (size_t i = 0; i < s->found.media.count; i++)
		usable += s->found.media.sets[i].usable;
	if (usable < s->found.media.count)
		return session_note(s, PLURAL(s->found.media.count, "%zu recovery set found, not usable", "%zu recovery sets found, not all usable"),
				    s->found.media.count);
	return session_note(s, PLURAL(s->found.media.count, "%zu recovery set found", "%zu recovery sets found"), s->found.media.count);
}

/* Arrays and volume groups are shown by their members; putting them together would make their disks busy and could start a
 * rebuild that nobody asked for. Paths to one disk are combined, which changes nothing on it: without that there would be two of it. */
int phase_subsystems(struct session *s)
{
	static const char *const programs[][4] = {
		{ "mdadm", "--examine", "--scan", NULL },
		{ "pvs", "--readonly", "--noheadings", NULL },
	};
	size_t found = 0;
	int maps = multipath_bring_up(s->ctx, true);

	if (maps < 0)
		return maps;
	for (size_t i = 0; i < ARRAY_LENGTH(programs); i++) {
		struct run run = { .argv = programs[i], .deadline_s = 30 };
		AUTO_RUN_RESULT struct run_result result = { 0 };
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		if (!run_is_present(NULL, programs[i][0]))
			continue;
		if (run_program(s->ctx, &run, &result) == 0 && result.output && *result.output) {
			context_info(s->ctx, "%s: %s", programs[i][0], result.output);
			found++;
		}
	}
	if (maps && found)
		return session_note(s, PLURAL(maps, "%d disk is used through several paths; arrays and volume groups are listed only, nothing is put together",
						    "%d disks are used through several paths; arrays and volume groups are listed only, nothing is put together"), maps);
	if (maps)
		return session_note(s, PLURAL(maps, "%d disk is used through several paths", "%d disks are used through several paths"), maps);
	return found ? session_note(s, "listed only; nothing is put together") : session_skip(s, "no arrays or volume groups here");
}
