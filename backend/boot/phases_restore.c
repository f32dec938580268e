/* The phases that write onto the new filesystems: files, boot loader; then the proof of what came back, and the way out. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/ops.h"
#include "../core/progress.h"
#include "../finish/serial_console.h"
#include "journal.h"
#include "media_lost.h"
#include "phase_table.h"
#include "restored.h"
#include "unfinished.h"

#define PROBLEMS_SHOWN 200
#define NOT_IN_SET "not in the set: "
#define LACKS "Parts of the saved machine were not in the set; the list names them"

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
	return s->segments ? 0 : context_fail(s->ctx, ENOMEM, "Out of memory");
}

static bool any_segment(const struct session *s)
{
	return s->segments && memchr(s->segments, true, set_manifest(s->set)->segment_count);
}

/* Errors that another try with the medium in its place may mend. */
static bool may_be_the_medium(int error)
{
	return error == -EIO || error == -EBADMSG || error == -ENODEV || error == -ENXIO || error == -ENOMEDIUM || error == -ENOENT;
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
static void list_all(struct session *s, char *const *lines)
{
	for (; lines && *lines; lines++)
		session_list(s, "%s", *lines);
}

static int extract_once(struct session *s, int root_fd, uint64_t *files)
{
	AUTO_FREE bool *done = finished_segments(s);
	AUTO_STRV char **emptied = NULL;
	struct journal_changes changes = { .root_fd = root_fd, .begun = s->boot_begun };
	bool booted = s->plan->going_on && s->resumed == STAGE_BOOT;
	struct extract_options options = { .salvage = s->salvage || s->cmdline->salvage, .segment_done = segment_done, .segment_done_data = s,
					   .done = any_segment(s) ? done : NULL, .again = booted ? journal_was_changed : NULL,
					   .again_data = &changes };
	struct extract_result result = { 0 };
	int r = !done ? -ENOMEM : s->plan->going_on ? journal_emptied(s, &emptied) : 0;

	if (r < 0)
		return context_fail(s->ctx, -r, "Out of memory");
	options.emptied = emptied;
	r = extract_set(s->ctx, s->set, root_fd, &options, &result);
	*files += result.files;
	list_all(s, result.failed);
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
static bool is_done_before(struct session *s, enum restore_stage stage)
{
	const char *name = stage_name(stage);

	if (!s->plan->going_on || s->resumed <= stage || s->resumed < STAGE_VERIFY)
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
	bool later = s->plan->going_on && s->resumed > STAGE_EXTRACT, extracted = !later || s->extracted;
	uint64_t files = 0;
	struct media_patience patience = { 0 };
	int r, asked;

	if (is_done_before(s, STAGE_EXTRACT))
		return session_note(s, "done before the interruption");
	if (root_fd < 0)
		return context_fail(s->ctx, errno, "The new system's root %s cannot be opened: %s", s->root, strerror(errno));
	r = begin_segments(s);
	if (r < 0)
		return r;
	/* A journal that knows more stays as it is. */
	s->journal = later ? NULL : journal_start(s);
	progress_begin(s->ctx, "extract", manifest->total_bytes, manifest->total_files);
	while ((r = extract_once(s, root_fd, &files)) < 0 && r != -ENODATA && may_be_the_medium(r)) {
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
	return session_note(s, "%llu files", (unsigned long long)files);
}

/* ---- boot ---- */

/* From here on the notes say that the system may have been started. Where they cannot, they go, before the boot loader comes. */
static int note_boot(struct session *s)
{
	int r = journal_mark(s, STAGE_BOOT);

	if (r == 0)
		r = unfinished_mark(s, STAGE_BOOT);
	context_clear(s->ctx);
	s->noted = r == 0;
	if (r == 0)
		return 0;
	context_info(s->ctx, "if the restore is interrupted from here on, it begins again: it cannot be noted how far it came: %s", strerror(-r));
	return unfinished_clear(s);
}

/* All that was done before STAGE is on the disks, and the notes say so. */
static void note_stage(struct session *s, enum restore_stage stage)
{
	int r;

	if (!s->noted || (s->plan->going_on && s->resumed >= stage))
		return;
	r = journal_mark(s, stage);
	if (r == 0)
		r = unfinished_mark(s, stage);
	context_clear(s->ctx);
	if (r < 0)
		context_info(s->ctx, "if the restore is interrupted from here on, more is done again: it cannot be noted how far it came: %s",
			     strerror(-r));
}

int phase_boot(struct session *s)
{
	struct finish_options options = { .root = s->root, .manifest = set_manifest(s->set), .plan = s->plan,
					  .firmware = firmware_mode(s->ctx) };
	int r;

	if (is_done_before(s, STAGE_BOOT)) {
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
	if (r < 0) {
		/* The files are there: that the system does not boot is an end of its own, and they are still verified. */
		session_list(s, "%s", context_detail(s->ctx));
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		session_note(s, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
		s->finish.bootable = false;
	}
	for (size_t i = 0; i < strv_length(s->finish.reasons); i++) {
		context_info(s->ctx, "%s", s->finish.reasons[i]);
		if (!s->finish.bootable)
			session_list(s, "%s", s->finish.reasons[i]);
	}
	if (s->finish.incomplete) {
		session_end(s, END_PARTIAL, "A fix script of the restored system failed");
		list_all(s, s->finish.bootable ? s->finish.reasons : NULL);
	}
	progress_end(s->ctx);
	return r < 0 ? 0 : session_note(s, "%s", s->finish.bootable ? "bootable" : "not bootable");
}

/* ---- verify ---- */

void session_found_difference(void *data, const struct difference *difference)
{
	static const char *const words[] = {
		[DIFFERENCE_MISSING] = "missing", [DIFFERENCE_EXTRA] = "not in the set", [DIFFERENCE_CHANGED] = "differs" };
	struct session *s = data;

	session_list(s, "%s: %s%s%s", difference->path, words[difference->kind], *difference->what ? ": " : "", difference->what);
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
	if (s->list)
		qsort(s->list, s->list_count, sizeof(*s->list), compare_lines);
	for (size_t i = 0; i < s->list_count && i < PROBLEMS_SHOWN; i++) {
		AUTO_FREE char *line = text_printable(s->list[i]);

		json_array_append_new(list, json_string(line ? line : "?"));
	}
	question.text = text_format("%llu difference%s", (unsigned long long)total, total == 1 ? "" : "s");
	question_data(&question, "list", list);
	question_data(&question, "total", json_integer((json_int_t)total));
	question_option(&question, "continue", "Continue", NULL, NULL);
	r = session_ask_choice(s, &question, &answer);
	return r < 0 ? r : 0;
}

/* Verification is about what the disks hold, not what memory still remembers of it. */
static void forget_cached(struct session *s)
{
	sync();
	if (s->ctx->ops->write_text(s->ctx, "/proc/sys/vm/drop_caches", "3") < 0) {
		context_info(s->ctx, "verification may read from memory what it should read from disk: %s", context_detail(s->ctx));
		context_clear(s->ctx);
	}
}

int phase_verify(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->set);
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_options options = { .expected = s->finish.changed, .found = session_found_difference, .found_data = s };
	struct compare_result result = { 0 };
	int r = root_fd < 0 ? context_fail(s->ctx, errno, "The new system's root %s cannot be opened: %s", s->root, strerror(errno)) : 0;

	if (is_done_before(s, STAGE_VERIFY)) {
		s->verified = true;
		return session_note(s, "done before the interruption");
	}
	note_stage(s, STAGE_VERIFY);
	/* What is still in memory goes to the disks first: that says nothing of how fast they are read. */
	progress_begin(s->ctx, "verify", 0, 0);
	if (r == 0)
		forget_cached(s);
	progress_begin(s->ctx, "verify", manifest->total_bytes, manifest->total_files);
	if (r == 0) {
		r = compare_tree(s->ctx, s->set, root_fd, &options, &result);
	}
	if (r < 0) {
		/* What was not compared is not called restored. */
		session_end(s, END_PARTIAL, "The files were restored but could not be verified: %s", context_detail(s->ctx));
		session_list(s, "not verified: %s", context_detail(s->ctx));
		return r;
	}
	s->verified = true;
	progress_end(s->ctx);
	context_info(s->ctx, "Verified %llu entries, %llu bytes: %llu differences", (unsigned long long)result.entries,
		     (unsigned long long)result.bytes, (unsigned long long)result.differences);
	if (result.differences > 0) {
		session_end(s, END_PARTIAL, "%llu of %llu entries are not as they were saved", (unsigned long long)result.differences,
			    (unsigned long long)result.entries);
		r = session_show_differences(s, "verify-problems", "Not everything is as it was saved", result.differences);
	}
	return r < 0 ? r : session_note(s, "%llu entries, %llu differences", (unsigned long long)result.entries,
					(unsigned long long)result.differences);
}

/* ---- finish ---- */

/* What the set lacks is told with every end that has files, before all else: nobody takes the set for the machine. Once, also when an
 * interrupted session is resumed here. */
static void list_lost(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->set);
	char **list = s->list;
	size_t count = s->list_count;

	if (!manifest->lost_count || (count && !strncmp(list[0], NOT_IN_SET, strlen(NOT_IN_SET))))
		return;
	s->list = NULL;
	s->list_count = 0;
	for (size_t i = 0; i < manifest->lost_count && i < MANIFEST_LOST_SHOWN; i++)
		session_list(s, NOT_IN_SET "%s", manifest->lost[i]);
	if (manifest->lost_count > MANIFEST_LOST_SHOWN)
		session_list(s, NOT_IN_SET "and %zu more; 'lifeboat show' lists all", manifest->lost_count - MANIFEST_LOST_SHOWN);
	for (size_t i = 0; i < count; i++)
		session_list(s, "%s", list[i]);
	strv_free(list);
}

/* "Every file" is said of a machine whose files were all in reach when it was captured, and of no other. */
static const char *good_reason(const struct session *s)
{
	const struct manifest *manifest = set_manifest(s->set);
	bool boots = s->finish.bootable, reached = !layout_has_private_mounts(manifest->layout);

	if (manifest->lost_count)
		return boots ? "All files of the set are back and verified, and the system can boot. " LACKS
			     : "All files of the set are back and verified, but the system cannot boot by itself yet. " LACKS;
	if (!reached)
		return boots ? "All files of the set are back and verified, and the system can boot"
			     : "All files of the set are back and verified, but the system cannot boot by itself yet";
	return boots ? "Every file is back and verified, and the system can boot"
		     : "Every file is back and verified, but the system cannot boot by itself yet";
}

static void set_good_end(struct session *s)
{
	if (!s->extracted || !s->verified)
		session_end(s, END_PARTIAL, "The restore did not come to its end");
	else
		session_end(s, s->finish.bootable ? END_BOOTABLE : END_NOT_BOOTABLE, "%s", good_reason(s));
	if (s->end == END_BOOTABLE)
		list_all(s, s->finish.reasons);
}

/* What the end is, and its list; resumed at this point, they are known. */
static void tell_end(struct session *s)
{
	if (s->plan && s->plan->going_on && s->resumed == STAGE_FINISH)
		return;
	if (s->end == END_NONE)
		set_good_end(s);
	if (s->end != END_NOT_RESTORED)
		list_lost(s);
}

/* After the proof, so that it is the only thing in which a rehearsed system differs from a restored one. */
static void add_serial_console(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd >= 0 && serial_console_add(s->ctx, root_fd) < 0) {
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
	}
}

/* The restore has ended, and the system says so itself by now: nothing of it is resumed any more. */
static void end_notes(struct session *s)
{
	if (unfinished_clear(s) == 0)
		return;
	context_warn(s->ctx, "%s", context_detail(s->ctx));
	context_clear(s->ctx);
}

/* What was stopped or failed before the system was made bootable begins again. */
static void end_journal(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = root_fd < 0 ? -errno : journal_remove(root_fd);

	if (r < 0)
		context_warn(s->ctx, "What was noted of the files restored could not be removed from the new root: %s", strerror(-r));
}

int phase_finish(struct session *s)
{
	int r;

	if (s->again)
		return session_skip(s, "the machine was left as it is");
	progress_begin(s->ctx, "finish", 0, 0);
	if (s->end == END_NONE && s->plan && plan_check_disks(s->ctx, s->plan) < 0) {
		session_end(s, END_PARTIAL, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
	}
	tell_end(s);
	if (s->mounted)
		note_stage(s, STAGE_FINISH);
	if (s->mounted && !s->noted)
		end_journal(s);
	if (s->mounted && s->end != END_NOT_RESTORED)
		restored_write(s);
	if (s->mounted && s->noted)
		end_notes(s);
	if (s->mounted && s->end == END_BOOTABLE && s->cmdline->rehearsal)
		add_serial_console(s);
	if (!s->mounted)
		return session_skip(s, "nothing of the new system is mounted");
	r = plan_unmount(s->ctx, s->plan);
	if (r < 0) {
		/* What could not be written back may be missing from the disk. */
		AUTO_FREE char *why = strdup(context_detail(s->ctx));

		s->end = END_NONE;
		free(TAKE_POINTER(s->reason));
		session_end(s, END_PARTIAL, "The new system could not be unmounted cleanly, so not all of it may be on the disk: %s",
			    why ? why : strerror(-r));
		session_list(s, "%s", why ? why : strerror(-r));
		return r;
	}
	s->mounted = false;
	progress_end(s->ctx);
	return session_note(s, "%s", end_state_name(s->end));
}
