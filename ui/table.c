/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include <stdlib.h>

#include "line.h"
#include "memory.h"

#define GAP 2        /* cells between columns */
#define NARROWEST 8  /* a column that gives way keeps this */

struct table {
	struct column *columns;
	char **heads;
	size_t count;
	char **cells;            /* COUNT a row */
	size_t row_count;
	int *widest;             /* of each column */
};

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *table = ui_allocate(sizeof(*table));

	table->count = count;
	table->columns = ui_allocate(count * sizeof(*table->columns));
	table->heads = ui_allocate(count * sizeof(*table->heads));
	table->widest = ui_allocate(count * sizeof(*table->widest));
	for (size_t i = 0; i < count; i++) {
		table->columns[i] = columns[i];
		table->heads[i] = line_clean(columns[i].head, false);
		table->columns[i].head = table->heads[i];
		table->widest[i] = line_width(table->heads[i]);
	}
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->heads[i]);
	for (size_t i = 0; i < table->row_count * table->count; i++)
		free(table->cells[i]);
	free(table->columns);
	free(table->heads);
	free(table->widest);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, const char *const *cells)
{
	char **row;

	table->cells = ui_reallocate(table->cells, (table->row_count + 1) * table->count * sizeof(*table->cells));
	row = table->cells + table->row_count++ * table->count;
	for (size_t i = 0; i < table->count; i++) {
		row[i] = line_clean(cells[i], false);
		if (line_width(row[i]) > table->widest[i])
			table->widest[i] = line_width(row[i]);
	}
}

int table_width(const struct table *table)
{
	int width = 0;

	for (size_t i = 0; i < table->count; i++)
		width += table->widest[i] + (i ? GAP : 0);
	return width;
}

/* The columns' widths for WIDTH cells. New array. */
static int *choose_widths(const struct table *table, int width)
{
	int *widths = ui_allocate((table->count + 1) * sizeof(*widths));
	int excess = table_width(table) - width;

	for (size_t i = 0; i < table->count; i++)
		widths[i] = table->widest[i];
	while (excess-- > 0) {
		size_t victim = table->count;

		for (size_t i = 0; i < table->count; i++)
			if (!table->columns[i].whole && widths[i] > NARROWEST && (victim == table->count || widths[i] > widths[victim]))
				victim = i;
		if (victim == table->count)
			break;
		widths[victim]--;
	}
	return widths;
}

static char *lay_out(const struct table *table, char *const *cells, int width)
{
	int *widths = choose_widths(table, width);
	char *line = line_format("%s", "");

	for (size_t i = 0; i < table->count; i++) {
		const struct column *column = &table->columns[i];
		char *fit = column->middle ? line_fit_middle(cells[i], widths[i]) : line_fit(cells[i], widths[i]);
		char *cell = column->right ? line_right(fit, widths[i]) : line_pad(fit, widths[i]);
		char *longer = line_format("%s%*s%s", line, i ? GAP : 0, "", cell);

		free(fit);
		free(cell);
		free(line);
		line = longer;
	}
	free(widths);
	return line;
}

char *table_head(const struct table *table, int width)
{
	return lay_out(table, table->heads, width);
}

char *table_row(const struct table *table, size_t i, int width)
{
	return lay_out(table, table->cells + i * table->count, width);
}
