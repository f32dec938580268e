/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "../core/ops.h"
#include "../core/progress.h"
#include "../media/device.h"
#include "../media/memory.h"
#include "../media/tools.h"
#include "ask.h"
#include "checked_set.h"
#include "set_check.h"

static bool set_is_in_memory(const struct session *s)
{
	return s->chosen.set && !strncmp(set_location(s->chosen.set), MEMORY_DIRECTORY "/", strlen(MEMORY_DIRECTORY "/"));
}

/* On a disk or a disc here: what lies on a server needs no medium. */
static bool set_is_on_medium(const struct session *s)
{
	return s->chosen.set && s->chosen.medium.device && !set_is_stream(s->chosen.set) && !set_is_in_memory(s);
}

static uint64_t tools_size(const struct session *s)
{
	struct tools_wanted wanted = { 0 };

	return s->found.tools_on_medium && tools_read_wanted(s->ctx, &wanted) == 0 ? wanted.size : 0;
}

uint64_t session_memory_needed(const struct session *s)
{
	return tools_size(s) + (set_is_on_medium(s) ? memory_set_size(s->chosen.set) : 0);
}

/* The image at PATH takes the place of the one that is mounted. */
static int move_tools_from(struct session *s, const struct tools_wanted *wanted, const char *path)
{
	int fd = tools_open(s->ctx, wanted, path, true), r;

	if (fd < 0)
		return fd;
	/* Who runs a program of the old one keeps it until that ends. */
	r = ops_of(s->ctx)->unmount(s->ctx, TOOLS_DIRECTORY, MNT_DETACH);
	if (r == 0)
		r = tools_mount(s->ctx, fd, TOOLS_DIRECTORY);
	close(fd);
	return r;
}

static int move_tools(struct session *s)
{
	struct media *media = &s->found.media;
	struct tools_wanted wanted;
	int r = -ENOENT;

	if (!s->found.tools_on_medium)
		return 0;
	if (tools_read_wanted(s->ctx, &wanted) == 0)
		for (size_t i = 0; r < 0 && r != -ECANCELED && i < strv_length(media->tools); i++) {
			AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

			r = context_scope_keep(&scope, move_tools_from(s, &wanted, media->tools[i]));
		}
	if (r == -ENOENT)
		return context_fail(s->ctx, ENOENT, "The tools image is on no medium here any more");
	if (r < 0)
		return r;
	session_write_file(s, TOOLS_IN_MEMORY, "");
	s->found.tools_on_medium = false;
	free(TAKE_POINTER(media->tools_used));
	return 0;
}

/* Opens the copy in the place of the set. */
static int swap_set(struct session *s)
{
	struct set *copy = NULL;
	int r = set_open(s->ctx, MEMORY_SET, &copy);

	if (r < 0)
		return r;
	set_close(s->chosen.set);
	s->chosen.set = copy;
	medium_done(&s->chosen.medium);
	medium_of_path(s->ctx, MEMORY_SET, &s->chosen.medium);
	return 0;
}

static void eject(struct session *s, const char *device)
{
	int r;

	if (strncmp(device, "/dev/sr", strlen("/dev/sr")))
		return;
	r = device_eject(s->ctx, device);
	if (r < 0)
		context_info(s->ctx, "The disc in %s is not needed any more; it could not be ejected: %s", device, strerror(-r));
	else
		context_info(s->ctx, "The disc in %s is not needed any more and was ejected", device);
}

/* What lay on DISKS is in memory. DEVICE: what the set lay on, or NULL. */
static int let_go(struct session *s, char *const *disks, char *device)
{
	struct media *media = &s->found.media;
	AUTO_STRV char **rescue = TAKE_POINTER(media->rescue_devices);

	for (char *const *disk = disks; disk && *disk; disk++)
		if (!strv_contains(s->found.released, *disk) && strv_append(&s->found.released, *disk) < 0)
			return context_oom(s->ctx);
	media_unmount_others(s->ctx, media, MEMORY_SET);
	if (device)
		eject(s, device);
	for (char **other = rescue; other && *other; other++)
		if (!device || strcmp(device, *other))
			eject(s, *other);
	context_info(s->ctx, "the rescue system runs from memory; the medium can be taken out");
	return 0;
}

int session_run_from_memory(struct session *s)
{
	AUTO_STRV char **disks = NULL;
	AUTO_FREE char *device = s->chosen.medium.device ? strdup(s->chosen.medium.device) : NULL;
	bool has_set = set_is_on_medium(s);
	uint64_t needed = session_memory_needed(s);
	int r = media_protected(s->ctx, &s->found.media, has_set ? set_present_location(s->chosen.set) : NULL, &disks);

	if (r == 0 && has_set)
		r = media_disks(s->ctx, device, &disks);
	if (r == 0 && needed)
		r = memory_check(s->ctx, sentence_words(N_("What is on the medium")), needed);
	if (r == 0)
		r = move_tools(s);
	if (r < 0)
		return r;
	if (has_set) {
		set_check_free(TAKE_POINTER(s->chosen.check));
		*s->chosen.stamp = '\0';
		progress_begin(s->ctx, "memory", memory_set_size(s->chosen.set), 0);
		r = memory_take_set(s->ctx, s->chosen.set);
		progress_end(s->ctx);
		if (r < 0)
			return r;
		plan_free(TAKE_POINTER(s->chosen.plan));
		r = swap_set(s);
	}
	return r < 0 ? r : let_go(s, disks, has_set ? device : NULL);
}

