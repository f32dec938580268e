/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree that machines start from over the network: what a TFTP or HTTP server gives, as it lies there.
 *
 *   boot.ipxe                      iPXE's menu
 *   boot/vmlinuz, initramfs.zst    the rescue system
 *   bootx64.efi, grubx64.efi       UEFI: shim and GRUB as their distributor signed them, or an unsigned GRUB as bootx64.efi
 *   bios.0                         BIOS: GRUB
 *   grub/grub.cfg                  GRUB's menu
 *   machines/                      what single machines do
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/location.h"
#include "../core/progress.h"
#include "../core/rescue_names.h"
#include "../core/run.h"
#include "initramfs.h"
#include "network_menu.h"
#include "network_once.h"
#include "output.h"
#include "requirements.h"

#define BIOS_MODULES "/usr/lib/grub/i386-pc"
#define EFI_MODULES "/usr/lib/grub/x86_64-efi"
#define EFI_SHIM "/usr/lib/shim/shimx64.efi.signed"
#define EFI_GRUB "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"
#define PREFIX "/grub" /* the signed GRUB looks there, at the server it came from */
#define COMMON_MODULES \
	"boot", "cat", "chain", "configfile", "echo", "fat", "halt", "http", "linux", "ls", "minicmd", "net", "normal", "part_gpt", "part_msdos", \
	"probe", "reboot", "regexp", "search", "sleep", "smbios", "terminal", "test", "tftp", "true"

struct tree {
	struct context *ctx;
	const struct image_options *options;
	char *work, *arguments;
	bool is_signed;
};

static bool is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

static char *place(const struct tree *tree, const char *name)
{
	return text_format("%s/%s", tree->options->output, name);
}

static int make_folders(struct context *ctx, const char *output)
{
	static const char *const folders[] = { "boot", "grub", "machines" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(folders); i++) {
		AUTO_FREE char *path = text_format("%s/%s", output, folders[i]);

		r = path ? make_directories(path, 0755) : -ENOMEM;
	}
	return r < 0 ? context_fail(ctx, -r, "The directories below %s cannot be made: %s", output, strerror(-r)) : 0;
}

static int write_text(struct context *ctx, const char *output, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/%s", output, name);
	int r = path ? file_replace(AT_FDCWD, path, text, strlen(text), 0644) : -ENOMEM;

	return r < 0 ? context_fail(ctx, -r, "Cannot write %s/%s: %s", output, name, strerror(-r)) : 0;
}

static int copy_file(struct tree *tree, const char *source, const char *name)
{
	AUTO_FREE char *path = place(tree, name);
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	AUTO_CLOSE int fd = open(source, O_RDONLY | O_CLOEXEC);
	int r = path ? 0 : context_oom(tree->ctx);
	ssize_t n = 1;

	if (fd < 0)
		return context_fail(tree->ctx, errno, "Cannot read %s: %s", source, strerror(errno));
	if (r == 0)
		r = output_open(tree->ctx, path, false, &output);
	while (r == 0 && n > 0) {
		n = sendfile(output.fd, fd, NULL, 1u << 30);
		if (n < 0)
			r = context_fail(tree->ctx, errno, "Cannot write %s: %s", path, strerror(errno));
	}
	/* Readable for the server, whatever the one that it was copied from. */
	if (r == 0 && fchmod(output.fd, 0644) < 0)
		r = context_fail(tree->ctx, errno, "Cannot set the permissions of %s: %s", path, strerror(errno));
	return r < 0 ? r : output_commit(tree->ctx, &output);
}

static int remove_entry(struct context *ctx, const char *output, const char *name)
{
	AUTO_FREE char *path = text_format("%s/%s", output, name);

	if (!path)
		return context_oom(ctx);
	return unlink(path) < 0 && errno != ENOENT ? context_fail(ctx, errno, "%s cannot be removed: %s", path, strerror(errno)) : 0;
}

/* ---- loaders ---- */

static int make_core(struct tree *tree, const char *const argv[], const char *core, const char *name)
{
	int r = run_program(tree->ctx, &(struct run){ .argv = argv, .deadline_s = 120 }, NULL);

	return r < 0 ? r : copy_file(tree, core, name);
}

static int add_bios(struct tree *tree)
{
	AUTO_FREE char *core = text_format("%s/bios.0", tree->work);
	const char *const argv[] = { "grub-mkimage", "-O", "i386-pc-pxe", "-d", BIOS_MODULES, "-p", PREFIX, "-o", core,
				     "biosdisk", "drivemap", "pxe", "serial", COMMON_MODULES, NULL };

	return core ? make_core(tree, argv, core, "bios.0") : context_oom(tree->ctx);
}

