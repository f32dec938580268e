/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network settings in the forms that systems read: text for the file of each. The card is known by its MAC address, for its name in the restored
 * system is not known here. */
#ifndef LIFEBOAT_FINISH_NETWORK_FORMS_H
#define LIFEBOAT_FINISH_NETWORK_FORMS_H

#include "../network/kept.h"

struct network_file {
	char *path;              /* below the root */
	char *text;
	bool secret;             /* mode 0600, which its reader demands; else 0644 */
	bool before;             /* the text is put before what the file has; else it is the whole file */
};

#define NETWORK_FILES_MAX 3
struct network_files {
	struct network_file files[NETWORK_FILES_MAX];
	size_t count;
};

/* Each fills *RET, cleared by the caller and released by network_files_done() in any case. 0 or -ENOMEM. */
MUST_CHECK int network_form_keyfile(const struct network_kept *kept, struct network_files *ret);     /* nm-settings-keyfile(5) */
MUST_CHECK int network_form_networkd(const struct network_kept *kept, struct network_files *ret);    /* systemd.network(5) */
MUST_CHECK int network_form_netplan(const struct network_kept *kept, struct network_files *ret);     /* netplan(5) */
MUST_CHECK int network_form_interfaces(const struct network_kept *kept, struct network_files *ret);  /* interfaces(5), patterns: ifupdown 0.8.13 */
MUST_CHECK int network_form_ifcfg(const struct network_kept *kept, struct network_files *ret);       /* sysconfig.txt of initscripts */
void network_files_done(struct network_files *files);
#define AUTO_NETWORK_FILES CLEANUP(network_files_done)

#endif
