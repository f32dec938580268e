/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases after all files are there: the proof of what came back, and the way out. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/ops.h"
#include "../core/pathset.h"
#include "../core/progress.h"
#include "../finish/serial_console.h"
#include "content_check.h"
#include "media_lost.h"
#include "phase_table.h"
#include "../resume/journal.h"
#include "../resume/restored.h"
#include "../resume/unfinished.h"

#define PROBLEMS_SHOWN 200
#define NOT_IN_SET "not in the set: "

/* ---- verify ---- */

void session_found_difference(void *data, const struct difference *difference)
{
	static const char *const words[] = {
		[DIFFERENCE_MISSING] = N_("missing"), [DIFFERENCE_EXTRA] = N_("not in the set"), [DIFFERENCE_CHANGED] = N_("differs") };
	const char *word = sentence_words(words[difference->kind]);
	struct session *s = data;

	if (*difference->what)
		outcome_list(&s->outcome, "%s: %s: %s", difference->path, word, difference->what);
	else
		outcome_list(&s->outcome, "%s: %s", difference->path, word);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Shows what differs to a person; whatever is answered, it stays in the end. */
int session_show_differences(struct session *s, const char *name, const char *title, uint64_t total)
{
	AUTO_QUESTION struct question question = { .name = name, .type = "choice", .title = title, .certain = true,
						   .preset = json_string("continue") };
	AUTO_FREE char *answer = NULL;
	json_t *list = json_array();
	int r;

	/* Several workers found them, in any order. */
	if (s->outcome.list)
		qsort(s->outcome.list, s->outcome.list_count, sizeof(*s->outcome.list), compare_lines);
	for (size_t i = 0; i < s->outcome.list_count && i < PROBLEMS_SHOWN; i++) {
		AUTO_FREE char *line = text_printable(s->outcome.list[i]);

		json_array_append_new(list, json_string(line ? line : "?"));
	}
	question.text = sentence(PLURAL(total, "%llu difference", "%llu differences"), (unsigned long long)total);
	question_data(&question, "list", list);
	question_data(&question, "total", json_integer((json_int_t)total));
	question_option(&question, "continue", "Continue", NULL, NULL);
	r = session_ask_choice(s, &question, &answer);
	return r < 0 ? r : 0;
}

int session_compare_tree(struct session *s, const char *step, int root_fd, const struct compare_options *options, struct compare_result *result)
{
	struct media_patience patience = { 0 };
	size_t listed = s->outcome.list_count, lost = s->outcome.list_lost;
	int r;

	do {
		const struct manifest *manifest = set_manifest(s->chosen.set);

		outcome_unlist(&s->outcome, listed, lost);
		*result = (struct compare_result){ 0 };
		progress_begin(s->ctx, step, manifest->total_bytes, manifest->total_files);
		r = compare_tree(s->ctx, s->chosen.set, root_fd, options, result);
	} while (r == -ENOMEDIUM && media_lost_ask(s, r, &patience) == 1);
	return r;
}

void session_forget_cached(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	sync();
	if (ops_of(s->ctx)->write_text(s->ctx, "/proc/sys/vm/drop_caches", "3") < 0)
		context_info(s->ctx, "verification may read from memory what it should read from disk: %s", context_detail(s->ctx));
}

/* Paths that the end lists already: what the extraction has said of a file that is not there is not said again. */
struct listed {
	struct session *session;
	struct path_key key;
	struct pathset paths;
};

static void listed_done(struct listed *listed)
{
	pathset_done(&listed->paths);
}

/* 0 or -ENOMEM with a sentence. */
static int list_paths(struct session *s, struct listed *listed)
{
	*listed = (struct listed){ .session = s };
	path_key_init(&listed->key);
	for (size_t i = 0; i < s->outcome.list_count; i++) {
		const char *line = s->outcome.list[i], *end = strstr(line, ": ");

		if (end && pathset_add(&listed->paths, path_hash(&listed->key, line, (size_t)(end - line))) < 0)
			return context_oom(s->ctx);
	}
	return 0;
}

static void found_after_extraction(void *data, const struct difference *difference)
{
	const struct listed *listed = data;

	if (difference->kind != DIFFERENCE_MISSING ||
	    !pathset_contains(&listed->paths, path_hash(&listed->key, difference->path, strlen(difference->path))))
		session_found_difference(listed->session, difference);
}

/* Contents that were read while the system was made bootable are not read again. */
static int compare_restored(struct session *s, int root_fd, const struct compare_options *options, struct compare_result *result)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	size_t listed = s->outcome.list_count, lost = s->outcome.list_lost;
	int r = -ENOMEDIUM;

	if (content_check_runs(s->contents)) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		progress_begin(s->ctx, "verify", manifest->total_bytes, manifest->total_files);
		r = content_check_finish(s->ctx, s->contents, root_fd, options, result);
		if (r != -ENOMEDIUM)
			context_scope_keep(&scope, r);
		else
			outcome_unlist(&s->outcome, listed, lost);
	}
	content_check_free(TAKE_POINTER(s->contents));
	/* With a medium that was away, all of it begins again. */
	return r == -ENOMEDIUM ? session_compare_tree(s, "verify", root_fd, options, result) : r;
}

