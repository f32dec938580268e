/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "network" in lines: commands such as "address 192.0.2.5/24" fill the settings, "use" sends them.
 */
#ifndef LIFEBOAT_SCREENS_ASK_NETWORK_H
#define LIFEBOAT_SCREENS_ASK_NETWORK_H

#include "ask.h"

/* SETTINGS: what was typed so far. */
void ask_network_print(json_t *question, json_t *settings, FILE *out);
/* As ask_line(); ASK_MORE when SETTINGS were changed. */
enum ask_result ask_network_line(json_t *question, json_t *settings, const char *line, json_t **ret_value, const char **ret_why);

#endif