static int add_uefi(struct tree *tree)
{
	AUTO_FREE char *core = text_format("%s/bootx64.efi", tree->work);
	const char *const argv[] = { "grub-mkimage", "-O", "x86_64-efi", "-d", EFI_MODULES, "-p", PREFIX, "-o", core,
				     "efi_gop", "efinet", "efifwsetup", COMMON_MODULES, NULL };
	int r;

	tree->is_signed = is_there(EFI_SHIM) && is_there(EFI_GRUB);
	if (!core)
		return context_oom(tree->ctx);
	if (!tree->is_signed)
		return make_core(tree, argv, core, "bootx64.efi");
	r = copy_file(tree, EFI_SHIM, "bootx64.efi");
	return r < 0 ? r : copy_file(tree, EFI_GRUB, "grubx64.efi");
}

static int add_loaders(struct tree *tree)
{
	bool bios = is_there(BIOS_MODULES "/pxe.mod"), uefi = (is_there(EFI_SHIM) && is_there(EFI_GRUB)) || is_there(EFI_MODULES "/efinet.mod");
	int r = 0;

	if (bios)
		r = add_bios(tree);
	else
		context_warn(tree->ctx, "The package grub-pc-bin is not installed: BIOS machines start from this tree by iPXE only");
	if (r == 0 && uefi)
		r = add_uefi(tree);
	if (r == 0 && !uefi)
		context_warn(tree->ctx, "The packages grub-efi-amd64-signed and shim-signed are not installed: UEFI machines start from this tree by "
			     "iPXE only");
	if (r == 0 && uefi && !tree->is_signed)
		context_info(tree->ctx, "The packages shim-signed and grub-efi-amd64-signed are not installed: machines with Secure Boot do not start "
			     "from this tree");
	return r;
}

/* ---- menus ---- */

static int add_menus(struct tree *tree)
{
	const struct menu menu = { .arguments = tree->arguments, .default_entry = tree->options->default_entry,
				   .timeout_s = tree->options->timeout_s, .network = true };
	AUTO_FREE char *ipxe = NULL, *grub = NULL, *all = NULL;
	int r = network_menu_print(tree->ctx, &menu, &ipxe);

	if (r == 0)
		r = menu_print(tree->ctx, &menu, &grub);
	all = r == 0 ? text_format("%s%s%s", network_menu_grub_head, grub, network_menu_grub_tail) : NULL;
	if (r == 0 && !all)
		r = context_oom(tree->ctx);
	if (r == 0)
		r = write_text(tree->ctx, tree->options->output, "boot.ipxe", ipxe);
	return r < 0 ? r : write_text(tree->ctx, tree->options->output, "grub/grub.cfg", all);
}

/* A set that is named lies where a machine without a medium gets at it. */
static int check_address(struct context *ctx, const char *set)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = NULL;
	int r = set ? location_parse(ctx, set, &location) : 0;

	if (r < 0 || !set || location->host || location_has_scheme(location, LOCATION_ID))
		return r;
	shown = location_show(location);
	return context_fail(ctx, EINVAL, "%s: a machine that starts from the network gets its set from a server; give the set's address there",
			    shown ? shown : "?");
}

static bool is_http(const struct location *location)
{
	return location_has_scheme(location, "http") || location_has_scheme(location, "https");
}

/* What this address names is fetched by HTTP alone; what is no address is a file that the machine has itself. */
static int check_answers(struct context *ctx, const char *answers)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = NULL;
	int r = answers && strstr(answers, "://") ? location_parse(ctx, answers, &location) : 0;

	if (r < 0 || !location || is_http(location))
		return r;
	shown = location_show(location);
	return context_fail(ctx, EINVAL, "%s: answers are fetched from http and https addresses only", shown ? shown : "?");
}

static int check_notify(struct context *ctx, const char *notify)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = NULL;
	int r = notify ? location_parse(ctx, notify, &location) : 0;

	if (r < 0 || !location || is_http(location))
		return r;
	shown = location_show(location);
	return context_fail(ctx, EINVAL, "%s: messages go to http and https addresses only", shown ? shown : "?");
}

static int add_word(char **arguments, const char *name, const char *value)
{
	char *longer;

	if (!value)
		return 0;
	longer = text_format("%s%s%s%s", *arguments ? *arguments : "", *arguments ? " " : "", name, value);
	free(*arguments);
	*arguments = longer;
	return longer ? 0 : -ENOMEM;
}

static int find_arguments(struct tree *tree)
{
	int r = check_address(tree->ctx, tree->options->set);

	if (r < 0)
		return r;
	r = add_word(&tree->arguments, "", tree->options->arguments);
	if (r == 0)
		r = add_word(&tree->arguments, "lifeboat.set=", tree->options->set);
	return r < 0 ? context_oom(tree->ctx) : menu_check_arguments(tree->ctx, tree->arguments);
}

/* ---- the tree ---- */

/* Kernel and boot archive are there under other names before either takes its place: they belong together. A tools image of another boot archive is
 * not taken by it. */