int phase_verify(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(listed_done) struct listed listed = { 0 };
	struct compare_options options = { .expected = s->outcome.finish.changed, .found = found_after_extraction, .found_data = &listed };
	struct compare_result result = { 0 };
	int r = root_fd < 0 ? context_fail(s->ctx, errno, "The new system's root %s cannot be opened: %s", s->root, strerror(errno)) : 0;

	if (session_is_past(s, STAGE_VERIFY)) {
		s->outcome.verified = true;
		return session_note(s, "done before the interruption");
	}
	session_note_stage(s, STAGE_VERIFY);
	/* What is still in memory goes to the disks first: that says nothing of how fast they are read. */
	progress_begin(s->ctx, "verify", 0, 0);
	if (r == 0 && !content_check_runs(s->contents))
		session_forget_cached(s);
	if (r == 0)
		r = list_paths(s, &listed);
	if (r == 0)
		r = compare_restored(s, root_fd, &options, &result);
	if (r < 0) {
		/* What was not compared is not called restored. */
		outcome_end(&s->outcome, END_PARTIAL, "The files were restored but could not be verified: %s", context_detail(s->ctx));
		outcome_list(&s->outcome, "not verified: %s", context_detail(s->ctx));
		return r;
	}
	s->outcome.verified = true;
	progress_end(s->ctx);
	context_info(s->ctx, "Verified %llu entries, %llu bytes: %llu differences", (unsigned long long)result.entries,
		     (unsigned long long)result.bytes, (unsigned long long)result.differences);
	if (result.differences > 0) {
		outcome_end(&s->outcome, END_PARTIAL, "%llu of %llu entries are not as they were saved", (unsigned long long)result.differences,
			    (unsigned long long)result.entries);
		r = session_show_differences(s, "verify-problems", N_("Not everything is as it was saved"), result.differences);
	}
	return r < 0 ? r : session_note(s, "%llu entries, %llu differences", (unsigned long long)result.entries,
					(unsigned long long)result.differences);
}

/* ---- finish ---- */

/* What the set lacks is told with every end that has files, before all else: nobody takes the set for the machine. Once, also when an
 * interrupted session is resumed here. */
static void list_lost(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	char **list = s->outcome.list;
	size_t count = s->outcome.list_count;

	if (!manifest->lost_count || (count && !strncmp(list[0], NOT_IN_SET, strlen(NOT_IN_SET))))
		return;
	s->outcome.list = NULL;
	s->outcome.list_count = 0;
	for (size_t i = 0; i < manifest->lost_count && i < MANIFEST_LOST_SHOWN; i++)
		outcome_list(&s->outcome, "not in the set: %s", manifest->lost[i]);
	if (manifest->lost_count > MANIFEST_LOST_SHOWN)
		outcome_list(&s->outcome, "not in the set: and %zu more; 'lifeboat show' lists all", manifest->lost_count - MANIFEST_LOST_SHOWN);
	for (size_t i = 0; i < count; i++)
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
