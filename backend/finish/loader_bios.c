/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_bios.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/file.h"
#include "../wanted/table_kind.h"
#include "grub_menu.h"
#include "identifiers.h"
#include "loader_supply.h"
#include "rooted.h"
#include "special_files.h"

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

/* What makes a captured disk one that gets a loader, as the whole machine tells. */
struct loader_disks {
	const struct plan *plan;
	const struct node *home; /* the filesystem that holds /boot, of the result; NULL: none is known */
	size_t homes;            /* restored disks that it lies on, several for an array */
	bool any_code;           /* a captured disk that is restored had boot code */
	bool home_wanted;        /* a disk that holds /boot is among those that get a loader */
};

static bool is_home(const struct loader_disks *disks, const struct node *disk)
{
	return disks->home && layout_lies_on(disks->plan->target.result, disks->home, layout_find(disks->plan->target.result, disk->id));
}

static bool is_restored(const struct plan *plan, const struct node *node)
{
	return node->type == NODE_DISK && identifier_disk_device(plan, node);
}

/* What started by UEFI may have boot code that nothing ever ran. */
static bool has_code(const struct plan *plan, const struct node *disk)
{
	return disk->disk.boot_code && !start_changes(&plan->start);
}

/* Those that had boot code, and each that holds a part of /boot; one that holds all of it only where none had any. */
static bool gets_loader(const struct loader_disks *disks, const struct node *disk)
{
	return is_restored(disks->plan, disk) && (has_code(disks->plan, disk) || (is_home(disks, disk) && (disks->homes > 1 || !disks->any_code)));
}

static struct loader_disks find_disks(const struct plan *plan)
{
	const struct layout *wanted = plan->target.wanted;
	struct loader_disks disks = { .plan = plan, .home = layout_boot(plan->target.result) };

	for (size_t i = 0; i < wanted->count; i++) {
		if (!is_restored(plan, wanted->nodes[i]))
			continue;
		disks.homes += is_home(&disks, wanted->nodes[i]);
		disks.any_code |= has_code(plan, wanted->nodes[i]);
	}
	for (size_t i = 0; i < wanted->count; i++)
		disks.home_wanted |= gets_loader(&disks, wanted->nodes[i]) && is_home(&disks, wanted->nodes[i]);
	return disks;
}

/* A disk that gets a loader. */
struct loader_disk {
	const struct node *node; /* of the wanted layout */
	const char *device;      /* where it is now */
	bool main;               /* the system starts from it */
	bool only;               /* and from no other */
};

/* The I-th (from 0). False past the last. */
static bool loader_disk(const struct loader_disks *disks, size_t i, struct loader_disk *ret)
{
	const struct layout *wanted = disks->plan->target.wanted;

	for (size_t k = 0; k < wanted->count; k++) {
		const struct node *node = wanted->nodes[k];
		bool main = gets_loader(disks, node) && (is_home(disks, node) || !disks->home_wanted);

		if (!gets_loader(disks, node) || i-- > 0)
			continue;
		*ret = (struct loader_disk){ node, identifier_disk_device(disks->plan, node), main, main && disks->homes < 2 };
		return true;
	}
	return false;
}

static bool has_room_for_core(const struct plan *plan, const struct node *disk)
{
	if (!disk->disk.table || strcmp(disk->disk.table, "gpt"))
		return true;
	for (size_t i = 0; i < plan->target.result->count; i++) {
		const struct node *node = plan->target.result->nodes[i], *on;

		if (!partition_is_bios_boot(node))
			continue;
		on = layout_find(plan->target.result, node->on[0]);
		if (on && !strcmp(on->id, disk->id))
			return true;
	}
	return false;
}

bool loader_bios_has_room(const struct plan *plan)
{
	const struct loader_disks disks = find_disks(plan);
	struct loader_disk disk;

	for (size_t i = 0; loader_disk(&disks, i, &disk); i++)
		if (disk.main && has_room_for_core(plan, disk.node))
			return true;
	return false;
}

/* The tree's own program, when it has the parts for BIOS too. */
static char *own_program(int root_fd)
{
	char *program;

	if (!rooted_has_content(root_fd, "usr/lib/grub/" GRUB_BIOS "/kernel.img") &&
	    !rooted_has_content(root_fd, "usr/share/grub2/" GRUB_BIOS "/kernel.img"))
		return NULL;
	program = rooted_program(root_fd, "grub-install");
	return program ? program : rooted_program(root_fd, "grub2-install");
}

