/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/run.h"
#include "programs.h"

#define BIOS_MODULES "/usr/lib/grub/i386-pc"
#define BIOS_MBR BIOS_MODULES "/boot_hybrid.img"
#define BIOS_STICK_MBR BIOS_MODULES "/boot.img"
#define EFI_MODULES "/usr/lib/grub/x86_64-efi"
#define EFI_SHIM "/usr/lib/shim/shimx64.efi.signed"
#define EFI_SHIM_MANAGER "/usr/lib/shim/mmx64.efi.signed"
/* Debian builds this one for discs: it looks below /boot/grub of the filesystem it was started from. */
#define EFI_GRUB_DISC "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed"
#define EFI_GRUB_DISK "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"

/* All that the menu uses: GRUB loads nothing further from the medium. */
#define COMMON_MODULES \
	"boot", "cat", "chain", "configfile", "echo", "ext2", "fat", "halt", "iso9660", "linux", "ls", "minicmd", "normal", \
	"part_gpt", "part_msdos", "probe", "reboot", "regexp", "search", "search_fs_file", "search_fs_uuid", "search_label", \
	"sleep", "terminal", "test", "true"

static bool is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

static int write_early(struct context *ctx, const struct menu *menu, const char *work, char **ret_path)
{
	AUTO_FREE char *text = menu_print_early(menu);
	AUTO_FREE char *path = text_format("%s/early.cfg", work);
	int r = text && path ? file_replace(AT_FDCWD, path, text, strlen(text), 0644) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "Cannot write into %s: %s", work, strerror(-r));
	*ret_path = TAKE_POINTER(path);
	return 0;
}

static int make_bios(struct context *ctx, enum loader_medium medium, const char *early, const char *work, struct loader *loader)
{
	AUTO_FREE char *core = text_format("%s/eltorito.img", work);
	const char *const argv[] = {
		"grub-mkimage", "-O", medium == LOADER_STICK ? "i386-pc" : "i386-pc-eltorito", "-d", BIOS_MODULES, "-p", "/boot/grub", "-c", early, "-o", core,
		"biosdisk", "drivemap", "serial", COMMON_MODULES, NULL,
	};
	int r = core ? run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 120 }, NULL) :
		context_oom(ctx);

	if (r < 0)
		return r;
	loader->bios_core = TAKE_POINTER(core);
	loader->bios_mbr = medium == LOADER_STICK ? BIOS_STICK_MBR : BIOS_MBR;
	return 0;
}

static int take_signed(struct context *ctx, struct loader *loader)
{
	const char *grub = is_there(EFI_GRUB_DISC) ? EFI_GRUB_DISC : EFI_GRUB_DISK;

	loader->efi_boot = strdup(EFI_SHIM);
	loader->efi_grub = strdup(grub);
	loader->efi_manager = is_there(EFI_SHIM_MANAGER) ? strdup(EFI_SHIM_MANAGER) : NULL;
	loader->is_signed = true;
	return loader->efi_boot && loader->efi_grub ? 0 : context_oom(ctx);
}

static int make_unsigned(struct context *ctx, const char *early, const char *work, struct loader *loader)
{
	AUTO_FREE char *grub = text_format("%s/bootx64.efi", work);
	const char *const argv[] = {
		"grub-mkimage", "-O", "x86_64-efi", "-d", EFI_MODULES, "-p", "/boot/grub", "-c", early, "-o", grub,
		"efi_gop", "efifwsetup", COMMON_MODULES, NULL,
	};
	int r = grub ? run_program(ctx, &(struct run){ .argv = argv, .deadline_s = 120 }, NULL) :
		context_oom(ctx);

	if (r < 0)
		return r;
	context_info(ctx, "The packages shim-signed and grub-efi-amd64-signed are not installed: the medium will not start on UEFI "
		     "machines with Secure Boot");
	loader->efi_boot = TAKE_POINTER(grub);
	return 0;
}

/* Size of the FAT image in MiB: its files, their slack, and the filesystem's own needs. */
static unsigned image_mib(const struct loader *loader)
{
	const char *const files[] = { loader->efi_boot, loader->efi_grub, loader->efi_manager };
	uint64_t bytes = 1u << 20;

	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		struct stat st;

		if (files[i] && stat(files[i], &st) == 0)
			bytes += (uint64_t)st.st_size + 65536;
	}
	return (unsigned)((bytes >> 20) + 1);
}

static int copy_in(struct context *ctx, const char *image, const char *source, const char *name)
{
	return source ? run_simple(ctx, "mcopy", "-i", image, source, name, (char *)NULL) : 0;
}

const char *loader_config(size_t number)
{
	static const char *const configs[] = { "/boot/grub/grub.cfg", "/EFI/BOOT/grub.cfg", "/EFI/debian/grub.cfg", "/EFI/ubuntu/grub.cfg" };

	return number < ARRAY_LENGTH(configs) ? configs[number] : NULL;
}

