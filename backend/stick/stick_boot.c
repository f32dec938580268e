/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick_boot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/rescue_names.h"
#include "../core/run.h"
#include "../image/initramfs.h"
#include "../image/marker.h"
#include "../image/output.h"

#define MIB (1ull << 20)
#define CLUSTER 4096ull
/* A FAT32 has at least 65525 clusters (Microsoft, FAT specification). */
#define BOOT_MIN (300 * MIB)

void stick_boot_done(struct stick_boot *boot)
{
	loader_done(&boot->loader);
	work_done(&boot->work);
	free(boot->kernel);
	free(boot->release);
	free(boot->image);
	strv_free(boot->names);
	strv_free(boot->sources);
}

/* The file SOURCE becomes NAME on the stick; NULL is ignored. */
static int add_file(struct context *ctx, struct stick_boot *boot, const char *name, const char *source)
{
	struct stat st;

	if (!source)
		return 0;
	if (stat(source, &st) < 0)
		return context_fail(ctx, errno, "Cannot read %s: %s", source, strerror(errno));
	boot->bytes += ((uint64_t)st.st_size + CLUSTER - 1) / CLUSTER * CLUSTER;
	return strv_append(&boot->names, name) < 0 || strv_append(&boot->sources, source) < 0 ? context_oom(ctx) : 0;
}

/* The same for TEXT; FILE is its name in the work directory. */
static int add_text(struct context *ctx, struct stick_boot *boot, const char *name, const char *file, const char *text)
{
	AUTO_FREE char *path = text_format("%s/%s", boot->work, file);
	int r = path ? file_replace(AT_FDCWD, path, text, strlen(text), 0644) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "Cannot write into %s: %s", boot->work, strerror(-r));
	return add_file(ctx, boot, name, path);
}

static int add_loaders(struct context *ctx, struct stick_boot *boot)
{
	AUTO_FREE char *menu = NULL, *early = menu_print_early(&boot->menu), *all = NULL, *other = NULL;
	int r = early ? menu_print(ctx, &boot->menu, &menu) : context_oom(ctx);

	if (r == 0)
		r = loader_make(ctx, LOADER_STICK, &boot->menu, boot->work, &boot->loader);
	if (r < 0)
		return r;
	all = text_format("%s%s", early, menu);
	other = text_format("%ssource $prefix/grub.cfg\n", early);
	if (!all || !other)
		return context_oom(ctx);
	/* The first one is the menu itself. */
	r = add_text(ctx, boot, loader_config(0), "grub.cfg", all);
	for (size_t i = 1; r == 0 && loader_config(i); i++)
		r = add_text(ctx, boot, loader_config(i), "other.cfg", other);
	if (r == 0)
		r = add_file(ctx, boot, "/EFI/BOOT/BOOTX64.EFI", boot->loader.efi_boot);
	if (r == 0)
		r = add_file(ctx, boot, "/EFI/BOOT/grubx64.efi", boot->loader.efi_grub);
	return r < 0 ? r : add_file(ctx, boot, "/EFI/BOOT/mmx64.efi", boot->loader.efi_manager);
}

