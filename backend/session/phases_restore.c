/* The phases that write onto the new filesystems: files, boot loader. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/progress.h"
#include "../restore/directory_times.h"
#include "../resume/journal.h"
#include "media_lost.h"
#include "phase_table.h"
#include "../resume/unfinished.h"

/* ---- extract ---- */

static void segment_done(void *data, const struct segment *segment)
{
	struct session *s = data;

	pthread_mutex_lock(&s->segments_lock);
	s->segments[segment - set_manifest(s->set)->segments] = true;
	pthread_mutex_unlock(&s->segments_lock);
	journal_segment(s->journal);
}

/* 0 or -ENOMEM: nothing is finished yet, unless an earlier run finished some. */
static int begin_segments(struct session *s)
{
	pthread_mutex_lock(&s->segments_lock);
	if (!s->segments)
		s->segments = calloc(set_manifest(s->set)->segment_count + 1, sizeof(*s->segments));
	pthread_mutex_unlock(&s->segments_lock);
	return s->segments ? 0 : context_oom(s->ctx);
}

static bool any_segment(const struct session *s)
{
	return s->segments && memchr(s->segments, 1, set_manifest(s->set)->segment_count);
}

/* A copy: workers add to it. NULL when out of memory. */
static bool *finished_segments(struct session *s)
{
	size_t count = set_manifest(s->set)->segment_count;
	bool *copy = calloc(count + 1, sizeof(*copy));

	pthread_mutex_lock(&s->segments_lock);
	if (copy)
		memcpy(copy, s->segments, count * sizeof(*copy));
	pthread_mutex_unlock(&s->segments_lock);
	return copy;
}

/* Sentences go to the list of the end. */
void session_list_all(struct session *s, char *const *lines)
{
	for (; lines && *lines; lines++)
		session_list(s, "%s", *lines);
}

/* What extract_set() says. *RET_MEDIUM: it could not read the set, which another try with the medium in its place may mend. */
static int extract_once(struct session *s, int root_fd, uint64_t *files, bool *ret_medium)
{
	AUTO_FREE bool *done = finished_segments(s);
	AUTO_STRV char **emptied = NULL;
	struct journal_changes changes = { .root_fd = root_fd, .begun = s->boot_begun };
	bool booted = s->plan->resumes && s->resumed == STAGE_BOOT;
	struct extract_options options = { .salvage = session_salvages(s), .segment_done = segment_done, .segment_done_data = s,
					   .done = any_segment(s) ? done : NULL, .again = booted ? journal_was_changed : NULL,
					   .again_data = &changes };
	struct extract_result result = { 0 };
	int r = !done ? -ENOMEM : s->plan->resumes ? journal_emptied(s, &emptied) : 0;

	if (r < 0)
		return context_oom(s->ctx);
	options.emptied = emptied;
	r = extract_set(s->ctx, s->set, root_fd, &options, &result);
	*files += result.files;
	*ret_medium = result.set_failed;
	session_list_all(s, result.failed);
	extract_result_done(&result);
	return r;
}

/* The set could not be restored to its end: what is there is told apart from a disk that was only erased. */
static int give_up(struct session *s, int error, uint64_t files)
{
	AUTO_FREE char *why = strdup(context_detail(s->ctx));

	if (files > 0 || any_segment(s)) {
		session_end(s, END_PARTIAL, "%s. The files after this point are missing", why && *why ? why : strerror(-error));
		session_list(s, "%s", why && *why ? why : strerror(-error));
	}
	return error;
}

/* Whether the restore is resumed behind STAGE, whose step is then counted as done. The results of extracting are needed where the system
 * is made bootable: only from the verify phase on they are not looked at again. */
bool session_is_past(struct session *s, enum restore_stage stage)
{
	const char *name = stage_name(stage);

	if (!s->plan->resumes || s->resumed <= stage || s->resumed < STAGE_VERIFY)
		return false;
	progress_begin(s->ctx, name, 0, 0);
	progress_end(s->ctx);
	return true;
}

