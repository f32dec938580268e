/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel command line as whole words: lifeboat.* keys, Mondo's bare words, ip=, BOOTIF=, console=. Unknown lifeboat.* keys are
 * kept to be reported, never guessed at. docs/kernel-command-line.md lists the words.
 */
#ifndef LIFEBOAT_MACHINE_CMDLINE_H
#define LIFEBOAT_MACHINE_CMDLINE_H

#include "../core/context.h"

enum mode { MODE_ASK, MODE_INTERACTIVE, MODE_NUKE, MODE_EXPERT, MODE_COMPARE, MODE_COUNT };
enum after { AFTER_DEFAULT, AFTER_REBOOT, AFTER_POWEROFF, AFTER_SHELL };

struct cmdline {
	enum mode mode;          /* MODE_ASK when not given */
	enum after after;
	char *set;               /* URL, path or UUID; NULL */
	char **targets;          /* comma-separated in the argument; NULL */
	char *answers, *lang, *key, *luks_key_file; /* NULL when not given */
	char *tools;             /* lifeboat.tools: address of the tools image, or "off"; NULL */
	bool ram;                /* lifeboat.ram: tools image and set are copied into memory, the medium is released */
	bool again;              /* lifeboat.again: restore even when the machine already carries this set */
	char *report;            /* lifeboat.report: name of the serial line that gets every event; NULL */
	char *notify;            /* lifeboat.notify: the address that is told how the restore stands; NULL */
	unsigned notify_every_s; /* lifeboat.notify-every; 0: not given */
	char *once;              /* lifeboat.once: the token of an entry that restores once, as it was written; NULL: it is none */
	bool rehearsal;          /* lifeboat.rehearsal: what is restored is looked at from the first serial line */
	bool digests_only;       /* lifeboat.verify=digest: before anything is erased only digests of the set are checked */
	bool verify_each;        /* lifeboat.verify=each: of a set that passes once each part is verified when it is restored, which is agreed to */
	bool salvage;            /* lifeboat.salvage: of a damaged set all that is intact is restored, unasked */
	bool initramfs_always, initramfs_never; /* lifeboat.initramfs=; neither: auto, a new one is made where the saved one does not serve */
	bool debug;              /* lifeboat.debug: what the engine logs goes to the system console too */
	unsigned set_wait;       /* lifeboat.set-wait: seconds until what the set lies on counts as away; 0: not given */
	unsigned network_wait;   /* lifeboat.network-wait: seconds that an unattended run tries to reach the set's server; 0: not given */
	char **ip;               /* each ip= argument */
	char **vlan, **bond, **ifname, **nameserver, **route; /* each vlan=, bond=, ifname=, nameserver= and rd.route= argument */
	char *bootif;            /* MAC address ("aa:bb:cc:dd:ee:ff") or NULL */
	char **consoles;         /* names of console= arguments without options ("tty0", "ttyS0"), in order */
	char **unknown;          /* lifeboat.* words that are not known, or have a bad value */
};

/* Parses TEXT (the bytes of /proc/cmdline). Double quotes group words as the kernel does; words after a lone "--" are for
 * programs and are skipped. The last of several words with one key wins; targets add up. 0 or -ENOMEM. */
int cmdline_parse(const char *text, struct cmdline *ret);
/* The same for the kernel's own. 0 or -errno. */
int cmdline_read(struct cmdline *ret);
void cmdline_done(struct cmdline *cmdline);
/* "full", "digest" or "each"; false (CMDLINE untouched) for anything else. */
bool cmdline_take_verify(struct cmdline *cmdline, const char *value);
/* "auto", "always" or "never"; false (CMDLINE untouched) for anything else. */
bool cmdline_take_initramfs(struct cmdline *cmdline, const char *value);
const char *mode_name(enum mode mode);
/* false (value untouched) when NAME is no mode a person can ask for. */
bool mode_parse(const char *name, enum mode *ret);
/* "default", "reboot", "poweroff", "shell". */
const char *after_name(enum after after);

#endif
