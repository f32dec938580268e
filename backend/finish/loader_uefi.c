/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_uefi.h"

#include <errno.h>
#include <string.h>

#include "firmware_entries.h"
#include "grub_menu.h"
#include "identifiers.h"
#include "loader_supply.h"
#include "loader_uefi_copy.h"
#include "loader_uefi_files.h"
#include "rooted.h"
#include "special_files.h"

/* Directory below EFI/ of a loader that the rescue system installs. */
#define RESCUE_ID "grub"

/* Removes the kept original of the fallback loader when it was this system's own, or is what is there again. */
static void drop_needless_original(int root_fd, const char *esp, const char *id)
{
	AUTO_FREE char *fallback = text_format("%s/" LOADER_UEFI_FALLBACK, esp),
		       *original = text_format("%s/" LOADER_UEFI_FALLBACK ROOTED_ORIGINAL, esp);
	bool needless;

	if (!fallback || !original)
		return;
	needless = rooted_is_same(root_fd, fallback, original);
	for (size_t i = 0; !needless && id && i < LOADER_UEFI_NAMES; i++) {
		AUTO_FREE char *path = loader_uefi_path(esp, id, loader_uefi_names[i]);

		needless = path && rooted_is_same(root_fd, path, original);
	}
	if (needless)
		rooted_remove(root_fd, original);
}

/* What is installed on a system partition. */
struct task {
	bool needed;             /* this machine starts by it */
	bool entry;              /* grub-install makes the firmware's boot entry, in the place of all others of the same name */
};

/* Runs the restored system's grub-install, with a boot ENTRY in the firmware where that can be written. NAME: an option, or NULL. 0, 1 when it
 * failed and the job was told, -errno. */
static int run_install(struct context *ctx, struct finish_job *job, const char *program, const char *directory,
		       const char *name, bool entry, bool needed)
{
	int r;

	if (entry) {
		r = job_run(ctx, job, (const char *const[]){ program, "--target=" GRUB_UEFI, directory, name, NULL }, NULL);
		if (r == 0)
			return 0;
		r = job_absorb(ctx, job, r, false, N_("GRUB was installed without a boot entry in the firmware: "));
		if (r < 0)
			return r;
	}
	r = job_run(ctx, job, (const char *const[]){ program, "--target=" GRUB_UEFI, directory, "--no-nvram", name, NULL }, NULL);
	if (r == 0)
		return 0;
	r = job_absorb(ctx, job, r, needed, N_("GRUB for UEFI could not be installed: "));
	return r < 0 ? r : 1;
}

/* grub-install of the restored system: its loader, then the fallback path. ID: NULL where it has none yet, and takes its own. */
static int install_by_program(struct context *ctx, struct finish_job *job, const char *program, const struct node *mount,
			      const char *id, const struct task *task)
{
	const char *esp = mount->mount.path;
	bool needed = task->needed;
	AUTO_FREE char *directory = text_format("--efi-directory=%s", esp), *name = id ? text_format("--bootloader-id=%s", id) : NULL;
	AUTO_FREE char *fallback = text_format("%s/" LOADER_UEFI_FALLBACK, esp);
	int r;

	if (!directory || (id && !name) || !fallback)
		return -ENOMEM;
	job_step(ctx, "Installing GRUB for UEFI in %s/EFI/%s", esp, id ? id : "");
	/* On a mirror it knows of no disk that a boot entry could name. */
	r = run_install(ctx, job, program, directory, name,
			task->entry && job->firmware_variables && !identifier_esp_partition(job->options->plan->target.result, mount, 1), needed);
	if (r != 0)
		return r < 0 ? r : 0;
	if (rooted_has_content(job->root_fd, fallback)) {
		r = rooted_keep_original(job->root_fd, fallback);
		if (r < 0)
			return job_tells(job, needed,
					 "The original of %s could not be kept, so it was not replaced: %s.", fallback,
					 root_strerror(r));
	}
	r = job_run(ctx, job,
		    (const char *const[]){ program, "--target=" GRUB_UEFI, directory, "--removable", "--no-nvram", NULL },
		    NULL);
	r = job_absorb(ctx, job, r, needed, N_("The fallback loader could not be installed: "));
	drop_needless_original(job->root_fd, esp, id);
	return r;
}

/* Systems whose packages put the loader into the partition as files (Fedora and its kin) have it back already: what
 * may be missing is the fallback path. */
