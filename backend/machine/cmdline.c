/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../network/request.h"

static const char *const mode_names[MODE_COUNT] = {
	[MODE_ASK] = "ask",
	[MODE_INTERACTIVE] = "interactive",
	[MODE_NUKE] = "nuke",
	[MODE_EXPERT] = "expert",
	[MODE_COMPARE] = "compare",
};

static const char *const after_names[] = {
	[AFTER_DEFAULT] = "default",
	[AFTER_REBOOT] = "reboot",
	[AFTER_POWEROFF] = "poweroff",
	[AFTER_SHELL] = "shell",
};

const char *mode_name(enum mode mode)
{
	return mode_names[mode];
}

bool mode_parse(const char *name, enum mode *ret)
{
	for (enum mode mode = MODE_INTERACTIVE; mode < MODE_COUNT; mode++)
		if (!strcmp(name, mode_names[mode])) {
			*ret = mode;
			return true;
		}
	return false;
}

const char *after_name(enum after after)
{
	return after_names[after];
}

static int replace_text(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

/* Handlers of keys: 1 taken, 0 bad value, -ENOMEM. VALUE is "" when the word has no '='. */

static int take_mode(struct cmdline *cmdline, const char *value)
{
	return mode_parse(value, &cmdline->mode);
}

static int take_after(struct cmdline *cmdline, const char *value)
{
	for (enum after after = AFTER_REBOOT; after <= AFTER_SHELL; after++)
		if (!strcmp(value, after_names[after])) {
			cmdline->after = after;
			return 1;
		}
	return 0;
}

static int take_text(char **field, const char *value)
{
	return !*value ? 0 : replace_text(field, value) < 0 ? -ENOMEM : 1;
}

static int take_set(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->set, value);
}

static int take_answers(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->answers, value);
}

static int take_luks_key_file(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->luks_key_file, value);
}

static int take_tools(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->tools, value);
}

static int take_lang(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->lang, value);
}

bool cmdline_take_verify(struct cmdline *cmdline, const char *value)
{
	if (strcmp(value, "full") && strcmp(value, "digest") && strcmp(value, "each"))
		return false;
	cmdline->digests_only = !strcmp(value, "digest");
	cmdline->verify_each = !strcmp(value, "each");
	return true;
}

bool cmdline_take_initramfs(struct cmdline *cmdline, const char *value)
{
	if (strcmp(value, "auto") && strcmp(value, "always") && strcmp(value, "never"))
		return false;
	cmdline->initramfs_always = !strcmp(value, "always");
	cmdline->initramfs_never = !strcmp(value, "never");
	return true;
}

static int take_initramfs(struct cmdline *cmdline, const char *value)
{
	return cmdline_take_initramfs(cmdline, value);
}

static int take_key(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->key, value);
}

static int take_report(struct cmdline *cmdline, const char *value)
{
	return strchr(value, '/') ? 0 : take_text(&cmdline->report, value);
}

static int take_target(struct cmdline *cmdline, const char *value)
{
	AUTO_FREE char *copy = strdup(value);
	char *save = NULL;
	int taken = 0;

	if (!copy)
		return -ENOMEM;
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		if (strv_append(&cmdline->targets, word) < 0)
			return -ENOMEM;
		taken = 1;
	}
	return taken;
}

/* Bare "lifeboat.again" means yes, as kernel flags do; anything but 0 and 1 is a mistake to be reported. */
static int take_flag(bool *field, const char *value)
{
	if (*value && strcmp(value, "1") && strcmp(value, "0"))
		return 0;
	*field = strcmp(value, "0") != 0;
	return 1;
}

static int take_again(struct cmdline *cmdline, const char *value)
{
	return take_flag(&cmdline->again, value);
}

static int take_ram(struct cmdline *cmdline, const char *value)
{
	return take_flag(&cmdline->ram, value);
}

static int take_rehearsal(struct cmdline *cmdline, const char *value)
{
	return take_flag(&cmdline->rehearsal, value);
}

static int take_debug(struct cmdline *cmdline, const char *value)
{
	return take_flag(&cmdline->debug, value);
}