static int fill_image(struct context *ctx, const char *image, const char *config, const char *marker, const struct loader *loader)
{
	int r = run_simple(ctx, "mmd", "-i", image, "::/EFI", "::/EFI/BOOT", "::/EFI/debian", "::/EFI/ubuntu", "::/boot",
			   "::/boot/grub", (char *)NULL);

	if (r == 0)
		r = copy_in(ctx, image, loader->efi_boot, "::/EFI/BOOT/BOOTX64.EFI");
	if (r == 0)
		r = copy_in(ctx, image, loader->efi_grub, "::/EFI/BOOT/grubx64.efi");
	if (r == 0)
		r = copy_in(ctx, image, loader->efi_manager, "::/EFI/BOOT/mmx64.efi");
	for (size_t i = 0; r == 0 && loader_config(i); i++) {
		AUTO_FREE char *name = text_format("::%s", loader_config(i));

		r = name ? copy_in(ctx, image, config, name) : context_oom(ctx);
	}
	return r < 0 ? r : copy_in(ctx, image, marker, "::/boot/lifeboat-media");
}

static int make_efi_image(struct context *ctx, const struct menu *menu, const char *work, struct loader *loader)
{
	AUTO_FREE char *image = text_format("%s/efi.img", work);
	AUTO_FREE char *config = text_format("%s/efi-grub.cfg", work);
	AUTO_FREE char *marker = text_format("%s/efi-marker", work);
	AUTO_FREE char *early = menu_print_early(menu);
	AUTO_FREE char *text = early ? text_format("%ssource $prefix/grub.cfg\n", early) : NULL;
	AUTO_FREE char *cylinders = text_format("%u", image_mib(loader));
	int r = image && config && marker && text && cylinders ? 0 : -ENOMEM;

	if (r == 0)
		r = file_replace(AT_FDCWD, config, text, strlen(text), 0644);
	if (r == 0)
		r = file_replace(AT_FDCWD, marker, menu->media_id, strlen(menu->media_id), 0644);
	if (r < 0)
		return context_fail(ctx, -r, "Cannot write into %s: %s", work, strerror(-r));
	/* 64 heads of 32 sectors make a cylinder one MiB. */
	r = run_simple(ctx, "mformat", "-i", image, "-C", "-h", "64", "-s", "32", "-t", cylinders, "-v", "LIFEBOATEFI", "-N", "4c424f54",
		       "::", (char *)NULL);
	if (r == 0)
		r = fill_image(ctx, image, config, marker, loader);
	if (r == 0)
		loader->efi_image = TAKE_POINTER(image);
	return r;
}

static bool has_signed_loader(void)
{
	return is_there(EFI_SHIM) && (is_there(EFI_GRUB_DISC) || is_there(EFI_GRUB_DISK));
}

bool loader_has_bios(void)
{
	return is_there(BIOS_MODULES "/kernel.img") && is_there(BIOS_MBR);
}

bool loader_has_uefi(void)
{
	return has_signed_loader() || is_there(EFI_MODULES "/kernel.img");
}

static int make_all(struct context *ctx, enum loader_medium medium, const struct menu *menu, const char *work, struct loader *loader)
{
	bool bios = loader_has_bios(), has_signed = has_signed_loader(), efi = loader_has_uefi();
	AUTO_FREE char *early = NULL, *mkimage = NULL, *mtools = NULL;
	int r;

	if (!bios && !efi)
		return context_fail(ctx, ENOENT, "There is no boot loader to put on rescue media: install the packages grub-pc-bin (for BIOS) "
				    "and grub-efi-amd64-signed with shim-signed (for UEFI)");
	r = programs_require(ctx, "grub-mkimage", "grub-common", &mkimage);
	if (r == 0 && efi)
		r = programs_require(ctx, "mformat", "mtools", &mtools);
	if (r == 0)
		r = write_early(ctx, menu, work, &early);
	if (r == 0 && bios)
		r = make_bios(ctx, medium, early, work, loader);
	if (r == 0 && efi)
		r = has_signed ? take_signed(ctx, loader) : make_unsigned(ctx, early, work, loader);
	if (r == 0 && efi && medium == LOADER_IMAGE)
		r = make_efi_image(ctx, menu, work, loader);
	if (r == 0 && !bios)
		context_warn(ctx, "The package grub-pc-bin is not installed: the medium will not start on BIOS machines");
	if (r == 0 && !efi)
		context_warn(ctx, "The packages grub-efi-amd64-signed and shim-signed are not installed: the medium will not start on UEFI "
			     "machines");
	return r;
}

int loader_make(struct context *ctx, enum loader_medium medium, const struct menu *menu, const char *work, struct loader *ret)
{
	struct loader loader = { 0 };
	int r = make_all(ctx, medium, menu, work, &loader);

	if (r < 0) {
		loader_done(&loader);
		return r;
	}
	*ret = loader;
	return 0;
}

void loader_done(struct loader *loader)
{
	free(loader->bios_core);
	free(loader->efi_image);
	free(loader->efi_boot);
	free(loader->efi_grub);
	free(loader->efi_manager);
	*loader = (struct loader){ 0 };
}
