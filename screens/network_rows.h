/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "network" for people: interfaces, settings and results of tests in words, and what was typed made into settings. Nothing is judged
 * here but the form: the engine says what comes of them.
 */
#ifndef LIFEBOAT_SCREENS_NETWORK_ROWS_H
#define LIFEBOAT_SCREENS_NETWORK_ROWS_H

#include "model.h"

#define NETWORK_MEMBERS 8
/* Members of the settings, in the order in which they are shown: "interface", "method", ... Static. */
extern const char *const network_members[NETWORK_MEMBERS];
/* Ways to get an address, NULL-ended. Static. */
extern const char *const network_methods[];

/* How MEMBER is called; what a way to get an address is. Borrowed. */
const char *network_member_name(const char *member);
const char *network_method_name(const char *method);
/* The value of MEMBER in SETTINGS, for people; "" where it is not set. New string. */
char *network_member_text(json_t *settings, const char *member);
/* Whether MEMBER has a meaning with the method of SETTINGS. */
bool network_member_matters(json_t *settings, const char *member);
/* Sets MEMBER of SETTINGS to what TEXT says; "" takes it away. NULL, or why it cannot be: borrowed. */
const char *network_member_set(json_t *settings, const char *member, const char *text);
/* Name, driver, link, addresses and MAC address of an interface, in one line. New string. */
char *network_interface_line(json_t *interface);
/* The results of the last test, a line each; "" when there was none. New string. */
char *network_results(json_t *data);

#endif
