/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compare mode: what is on the disks now against what was saved. Everything is mounted read-only. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/progress.h"
#include "../probe/differences.h"
#include "phase_table.h"
#include "../machine/system_mount.h"

static int compare_mounted(struct session *s, const char *root, const struct unmounted_trees *unmounted, struct compare_result *result)
{
	AUTO_CLOSE int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_options options = { .extra = true, .found = session_found_difference, .found_data = s,
					   .unmounted = unmounted };
	int r;

	if (root_fd < 0)
		return context_fail(s->ctx, errno, "%s cannot be opened: %s", root, strerror(errno));
	r = session_compare_tree(s, "compare", root_fd, &options, result);
	if (r == 0)
		progress_end(s->ctx);
	return r;
}

int phase_compare(struct session *s)
{
	const struct manifest *manifest = set_manifest(s->chosen.set);
	AUTO_LAYOUT struct layout *present = NULL;
	AUTO_STRV char **mounted = NULL, **storage = NULL;
	CLEANUP(unmounted_trees_done) struct unmounted_trees unmounted = { 0 };
	struct compare_result result = { 0 };
	int r = session_probe(s, &present);

	if (r == 0)
		r = system_mount_all(s->ctx, manifest->layout, present, s->root, &mounted);
	if (r == 0)
		r = unmounted_trees_open(s->ctx, manifest->layout, present, &unmounted);
	if (r == 0)
		r = compare_mounted(s, s->root, &unmounted, &result);
	/* Another copy of it, where it was away meanwhile. */
	manifest = set_manifest(s->chosen.set);
	if (r == 0 && layout_differences(manifest->layout, present, true, &storage) < 0)
		r = context_oom(s->ctx);
	for (size_t i = 0; i < strv_length(storage); i++)
		outcome_list(&s->outcome, "storage: %s", storage[i]);
	for (size_t i = 0; i < strv_length(unmounted.missing); i++)
		outcome_list(&s->outcome, "not compared: %s", unmounted.missing[i]);
	system_unmount(s->ctx, &mounted);
	if (r < 0)
		return r;
	result.differences += strv_length(storage);
	s->outcome.compared = result.differences > 0 || unmounted.missing;
	outcome_end(&s->outcome, END_COMPARED, "%llu of %llu entries differ; nothing was changed",
		    (unsigned long long)(result.differences - strv_length(storage)), (unsigned long long)result.entries);
	r = session_show_differences(s, "compare-result", N_("Compared"), result.differences);
	return r < 0 ? r : session_note(s, PLURAL(result.differences, "%llu difference", "%llu differences"), (unsigned long long)result.differences);
}
