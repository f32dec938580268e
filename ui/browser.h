/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A full-screen table over ncurses: rows in sections above, all that is known of the current row below.
 */
#ifndef LIFEBOAT_UI_BROWSER_H
#define LIFEBOAT_UI_BROWSER_H

#include "table.h"
#include "term.h"

struct browser;

struct browser *browser_new(struct term *term, const char *title);
void browser_free(struct browser *browser);
/* A heading over the rows that follow. */
void browser_section(struct browser *browser, const char *title);
/* The rows of this section come by browser_cells(), in COLUMNS. */
void browser_columns(struct browser *browser, const struct column *columns, size_t count);
void browser_cells(struct browser *browser, enum tone tone, const char *const *cells, const char *detail);
/* TEXT in one line; DETAIL: lines shown below while the row is the current one. */
void browser_row(struct browser *browser, enum tone tone, const char *text, const char *detail);
/* Runs until one of KEYS (VIEW_KEY, its id in *RET) or news, signals. */
enum view_end browser_run(struct browser *browser, const struct key *keys, size_t count, int *ret);

#endif
