/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ISO image: xorriso(1) puts the boot archive, the loaders and the set together. The layout of boot records is the one that
 * distributors' hybrid images have: El Torito for discs; for sticks an MBR that finds GRUB's core, and a GPT whose second
 * partition is the FAT filesystem that UEFI firmware starts from, which the El Torito entry for UEFI points at as well. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../core/rescue_names.h"
#include "../core/run.h"
#include "../remote/access.h"
#include "initramfs.h"
#include "iso_set.h"
#include "loader.h"
#include "marker.h"
#include "output.h"
#include "requirements.h"

/* GPT types (UEFI specification, table "Defined GPT Partition Entry Partition Type GUIDs"; the first is "basic data"). */
#define GPT_TYPE_ISO "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
#define GPT_TYPE_ESP "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"

struct iso {
	struct context *ctx;
	const struct image_options *options;
	char *work;
	char *kernel, *release, *initramfs;
	struct menu menu;
	struct loader loader;
	struct iso_set set;
	struct grafts grafts;
	double percent;          /* what xorriso said last */
};

static int out_of_memory(struct context *ctx)
{
	return context_oom(ctx);
}

/* The second name is how its loader tells this medium from all others. */
static int add_marker(struct iso *iso)
{
	AUTO_FREE char *own = text_format("/" RESCUE_MARKER "-%s", iso->menu.media_id);
	AUTO_FREE char *text = NULL, *path = NULL;
	int r = own ? marker_print(iso->ctx, &iso->menu, iso->release, iso->kernel, iso->initramfs, &text) : out_of_memory(iso->ctx);

	if (r == 0)
		r = grafts_add_text(iso->ctx, &iso->grafts, iso->work, "/" RESCUE_MARKER, text, &path);
	return r < 0 ? r : grafts_add(iso->ctx, &iso->grafts, own, path);
}

