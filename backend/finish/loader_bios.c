/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_bios.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "../core/byte_order.h"
#include "../core/file.h"
#include "grub_menu.h"
#include "identifiers.h"
#include "rooted.h"
#include "special_files.h"

#define TARGET "i386-pc"
#define BIOS_BOOT_KIND "21686148-6449-6E6F-744E-656564454649"
#define SECTOR 512
#define BOOT_CODE 440		/* bytes before disk id and partition table */
#define CORE_SECTOR_OFFSET 0x5c /* GRUB_BOOT_MACHINE_KERNEL_SECTOR: 64-bit sector of the core image */

static bool holds(const void *data, size_t length, const char *text)
{
	return memmem(data, length, text, strlen(text)) != NULL;
}

int loader_bios_check_device(const char *device, char **ret_why)
{
	AUTO_CLOSE int fd = open(device, O_RDONLY | O_CLOEXEC);
	unsigned char mbr[SECTOR], core[SECTOR];
	uint64_t sector = 0;

	*ret_why = NULL;
	if (fd < 0 || read_full(fd, mbr, sizeof(mbr)) != sizeof(mbr)) {
		*ret_why = sentence("The boot sector of %s cannot be read: %s.", device,
				       fd < 0 ? strerror(errno) : sentence_words(N_("it is too short")));
	} else if (mbr[510] != 0x55 || mbr[511] != 0xaa) {
		*ret_why = sentence("%s has no boot sector.", device);
	} else if (!holds(mbr, BOOT_CODE, "GRUB ")) {
		*ret_why = sentence("The boot sector of %s does not hold GRUB.", device);
	} else {
		sector = le64(mbr + CORE_SECTOR_OFFSET);
		/* Its first sector loads the rest and says "loading" while it does. */
		if (sector == 0 || sector > INT64_MAX / SECTOR || lseek(fd, (off_t)(sector * SECTOR), SEEK_SET) < 0 ||
		    read_full(fd, core, sizeof(core)) != sizeof(core) || !holds(core, sizeof(core), "loading"))
			*ret_why = sentence("The boot sector of %s leads to no GRUB core image.", device);
		else
			return 0;
	}
	return *ret_why ? 1 : -ENOMEM;
}

/* The disk that holds /boot; NULL when it is none or several. */
static const struct node *home_disk(const struct plan *plan)
{
	const struct node *node = identifier_mounted_at(plan, "/boot");

	if (!node)
		node = identifier_mounted_at(plan, "/");
	return node ? layout_disk_of(plan->target.result, node) : NULL;
}

/* The I-th captured disk (from 0) that gets a loader; *RET_DEVICE: where it is now; *RET_MAIN: the system starts
 * from it. Those that had boot code, else the one that holds /boot. */
static const struct node *loader_disk(const struct plan *plan, size_t i, const char **ret_device, bool *ret_main)
{
	const struct node *home = home_disk(plan);
	bool any = false, home_listed = false;

	for (size_t k = 0; k < plan->target.captured->count; k++) {
		const struct node *disk = plan->target.captured->nodes[k];

		if (disk->type != NODE_DISK || !disk->disk.boot_code || !identifier_disk_device(plan, disk))
			continue;
		any = true;
		home_listed |= home && !strcmp(disk->id, home->id);
	}
	for (size_t k = 0; k < plan->target.captured->count; k++) {
		const struct node *disk = plan->target.captured->nodes[k];
		const char *device = disk->type == NODE_DISK ? identifier_disk_device(plan, disk) : NULL;
		bool is_home = home && !strcmp(disk->id, home->id);

		if (!device || (any ? !disk->disk.boot_code : !is_home) || i-- > 0)
			continue;
		*ret_device = device;
		*ret_main = is_home || !home_listed;
		return disk;
	}
	return NULL;
}

static bool has_room_for_core(const struct plan *plan, const struct node *disk)
{
	if (!disk->disk.table || strcmp(disk->disk.table, "gpt"))
		return true;
	for (size_t i = 0; i < plan->target.result->count; i++) {
		const struct node *node = plan->target.result->nodes[i], *on;

		if (node->type != NODE_PARTITION || !node->partition.kind ||
		    strcasecmp(node->partition.kind, BIOS_BOOT_KIND))
			continue;
		on = layout_disk_of(plan->target.result, node);
		if (on && !strcmp(on->id, disk->id))
			return true;
	}
	return false;
}

