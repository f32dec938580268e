/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question "edit" in lines: its rows with numbers, and commands such as "3 size 20GiB".
 */
#ifndef LIFEBOAT_SCREENS_ASK_EDIT_H
#define LIFEBOAT_SCREENS_ASK_EDIT_H

#include "ask.h"

void ask_edit_print(json_t *question, FILE *out);
/* As ask_line(). */
enum ask_result ask_edit_line(json_t *question, const char *line, json_t **ret_value, const char **ret_why);

#endif
