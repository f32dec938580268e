/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network_menu.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/rescue_names.h"

#define MAC_BYTES 6

/* What GRUB loaded by HTTP is at that server for the rescue system, too. GRUB without the module smbios knows machines by their MAC address alone. */
const char network_menu_grub_head[] =
	"if regexp --set=1:server '^http,(.*)$' \"$root\"; then set tools=\"lifeboat.tools=http://$server/" TOOLS_IMAGE_NAME "\"; fi\n"
	"if [ -s /machines/$net_default_mac.cfg ]; then source /machines/$net_default_mac.cfg; fi\n"
	"if smbios --type 1 --get-uuid 8 --set=uuid; then\n"
	"\tif [ -s /machines/$uuid.cfg ]; then source /machines/$uuid.cfg; fi\n"
	"fi\n";

/* Behind the menu's own default: no waiting, and no key that leads elsewhere. */
const char network_menu_grub_tail[] =
	"if [ \"$" NETWORK_MENU_GRUB_LOCAL "\" = yes ]; then\n"
	"\tset default=local\n"
	"\tset timeout=0\n"
	"fi\n";

const char network_menu_ipxe_used[] = "#!ipxe\nset " NETWORK_MENU_IPXE_LOCAL " yes\n";
const char network_menu_grub_used[] = "set " NETWORK_MENU_GRUB_LOCAL "=yes\n";

/* netX is the interface that was used last. A name that is not there is no error. */
static const char ipxe_head[] =
	"#!ipxe\n"
	"chain --autofree machines/${netX/mac:hexhyp}.ipxe ||\n"
	"isset ${" NETWORK_MENU_IPXE_LOCAL "} && goto local ||\n"
	"chain --autofree machines/${uuid}.ipxe ||\n"
	"isset ${" NETWORK_MENU_IPXE_LOCAL "} && goto local ||\n"
	":menu\n"
	"menu Lifeboat rescue\n"
	"item local Boot from the local disk\n";

static const char ipxe_local[] =
	":local\n"
	"iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||\n"
	"exit\n";

/* UP: from the script's folder to the tree's top. cwuri is the script's own address. */
static char *print_start(const char *up, const char *mode, const char *arguments)
{
	return text_format("kernel %sboot/vmlinuz initrd=initramfs.zst lifeboat.mode=%s " MENU_KERNEL_WORDS " lifeboat.tools=${cwuri}/../%s" TOOLS_IMAGE_NAME "%s%s BOOTIF=01-${netX/mac:hexhyp} || goto failed\n"
			   "initrd %sboot/initramfs.zst || goto failed\n"
			   "boot || goto failed\n", up, mode, up, arguments ? " " : "", arguments ? arguments : "", up);
}

static int append(struct buffer *buffer, const char *text)
{
	return text ? buffer_append(buffer, text, strlen(text)) : -ENOMEM;
}

static int add_modes(const struct menu *menu, struct buffer *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < MENU_MODES; i++) {
		const char *title, *mode = menu_mode(i, &title);
		AUTO_FREE char *start = print_start("", mode, menu->arguments), *all = NULL;

		all = start ? text_format(":%s\n%s", mode, start) : NULL;
		r = append(text, all);
	}
	return r == 0 ? append(text, ":failed\necho The rescue system could not be loaded. Back to the menu in 10 seconds.\nsleep 10\ngoto menu\n") : r;
}

int network_menu_print(struct context *ctx, const struct menu *menu, char **ret)
{
	struct buffer AUTO_BUFFER text = { 0 };
	const char *chosen = menu->default_entry ? menu->default_entry : "local";
	unsigned long long milliseconds = (menu->timeout_s == UINT_MAX ? MENU_DEFAULT_TIMEOUT_S : menu->timeout_s) * 1000ull;
	AUTO_FREE char *choose = text_format("item firmware Leave to the firmware: its next boot device\n"
					     "choose --default %s --timeout %llu selected || goto local\n"
					     "goto ${selected}\n", chosen, milliseconds);
	int r = menu_check_arguments(ctx, menu->arguments);

	if (r < 0)
		return r;
	r = append(&text, ipxe_head);
	for (size_t i = 0; r == 0 && i < MENU_MODES; i++) {
		const char *title, *mode = menu_mode(i, &title);
		AUTO_FREE char *item = text_format("item %s %s\n", mode, title);

		r = append(&text, item);
	}
	if (r == 0)
		r = append(&text, choose);
	if (r == 0)
		r = append(&text, ipxe_local);
	if (r == 0)
		r = append(&text, ":firmware\nexit\n");
	if (r == 0)
		r = add_modes(menu, &text);
	if (r < 0)
		return context_oom(ctx);
	*ret = TAKE_POINTER(text.data);
	return 0;
}

int network_menu_print_machine(struct context *ctx, const char *mode, const char *arguments, char **ret)
{
	int r = menu_check_arguments(ctx, arguments);
	AUTO_FREE char *start = r == 0 ? print_start("../", mode, arguments) : NULL;

	if (r < 0)
		return r;
	*ret = start ? text_format("#!ipxe\n%s:failed\necho The rescue system could not be loaded.\nsleep 10\nexit 1\n", start) : NULL;
	return *ret ? 0 : context_oom(ctx);
}

/* Twelve hexadecimal digits, in pairs with '-', ':' or nothing between them. */
static bool read_mac(const char *id, char digits[2 * MAC_BYTES + 1])
{
	size_t count = 0;

	for (; *id; id++) {
		if (isxdigit((unsigned char)*id) && count < 2 * (size_t)MAC_BYTES)
			digits[count++] = (char)tolower((unsigned char)*id);
		else if ((*id != ':' && *id != '-') || count % 2)
			return false;
	}
	digits[count] = '\0';
	return count == 2 * (size_t)MAC_BYTES;
}

static char *join_mac(const char *digits, char separator)
{
	char text[3 * MAC_BYTES];

	for (size_t i = 0; i < MAC_BYTES; i++) {
		text[3 * i] = digits[2 * i];
		text[3 * i + 1] = digits[2 * i + 1];
		text[3 * i + 2] = i + 1 < MAC_BYTES ? separator : '\0';
	}
	return strdup(text);
}

int network_menu_names(struct context *ctx, const char *id, char **ret_ipxe, char **ret_grub)
{
	char digits[2 * MAC_BYTES + 1], uuid[UUID_STR_LEN];
	AUTO_FREE char *ipxe = NULL, *grub = NULL;
	uuid_t bytes;

	if (read_mac(id, digits)) {
		ipxe = join_mac(digits, '-');
		grub = join_mac(digits, ':');
	} else if (uuid_parse(id, bytes) == 0) {
		uuid_unparse_lower(bytes, uuid);
		ipxe = strdup(uuid);
		grub = strdup(uuid);
	} else {
		return context_fail(ctx, EINVAL, "'%s' is neither a MAC address (52:54:00:12:34:56) nor an SMBIOS UUID", id);
	}
	*ret_ipxe = ipxe ? text_format("%s.ipxe", ipxe) : NULL;
	*ret_grub = grub ? text_format("%s.cfg", grub) : NULL;
	return *ret_ipxe && *ret_grub ? 0 : context_oom(ctx);
}
