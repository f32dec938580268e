/* lifeboat compare: differences between a set and a tree, one line each. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "command_common.h"
#include "text.h"
#include "translate.h"
#include "tree_request.h"

#define STATUS_DIFFERENT 1
#define STATUS_NOT_COMPARED 3

static const struct option options_known[] = {
	{ "set", required_argument, NULL, 's' },
	{ "root", required_argument, NULL, 't' },
	{ "extra", no_argument, NULL, 'e' },
	{ "workers", required_argument, NULL, 'w' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage(void)
{
	printf(_("Usage: lifeboat compare --set SET [--root DIR] [PATH]...\n\n"
		 "Lists what differs between a recovery set and the files of this machine, or of the tree DIR, and the\n"
		 "settings of the disks and filesystems that they lie on.\n"
		 "With PATHs only these and what lies below them is looked at.\n\n"
		 "  -s, --set SET  the recovery set: a directory or an .iso file\n"
		 "  --root DIR     the tree to look at; by default /\n"
		 "  --extra        also list files that the set does not have\n"
		 "  --workers N    read with N threads; by default as many as there are processors\n"
		 "  -q, --quiet    no summary\n"
		 "  -h, --help     this text\n\n"
		 "The exit status is 0 when nothing differs, 1 when something does, 3 when it could not be told.\n"));
	return 0;
}

static void print_difference(void *data, const struct difference *difference)
{
	static const char *const kinds[] = {
		[DIFFERENCE_MISSING] = "missing",
		[DIFFERENCE_EXTRA] = "extra",
		[DIFFERENCE_CHANGED] = "changed",
	};
	AUTO_FREE char *path = bytes_escape(difference->path, strlen(difference->path)), *what = translate_sentence(difference->what);

	command_clear_line(data);
	printf("%-7s  %s%s%s\n", kinds[difference->kind], path ? path : "?", *difference->what ? "  " : "", what ? what : difference->what);
}

/* Whether filesystems that the captured machine did not show are among what is asked for, and not simply in the tree. */
static bool wants_unmounted(const struct tree_request *request, const struct layout *captured, int root_fd)
{
	bool wanted = !request->paths;

	for (char *const *path = request->paths; path && *path; path++)
		wanted = wanted || strstr(*path, LAYOUT_UNMOUNTED_NAME);
	return wanted && layout_has_private_mounts(captured) && faccessat(root_fd, LAYOUT_UNMOUNTED_NAME, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* One line a setting of disks, filesystems and swap spaces that is not as it was captured. */
static int compare_storage(struct command_screen *screen, const struct layout *captured, const struct layout *present,
			   struct compare_result *result)
{
	AUTO_STRV char **lines = NULL;
	int r = layout_differences(captured, present, false, &lines);

	for (char **line = lines; r == 0 && line && *line; line++) {
		command_clear_line(screen);
		translate_print(stdout, "storage  %s\n", *line);
		result->differences++;
	}
	return r < 0 ? context_oom(&screen->ctx) : 0;
}

/* What no comparison could be made of. */
struct not_compared {
	struct unmounted_trees unmounted;
	struct captured_view view;
};

static void not_compared_done(struct not_compared *left)
{
	unmounted_trees_done(&left->unmounted);
	captured_view_done(&left->view);
}

/* One line each; true when there was any. */
static bool print_not_compared(const struct not_compared *left)
{
	bool any = left->unmounted.missing;

	for (char **line = left->unmounted.missing; line && *line; line++)
		translate_print(stdout, _("not compared: %s\n"), *line);
	for (size_t i = 0; i < left->view.covered_count; i++) {
		const char *path = left->view.covered[i].path;
		AUTO_FREE char *shown = bytes_escape(path, strlen(path));

		if (!left->view.covered[i].is_met)
			continue;
		printf(_("not compared: %s: something is mounted on it, and only root can read what lies beneath\n"), shown ? shown : "?");
		any = true;
	}
	return any;
}

static int compare(struct command_screen *screen, const struct tree_request *request, struct not_compared *left,
		   struct compare_result *result)
{
	struct context *ctx = &screen->ctx;
	struct compare_options options = { .paths = request->paths, .extra = request->extra, .workers = request->workers,
					   .found = print_difference, .found_data = screen };
	const char *root = request->tree ? request->tree : "/";
	const struct probe_options probe = { .root = strcmp(root, "/") ? root : NULL };
	AUTO_LAYOUT struct layout *present = NULL;
	AUTO_SET struct set *set = NULL;
	bool whole = !request->paths && geteuid() == 0, private;
	int r = set_open(ctx, request->set, &set);

	if (r < 0)
		return r;
	r = captured_view_open(ctx, root, &left->view);
	if (r < 0)
		return r;
	r = tree_request_progress(request, ctx, set_manifest(set), "compare", _("Comparing files"));
	if (r < 0)
		return r;
	private = wants_unmounted(request, set_manifest(set)->layout, left->view.root_fd);
	/* Disks are root's to read; a plain tree has none. */
	if (private || (geteuid() == 0 && layout_has_private_mounts(set_manifest(set)->layout)) || (whole && set_manifest(set)->layout->count))
		r = layout_probe(ctx, &probe, &present);
	/* The files can be compared without. */
	if (r < 0 && r != -ECANCELED && !private) {
		context_warn(ctx, "The settings of disks and filesystems are not compared: %s", context_detail(ctx));
		context_clear(ctx);
		r = 0;
	}
	if (r == 0 && present)
		r = captured_view_leave_bound(ctx, &left->view, set_manifest(set)->layout, present);
	if (r == 0 && private)
		r = unmounted_trees_open(ctx, set_manifest(set)->layout, present, &left->unmounted);
	if (r < 0)
		return r;
	options.unmounted = private ? &left->unmounted : NULL;
	options.view = &left->view;
	r = compare_tree(ctx, set, left->view.root_fd, &options, result);
	if (r == 0 && whole && present)
		r = compare_storage(screen, set_manifest(set)->layout, present, result);
	if (r == 0)
		progress_end(ctx);
	return r;
}

int command_compare(int argc, char **argv)
{
	struct tree_request request;
	CLEANUP(not_compared_done) struct not_compared left = { .view.root_fd = -1 };
	struct compare_result result = { 0 };
	AUTO_FREE char *size = NULL;
	struct command_screen screen;
	bool is_partial;
	int r = tree_request_parse(&request, argc, argv, options_known), status;

	if (r != 0)
		return r < 0 ? usage() : r;
	command_begin(&screen, argv[0], request.quiet);
	r = compare(&screen, &request, &left, &result);
	command_clear_line(&screen);
	is_partial = print_not_compared(&left);
	size = bytes_print_size(result.bytes);
	if (r == 0 && !request.quiet && result.differences)
		printf(ngettext("Differences: %llu, in %llu entry, %s compared.\n",
				"Differences: %llu, in %llu entries, %s compared.\n", result.entries), (unsigned long long)result.differences,
		       (unsigned long long)result.entries,
		       size ? size : "?");
	else if (r == 0 && !request.quiet)
		printf(ngettext("No difference in %llu entry, %s compared.\n", "No difference in %llu entries, %s compared.\n",
				result.entries), (unsigned long long)result.entries, size ? size : "?");
	status = command_end(&screen, r);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, _("lifeboat compare: the differences could not be written: %s.\n"), strerror(errno));
		return STATUS_NOT_COMPARED;
	}
	if (r < 0)
		return r == -ECANCELED ? status : STATUS_NOT_COMPARED;
	return result.differences ? STATUS_DIFFERENT : is_partial ? STATUS_NOT_COMPARED : 0;
}
