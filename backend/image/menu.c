/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "menu.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../core/bytes.h"

/* The interface that GRUB loaded from. */
#define NETWORK_WORDS " BOOTIF=01-$net_default_mac"
/* Set by network_menu_grub_head; arguments that name another come later. */
#define TOOLS_WORDS " $tools"
/* x86 kernels take 2047 bytes (COMMAND_LINE_SIZE); the menu's own words take a part of it. */
#define ARGUMENTS_LIMIT 1700

struct entry {
	const char *id;          /* also the value of lifeboat.mode= */
	const char *title;
	bool is_tied;            /* takes the set that rides on the medium and no other */
};

static const struct entry entries[] = {
	{ "interactive", "Restore this machine - interactive, asks before it erases", false },
	{ "nuke", "Restore this machine - nuke, ERASES WITHOUT ASKING", true },
	{ "expert", "Expert - a root shell with the rescue tools", false },
	{ "compare", "Compare this machine with what was saved - changes nothing", true },
};

static const char head[] =
	"# Boot menu of Lifeboat rescue media.\n"
	"# The serial line is used when there is one; UEFI firmware shows its console there by itself.\n"
	"if [ \"$grub_platform\" = pc ]; then\n"
	"\tif serial --unit=0 --speed=115200; then\n"
	"\t\tterminal_input console serial\n"
	"\t\tterminal_output console serial\n"
	"\tfi\n"
	"fi\n";

/* Disks that hold Lifeboat media are left out. Wildcards give only what exists, and without complaints. On BIOS the disk changes
 * places with the first, where some systems expect to be. On UEFI the systems' own loaders come before the fallback, which may
 * be anything; firmware need not have looked at disks it did not start from, so with nothing found it continues itself.
 * What is started is told that it lies on the root device. */
static const char local[] =
	"menuentry 'Boot from the local disk' --id local {\n"
	"\tset own=' '\n"
	"\tfor marker in (hd*)/boot/lifeboat-media; do\n"
	"\t\tif regexp --set=1:disk '^[(](hd[0-9]+)' \"$marker\"; then set own=\"$own$disk \"; fi\n"
	"\tdone\n"
	"\tset medium=$root\n"
	"\tif [ \"$grub_platform\" = efi ]; then\n"
	"\t\tfor loader in (hd*)/EFI/*/shimx64.efi (hd*)/EFI/*/grubx64.efi (hd*)/EFI/systemd/systemd-bootx64.efi \\\n"
	"\t\t\t(hd*)/EFI/Microsoft/Boot/bootmgfw.efi (hd*)/EFI/BOOT/BOOTX64.EFI; do\n"
	"\t\t\tif regexp --set=1:place --set=2:disk '^[(]((hd[0-9]+)[^)]*)' \"$loader\"; then\n"
	"\t\t\t\tif regexp \" $disk \" \"$own\"; then true; else\n"
	"\t\t\t\t\techo \"Starting $loader\"\n"
	"\t\t\t\t\tset root=$place\n"
	"\t\t\t\t\tif chainloader \"$loader\"; then boot; fi\n"
	"\t\t\t\tfi\n"
	"\t\t\tfi\n"
	"\t\tdone\n"
	"\t\techo 'The firmware continues with its next boot device.'\n"
	"\t\texit\n"
	"\tfi\n"
	"\tfor device in (hd*); do\n"
	"\t\tif regexp --set=1:disk '^[(](hd[0-9]+)[)]$' \"$device\"; then\n"
	"\t\t\tif regexp \" $disk \" \"$own\"; then true; else\n"
	"\t\t\t\techo \"Starting disk $disk\"\n"
	"\t\t\t\tset root=$disk\n"
	"\t\t\t\tif [ \"$disk\" != hd0 ]; then drivemap -s hd0 $disk; fi\n"
	"\t\t\t\tif chainloader ($disk)+1; then boot; fi\n"
	"\t\t\t\tdrivemap -r\n"
	"\t\t\tfi\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tset root=$medium\n"
	"\techo 'No local disk holds a system that can be started.'\n"
	"\techo 'Back to the menu in 10 seconds, or at once with Esc.'\n"
	"\tsleep --interruptible 10\n"
	"}\n"
	"menuentry 'Leave to the firmware: its next boot device' --id firmware {\n"
	"\texit\n"
	"}\n";

bool image_has_entry(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(entries); i++)
		if (!strcmp(name, entries[i].id))
			return true;
	return !strcmp(name, "local") || !strcmp(name, "firmware");
}

/* One kernel argument as a word of GRUB's script: between single quotes nothing is special there. GRUB itself puts double
 * quotes around words with spaces for the kernel, so those that were typed are dropped here. */
