/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases that compare a tree with the set: the proof of what was restored, and compare mode, in which all is mounted read-only. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/pathset.h"
#include "../core/progress.h"
#include "../layout/differences.h"
#include "../machine/system_mount.h"
#include "../plan/plan_images.h"
#include "../restore/compare.h"
#include "../restore/present_images.h"
#include "ask.h"
#include "chosen_set.h"
#include "content_check.h"
#include "found.h"
#include "look_inside.h"
#include "phase_table.h"
#include "resume.h"

#define PROBLEMS_SHOWN 200

/* Adds a difference to the list of the end; DATA is the session. */
static void found_difference(void *data, const struct difference *difference)
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
static int show_differences(struct session *s, const char *name, const char *title, uint64_t total)
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

/* compare_tree() with the session's set; a set that is away is asked for, and then the comparison begins again. What it finds is added to the list of
 * the end where OPTIONS says so. 0 or -errno with a sentence. */
static int compare_with_set(struct session *s, const char *step, int root_fd, const struct compare_options *options,
			    struct compare_result *result)
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

/* ---- verify ---- */

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
		found_difference(listed->session, difference);
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
	return r == -ENOMEDIUM ? compare_with_set(s, "verify", root_fd, options, result) : r;
}

int phase_verify(struct session *s)
{
	AUTO_CLOSE int root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_IMAGE_DEVICES struct image_device *images = NULL;
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
		content_forget_cached(s->ctx);
	if (r == 0)
		r = list_paths(s, &listed);
	if (r == 0)
		r = plan_images_open(s->ctx, s->chosen.plan, false, &images);
	options.images = images;
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
		r = show_differences(s, "verify-problems", N_("Not everything is as it was saved"), result.differences);
	}
	return r < 0 ? r : session_note(s, "%llu entries, %llu differences", (unsigned long long)result.entries,
					(unsigned long long)result.differences);
}

/* ---- compare ---- */

static int compare_mounted(struct session *s, const char *root, char *const *closed, const struct unmounted_trees *unmounted,
			   const struct image_device *images, struct compare_result *result)
{
	AUTO_CLOSE int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_options options = { .extra = true, .found = found_difference, .found_data = s,
					   .closed = closed, .unmounted = unmounted, .images = images };
	int r;

	if (root_fd < 0)
		return context_fail(s->ctx, errno, "%s cannot be opened: %s", root, strerror(errno));
	r = compare_with_set(s, "compare", root_fd, &options, result);
	if (r == 0)
		progress_end(s->ctx);
	return r;
}

/* Mounts what is on the disks of PRESENT, and compares it. *RET_STORAGE: how many of the differences are settings of disks and filesystems. */
static int compare_here(struct session *s, const struct layout *present, struct compare_result *result, size_t *ret_storage)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	struct system_mounts mounts = { 0 };
	AUTO_STRV char **storage = NULL;
	CLEANUP(unmounted_trees_done) struct unmounted_trees unmounted = { 0 };
	CLEANUP(present_images_done) struct present_images images = { 0 };
	int r = system_mount_all(s->ctx, manifest->layout, present, s->root, &mounts);

	if (r == 0)
		r = unmounted_trees_open(s->ctx, manifest->layout, present, &unmounted);
	if (r == 0)
		r = present_images_open(s->ctx, manifest->layout, present, &images);
	if (r == 0)
		r = compare_mounted(s, s->root, mounts.closed, &unmounted, images.devices, result);
	/* Another copy of it, where it was away meanwhile. */
	manifest = set_manifest(s->chosen.set);
	if (r == 0 && layout_differences(manifest->layout, present, true, &storage) < 0)
		r = context_oom(s->ctx);
	*ret_storage = strv_length(storage);
	for (size_t i = 0; i < *ret_storage; i++)
		outcome_list(&s->outcome, "storage: %s", storage[i]);
	for (size_t i = 0; i < strv_length(mounts.lines); i++)
		outcome_list(&s->outcome, "not compared: %s", mounts.lines[i]);
	for (size_t i = 0; i < strv_length(unmounted.missing); i++)
		outcome_list(&s->outcome, "not compared: %s", unmounted.missing[i]);
	for (size_t i = 0; i < strv_length(images.missing); i++)
		outcome_list(&s->outcome, "not compared: %s", images.missing[i]);
	s->outcome.compared = result->differences + *ret_storage > 0 || mounts.lines || unmounted.missing || images.missing;
	system_unmount(s->ctx, &mounts);
	return r;
}

int phase_compare(struct session *s)
{
	AUTO_LAYOUT struct layout *present = NULL;
	struct compare_result result = { 0 };
	struct inside *inside = NULL;
	size_t storage = 0;
	int r = session_probe(s, &present);

	if (r == 0)
		r = look_inside(s, LOOK_TO_COMPARE, &present, &inside);
	if (r == 0)
		r = compare_here(s, present, &result, &storage);
	look_inside_end(s, inside);
	if (r < 0)
		return r;
	outcome_end(&s->outcome, END_COMPARED, "%llu of %llu entries differ; nothing was changed", (unsigned long long)result.differences,
		    (unsigned long long)result.entries);
	result.differences += storage;
	r = show_differences(s, "compare-result", N_("Compared"), result.differences);
	return r < 0 ? r : session_note(s, PLURAL(result.differences, "%llu difference", "%llu differences"), (unsigned long long)result.differences);
}
