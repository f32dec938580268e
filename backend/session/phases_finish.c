/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way out: what the end is, what the new system is told of it, and unmounting. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/progress.h"
#include "../finish/serial_console.h"
#include "../resume/journal.h"
#include "../resume/restored.h"
#include "../resume/unfinished.h"
#include "content_check.h"
#include "phase_table.h"
#include "resume.h"

#define NOT_IN_SET "not in the set: "

static bool has_lost(char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(list[i], NOT_IN_SET, strlen(NOT_IN_SET)))
			return true;
	return false;
}

/* What the set lacks is told with every end that has files, before all but why the system does not start: nobody takes the set for the machine.
 * Once, also when an interrupted session is resumed here. */
static void list_lost(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	const struct finish_result *finish = &s->outcome.finish;
	size_t urgent = s->outcome.end == END_NOT_BOOTABLE ? strv_length(finish->notes) + strv_length(finish->reasons) : 0;
	char **list = s->outcome.list;
	size_t count = s->outcome.list_count;

	if (!manifest->lost_count || has_lost(list, count))
		return;
	urgent = urgent < count ? urgent : count;
	s->outcome.list = NULL;
	s->outcome.list_count = 0;
	for (size_t i = 0; i < urgent; i++)
		outcome_list(&s->outcome, "%s", list[i]);
	for (size_t i = 0; i < manifest->lost_count && i < MANIFEST_LOST_SHOWN; i++)
		outcome_list(&s->outcome, "not in the set: %s", manifest->lost[i]);
	if (manifest->lost_count > MANIFEST_LOST_SHOWN)
		outcome_list(&s->outcome, "not in the set: and %zu more; 'lifeboat show' lists all", manifest->lost_count - MANIFEST_LOST_SHOWN);
	for (size_t i = urgent; i < count; i++)
		outcome_list(&s->outcome, "%s", list[i]);
	strv_free(list);
}

/* "Every file" is said of a machine whose files were all in reach when it was captured, and of no other. */
static const char *good_reason(const struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	bool boots = s->outcome.finish.bootable, reached = !layout_has_private_mounts(manifest->layout);

	if (manifest->lost_count)
		return boots ? N_("All files of the set are back and verified, and the system can boot. Parts of the saved machine were not in "
				  "the set; the list names them")
			     : N_("All files of the set are back and verified, but the system cannot boot by itself yet. Parts of the saved "
				  "machine were not in the set; the list names them");
	if (!reached)
		return boots ? N_("All files of the set are back and verified, and the system can boot")
			     : N_("All files of the set are back and verified, but the system cannot boot by itself yet");
	return boots ? N_("Every file is back and verified, and the system can boot")
		     : N_("Every file is back and verified, but the system cannot boot by itself yet");
}

static void set_good_end(struct session *s)
{
	if (!s->outcome.extracted || !s->outcome.verified)
		outcome_end(&s->outcome, END_PARTIAL, "The restore did not come to its end");
	else
		outcome_end(&s->outcome, s->outcome.finish.bootable ? END_BOOTABLE : END_NOT_BOOTABLE, "%s", sentence_words(good_reason(s)));
	if (s->outcome.end == END_BOOTABLE)
		outcome_list_all(&s->outcome, s->outcome.finish.reasons);
}

/* What the end is, and its list; resumed at this point, they are known. */
static void tell_end(struct session *s)
{
	if (s->chosen.plan && s->chosen.plan->resumes && s->run.resumed == STAGE_FINISH)
		return;
	if (s->outcome.end == END_NONE)
		set_good_end(s);
	if (s->outcome.end != END_NOT_RESTORED)
		list_lost(s);
}

/* After the proof, so that it is the only thing in which a rehearsed system differs from a restored one. */
static void add_serial_console(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (root_fd >= 0 && serial_console_add(s->ctx, root_fd) < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
}

/* The restore has ended, and the system says so itself by now: nothing of it is resumed any more. */
static void end_notes(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	const struct restore_job job = session_job(s);

	if (unfinished_clear(&job, &s->run) == 0)
		return;
	context_warn(s->ctx, "%s", context_detail(s->ctx));
	outcome_list(&s->outcome, "%s", context_detail(s->ctx));
}

/* What was stopped or failed before the system was made bootable begins again. */
static void end_journal(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = root_fd < 0 ? -errno : journal_remove(root_fd);

	if (r < 0)
		context_warn(s->ctx, "What was noted of the files restored could not be removed from the new root: %s", strerror(-r));
}

/* Settings that a program took and did not carry out. */
static void list_differences(struct session *s)
{
	AUTO_STRV char **lines = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (plan_differences(s->ctx, s->chosen.plan, &lines) < 0)
		context_warn(s->ctx, "The settings of the new disks could not be compared with the saved ones: %s", context_detail(s->ctx));
	for (char **line = lines; line && *line; line++)
		outcome_list(&s->outcome, "storage: %s", *line);
}

/* A disk that came to be another one makes no good end. */
static void check_disks(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (s->outcome.end == END_NONE && s->chosen.plan && plan_check_result(s->ctx, s->chosen.plan) < 0)
		outcome_end(&s->outcome, END_PARTIAL, "%s", context_detail(s->ctx));
	if (s->run.unwritten)
		outcome_end(&s->outcome, END_PARTIAL, "%s", s->run.unwritten);
}

/* What could not be written back may be missing from the disk: WHY, behind PREFIX. An end that is none of the good ones has its reason already. */
static void end_unwritten(struct session *s, const char *prefix, const char *why)
{
	if (s->outcome.end == END_BOOTABLE || s->outcome.end == END_NOT_BOOTABLE) {
		s->outcome.end = END_NONE;
		free(TAKE_POINTER(s->outcome.reason));
	}
	outcome_end(&s->outcome, END_PARTIAL, "%s%s", sentence_words(prefix), why);
	outcome_list(&s->outcome, "%s", why);
}

int phase_finish(struct session *s)
{
	const struct restore_job job = session_job(s);
	int r;

	if (s->outcome.again)
		return session_skip(s, "the machine was left as it is");
	/* It holds the new filesystems. */
	content_check_free(TAKE_POINTER(s->contents));
	progress_begin(s->ctx, "finish", 0, 0);
	check_disks(s);
	tell_end(s);
	if (s->mounted && s->chosen.plan && s->outcome.end != END_NOT_RESTORED)
		list_differences(s);
	if (s->mounted)
		session_note_stage(s, STAGE_FINISH);
	if (s->mounted && !s->run.noted)
		end_journal(s);
	if (s->mounted && s->outcome.end != END_NOT_RESTORED)
		restored_write(&job, s->outcome.end, s->options->log, &s->outcome.log_kept);
	if (s->mounted && s->run.noted)
		end_notes(s);
	if (s->mounted && s->outcome.end == END_BOOTABLE && s->cmdline->rehearsal)
		add_serial_console(s);
	if (!s->mounted)
		return session_skip(s, "nothing of the new system is mounted");
	r = plan_unmount(s->ctx, s->chosen.plan);
	if (r < 0) {
		AUTO_FREE char *why = strdup(context_detail(s->ctx));

		end_unwritten(s, r == -ESTALE ? "" : N_("The new system could not be unmounted cleanly, so not all of it may be on the disk: "),
			      why ? why : strerror(-r));
		return r;
	}
	if (s->run.unwritten)
		end_unwritten(s, "", s->run.unwritten);
	s->mounted = false;
	progress_end(s->ctx);
	return session_note(s, "%s", end_state_name(s->outcome.end));
}
