/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of cells laid out in columns for whatever width there is: each column as wide as its widest cell; where that does not fit, the
 * widest give way first. Used by the lists of forms and by the browser.
 */
#ifndef LIFEBOAT_UI_TABLE_H
#define LIFEBOAT_UI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct column {
	const char *head;
	bool right;              /* the cells stand at its right edge */
	bool whole;              /* never cut: numbers, times */
	bool middle;             /* cut in the middle: paths and serial numbers, whose ends say most */
};

struct table;

/* COLUMNS are copied. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *table);
/* A row of as many cells as there are columns; copied and cleaned. */
void table_add(struct table *table, const char *const *cells);
/* Cells that the table takes when nothing is cut. */
int table_width(const struct table *table);
/* Names of the columns, or row I, in at most WIDTH cells. New string. */
char *table_head(const struct table *table, int width);
char *table_row(const struct table *table, size_t i, int width);

#endif
