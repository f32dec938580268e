/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that --edit names: changes of the plan, as wishes.h describes them.
 */
#ifndef LIFEBOAT_SCREENS_EDIT_FILE_H
#define LIFEBOAT_SCREENS_EDIT_FILE_H

#include <jansson.h>

/* Reads the JSON object in PATH, or the member "wishes" of the one there, as 'lifeboat plan --json' puts it out. 0, with a new reference in *RET; else the
 * exit status, the error was told with NAME, the subcommand's. */
int edit_file_load(const char *name, const char *path, json_t **ret);

#endif