static int quote_word(const char **text, struct buffer *ret)
{
	const char *at = *text;
	bool quoted = false;
	int r = buffer_append(ret, " '", 2);

	for (; r == 0 && *at && (quoted || !isspace((unsigned char)*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		else
			r = buffer_append(ret, at, 1);
	}
	*text = at;
	return r < 0 ? r : quoted ? -EINVAL : buffer_append(ret, "'", 1);
}

static int quote_arguments(struct context *ctx, const char *arguments, struct buffer *ret)
{
	int r = buffer_append(ret, "", 0);

	if (arguments && strlen(arguments) > ARGUMENTS_LIMIT)
		return context_fail(ctx, E2BIG, "The kernel arguments are too long: a kernel takes %d bytes of them at most",
				    ARGUMENTS_LIMIT);
	for (const char *at = arguments; r == 0 && at && *at;) {
		if (isspace((unsigned char)*at))
			at++;
		else
			r = quote_word(&at, ret);
	}
	for (const char *at = arguments; r == 0 && at && *at; at++)
		if (*at == '\'' || *at == '\\' || (iscntrl((unsigned char)*at) && *at != '\t'))
			r = -EINVAL;
	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "The kernel arguments '%s' cannot go into a boot menu: they hold a quote without its pair, "
				    "an apostrophe, a backslash or a control character", arguments);
	return r < 0 ? context_oom(ctx) : 0;
}

/* True when a word of the arguments starts with KEY. */
static bool has_argument(const char *arguments, const char *key)
{
	for (const char *at = arguments; at && (at = strstr(at, key)); at++)
		if (at == arguments || isspace((unsigned char)at[-1]) || at[-1] == '"')
			return true;
	return false;
}

/* rootfstype: else the kernel gives the unpacked boot archive half of the memory at most, too little for it in machines of 512 MiB. */
static char *print_entry(const struct menu *menu, const struct entry *entry, const char *quoted)
{
	bool tied = entry->is_tied && menu->set_id && !has_argument(menu->arguments, "lifeboat.set=");

	return text_format("menuentry '%s' --id %s {\n"
			   "\techo 'Loading the rescue system ...'\n"
			   "\tlinux /boot/vmlinuz lifeboat.mode=%s%s%s " MENU_KERNEL_WORDS "%s%s%s\n"
			   "\tinitrd /boot/initramfs.zst\n"
			   "}\n", entry->title, entry->id, entry->id, tied ? " lifeboat.set=" : "", tied ? menu->set_id : "",
			   menu->network ? TOOLS_WORDS : "", quoted,
			   menu->network ? NETWORK_WORDS : "");
}

int menu_print(struct context *ctx, const struct menu *menu, char **ret)
{
	struct buffer AUTO_BUFFER text = { 0 };
	struct buffer AUTO_BUFFER quoted = { 0 };
	const char *chosen = menu->default_entry ? menu->default_entry : "local";
	unsigned timeout_s = menu->timeout_s == UINT_MAX ? MENU_DEFAULT_TIMEOUT_S : menu->timeout_s;
	AUTO_FREE char *settings = text_format("set default=%s\nset timeout=%u\n", chosen, timeout_s);
	int r;

	if (!image_has_entry(chosen))
		return context_fail(ctx, EINVAL, "The boot menu has no entry '%s'; there are local, interactive, nuke, expert, compare and firmware",
				    chosen);
	r = quote_arguments(ctx, menu->arguments, &quoted);
	if (r < 0)
		return r;
	r = settings ? buffer_append(&text, head, strlen(head)) : -ENOMEM;
	if (r == 0)
		r = buffer_append(&text, settings, strlen(settings));
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(entries); i++) {
		AUTO_FREE char *entry = print_entry(menu, &entries[i], quoted.data ? quoted.data : "");

		r = entry ? buffer_append(&text, entry, strlen(entry)) : -ENOMEM;
	}
	if (r == 0)
		r = buffer_append(&text, local, strlen(local));
	if (r < 0)
		return context_oom(ctx);
	*ret = TAKE_POINTER(text.data);
	return 0;
}

const char *menu_mode(size_t number, const char **ret_title)
{
	*ret_title = entries[number].title;
	return entries[number].id;
}

int menu_check_arguments(struct context *ctx, const char *arguments)
{
	struct buffer AUTO_BUFFER quoted = { 0 };
	int r = quote_arguments(ctx, arguments, &quoted);

	/* iPXE puts settings in their place. */
	if (r == 0 && arguments && strstr(arguments, "${"))
		return context_fail(ctx, EINVAL, "The kernel arguments '%s' cannot go into a boot menu: iPXE would put a value in the place of ${", arguments);
	return r;
}

int menu_print_machine(struct context *ctx, const char *mode, const char *arguments, char **ret)
{
	struct buffer AUTO_BUFFER quoted = { 0 };
	int r = quote_arguments(ctx, arguments, &quoted);

	if (r < 0)
		return r;
	*ret = text_format("echo 'Loading the rescue system ...'\n"
			   "linux /boot/vmlinuz lifeboat.mode=%s " MENU_KERNEL_WORDS TOOLS_WORDS "%s" NETWORK_WORDS "\n"
			   "initrd /boot/initramfs.zst\n"
			   "boot\n", mode, quoted.data ? quoted.data : "");
	return *ret ? 0 : context_oom(ctx);
}

char *menu_print_early(const struct menu *menu)
{
	return text_format("search --no-floppy --file --set=root /boot/lifeboat-media-%s\n"
			   "set prefix=($root)/boot/grub\n", menu->media_id);
}
