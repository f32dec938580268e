/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../core/bytes.h"
#include "../core/progress.h"
#include "../image/initramfs.h"
#include "../image/requirements.h"
#include "stick_boot.h"
#include "stick_sets.h"

struct stick {
	struct context *ctx;
	const struct stick_options *options;
	struct stick_disk disk;
	struct stick_table table;
	struct stick_boot boot;
	struct stick_sets sets;  /* that are on it before anything is written */
	struct set *set;         /* that is put onto it; NULL: none */
	bool is_there;           /* SET is among SETS already */
};

/* Sets that cannot be read are no reason to keep a stick from being made, which an earlier try may have left so. */
static int list_sets(struct stick *stick)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(stick->ctx);
	int r = stick_sets_list(stick->ctx, &stick->disk, &stick->table.parts[STICK_SETS], &stick->sets);

	if (r == -ENOMEM || (r < 0 && stick->options->update && stick->set))
		return context_scope_keep(&scope, r);
	if (r < 0 && stick->options->update)
		context_warn(stick->ctx, "%s. What is there stays as it is", context_detail(stick->ctx));
	else if (r < 0)
		context_warn(stick->ctx, "%s was a rescue stick, and nobody can tell whether sets are on it: %s", stick->disk.node->device,
			     context_detail(stick->ctx));
	return 0;
}

/* What is on the stick already must be meant to stay, or be nothing that anybody keeps there. */
static int look(struct stick *stick)
{
	const char *device = stick->disk.node->device;
	int ours = stick_table_read(stick->ctx, &stick->disk, &stick->table), r;

	if (ours < 0)
		return ours;
	if (!ours)
		return stick->options->update ? context_fail(stick->ctx, EINVAL, "%s is no rescue stick of Lifeboat, so that there is nothing to renew. Without --update it is made into one, and everything on it is lost", device)
					      : 0;
	r = list_sets(stick);
	if (r < 0)
		return r;
	if (stick->sets.names && !stick->options->update)
		return context_fail(stick->ctx, EEXIST, "%s is a rescue stick with sets on it (%s). Renew it with --update, and they stay; when they are no longer wanted, remove them from its third partition first. Nothing was written",
				    device, stick->sets.names[0]);
	return 0;
}

/* The unattended entries of the menu take the only set on the stick, and no other. */
static const char *only_set(struct stick *stick)
{
	const char *id = stick->set ? set_manifest(stick->set)->set_id : NULL;

	for (char **known = stick->sets.ids; known && *known; known++) {
		if (id && strcasecmp(id, *known) != 0)
			return NULL;
		id = *known;
	}
	return id && *id ? id : NULL;
}

static int open_set(struct stick *stick)
{
	const char *place = stick->options->image->set;
	struct iso_set opened = { 0 };
	int r = place ? iso_set_open(stick->ctx, place, &opened) : 0;

	stick->set = TAKE_POINTER(opened.set);
	iso_set_done(&opened);
	return r;
}

static int plan_progress(struct stick *stick)
{
	struct progress *progress = stick->ctx->progress;
	int r = initramfs_plan(stick->ctx, !stick->options->image->no_tools);

	if (!progress || r < 0)
		return r;
	if (stick->set && !stick->is_there)
		r = progress_plan(progress, "set-check", N_("Checking the set on the stick"), PROGRESS_CHECK, 0, 0);
	if (r == 0)
		r = progress_plan(progress, "stick", N_("Writing the stick"), PROGRESS_COPY, INITRAMFS_WEIGHT, 0);
	if (r == 0)
		r = progress_plan(progress, "stick-check", N_("Checking the stick"), PROGRESS_CHECK, INITRAMFS_WEIGHT, 0);
	return r < 0 ? context_oom(stick->ctx) : 0;
}

