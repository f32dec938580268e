/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases that write onto the new filesystems: files, boot loader. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/progress.h"
#include "../plan/plan_images.h"
#include "../restore/directory_times.h"
#include "../resume/journal.h"
#include "../resume/unfinished.h"
#include "chosen_set.h"
#include "content_check.h"
#include "passing_set.h"
#include "phase_table.h"
#include "resume.h"

/* ---- extract ---- */

struct extracting {
	struct session *session;
	struct journal *journal; /* NULL: none is kept */
	struct image_device *images;
};

static void segment_done(void *data, const struct segment *segment)
{
	const struct extracting *extracting = data;
	struct session *s = extracting->session;

	run_finish_segment(&s->run, (size_t)(segment - set_manifest(s->chosen.set)->segments));
	journal_segment(extracting->journal);
}

/* What extract_set() says. *RET_MEDIUM: it could not read the set, which another try with the medium in its place may mend. */
static int extract_once(struct extracting *extracting, int root_fd, uint64_t *files, bool *ret_medium)
{
	struct session *s = extracting->session;
	AUTO_FREE bool *done = run_segments(&s->run);
	AUTO_STRV char **emptied = NULL;
	struct journal_changes changes = { .root_fd = root_fd, .begun = s->run.boot_begun };
	bool booted = s->chosen.plan->resumes && s->run.resumed == STAGE_BOOT;
	struct extract_options options = { .salvage = session_salvages(s), .segment_done = segment_done, .segment_done_data = extracting,
					   .images = extracting->images, .done = run_finished(&s->run) > 0 ? done : NULL,
					   .again = booted ? journal_was_changed : NULL,
					   .again_data = &changes };
	struct extract_result result = { 0 };
	int r = !done ? -ENOMEM : s->chosen.plan->resumes ? journal_emptied(s->chosen.plan, &emptied) : 0;

	if (r < 0)
		return context_oom(s->ctx);
	options.emptied = emptied;
	r = extract_set(s->ctx, s->chosen.set, root_fd, &options, &result);
	*files += result.files;
	*ret_medium = result.set_failed;
	outcome_list_all(&s->outcome, result.damaged);
	outcome_list_all(&s->outcome, result.failed);
	extract_result_done(&result);
	return r;
}

/* The set could not be restored to its end: what is there is told apart from a disk that was only erased. */
static int give_up(struct session *s, int error, uint64_t files)
{
	AUTO_FREE char *why = strdup(context_detail(s->ctx));

	if (files > 0 || run_finished(&s->run) > 0)
		outcome_end(&s->outcome, END_PARTIAL, "%s. The files after this point are missing", why && *why ? why : strerror(-error));
	return error;
}

int phase_extract(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool later = s->chosen.plan->resumes && s->run.resumed > STAGE_EXTRACT;
	struct extracting extracting = { .session = s };
	uint64_t files = 0;
	bool medium = false;
	struct media_patience patience = { 0 };
	const struct restore_job job = session_job(s);
	int r, asked;

	if (session_is_past(s, STAGE_EXTRACT))
		return session_note(s, "done before the interruption");
	if (root_fd < 0)
		return context_fail(s->ctx, errno, "The new system's root %s cannot be opened: %s", s->root, strerror(errno));
	if (run_begin_segments(&s->run, manifest->segment_count) < 0)
		return context_oom(s->ctx);
	r = plan_images_open(s->ctx, s->chosen.plan, true, &extracting.images);
	if (r < 0)
		return r;
	/* A journal that knows more stays as it is. */
	extracting.journal = later ? NULL : journal_start(&job, &s->run);
	progress_begin(s->ctx, "extract", manifest->total_bytes, manifest->total_files);
	while ((r = extract_once(&extracting, root_fd, &files, &medium)) < 0 && medium && !passing_set_is_chosen(s)) {
		asked = media_lost_ask(s, r, &patience);
		if (asked <= 0)
			break;
	}
	journal_stop(extracting.journal);
	/* Nobody writes to them any more: programs of the new system may look into them. */
	image_devices_free(extracting.images);
	if (r == -ENODATA) {
		outcome_end(&s->outcome, END_PARTIAL, "Not everything could be restored as it was saved");
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
		r = 0;
	} else {
		s->outcome.extracted = r == 0;
	}
	if (r < 0)
		return give_up(s, r, files);
	progress_end(s->ctx);
	return session_note(s, PLURAL(files, "%llu entry", "%llu entries"), (unsigned long long)files);
}

/* ---- boot ---- */