static int add_system(struct context *ctx, struct stick_boot *boot, const struct image_options *options)
{
	AUTO_FREE char *initramfs = text_format("%s/initramfs.zst", boot->work), *tools = text_format("%s/tools.squashfs", boot->work);
	AUTO_FREE char *marker = NULL, *own = text_format("/" RESCUE_MARKER "-%s", boot->menu.media_id);
	struct contents_totals totals;
	bool has_tools = false;
	AUTO_CLOSE int fd = -1;
	int r;

	if (!initramfs || !tools || !own)
		return context_oom(ctx);
	fd = open(initramfs, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return context_fail(ctx, errno, "Cannot write %s: %s", initramfs, strerror(errno));
	r = initramfs_write(ctx, options, boot->release, boot->work, fd, &totals, tools, &has_tools);
	if (r == 0)
		r = marker_print(ctx, &boot->menu, boot->release, boot->kernel, initramfs, &marker);
	if (r == 0)
		r = add_file(ctx, boot, "/boot/vmlinuz", boot->kernel);
	if (r == 0)
		r = add_file(ctx, boot, "/boot/initramfs.zst", initramfs);
	if (r == 0 && has_tools)
		r = add_file(ctx, boot, "/" TOOLS_IMAGE_NAME, tools);
	if (r == 0)
		r = add_text(ctx, boot, "/" RESCUE_MARKER, "marker", marker);
	return r < 0 ? r : add_text(ctx, boot, own, "marker", marker);
}

int stick_boot_make(struct context *ctx, const struct image_options *options, const char *set_id, struct stick_boot *boot)
{
	uuid_t id;
	int r = image_kernel(ctx, options, &boot->kernel, &boot->release);

	boot->menu = (struct menu){ .arguments = options->arguments, .default_entry = options->default_entry, .timeout_s = options->timeout_s,
				    .set_id = set_id };
	uuid_generate_random(id);
	uuid_unparse_lower(id, boot->menu.media_id);
	if (r == 0)
		r = work_directory(ctx, &boot->work);
	if (r == 0)
		r = add_loaders(ctx, boot);
	if (r == 0)
		r = add_system(ctx, boot, options);
	/* Both copies of the FAT, reserved sectors, directories. */
	boot->bytes += boot->bytes / 256 + 2 * MIB;
	return r;
}

uint64_t stick_boot_room(const struct stick_boot *boot)
{
	uint64_t room = boot->bytes + boot->bytes / 2 + 128 * MIB;

	return room < BOOT_MIN ? BOOT_MIN : room;
}

int stick_boot_fits(struct context *ctx, const struct stick_boot *boot, const struct stick_disk *disk, const struct stick_table *table)
{
	AUTO_FREE char *needed = bytes_print_size(boot->bytes), *there = bytes_print_size(table->parts[STICK_BOOT].size);

	if (boot->bytes <= table->parts[STICK_BOOT].size)
		return 0;
	return context_fail(ctx, ENOSPC, "The boot partition of %s has %s, and this rescue system needs %s. Leave out the tools image with --no-tools, or copy the sets from the stick and make it anew. Nothing was written",
			    disk->node->device, there ? there : "?", needed ? needed : "?");
}

/* ---- the FAT ---- */

/* The end of the last byte that is in use: behind it there are only clusters that are free. */
static int find_end(int fd, uint64_t *ret)
{
	off_t at = 0, data;

	while ((data = lseek(fd, at, SEEK_DATA)) >= 0) {
		at = lseek(fd, data, SEEK_HOLE);
		if (at < 0)
			return -errno;
	}
	*ret = (uint64_t)at;
	return errno == ENXIO ? 0 : -errno;
}

static int fill(struct context *ctx, const struct stick_boot *boot)
{
	int r = run_simple(ctx, "mmd", "-i", boot->image, "::/EFI", "::/EFI/BOOT", "::/EFI/debian", "::/EFI/ubuntu", "::/boot", "::/boot/grub", (char *)NULL);

	for (size_t i = 0; r == 0 && boot->names[i]; i++) {
		AUTO_FREE char *name = text_format("::%s", boot->names[i]);

		r = name ? run_simple(ctx, "mcopy", "-i", boot->image, boot->sources[i], name, (char *)NULL) : context_oom(ctx);
	}
	return r;
}

int stick_boot_pack(struct context *ctx, struct stick_boot *boot, const struct stick_part *part)
{
	AUTO_FREE char *sectors = text_format("%llu", (unsigned long long)part->size / 512), *hidden = text_format("%llu", (unsigned long long)part->start / 512);
	AUTO_CLOSE int fd = -1;
	int r;

	boot->image = text_format("%s/boot.img", boot->work);
	if (!boot->image || !sectors || !hidden)
		return context_oom(ctx);
	fd = open(boot->image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)part->size) < 0)
		return context_fail(ctx, errno, "Cannot write %s: %s", boot->image, strerror(errno));
	/* 64 heads of 32 sectors, clusters of 4 KiB. */
	r = run_simple(ctx, "mformat", "-i", boot->image, "-F", "-T", sectors, "-h", "64", "-s", "32", "-c", "8", "-H", hidden, "-v", "LIFEBOAT", "::", (char *)NULL);
	if (r == 0)
		r = fill(ctx, boot);
	if (r < 0)
		return r;
	r = find_end(fd, &boot->image_bytes);
	return r < 0 ? context_fail(ctx, -r, "Cannot read %s: %s", boot->image, strerror(-r)) : 0;
}