static int install_by_copy(struct context *ctx, struct finish_job *job, const char *esp, const char *id, bool needed)
{
	static const char *const companions[] = { "grubx64.efi", "mmx64.efi" };
	const char *file = loader_uefi_find(job->root_fd, esp, id);
	AUTO_FREE char *fallback = text_format("%s/" LOADER_UEFI_FALLBACK, esp), *directory = text_format("%s/EFI/BOOT", esp);
	AUTO_FREE char *loader = file ? loader_uefi_path(esp, id, file) : NULL;
	int r;

	if (!fallback || !directory || (file && !loader))
		return -ENOMEM;
	if (!loader || loader_uefi_is_program(job->root_fd, fallback))
		return 0;
	job_step(ctx, "Copying %s to the fallback path", loader);
	r = rooted_make_directories(job->root_fd, directory);
	if (r >= 0)
		r = rooted_copy(job->root_fd, loader, fallback);
	for (size_t i = 0; r >= 0 && !strcmp(file, "shimx64.efi") && i < ARRAY_LENGTH(companions); i++) {
		AUTO_FREE char *from = loader_uefi_path(esp, id, companions[i]),
			       *to = loader_uefi_path(esp, "BOOT", companions[i]);

		if (!from || !to)
			return -ENOMEM;
		if (rooted_has_content(job->root_fd, from))
			r = rooted_copy(job->root_fd, from, to);
	}
	if (r < 0)
		return job_tells(job, needed, "The fallback loader %s could not be made: %s.", fallback, root_strerror(r));
	return 0;
}

static int run_rescue_install(struct context *ctx, const char *boot, const char *directory, const char *place)
{
	return run_program(ctx,
			   &(struct run){
				   .argv = (const char *const[]){ "grub-install", "--target=" GRUB_UEFI, boot, directory, "--no-nvram",
								  "--no-uefi-secure-boot", place, NULL },
				   .deadline_s = JOB_DEADLINE_S,
			   },
			   NULL);
}

/* The rescue system's grub-install, for a tree that has neither program nor loader for UEFI. */
static int install_from_rescue(struct context *ctx, struct finish_job *job, const char *esp, bool needed)
{
	AUTO_FREE char *boot = text_format("--boot-directory=%s/boot", job->options->root);
	AUTO_FREE char *directory = text_format("--efi-directory=%s%s", job->options->root, esp);
	const char *menu = grub_menu_path(job->root_fd);
	int r;

	if (!boot || !directory)
		return -ENOMEM;
	if (!loader_supply_here(GRUB_UEFI) || !menu || strncmp(menu, "boot/grub/", 10))
		return job_tells(
			job, needed,
			"The restored system has no loader for UEFI (Debian: package grub-efi-amd64), nor can the "
			"rescue system install one.");
	if (special_files_has_links(job->root_fd, "boot/grub") || special_files_has_links(job->root_fd, esp))
		return job_tells(job, needed, "GRUB for UEFI was not installed: the rescue system's grub-install would follow symbolic links "
				 "in /boot/grub or %s out of the restored system.", esp);
	context_info(ctx, "The restored system has no grub-install for UEFI: the rescue system's is used");
	r = run_rescue_install(ctx, boot, directory, "--bootloader-id=" RESCUE_ID);
	if (r == 0)
		r = run_rescue_install(ctx, boot, directory, "--removable");
	if (r == 0)
		return job_note(job, "GRUB for UEFI came from the rescue system: install it on the restored system (Debian: package grub-efi-amd64), "
				"so that updates reach it.");
	return job_absorb(ctx, job, r, needed, N_("GRUB for UEFI could not be installed: "));
}

static int no_partition(struct finish_job *job, bool needed)
{
	const char *source = job->options->manifest->machine.firmware;

	if (source && !strcmp(source, "bios"))
		return job_tells(
			job, needed,
			"This machine starts by UEFI, the saved one started by BIOS and has no EFI system partition: "
			"switch the firmware to BIOS start (often called CSM or legacy).");
	return job_tells(job, needed,
			 "The saved machine had no EFI system partition mounted, so its loader for UEFI could not be "
			 "installed.");
}

/* Entries that lead nowhere go, and one that leads to each partition of MOUNT is there. */
static int correct_entries(struct context *ctx, struct finish_job *job, const struct node *mount, const char *id)
{
	const struct layout *result = job->options->plan->target.result;
	const char *loader = loader_uefi_find(job->root_fd, mount->mount.path, id);
	AUTO_FREE char *file = text_format("\\EFI\\%s\\%s", id, loader ? loader : loader_uefi_names[1]);
	const struct node *partition;
	int r = 0;

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && (partition = identifier_esp_partition(result, mount, i)); i++)
		r = firmware_entries_correct(ctx, job, id, file, partition);
	return job_absorb(ctx, job, r, false,
			  N_("The firmware's boot entries could not be put right; the fallback path starts the system. "));
}