static int take_salvage(struct cmdline *cmdline, const char *value)
{
	return take_flag(&cmdline->salvage, value);
}

static int take_notify(struct cmdline *cmdline, const char *value)
{
	return take_text(&cmdline->notify, value);
}

static int take_notify_every(struct cmdline *cmdline, const char *value)
{
	uint64_t seconds;

	if (!parse_u64(value, &seconds) || seconds < 1 || seconds > 30)
		return 0;
	cmdline->notify_every_s = (unsigned)seconds;
	return 1;
}

/* A token that is none is kept, too: a word that has no effect would let the machine restore again and again. */
static int take_once(struct cmdline *cmdline, const char *value)
{
	return replace_text(&cmdline->once, value) < 0 ? -ENOMEM : 1;
}

static int take_verify(struct cmdline *cmdline, const char *value)
{
	return cmdline_take_verify(cmdline, value);
}

/* An empty one means "any", to the kernel as well. */
static int take_ip(struct cmdline *cmdline, const char *value)
{
	return strv_append(&cmdline->ip, value) < 0 ? -ENOMEM : 1;
}

static int take_more(char ***field, const char *value)
{
	return !*value ? 0 : strv_append(field, value) < 0 ? -ENOMEM : 1;
}

static int take_vlan(struct cmdline *cmdline, const char *value)
{
	return take_more(&cmdline->vlan, value);
}

/* A bare "bond" is a bond0 of eth0 and eth1. */
static int take_bond(struct cmdline *cmdline, const char *value)
{
	return take_more(&cmdline->bond, *value ? value : "bond0");
}

static int take_ifname(struct cmdline *cmdline, const char *value)
{
	return take_more(&cmdline->ifname, value);
}

static int take_nameserver(struct cmdline *cmdline, const char *value)
{
	return take_more(&cmdline->nameserver, value);
}

static int take_route(struct cmdline *cmdline, const char *value)
{
	return take_more(&cmdline->route, value);
}

#define NETWORK_WAIT_MAX 86400

static int take_network_wait(struct cmdline *cmdline, const char *value)
{
	uint64_t seconds;

	if (!parse_u64(value, &seconds) || seconds < 1 || seconds > NETWORK_WAIT_MAX)
		return 0;
	cmdline->network_wait = (unsigned)seconds;
	return 1;
}

static int take_set_wait(struct cmdline *cmdline, const char *value)
{
	uint64_t seconds;

	if (!parse_u64(value, &seconds) || seconds < 1 || seconds > NETWORK_WAIT_MAX)
		return 0;
	cmdline->set_wait = (unsigned)seconds;
	return 1;
}

/* PXELINUX gives "01-aa-bb-cc-dd-ee-ff" (01: Ethernet, the hardware type of RFC 1700; 20 is InfiniBand's); others write it with colons, without
 * the type, or without anything between. */
static int take_bootif(struct cmdline *cmdline, const char *value)
{
	char mac[NETWORK_MAC_SIZE];
	size_t length = strlen(value);
	bool typed = length == 20 && (!strncmp(value, "01", 2) || !strncmp(value, "20", 2)) && (value[2] == '-' || value[2] == ':');

	if (!network_mac_parse(typed ? value + 3 : value, mac))
		return 0;
	return replace_text(&cmdline->bootif, mac) < 0 ? -ENOMEM : 1;
}

static int take_console(struct cmdline *cmdline, const char *value)
{
	size_t length = strcspn(value, ",");
	AUTO_FREE char *name = strndup(value, length);

	if (!name)
		return -ENOMEM;
	if (!length || strchr(name, '/'))
		return 0;
	if (strv_contains(cmdline->consoles, name))
		return 1;
	return strv_append(&cmdline->consoles, name) < 0 ? -ENOMEM : 1;
}

