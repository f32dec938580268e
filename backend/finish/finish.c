/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "finish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/progress.h"
#include "../wanted/table_kind.h"
#include "changes.h"
#include "container_keys.h"
#include "crypttab.h"
#include "differences.h"
#include "fix_scripts.h"
#include "fstab.h"
#include "grub_menu.h"
#include "grub_reads.h"
#include "identifiers.h"
#include "initramfs.h"
#include "job.h"
#include "labels.h"
#include "loader_bios.h"
#include "loader_other.h"
#include "loader_settings.h"
#include "loader_supply.h"
#include "loader_uefi.h"
#include "lvm_conf.h"
#include "mdadm_conf.h"
#include "mount_units.h"
#include "multipath_conf.h"
#include "network_settings.h"
#include "rooted.h"
#include "special_files.h"
#include "swapfile.h"
#include "unified_images.h"
#include "verity_tables.h"

#define PART_SETTINGS "settings"
#define PART_INITRAMFS "initramfs"
#define PART_LOADER "loader"
#define PART_SCRIPTS "scripts"
#define PART_CHECK "check"
#define PART_LABELS "labels"

/* What the work consists of, for the progress: seconds on an ordinary machine, in their order. */
static const struct {
	const char *name;
	double seconds;
} parts[] = {
	{ PART_SETTINGS, 0.2 }, { PART_INITRAMFS, 25 }, { PART_LOADER, 2 }, { PART_SCRIPTS, 0.3 }, { PART_CHECK, 0.3 }, { PART_LABELS, 0.2 },
};

struct firmware_modes {
	bool bios, uefi;	     /* to be served: this machine's, and what the source was prepared for */
	bool needs_bios, needs_uefi; /* this machine's */
};

static struct firmware_modes modes_of(const struct finish_job *job)
{
	const char *loaders = job->options->manifest->machine.loader;
	const struct plan *plan = job->options->plan;
	bool changes = start_changes(&plan->start);
	struct firmware_modes modes = {
		.needs_uefi = !strcmp(job->options->firmware, "uefi"),
	};

	modes.needs_bios = !modes.needs_uefi;
	/* Where the firmware is another one, the loader for that of the source has its place or is not missed. */
	modes.bios = modes.needs_bios || (loader_supply_lists(loaders, "grub-bios") && (!changes || loader_bios_has_room(plan)));
	modes.uefi = modes.needs_uefi || (loader_supply_lists(loaders, "grub-uefi") && (!changes || identifier_esp(plan, NULL)));
	return modes;
}

/* Whether the restored system starts by GRUB at all. */
static bool has_grub(int root_fd)
{
	return grub_menu_path(root_fd) || rooted_is_directory(root_fd, "usr/lib/grub");
}

static int tell_other_loader(struct finish_job *job)
{
	const char *name = loader_other_name(job->root_fd);

	if (name)
		return job_breaks(job,
				  "The restored system starts by %s, which Lifeboat can neither install nor check; it knows "
				  "GRUB. Its files are back as they were saved: install it again from a shell.",
				  name);
	return job_breaks(job, "The restored system does not start by GRUB, the only boot loader that Lifeboat can install.");
}

static int finish_loaders(struct context *ctx, struct finish_job *job)
{
	struct firmware_modes modes = modes_of(job);
	int r;

	if (!has_grub(job->root_fd))
		return tell_other_loader(job);
	/* grub-install makes /boot/grub on a tree without one, which the menu needs. */
	r = modes.bios ? loader_bios_finish(ctx, job, modes.needs_bios) : 0;
	if (r == 0 && modes.uefi)
		r = loader_uefi_finish(ctx, job, modes.needs_uefi);
	return r == 0 ? grub_menu_finish(ctx, job) : r;
}

/* The kernel starts the first of these it finds, and nothing else. */
static bool has_init(int root_fd)
{
	return rooted_has_content(root_fd, "sbin/init") || rooted_has_content(root_fd, "etc/init") ||
	       rooted_has_content(root_fd, "bin/init");
}

/* GRUB of a later version may have learnt argon2. */
static bool knows_argon2(int root_fd)
{
	return rooted_has_content(root_fd, "usr/lib/grub/i386-pc/argon2.mod") || rooted_has_content(root_fd, "usr/lib/grub/x86_64-efi/argon2.mod");
}

static int verify_readable(struct finish_job *job)
{
	AUTO_FREE char *why = NULL;
	int r = grub_reads_boot(job->options->plan, knows_argon2(job->root_fd), &why);

	return r < 0 || !why ? r : job_breaks(job, "%s.", why);
}