bool loader_bios_has_room(const struct plan *plan)
{
	const struct node *disk;
	const char *device;
	bool is_main;

	for (size_t i = 0; (disk = loader_disk(plan, i, &device, &is_main)); i++)
		if (is_main && has_room_for_core(plan, disk))
			return true;
	return false;
}

/* The tree's own program, when it has the parts for BIOS too. */
static char *own_program(int root_fd)
{
	char *program;

	if (!rooted_has_content(root_fd, "usr/lib/grub/" TARGET "/kernel.img") &&
	    !rooted_has_content(root_fd, "usr/share/grub2/" TARGET "/kernel.img"))
		return NULL;
	program = rooted_program(root_fd, "grub-install");
	return program ? program : rooted_program(root_fd, "grub2-install");
}

static int install(struct context *ctx, struct finish_job *job, const char *device)
{
	AUTO_FREE char *program = own_program(job->root_fd), *directory = NULL;
	const char *menu = grub_menu_path(job->root_fd);

	if (program)
		return job_run(ctx, job, (const char *const[]){ program, "--target=" TARGET, device, NULL }, NULL);
	if (!run_is_present(NULL, "grub-install") || access("/usr/lib/grub/" TARGET "/kernel.img", R_OK) < 0 || !menu ||
	    strncmp(menu, "boot/grub/", 10))
		return context_fail(
			ctx, ENOENT,
			"The restored system has no grub-install for BIOS (Debian: package grub-pc), nor does "
			"the rescue system");
	if (special_files_has_links(job->root_fd, "boot/grub"))
		return context_fail(ctx, ELOOP, "The rescue system's grub-install would follow symbolic links in /boot/grub out of the "
				    "restored system, and that has none of its own");
	context_info(ctx, "The restored system has no grub-install for BIOS: the rescue system's is used");
	directory = text_format("--boot-directory=%s/boot", job->options->root);
	if (!directory)
		return context_oom(ctx);
	return run_program(
		ctx,
		&(struct run){
			.argv = (const char *const[]){ "grub-install", "--target=" TARGET, directory, device, NULL },
			.deadline_s = JOB_DEADLINE_S,
		},
		NULL);
}

int loader_bios_finish(struct context *ctx, struct finish_job *job, bool needed)
{
	const struct plan *plan = job->options->plan;
	const struct node *disk;
	const char *device;
	bool is_main;
	int r = 0;

	if (!loader_disk(plan, 0, &device, &is_main))
		return job_tells(job, needed,
				 "It is not known which disk holds /boot, so no boot loader for BIOS was installed.");
	for (size_t i = 0; r == 0 && (disk = loader_disk(plan, i, &device, &is_main)); i++) {
		AUTO_FREE char *before = sentence("GRUB could not be installed on %s: ", device);

		if (!before)
			return -ENOMEM;
		if (!has_room_for_core(plan, disk)) {
			r = job_tells(job, needed && is_main,
				      "%s has a GPT without a BIOS boot partition, so this machine cannot start "
				      "from it by BIOS: start it by UEFI if its firmware can.",
				      device);
			continue;
		}
		job_step(ctx, "Installing GRUB for BIOS on %s", device);
		/* grub-install takes a name: it must lead to the disk that was confirmed, before and after. */
		r = plan_check_disks(ctx, plan);
		if (r == 0)
			r = install(ctx, job, device);
		if (r == 0)
			r = plan_check_disks(ctx, plan);
		if (r == -ESTALE)
			return r;
		r = job_absorb(ctx, job, r, needed && is_main, before);
	}
	return r;
}

int loader_bios_verify(struct context *ctx, struct finish_job *job, bool needed)
{
	const char *menu = grub_menu_path(job->root_fd);
	AUTO_FREE char *module = NULL;
	const char *device;
	bool is_main, any = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && loader_disk(job->options->plan, i, &device, &is_main); i++) {
		AUTO_FREE char *why = NULL;

		r = loader_bios_check_device(device, &why);
		if (r == 0 && is_main)
			any = true;
		if (r == 0)
			context_info(ctx, "The boot sector of %s starts GRUB", device);
		else if (r > 0)
			r = job_tells(job, needed && is_main, "%s", why);
	}
	if (r < 0 || !menu)
		return r;
	if (needed && !any)
		job->broken = true;
	module = text_format("%.*s/" TARGET "/normal.mod", (int)(strrchr(menu, '/') - menu), menu);
	if (!module)
		return -ENOMEM;
	if (!rooted_has_content(job->root_fd, module))
		return job_tells(job, needed, "/%s is missing, so GRUB cannot show its menu.", module);
	return 0;
}
