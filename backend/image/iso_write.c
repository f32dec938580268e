/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes onto an image beside a set, and the run of xorriso(1). The layout of boot records is the one that distributors' hybrid images have:
 * El Torito for discs; for sticks an MBR that finds GRUB's core, and a GPT whose second partition is the FAT filesystem that UEFI firmware starts
 * from, which the El Torito entry for UEFI points at as well. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/progress.h"
#include "../core/rescue_names.h"
#include "../core/run.h"
#include "initramfs.h"
#include "iso_inside.h"
#include "marker.h"

/* GPT types (UEFI specification, table "Defined GPT Partition Entry Partition Type GUIDs"; the first is "basic data"). */
#define GPT_TYPE_ISO "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
#define GPT_TYPE_ESP "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"

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
int iso_check_space(struct context *ctx, int fd, const char *path, uint64_t bytes)
{
	uint64_t needed = bytes + bytes / 100 + (16u << 20);
	AUTO_FREE char *needed_text = bytes_print_size(needed), *free_text = NULL;
	struct statvfs st;

	if (fstatvfs(fd, &st) < 0)
		return context_fail(ctx, errno, "Cannot find out how much space there is for %s: %s", path, strerror(errno));
	if ((uint64_t)st.f_bavail * st.f_frsize >= needed)
		return 0;
	free_text = bytes_print_size((uint64_t)st.f_bavail * st.f_frsize);
	return context_fail(ctx, ENOSPC, "There is not enough space for %s: it needs about %s, and %s is free", path,
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
		progress_add(iso->ctx, (uint64_t)((value - iso->percent) / 100 * (double)iso->written), 0);
		iso->percent = value;
	}
}

char *iso_label(const struct iso *iso)
{
	char *label = iso->menu.set_id ? text_format("LIFEBOAT_%.8s", iso->menu.set_id) : strdup("LIFEBOAT");

	for (char *at = label; at && *at; at++)
		*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 32) : *at;
	return label;
}

int iso_write(struct iso *iso, const struct grafts *grafts, const char *label, bool starts, const char *output)
{
	AUTO_FREE char *list = text_format("%s/paths", iso->work);
	AUTO_FREE char *weights = text_format("%s/weights", iso->work);
	AUTO_FREE char *target = text_format("stdio:%s", output);
	const char *argv[64] = {
		"xorriso", "-as", "mkisofs", "-R", "-iso-level", "3", "-V", label, "-o", target, "-quiet",
	};
	size_t argc = 11;
	int r = list && weights && target ? file_replace(AT_FDCWD, list, grafts->paths.data, grafts->paths.length, 0600) : -ENOMEM;

	if (r == 0)
		r = file_replace(AT_FDCWD, weights, grafts->weights.data, grafts->weights.length, 0600);
	if (r < 0)
		return context_fail(iso->ctx, -r, "Cannot write into %s: %s", iso->work, strerror(-r));
	iso->percent = 0;
	iso->written = grafts->bytes;
	if (starts && iso->loader.bios_core) {
		const char *const bios[] = {
			"--grub2-mbr", iso->loader.bios_mbr, "-partition_offset", "16", "--mbr-force-bootable", "-b", "boot/grub/eltorito.img",
			"-c", "boot/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
		};

		memcpy(argv + argc, bios, sizeof(bios));
		argc += ARRAY_LENGTH(bios);
	}
	if (starts && iso->loader.efi_image) {
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

int iso_add_system(struct iso *iso)
{
	int r = add_loaders(iso);

	if (r == 0)
		r = grafts_add(iso->ctx, &iso->grafts, "/boot/vmlinuz", iso->kernel);
	if (r == 0)
		r = make_initramfs(iso);
	return r == 0 ? add_marker(iso) : r;
}

void iso_tell(struct iso *iso, const char *path)
{
	AUTO_FREE char *size = NULL;
	const char *by = NULL;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		size = bytes_print_size((uint64_t)st.st_size);
	if (iso->loader.efi_image)
		by = iso->loader.is_signed ? N_("UEFI (Secure Boot too)") : "UEFI";
	if (!size && iso->loader.bios_core && by)
		context_info(iso->ctx, "The disc in %s is ready, and was read back: it starts on BIOS and %s", path, sentence_words(by));
	else if (!size)
		context_info(iso->ctx, "The disc in %s is ready, and was read back: it starts on %s", path, by ? sentence_words(by) : "BIOS");
	else if (iso->loader.bios_core && by)
		context_info(iso->ctx, "%s is ready: %s, starts on BIOS and %s", path, size ? size : "", sentence_words(by));
	else
		context_info(iso->ctx, "%s is ready: %s, starts on %s", path, size ? size : "", by ? sentence_words(by) : "BIOS");
}