static int verify(struct context *ctx, struct finish_job *job, void *data)
{
	struct firmware_modes modes = modes_of(job);
	int r = has_init(job->root_fd) ? 0 : job_breaks(job, "The restored system has no /sbin/init, the first program it runs.");

	(void)data;
	if (r == 0)
		r = initramfs_verify(ctx, job);
	if (r < 0 || !has_grub(job->root_fd))
		return r;
	r = verify_readable(job);
	if (r == 0)
		r = grub_menu_verify(ctx, job);
	if (r == 0 && modes.bios)
		r = loader_bios_verify(ctx, job, modes.needs_bios);
	if (r == 0 && modes.uefi)
		r = loader_uefi_verify(ctx, job, modes.needs_uefi);
	return r;
}

static int make_bootable(struct context *ctx, struct finish_job *job, void *data)
{
	int found = special_files_tell(job), r = found < 0 ? found : swapfile_finish(ctx, job);

	(void)data;
	if (r < 0 || found)
		return r;
	progress_part(ctx, PART_INITRAMFS);
	r = initramfs_finish(ctx, job);
	progress_part(ctx, PART_LOADER);
	return r == 0 ? finish_loaders(ctx, job) : r;
}

/* Labels go onto what was changed, which is known only when the tree is at rest. */
static int finish_labels(struct context *ctx, struct finish_job *job, const struct changes *changes)
{
	AUTO_FREE char *policy = labels_policy(job->root_fd);
	AUTO_STRV char **changed = NULL;
	int r = policy ? changes_collect(ctx, changes, &changed) : 0;

	return r == 0 && policy ? job_inside(ctx, job, labels_finish, changed) : r;
}

/* Another table, or another firmware, makes another menu. */
static int note_planned(struct finish_job *job)
{
	char *const *notices = job->options->plan->notices;
	int r = 0;

	job->loader_settings_changed |= notices != NULL;
	for (; r == 0 && notices && *notices; notices++)
		r = job_note(job, "%s.", *notices);
	return r;
}

/* What the copy of a filesystem is called now (layout/copies.h). */
static int note_copies(struct finish_job *job)
{
	const struct target *target = &job->options->plan->target;
	int r = 0;

	for (size_t i = 0; r == 0 && i < target->result->count; i++) {
		const struct node *now = target->result->nodes[i], *before = layout_find(target->captured, now->id);

		if (now->type != NODE_FILESYSTEM || !now->uuid || !now->device || !before || !before->uuid || !strcmp(before->uuid, now->uuid))
			continue;
		r = job_note(job, "The %s filesystem on %s is a copy of another one, which keeps the UUID %s: the copy has the UUID %s.",
			     now->filesystem.kind, now->device, before->uuid, now->uuid);
	}
	return r;
}

static int finish_steps(struct context *ctx, struct finish_job *job, const struct changes *changes)
{
	int r;

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		progress_expect(ctx, parts[i].name, parts[i].seconds);
	progress_part(ctx, PART_SETTINGS);
	r = note_planned(job);
	if (r == 0)
		r = note_copies(job);
	if (r == 0)
		r = fstab_finish(ctx, job);
	if (r == 0)
		r = crypttab_finish(ctx, job);
	if (r == 0)
		r = verity_tables_finish(ctx, job);
	if (r == 0)
		r = container_keys_finish(ctx, job);
	if (r == 0)
		r = mdadm_conf_finish(ctx, job);
	if (r == 0)
		r = lvm_conf_finish(ctx, job);
	if (r == 0)
		r = multipath_conf_finish(ctx, job);
	if (r == 0)
		r = mount_units_finish(ctx, job);
	if (r == 0)
		r = loader_settings_finish(ctx, job);
	if (r == 0)
		r = unified_images_finish(job);
	if (r == 0)
		r = job_inside(ctx, job, make_bootable, NULL);
	progress_part(ctx, PART_SCRIPTS);
	/* No initramfs holds these. */
	if (r == 0)
		r = network_settings_finish(ctx, job);
	if (r == 0)
		r = fix_scripts_run(ctx, job);
	progress_part(ctx, PART_CHECK);
	if (r == 0)
		r = job_inside(ctx, job, verify, NULL);
	progress_part(ctx, PART_LABELS);
	return r == 0 ? finish_labels(ctx, job, changes) : r;
}

static int finish_tree(struct context *ctx, struct finish_job *job)
{
	CLEANUP(changes_done) struct changes changes = { 0 };
	int r = changes_begin(ctx, job->root_fd, &changes), collected;
	size_t count;

	if (r < 0)
		return r;
	r = finish_steps(ctx, job, &changes);
	if (r == -ECANCELED)
		return r;
	/* Also what a job changed that then had to stop: the files are verified all the same. */
	collected = changes_collect(ctx, &changes, &job->result->changed);
	count = strv_length(job->result->changed);
	if (count > 0)
		context_info(ctx, PLURAL(count, "%zu file was changed so that the system boots on this machine; the log lists it",
					 "%zu files were changed so that the system boots on this machine; the log lists them"), count);
	for (char **path = job->result->changed; path && *path; path++)
		context_debug(ctx, "changed on purpose: %s", *path);
	if (r == 0)
		r = collected;
	return r < 0 ? r : differences_collect(ctx, job->root_fd, job->corrected, &job->result->differences);
}