/* All that can be known before the first write. */
static int prepare(struct stick *stick)
{
	struct context *ctx = stick->ctx;
	bool update = stick->options->update;
	const struct stick_part *sets = &stick->table.parts[STICK_SETS];
	int r = open_set(stick);

	if (r == 0)
		r = look(stick);
	if (r == 0)
		r = requirements_check(ctx, REQUIREMENTS_STICK, stick->set ? set_manifest(stick->set)->layout : NULL);
	if (r < 0)
		return r;
	for (char **known = stick->sets.ids; stick->set && known && *known; known++)
		stick->is_there |= !strcasecmp(*known, set_manifest(stick->set)->set_id);
	r = plan_progress(stick);
	/* What is known before the boot archive is made is said then. */
	if (r == 0 && !update)
		r = stick_table_plan(ctx, &stick->disk, stick_boot_room(&stick->boot), &stick->table);
	if (r == 0 && stick->set && !stick->is_there)
		r = stick_sets_fits(ctx, stick->set, &stick->disk, update ? stick->sets.free : stick_sets_room(sets));
	if (r == 0)
		r = stick_boot_make(ctx, stick->options->image, only_set(stick), &stick->boot);
	if (r == 0 && !update)
		r = stick_table_plan(ctx, &stick->disk, stick_boot_room(&stick->boot), &stick->table);
	if (r == 0)
		r = stick_boot_fits(ctx, &stick->boot, &stick->disk, &stick->table);
	if (r == 0 && stick->set && !stick->is_there && !update)
		r = stick_sets_fits(ctx, stick->set, &stick->disk, stick_sets_room(sets));
	return r < 0 ? r : stick_boot_pack(ctx, &stick->boot, &stick->table.parts[STICK_BOOT]);
}

static int put_set(struct stick *stick)
{
	AUTO_FREE char *name = NULL;
	int r;

	if (!stick->set)
		return 0;
	if (stick->is_there) {
		context_info(stick->ctx, "The set %s is on %s already", set_manifest(stick->set)->set_id, stick->disk.node->device);
		return 0;
	}
	r = stick_sets_put(stick->ctx, &stick->disk, &stick->table.parts[STICK_SETS], stick->options->image->set, stick->set, &name);
	if (r == 0)
		context_info(stick->ctx, "The set is in the directory %s on %s, and was read back from there", name, stick->disk.node->device);
	return r;
}

static void tell(struct stick *stick)
{
	const struct loader *loader = &stick->boot.loader;
	const char *by = loader->efi_boot ? loader->is_signed ? N_("UEFI (Secure Boot too)") : "UEFI" : NULL, *device = stick->disk.node->device;
	struct stick_sets AUTO_STICK_SETS sets = { 0 };
	AUTO_SCOPE struct error_scope scope = context_scope_begin(stick->ctx);
	AUTO_FREE char *free_text = NULL;

	if (loader->bios_core && by)
		context_info(stick->ctx, "%s is ready, and starts on BIOS and %s", device, sentence_words(by));
	else
		context_info(stick->ctx, "%s is ready, and starts on %s", device, by ? sentence_words(by) : "BIOS");
	if (stick_sets_list(stick->ctx, &stick->disk, &stick->table.parts[STICK_SETS], &sets) < 0)
		return;
	free_text = bytes_print_size(sets.free);
	context_info(stick->ctx, PLURAL(strv_length(sets.names), "Its third partition holds %zu set, and %s are free for more",
					"Its third partition holds %zu sets, and %s are free for more"), strv_length(sets.names), free_text ? free_text : "?");
}

static int make(struct stick *stick)
{
	struct context *ctx = stick->ctx;
	int r = stick_disk_open(ctx, stick->options->image->output, stick->options->serial, &stick->disk);

	if (r == 0)
		r = prepare(stick);
	if (r == 0)
		r = context_check_cancel(ctx);
	if (r == 0 && !stick->options->update)
		r = stick_table_write(ctx, &stick->disk, &stick->table);
	if (r == 0 && !stick->options->update)
		r = stick_sets_format(ctx, &stick->disk, &stick->table.parts[STICK_SETS]);
	if (r == 0)
		r = put_set(stick);
	if (r == 0)
		r = stick_boot_write(ctx, &stick->boot, &stick->disk, &stick->table);
	if (r == 0)
		tell(stick);
	return r;
}

int stick_make(struct context *ctx, const struct stick_options *options)
{
	struct stick stick = { .ctx = ctx, .options = options, .disk = STICK_DISK_NONE };
	int r = make(&stick);

	stick_boot_done(&stick.boot);
	stick_sets_done(&stick.sets);
	set_close(stick.set);
	stick_disk_done(&stick.disk);
	return r;
}