static const struct key {
	const char *name;
	bool ours; /* a bad value is reported; others belong to the kernel, which has its own forms of them */
	int (*take)(struct cmdline *cmdline, const char *value);
} keys[] = {
	{ "lifeboat.mode", true, take_mode },
	{ "lifeboat.after", true, take_after },
	{ "lifeboat.set", true, take_set },
	{ "lifeboat.target", true, take_target },
	{ "lifeboat.answers", true, take_answers },
	{ "lifeboat.luks-key-file", true, take_luks_key_file },
	{ "lifeboat.lang", true, take_lang },
	{ "lifeboat.key", true, take_key },
	{ "lifeboat.report", true, take_report },
	{ "lifeboat.notify", true, take_notify },
	{ "lifeboat.notify-every", true, take_notify_every },
	{ "lifeboat.once", true, take_once },
	{ "lifeboat.again", true, take_again },
	{ "lifeboat.tools", true, take_tools },
	{ "lifeboat.ram", true, take_ram },
	{ "lifeboat.rehearsal", true, take_rehearsal },
	{ "lifeboat.verify", true, take_verify },
	{ "lifeboat.salvage", true, take_salvage },
	{ "lifeboat.initramfs", true, take_initramfs },
	{ "lifeboat.debug", true, take_debug },
	{ "lifeboat.network-wait", true, take_network_wait },
	{ "lifeboat.set-wait", true, take_set_wait },
	{ "ip", false, take_ip },
	{ "vlan", false, take_vlan },
	{ "bond", false, take_bond },
	{ "ifname", false, take_ifname },
	{ "nameserver", false, take_nameserver },
	{ "rd.route", false, take_route },
	{ "BOOTIF", false, take_bootif },
	{ "console", false, take_console },
};

static int take_word(struct cmdline *cmdline, char *word)
{
	char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	bool ours = !strncmp(word, "lifeboat.", strlen("lifeboat."));
	int r = 0;

	if (!equals && mode_parse(word, &cmdline->mode))
		return 0;
	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		if (strlen(keys[i].name) == length && !strncmp(word, keys[i].name, length)) {
			r = keys[i].take(cmdline, equals ? equals + 1 : "");
			break;
		}
	if (r == 0 && ours)
		r = strv_append(&cmdline->unknown, word);
	return r < 0 ? r : 0;
}

/* The next word from *TEXT into BUFFER (as long as the text), quotes taken off as lib/cmdline.c's next_arg() does; false at the end. */
static bool next_word(const char **text, char *buffer)
{
	const char *p = *text;
	bool quoted = false;

	while (isspace((unsigned char)*p))
		p++;
	if (!*p)
		return false;
	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*buffer++ = *p;
	}
	*buffer = '\0';
	*text = p;
	return true;
}

int cmdline_parse(const char *text, struct cmdline *ret)
{
	AUTO_FREE char *word = malloc(strlen(text) + 1);
	struct cmdline cmdline = { 0 };

	if (!word)
		return -ENOMEM;
	while (next_word(&text, word) && strcmp(word, "--"))
		if (take_word(&cmdline, word) < 0) {
			cmdline_done(&cmdline);
			return -ENOMEM;
		}
	*ret = cmdline;
	return 0;
}

int cmdline_read(struct cmdline *ret)
{
	AUTO_FREE char *text = NULL;
	int r = file_read(AT_FDCWD, "/proc/cmdline", 65536, &text, NULL);

	return r < 0 ? r : cmdline_parse(text, ret);
}

void cmdline_done(struct cmdline *cmdline)
{
	free(cmdline->set);
	free(cmdline->answers);
	free(cmdline->luks_key_file);
	free(cmdline->lang);
	free(cmdline->tools);
	free(cmdline->key);
	free(cmdline->report);
	text_wipe(cmdline->notify);
	free(cmdline->once);
	free(cmdline->bootif);
	strv_free(cmdline->targets);
	strv_free(cmdline->ip);
	strv_free(cmdline->vlan);
	strv_free(cmdline->bond);
	strv_free(cmdline->ifname);
	strv_free(cmdline->nameserver);
	strv_free(cmdline->route);
	strv_free(cmdline->consoles);
	strv_free(cmdline->unknown);
	*cmdline = (struct cmdline){ 0 };
}