int session_memory_as_asked(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = { 0 };
	int r;

	/* After an engine that died, what it had let go of is let go of. */
	if (!s->options->rescue || (!s->run_from_memory && !set_is_in_memory(s)))
		return 0;
	scope = context_scope_begin(s->ctx);
	r = session_run_from_memory(s);
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(s->ctx, "%s. It is used where it lies, and its disk stays protected", context_detail(s->ctx));
	return 0;
}

/* What the medium lies on may be no disk that is protected: a loop device over a file of one. */
static bool is_medium(struct session *s, const char *name)
{
	AUTO_STRV char **disks = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	return strv_contains(s->found.protected_disks, name) ||
	       (s->chosen.medium.device && media_disks(s->ctx, s->chosen.medium.device, &disks) == 0 && strv_contains(disks, name));
}

bool session_can_free(struct session *s, const struct node *disk)
{
	uint64_t needed = s->options->rescue && s->chosen.mode == MODE_INTERACTIVE && !s->cmdline->answers ? session_memory_needed(s) : 0;

	return needed && disk->disk.name && !disk->disk.read_only && is_medium(s, disk->disk.name) && needed <= memory_for_copies(s->ctx, NULL);
}

int session_ask_memory(struct session *s, const struct node *disk)
{
	AUTO_QUESTION struct question question = { .name = "memory", .type = "choice", .title = N_("Run from memory?"), .back = true,
						   .preset = json_string("keep") };
	AUTO_FREE char *name = node_describe(disk), *size = bytes_print_size(session_memory_needed(s)), *there = NULL, *answer = NULL;
	uint64_t available;
	int r;

	memory_for_copies(s->ctx, &available);
	there = bytes_print_size(available);
	question.text = sentence("%s holds the recovery set or the rescue system. It can be a target disk only when these are copied into memory first: %s, "
				 "of %s that are available. From the erasing on, the recovery set is then in memory alone: a power failure loses it, and such "
				 "a restore cannot be resumed without another copy of the set.",
				 name ? name : disk->id, size ? size : "?", there ? there : "?");
	question.reason = sentence("%s holds the recovery set or the rescue system", name ? name : disk->id);
	question_option(&question, "keep", "Choose another disk", N_("The medium stays as it is."), NULL);
	question_option(&question, "copy", "Copy into memory", N_("Then the disks are looked at again."), NULL);
	r = session_ask_choice(s, &question, &answer);
	if (r != ASK_ANSWERED || strcmp(answer, "copy"))
		return r < 0 ? r : ASK_RESCAN;
	r = session_run_from_memory(s);
	if (!s->chosen.check && !*s->chosen.stamp) {
		int begun = session_begin_check(s);

		r = r < 0 ? r : begun;
	}
	return r < 0 ? r : ASK_RESCAN;
}

int session_protect_released(const struct session *s, char ***protected)
{
	bool unattended = s->chosen.mode == MODE_NUKE || s->cmdline->answers;

	if (!unattended || s->cmdline->targets)
		return 0;
	for (char **disk = s->found.released; disk && *disk; disk++)
		if (!strv_contains(*protected, *disk) && strv_append(protected, *disk) < 0)
			return context_oom(s->ctx);
	return 0;
}

/* The target of PLAN that held the set, or the rescue system; NULL: none. */
static const struct node *released_target(const struct session *s)
{
	const struct plan *plan = s->chosen.plan;

	for (size_t i = 0; i < plan->map->count; i++) {
		const char *target = plan->map->pairs[i].target;
		const struct node *disk = target ? layout_find(plan->target.present, target) : NULL;

		if (disk && disk->disk.name && strv_contains(s->found.released, disk->disk.name))
			return disk;
	}
	return NULL;
}

int session_warn_of_memory(struct session *s)
{
	const struct node *disk = set_is_in_memory(s) ? released_target(s) : NULL;
	AUTO_FREE char *name = disk ? node_describe(disk) : NULL, *text = NULL;

	if (!disk)
		return 0;
	text = sentence("The recovery set was copied from %s into memory, and that disk will be erased: from then on the set is in memory alone. If the machine "
			"loses power, the restore cannot be resumed without another copy of the set", name ? name : disk->id);
	if (!text)
		return context_oom(s->ctx);
	context_warn(s->ctx, "%s", text);
	/* Whoever named the disk has decided. */
	if (s->chosen.mode == MODE_NUKE && s->cmdline->targets)
		return 0;
	return strv_append(&s->chosen.plan->doubts, text) < 0 ? context_oom(s->ctx) : 0;
}