/* A system partition that grub-install writes to. */
static int finish_own(struct context *ctx, struct finish_job *job, const struct node *mount, const struct task *task)
{
	const char *esp = mount->mount.path, *saved = job->options->manifest->machine.loader_id;
	AUTO_FREE char *program = NULL, *id = NULL;
	int r;

	if (!rooted_is_directory(job->root_fd, esp))
		return job_tells(job, task->needed, "The EFI system partition has no mount point %s.", esp);
	id = loader_uefi_id(job->root_fd, esp, saved);
	if (rooted_has_content(job->root_fd, "usr/lib/grub/" GRUB_UEFI "/kernel.img"))
		program = rooted_program(job->root_fd, "grub-install");
	if (!id && program && saved && *saved && !strchr(saved, '/')) {
		id = strdup(saved);
		if (!id)
			return -ENOMEM;
	}
	/* One that was planned in is empty: where no program installs a loader, it gets that of the machine's own. */
	if (!program && !id) {
		r = loader_uefi_copy_own(ctx, job, mount, &id);
		if (r < 0)
			return r == -ENOMEM ? r : job_tells(job, task->needed, "The loader could not be copied to %s: %s.", esp, root_strerror(r));
	}
	if (program)
		r = install_by_program(ctx, job, program, mount, id, task);
	else if (id)
		r = install_by_copy(ctx, job, esp, id, task->needed);
	else
		r = install_from_rescue(ctx, job, esp, task->needed);
	/* It may have chosen its directory itself. */
	if (r == 0 && !id)
		id = loader_uefi_id(job->root_fd, esp, NULL);
	return r < 0 || !id || !job->firmware_variables ? r : correct_entries(ctx, job, mount, id);
}

/* Another system partition of the machine: its files are back as they were saved. Without a loader of the system it is somebody else's, unless it was
 * planned in. */
static int finish_other(struct context *ctx, struct finish_job *job, const struct node *mount)
{
	bool planned = node_property(mount, PLANNED_PROPERTY);
	AUTO_FREE char *id = planned ? NULL : loader_uefi_id(job->root_fd, mount->mount.path, job->options->manifest->machine.loader_id);
	int r;

	if (planned)
		return finish_own(ctx, job, mount, &(struct task){ 0 });
	r = id ? install_by_copy(ctx, job, mount->mount.path, id, false) : 0;

	return r < 0 || !id || !job->firmware_variables ? r : correct_entries(ctx, job, mount, id);
}

int loader_uefi_finish(struct context *ctx, struct finish_job *job, bool needed)
{
	const struct layout *result = job->options->plan->target.result;
	const struct node *mount = identifier_esp(job->options->plan, NULL);
	int r = mount ? finish_own(ctx, job, mount, &(struct task){ .needed = needed, .entry = true }) : no_partition(job, needed);

	for (size_t i = 0; r == 0 && mount && i < result->count; i++)
		if (result->nodes[i] != mount && identifier_esp_partition(result, result->nodes[i], 0))
			r = finish_other(ctx, job, result->nodes[i]);
	return r;
}

/* Whether what the loader starts outlives the loss of a disk. */
static bool lies_on_several(const struct plan *plan)
{
	const struct node *home = layout_boot(plan->target.result);

	return home && !layout_disk_of(plan->target.result, home);
}

/* Says on which disks of several the loader is. *COUNT counts them. */
static int note_disks(struct finish_job *job, const struct node *mount, size_t *count)
{
	const struct layout *result = job->options->plan->target.result;
	const struct node *partition;
	int r = 0;

	for (size_t i = 0; r == 0 && (partition = identifier_esp_partition(result, mount, i)); i++) {
		const char *device = identifier_device(result, partition);

		++*count;
		if (lies_on_several(job->options->plan))
			r = job_note(job, "The EFI system partition %s starts GRUB.", device ? device : partition->id);
	}
	return r;
}

/* Looks at the system partition at MOUNT, which the machine NEEDS; *COUNT grows by the partitions that start the system. */
static int verify_one(struct context *ctx, struct finish_job *job, const struct node *mount, const char *id, bool needed, size_t *count)
{
	AUTO_FREE char *why = NULL;
	int r = loader_uefi_check_files(job->options->plan, job->root_fd, mount->mount.path, id, &why);

	if (r == 0)
		context_info(ctx, "The EFI system partition at %s starts GRUB", mount->mount.path);
	return r == 0 ? note_disks(job, mount, count) : r > 0 ? job_tells(job, needed, "%s", why) : r;
}

int loader_uefi_verify(struct context *ctx, struct finish_job *job, bool needed)
{
	const struct plan *plan = job->options->plan;
	const struct layout *result = plan->target.result;
	const struct node *main = identifier_esp(plan, NULL);
	const char *saved = job->options->manifest->machine.loader_id;
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < result->count; i++) {
		const struct node *mount = result->nodes[i];
		AUTO_FREE char *id = NULL;

		if (!identifier_esp_partition(result, mount, 0))
			continue;
		id = loader_uefi_id(job->root_fd, mount->mount.path, saved);
		if (mount == main || id)
			r = verify_one(ctx, job, mount, id, needed && mount == main, &count);
	}
	if (r == 0 && count == 1 && lies_on_several(plan))
		r = job_note(job,
			     "Only one disk has an EFI system partition that starts GRUB, as on the saved machine: it does not start when that disk fails.");
	return r;
}