static int add_system(struct tree *tree, const char *kernel, const char *release)
{
	AUTO_FREE char *archive = place(tree, "boot/initramfs.zst"), *image = text_format("%s/tools.squashfs", tree->work);
	struct output AUTO_OUTPUT output = OUTPUT_NONE;
	struct contents_totals totals;
	bool has_tools = false;
	int r = archive && image ? output_open(tree->ctx, archive, false, &output) : context_oom(tree->ctx);

	if (r == 0 && fchmod(output.fd, 0644) < 0)
		r = context_fail(tree->ctx, errno, "Cannot set the permissions of %s: %s", archive, strerror(errno));
	if (r == 0)
		r = initramfs_write(tree->ctx, tree->options, release, tree->work, output.fd, &totals, image, &has_tools);
	if (r == 0 && has_tools)
		r = copy_file(tree, image, TOOLS_IMAGE_NAME);
	if (r == 0 && !has_tools)
		r = remove_entry(tree->ctx, tree->options->output, TOOLS_IMAGE_NAME);
	if (r == 0)
		r = copy_file(tree, kernel, "boot/vmlinuz");
	return r < 0 ? r : output_commit(tree->ctx, &output);
}

static int make(struct tree *tree, const char *kernel, const char *release)
{
	int r = find_arguments(tree);

	if (r == 0)
		r = requirements_check(tree->ctx, REQUIREMENTS_ARCHIVE, NULL);
	if (r == 0)
		r = make_folders(tree->ctx, tree->options->output);
	if (r == 0)
		r = work_directory(tree->ctx, &tree->work);
	if (r == 0)
		r = initramfs_plan(tree->ctx, !tree->options->no_tools);
	if (r == 0)
		r = add_loaders(tree);
	if (r == 0)
		r = add_system(tree, kernel, release);
	if (r == 0)
		r = add_menus(tree);
	if (r == 0)
		context_info(tree->ctx, "%s is ready for a TFTP or HTTP server", tree->options->output);
	return r;
}

int image_network(struct context *ctx, const struct image_options *options)
{
	struct tree tree = { .ctx = ctx, .options = options };
	AUTO_FREE char *kernel = NULL, *release = NULL;
	int r = image_kernel(ctx, options, &kernel, &release);

	if (r == 0)
		r = make(&tree, kernel, release);
	work_done(&tree.work);
	free(tree.arguments);
	return r;
}

/* ---- one machine ---- */

static int remove_machine(struct context *ctx, const char *output, const char *name)
{
	AUTO_FREE char *path = text_format("machines/%s", name);

	return path ? remove_entry(ctx, output, path) : context_oom(ctx);
}

static int write_entry(struct context *ctx, const char *output, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("machines/%s", name);

	return path ? write_text(ctx, output, path, text) : context_oom(ctx);
}

/* All that the machine's kernel is told beside the mode; NULL: nothing. */
static int machine_arguments(struct context *ctx, const struct image_options *options, const struct image_machine *machine, char **ret)
{
	AUTO_FREE char *token = NULL;
	int r = check_address(ctx, machine->set);

	if (r == 0)
		r = check_answers(ctx, machine->answers);
	if (r == 0)
		r = check_notify(ctx, machine->notify);
	if (r == 0 && machine->once)
		r = network_once_check(ctx, options->output);
	if (r == 0 && machine->once)
		r = network_once_token(ctx, &token);
	if (r < 0)
		return r;
	if (add_word(ret, "", options->arguments) < 0 || add_word(ret, "lifeboat.set=", machine->set) < 0 ||
	    add_word(ret, "lifeboat.target=", machine->target) < 0 || add_word(ret, "lifeboat.answers=", machine->answers) < 0 ||
	    add_word(ret, "lifeboat.notify=", machine->notify) < 0 || add_word(ret, "lifeboat.once=", token) < 0)
		return context_oom(ctx);
	return 0;
}

int image_network_machine(struct context *ctx, const struct image_options *options, const struct image_machine *machine)
{
	AUTO_FREE char *ipxe_name = NULL, *grub_name = NULL, *arguments = NULL, *ipxe = NULL, *grub = NULL;
	int r = network_menu_names(ctx, machine->id, &ipxe_name, &grub_name);

	if (r == 0 && machine->resume)
		return network_once_resume(ctx, options->output, machine->id);
	if (r == 0)
		r = network_once_forget(ctx, options->output, machine->id);

	if (r == 0 && !machine->mode)
		r = remove_machine(ctx, options->output, ipxe_name);
	if (r < 0 || !machine->mode)
		return r < 0 ? r : remove_machine(ctx, options->output, grub_name);
	r = machine_arguments(ctx, options, machine, &arguments);
	if (r < 0)
		return r;
	r = network_menu_print_machine(ctx, machine->mode, arguments, &ipxe);
	if (r == 0)
		r = menu_print_machine(ctx, machine->mode, arguments, &grub);
	if (r == 0)
		r = make_folders(ctx, options->output);
	if (r == 0)
		r = write_entry(ctx, options->output, ipxe_name, ipxe);
	return r < 0 ? r : write_entry(ctx, options->output, grub_name, grub);
}