static int make_initramfs(struct iso *iso)
{
	AUTO_FREE char *tools = text_format("%s/tools.squashfs", iso->work);
	struct contents_totals totals;
	AUTO_CLOSE int fd = -1;
	bool has_tools = false;
	int r;

	iso->initramfs = text_format("%s/initramfs.zst", iso->work);
	if (!iso->initramfs || !tools)
		return out_of_memory(iso->ctx);
	fd = open(iso->initramfs, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return context_fail(iso->ctx, errno, "Cannot write %s: %s", iso->initramfs, strerror(errno));
	r = initramfs_write(iso->ctx, iso->options, iso->release, iso->work, fd, &totals, tools, &has_tools);
	if (r == 0)
		r = grafts_add(iso->ctx, &iso->grafts, "/boot/initramfs.zst", iso->initramfs);
	return r < 0 || !has_tools ? r : grafts_add(iso->ctx, &iso->grafts, "/" TOOLS_IMAGE_NAME, tools);
}

static int add_loaders(struct iso *iso)
{
	AUTO_FREE char *menu = NULL;
	int r = menu_print(iso->ctx, &iso->menu, &menu);

	if (r == 0)
		r = loader_make(iso->ctx, LOADER_IMAGE, &iso->menu, iso->work, &iso->loader);
	if (r == 0)
		r = grafts_add_text(iso->ctx, &iso->grafts, iso->work, "/boot/grub/grub.cfg", menu, NULL);
	if (r == 0 && iso->loader.bios_core)
		r = grafts_add(iso->ctx, &iso->grafts, "/boot/grub/eltorito.img", iso->loader.bios_core);
	/* For sticks that were made by copying files instead of the image. */
	if (r == 0 && iso->loader.efi_boot)
		r = grafts_add(iso->ctx, &iso->grafts, "/EFI/BOOT/BOOTX64.EFI", iso->loader.efi_boot);
	if (r == 0 && iso->loader.efi_grub)
		r = grafts_add(iso->ctx, &iso->grafts, "/EFI/BOOT/grubx64.efi", iso->loader.efi_grub);
	if (r == 0 && iso->loader.efi_manager)
		r = grafts_add(iso->ctx, &iso->grafts, "/EFI/BOOT/mmx64.efi", iso->loader.efi_manager);
	return r;
}

/* A clear sentence before the work instead of a puzzling one in its middle. */
static int check_space(struct iso *iso, const struct output *output)
{
	uint64_t needed = iso->grafts.bytes + iso->grafts.bytes / 100 + (16u << 20);
	AUTO_FREE char *needed_text = bytes_print_size(needed), *free_text = NULL;
	struct statvfs st;

	if (fstatvfs(output->fd, &st) < 0)
		return context_fail(iso->ctx, errno, "Cannot find out how much space there is for %s: %s", output->path,
				    strerror(errno));
	if ((uint64_t)st.f_bavail * st.f_frsize >= needed)
		return 0;
	free_text = bytes_print_size((uint64_t)st.f_bavail * st.f_frsize);
	return context_fail(iso->ctx, ENOSPC, "There is not enough space for %s: it needs about %s, and %s is free", output->path,
			    needed_text ? needed_text : "more", free_text ? free_text : "less");
}

/* xorriso says "xorriso : UPDATE :  12.34% done" now and then. */
static void on_line(void *data, const char *line)
{
	struct iso *iso = data;
	const char *percent = strstr(line, "% done");
	const char *start = percent;
	double value;

	if (!strstr(line, "UPDATE") || !percent)
		return;
	while (start > line && strchr("0123456789.", start[-1]))
		start--;
	value = strtod(start, NULL);
	if (value > iso->percent && value <= 100) {
		progress_add(iso->ctx, (uint64_t)((value - iso->percent) / 100 * (double)iso->grafts.bytes), 0);
		iso->percent = value;
	}
}

static int run_xorriso(struct iso *iso, const char *output)
{
	AUTO_FREE char *label = iso->menu.set_id ? text_format("LIFEBOAT_%.8s", iso->menu.set_id) : strdup("LIFEBOAT");
	AUTO_FREE char *list = text_format("%s/paths", iso->work);
	AUTO_FREE char *weights = text_format("%s/weights", iso->work);
	AUTO_FREE char *target = text_format("stdio:%s", output);
	const char *argv[64] = {
		"xorriso", "-as", "mkisofs", "-R", "-iso-level", "3", "-V", label, "-o", target, "-quiet",
	};
	size_t argc = 11;
	int r = label && list && weights && target ?
		file_replace(AT_FDCWD, list, iso->grafts.paths.data, iso->grafts.paths.length, 0600) : -ENOMEM;

	if (r == 0)
		r = file_replace(AT_FDCWD, weights, iso->grafts.weights.data, iso->grafts.weights.length, 0600);
	if (r < 0)
		return context_fail(iso->ctx, -r, "Cannot write into %s: %s", iso->work, strerror(-r));
	for (char *at = label; *at; at++)
		*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
	if (iso->loader.bios_core) {
		const char *const bios[] = {
			"--grub2-mbr", iso->loader.bios_mbr, "-partition_offset", "16", "--mbr-force-bootable", "-b", "boot/grub/eltorito.img",
			"-c", "boot/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
		};

		memcpy(argv + argc, bios, sizeof(bios));
		argc += ARRAY_LENGTH(bios);
	}
	if (iso->loader.efi_image) {
		const char *const efi[] = {
			"-append_partition", "2", GPT_TYPE_ESP, iso->loader.efi_image, "-appended_part_as_gpt", "-iso_mbr_part_type", GPT_TYPE_ISO,
			"-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
		};

		memcpy(argv + argc, efi, sizeof(efi));
		argc += ARRAY_LENGTH(efi);
	}
	argv[argc++] = "--sort-weight-list";
	argv[argc++] = weights;
	argv[argc++] = "-graft-points";
	argv[argc++] = "-path-list";
	argv[argc++] = list;
	/* Reading a set from a slow disk may take hours. */
	return run_program(iso->ctx, &(struct run){ .argv = argv, .deadline_s = 86400, .line = on_line, .line_data = iso }, NULL);
}

/* The set, when there is one, is on the list of files already. */
static int plan_progress(struct iso *iso)
{
	struct progress *progress = iso->ctx->progress;
	uint64_t set = iso->grafts.bytes;
	int r = 0;

	if (!progress)
		return 0;
	r = initramfs_plan(iso->ctx, !iso->options->no_tools);
	if (r == 0)
		r = progress_plan(progress, "iso", N_("Writing the image"), PROGRESS_COPY, INITRAMFS_WEIGHT / 4 + set, 0);
	if (r == 0 && iso->set.set)
		r = progress_plan(progress, "check", N_("Checking the set on the image"), PROGRESS_CHECK, set, 0);
	return r < 0 ? out_of_memory(iso->ctx) : 0;
}

static int make(struct iso *iso, struct output *output)
{
	const char *by = NULL;
	AUTO_FREE char *size = NULL;
	struct stat st;
	uuid_t id;
	int r = 0;

	if (iso->options->set) {
		r = iso_set_open(iso->ctx, iso->options->set, &iso->set);
		iso->menu.set_id = r == 0 ? set_manifest(iso->set.set)->set_id : NULL;
	}
	if (r == 0)
		r = requirements_check(iso->ctx, REQUIREMENTS_IMAGE, iso->set.set ? set_manifest(iso->set.set)->layout : NULL);
	/* A set holds secrets of its machine, and the boot archive what opens servers. */
	if (r == 0)
		r = output_open(iso->ctx, iso->options->output, iso->set.set || access_is_there(), output);
	if (r == 0)
		r = work_directory(iso->ctx, &iso->work);
	uuid_generate_random(id);
	uuid_unparse_lower(id, iso->menu.media_id);
	if (r == 0 && iso->set.set)
		r = iso_set_add(iso->ctx, &iso->set, iso->work, &iso->grafts);
	if (r == 0)
		r = plan_progress(iso);
	if (r == 0)
		r = add_loaders(iso);
	if (r == 0)
		r = grafts_add(iso->ctx, &iso->grafts, "/boot/vmlinuz", iso->kernel);
	if (r == 0)
		r = make_initramfs(iso);
	if (r == 0)
		r = add_marker(iso);
	if (r == 0)
		r = check_space(iso, output);
	if (r < 0)
		return r;
	progress_begin(iso->ctx, "iso", iso->grafts.bytes, 0);
	r = run_xorriso(iso, output->temporary);
	if (r < 0)
		return r;
	progress_end(iso->ctx);
	if (iso->set.set) {
		progress_begin(iso->ctx, "check", iso->grafts.bytes, 0);
		r = iso_set_check(iso->ctx, &iso->set, output->temporary);
		progress_end(iso->ctx);
	}
	if (r == 0)
		r = output_commit(iso->ctx, output);
	if (r < 0)
		return r;
	if (stat(output->path, &st) == 0)
		size = bytes_print_size((uint64_t)st.st_size);
	if (iso->loader.efi_image)
		by = iso->loader.is_signed ? N_("UEFI (Secure Boot too)") : "UEFI";
	if (iso->loader.bios_core && by)
		context_info(iso->ctx, "%s is ready: %s, starts on BIOS and %s", output->path, size ? size : "", sentence_words(by));
	else
		context_info(iso->ctx, "%s is ready: %s, starts on %s", output->path, size ? size : "", by ? sentence_words(by) : "BIOS");
	return 0;
}

int image_iso(struct context *ctx, const struct image_options *options)
{
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	struct iso iso = {
		.ctx = ctx, .options = options,
		.menu = { .arguments = options->arguments, .default_entry = options->default_entry, .timeout_s = options->timeout_s },
	};
	int r = image_kernel(ctx, options, &iso.kernel, &iso.release);

	if (r == 0)
		r = make(&iso, &output);
	loader_done(&iso.loader);
	grafts_done(&iso.grafts);
	iso_set_done(&iso.set);
	work_done(&iso.work);
	free(iso.kernel);
	free(iso.release);
	free(iso.initramfs);
	return r;
}