int finish_system(struct context *ctx, const struct finish_options *options, struct finish_result *result)
{
	AUTO_CLOSE int fd = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct finish_job job = { .options = options, .result = result, .root_fd = fd, .contained = true };
	int r;

	memset(result, 0, sizeof(*result));
	if (fd < 0)
		return context_fail(ctx, errno, "The restored system at %s cannot be opened: %s", options->root,
				    strerror(errno));
	if (!rooted_is_directory(fd, "etc"))
		r = job_breaks(&job, "What was restored has no /etc: it is no system that could be made bootable.");
	else
		r = finish_tree(ctx, &job);
	if (r < 0 && !*context_detail(ctx))
		context_fail(ctx, -r, "The restored system could not be finished: %s", strerror(-r));
	result->bootable = r == 0 && !job.broken;
	strv_free(job.corrected);
	return r;
}

void finish_result_done(struct finish_result *result)
{
	strv_free(result->reasons);
	strv_free(result->notes);
	strv_free(result->changed);
	strv_free(result->differences);
	memset(result, 0, sizeof(*result));
}

/* Whether NODE, as it was saved, is what the loader for BIOS had its place in, or the MBR before it, and is that no more. */
static bool was_bios_place(const struct plan *plan, const struct node *node)
{
	const struct node *now = layout_find(plan->target.result, node->id);

	if (node->type != NODE_DISK)
		return partition_is_bios_boot(node) && !now;
	return now && node->disk.boot_code && node_table(node) && !strcmp(node_table(node), "dos") && node_table(now) && !strcmp(node_table(now), "gpt");
}

/* Why a machine that is started by the same kind of firmware as the saved one would not start, because the plan leaves out what that needs; NULL: it
 * would. */
static char *foresee_left_out(const struct plan *plan, bool uefi)
{
	const struct layout *captured = plan->target.captured;
	bool had = false;

	for (size_t i = 0; i < captured->count; i++)
		had |= uefi ? identifier_esp_partition(captured, captured->nodes[i], 0) != NULL : was_bios_place(plan, captured->nodes[i]);
	if (!had || (uefi ? identifier_esp(plan, NULL) != NULL : loader_bios_has_room(plan)))
		return NULL;
	return uefi ? sentence("The plan leaves the EFI system partition out: what is restored would not start. Take it into the plan again") :
		      sentence("The plan leaves the BIOS boot partition out: what is restored would not start. Take it into the plan again");
}

/* Why a machine that was saved for one firmware would not start by the other; NULL: it does. */
static char *foresee_change(const struct manifest *manifest, const struct plan *plan)
{
	bool uefi = plan->start.uefi, room = uefi ? identifier_esp(plan, NULL) != NULL : loader_bios_has_room(plan);
	AUTO_FREE char *lacks = NULL;

	/* It was prepared for both. */
	if (room && loader_supply_lists(manifest->machine.loader, uefi ? "grub-uefi" : "grub-bios"))
		return NULL;
	if (!(uefi ? plan->start.loader_uefi : plan->start.loader_bios)) {
		lacks = loader_supply_lacks(manifest, uefi ? GRUB_UEFI : GRUB_BIOS);
		return lacks ? sentence(uefi ? N_("This machine was started by UEFI, the saved one started by BIOS, and what is restored would not start: %s, or "
						  "start the rescue medium by BIOS (often called CSM or legacy)") :
					       N_("This machine was started by BIOS, the saved one started by UEFI, and what is restored would not start: %s, or "
						  "start the rescue medium by UEFI"), lacks) : NULL;
	}
	if (room)
		return NULL;
	return uefi ? sentence("This machine was started by UEFI, the saved one started by BIOS, and the plan has no EFI system partition: what is restored "
			       "would not start. The disk that holds /boot has no partition table that could take it, or it was left out of the plan. "
			       "Start the rescue medium by BIOS instead (often called CSM or legacy)") :
		      sentence("This machine was started by BIOS, the saved one started by UEFI, and the plan has no BIOS boot partition: what is restored "
			       "would not start. The disk that holds /boot has no partition table that could take it, or it was left out of the plan. "
			       "Start the rescue medium by UEFI instead");
}

char *finish_foresee(const struct manifest *manifest, const struct plan *plan)
{
	char *why = start_changes(&plan->start) ? foresee_change(manifest, plan) : foresee_left_out(plan, plan->start.uefi);

	if (why || (!loader_supply_lists(manifest->machine.loader, "grub-bios") && !loader_supply_lists(manifest->machine.loader, "grub-uefi")))
		return why;
	return grub_reads_boot(plan, false, &why) < 0 ? NULL : why;
}