static int install(struct context *ctx, struct finish_job *job, const char *device)
{
	AUTO_FREE char *program = own_program(job->root_fd), *directory = NULL;
	const char *menu = grub_menu_path(job->root_fd);
	int r;

	if (program)
		return job_run(ctx, job, (const char *const[]){ program, "--target=" GRUB_BIOS, device, NULL }, NULL);
	if (!loader_supply_here(GRUB_BIOS) || !menu || strncmp(menu, "boot/grub/", 10))
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
	r = run_program(
		ctx,
		&(struct run){
			.argv = (const char *const[]){ "grub-install", "--target=" GRUB_BIOS, directory, device, NULL },
			.deadline_s = JOB_DEADLINE_S,
		},
		NULL);
	if (r == 0 && job_note(job, "GRUB for BIOS came from the rescue system: install it on the restored system (Debian: package grub-pc), so that "
			       "updates reach it.") < 0)
		return context_oom(ctx);
	return r;
}

/* 0, also when the job was told that it failed; -errno. */
static int install_checked(struct context *ctx, struct finish_job *job, const struct loader_disk *disk, bool needed)
{
	const struct plan *plan = job->options->plan;
	AUTO_FREE char *before = sentence("GRUB could not be installed on %s: ", disk->device);
	int r;

	if (!before)
		return -ENOMEM;
	if (!has_room_for_core(plan, disk->node))
		return job_tells(job, needed && disk->only,
				 "%s has a GPT without a BIOS boot partition, so this machine cannot start "
				 "from it by BIOS: start it by UEFI if its firmware can.",
				 disk->device);
	job_step(ctx, "Installing GRUB for BIOS on %s", disk->device);
	/* grub-install takes a name: it must lead to the disk that was confirmed, before and after. */
	r = plan_check_disks(ctx, plan);
	if (r == 0)
		r = install(ctx, job, disk->device);
	if (r == 0)
		r = plan_check_disks(ctx, plan);
	return r == -ESTALE ? r : job_absorb(ctx, job, r, needed && disk->only, before);
}

int loader_bios_finish(struct context *ctx, struct finish_job *job, bool needed)
{
	const struct loader_disks disks = find_disks(job->options->plan);
	struct loader_disk disk;
	int r = 0;

	if (!loader_disk(&disks, 0, &disk))
		return job_tells(job, needed,
				 "It is not known which disk holds /boot, so no boot loader for BIOS was installed.");
	for (size_t i = 0; r == 0 && loader_disk(&disks, i, &disk); i++)
		r = install_checked(ctx, job, &disk, needed);
	return r;
}

/* Which of several disks the machine can start from, and on which of them the saved one had no loader. */
static int note_disk(struct finish_job *job, const struct loader_disks *disks, const struct loader_disk *disk)
{
	if (!disk->main || disk->only)
		return 0;
	return job_note(job, disk->node->disk.boot_code || !disks->any_code ? N_("GRUB for BIOS is on %s, one of the %zu disks that hold /boot.")
		: N_("GRUB for BIOS is on %s, one of the %zu disks that hold /boot; the saved machine had no boot loader on that one."),
		disk->device, disks->homes);
}

int loader_bios_verify(struct context *ctx, struct finish_job *job, bool needed)
{
	const struct loader_disks disks = find_disks(job->options->plan);
	const char *menu = grub_menu_path(job->root_fd);
	AUTO_FREE char *module = NULL;
	struct loader_disk disk;
	bool any = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && loader_disk(&disks, i, &disk); i++) {
		AUTO_FREE char *why = NULL;

		r = loader_bios_check_device(disk.device, &why);
		any |= r == 0 && disk.main;
		if (r == 0)
			context_info(ctx, "The boot sector of %s starts GRUB", disk.device);
		r = r == 0 ? note_disk(job, &disks, &disk) : r > 0 ? job_tells(job, needed && disk.only, "%s", why) : r;
	}
	if (r < 0 || !menu)
		return r;
	if (needed && !any)
		job->broken = true;
	module = text_format("%.*s/" GRUB_BIOS "/normal.mod", (int)(strrchr(menu, '/') - menu), menu);
	if (!module)
		return -ENOMEM;
	if (!rooted_has_content(job->root_fd, module))
		return job_tells(job, needed, "/%s is missing, so GRUB cannot show its menu.", module);
	return 0;
}