int phase_extract(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->set);
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Resumed after all files were there, it is known whether they all were. */
	bool later = s->plan->resumes && s->resumed > STAGE_EXTRACT, extracted = !later || s->extracted;
	uint64_t files = 0;
	bool medium = false;
	struct media_patience patience = { 0 };
	int r, asked;

	if (session_is_past(s, STAGE_EXTRACT))
		return session_note(s, "done before the interruption");
	if (root_fd < 0)
		return context_fail(s->ctx, errno, "The new system's root %s cannot be opened: %s", s->root, strerror(errno));
	r = begin_segments(s);
	if (r < 0)
		return r;
	/* A journal that knows more stays as it is. */
	s->journal = later ? NULL : journal_start(s);
	progress_begin(s->ctx, "extract", manifest->total_bytes, manifest->total_files);
	while ((r = extract_once(s, root_fd, &files, &medium)) < 0 && medium) {
		/* Neither people nor the search for the medium count. */
		progress_pause(s->ctx);
		asked = media_lost_ask(s, r, &patience);
		progress_resume(s->ctx);
		if (asked <= 0)
			break;
		context_info(s->ctx, "The medium is back; the restore continues");
	}
	journal_stop(TAKE_POINTER(s->journal));
	if (r == -ENODATA) {
		session_end(s, END_PARTIAL, "Not everything could be restored as it was saved");
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
		r = 0;
	} else {
		s->extracted = r == 0 && extracted;
	}
	if (r < 0)
		return give_up(s, r, files);
	progress_end(s->ctx);
	return session_note(s, files == 1 ? "%llu file" : "%llu files", (unsigned long long)files);
}

/* ---- boot ---- */

/* From here on the notes say that the system may have been started. Where they cannot, they go, before the boot loader comes. */
static int note_boot(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = journal_mark(s, STAGE_BOOT);

	if (r == 0)
		r = unfinished_mark(s, STAGE_BOOT);
	context_scope_end(&scope);
	s->noted = r == 0;
	if (r == 0)
		return 0;
	context_info(s->ctx, "if the restore is interrupted from here on, it begins again: it cannot be noted how far it came: %s", strerror(-r));
	return unfinished_clear(s);
}

/* All that was done before STAGE is on the disks, and the notes say so. */
void session_note_stage(struct session *s, enum restore_stage stage)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r;

	if (!s->noted || (s->plan->resumes && s->resumed >= stage))
		return;
	r = journal_mark(s, stage);
	if (r == 0)
		r = unfinished_mark(s, stage);
	if (r < 0)
		context_info(s->ctx, "if the restore is interrupted from here on, more is done again: it cannot be noted how far it came: %s",
			     strerror(-r));
}

/* What was made in directories of the set changed their times. */
static void put_times_back(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (root_fd >= 0 && directory_times_put_back(s->ctx, s->set, root_fd, s->finish.changed) < 0)
		context_warn(s->ctx, "Directories keep the time of this restore: %s", context_detail(s->ctx));
}

int phase_boot(struct session *s)
{
	struct finish_options options = { .root = s->root, .manifest = set_manifest(s->set), .plan = s->plan,
					  .firmware = firmware_mode(s->ctx),
					  .initramfs = s->cmdline->initramfs_always ? INITRAMFS_ALWAYS :
						       s->cmdline->initramfs_never ? INITRAMFS_NEVER : INITRAMFS_AUTO };
	int r;

	if (session_is_past(s, STAGE_BOOT)) {
		s->noted = true;
		return session_note(s, "done before the interruption: %s", s->finish.bootable ? "bootable" : "not bootable");
	}
	progress_begin(s->ctx, "boot", 0, 0);
	r = plan_check_disks(s->ctx, s->plan);
	if (r == 0)
		r = note_boot(s);
	if (r == 0)
		r = finish_system(s->ctx, &options, &s->finish);
	if (r == -ECANCELED || r == -ESTALE)
		return r;
	if (r == 0)
		put_times_back(s);
	if (r < 0) {
		/* The files are there: that the system does not boot is an end of its own, and they are still verified. */
		session_list(s, "%s", context_detail(s->ctx));
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		session_note(s, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
		s->finish.bootable = false;
	}
	for (char **note = s->finish.notes; note && *note; note++) {
		context_info(s->ctx, "%s", *note);
		session_list(s, "%s", *note);
	}
	for (size_t i = 0; i < strv_length(s->finish.reasons); i++) {
		context_info(s->ctx, "%s", s->finish.reasons[i]);
		if (!s->finish.bootable)
			session_list(s, "%s", s->finish.reasons[i]);
	}
	if (s->finish.incomplete) {
		session_end(s, END_PARTIAL, "A fix script of the restored system failed");
		session_list_all(s, s->finish.bootable ? s->finish.reasons : NULL);
	}
	progress_end(s->ctx);
	return r < 0 ? 0 : session_note(s, "%s", s->finish.bootable ? "bootable" : "not bootable");
}