/* From here on the notes say that the system may have been started. Where they cannot, they go, before the boot loader comes. */
static int note_boot(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	const struct restore_job job = session_job(s);
	bool arrived = set_has_arrived(s->chosen.set); /* a run that continues would not let it come, and would not know what is in it */
	int r = arrived ? -ESPIPE : journal_mark(&job, &s->run, &s->outcome, STAGE_BOOT);

	if (r == 0)
		r = unfinished_mark(&job, &s->run, STAGE_BOOT);
	context_scope_end(&scope);
	s->run.noted = r == 0;
	if (r == 0)
		return 0;
	if (arrived)
		context_info(s->ctx, "if the restore is interrupted from here on, it begins again: the recovery set tells only at its end what is in it");
	else
		context_info(s->ctx, "if the restore is interrupted from here on, it begins again: it cannot be noted how far it came: %s", strerror(-r));
	return unfinished_clear(&job, &s->run);
}

/* What was made in directories of the set changed their times. */
static void put_times_back(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	struct media_patience patience = { 0 };
	int r;

	do
		r = root_fd < 0 ? -EBADF : directory_times_put_back(s->ctx, s->chosen.set, root_fd, s->outcome.finish.changed);
	while (r == -ENOMEDIUM && media_lost_ask(s, r, &patience) == 1);
	if (r < 0)
		context_warn(s->ctx, "Directories keep the time of this restore: %s", context_detail(s->ctx));
}

static const char *bootable_words(const struct session *s)
{
	return sentence_words(s->outcome.finish.bootable ? N_("bootable") : N_("not bootable"));
}

/* What is not read now is read when it is verified. */
static void begin_contents(void *data)
{
	struct session *s = data;

	context_info(s->ctx, "meanwhile the contents of the restored files are verified");
	content_forget_cached(s->ctx);
	content_check_start(s->contents);
}

/* The tree is looked at as it is before anything is mounted in it. */
static int prepare_contents(struct session *s, struct finish_options *options)
{
	AUTO_IMAGE_DEVICES struct image_device *images = NULL;
	int view = content_check_view(s->root), r;

	if (view < 0)
		return 0;
	r = plan_images_open(s->ctx, s->chosen.plan, false, &images);
	if (r == 0)
		r = content_check_new(s->ctx, s->chosen.set, view, TAKE_POINTER(images), &s->contents);
	else
		close(view);
	if (r < 0)
		return r;
	options->before_slow = begin_contents;
	options->before_slow_data = s;
	return 0;
}

int phase_boot(struct session *s)
{
	struct finish_options options = { .root = s->root, .manifest = set_manifest(s->chosen.set), .plan = s->chosen.plan,
					  .firmware = firmware_mode(s->ctx), .network = s->network_kept,
					  .initramfs = s->cmdline->initramfs_always ? INITRAMFS_ALWAYS :
						       s->cmdline->initramfs_never ? INITRAMFS_NEVER : INITRAMFS_AUTO };
	int r;

	if (session_is_past(s, STAGE_BOOT)) {
		s->run.noted = true;
		return session_note(s, "done before the interruption: %s", bootable_words(s));
	}
	progress_begin(s->ctx, "boot", 0, 0);
	r = plan_check_disks(s->ctx, s->chosen.plan);
	if (r == 0)
		r = note_boot(s);
	if (r == 0)
		r = prepare_contents(s, &options);
	if (r == 0)
		r = finish_system(s->ctx, &options, &s->outcome.finish);
	if (r == -ECANCELED || r == -ESTALE)
		return r;
	if (r == 0)
		put_times_back(s);
	if (r < 0) {
		/* The files are there: that the system does not boot is an end of its own, and they are still verified. */
		outcome_list(&s->outcome, "%s", context_detail(s->ctx));
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		session_note(s, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
		s->outcome.finish.bootable = false;
	}
	for (char **note = s->outcome.finish.notes; note && *note; note++) {
		context_info(s->ctx, "%s", *note);
		outcome_list(&s->outcome, "%s", *note);
	}
	for (size_t i = 0; i < strv_length(s->outcome.finish.reasons); i++) {
		context_info(s->ctx, "%s", s->outcome.finish.reasons[i]);
		if (!s->outcome.finish.bootable)
			outcome_list(&s->outcome, "%s", s->outcome.finish.reasons[i]);
	}
	if (s->outcome.finish.incomplete) {
		outcome_end(&s->outcome, END_PARTIAL, "A fix script of the restored system failed");
		outcome_list_all(&s->outcome, s->outcome.finish.bootable ? s->outcome.finish.reasons : NULL);
	}
	progress_end(s->ctx);
	return r < 0 ? 0 : session_note(s, "%s", bootable_words(s));
}
