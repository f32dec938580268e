/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of the log by how much they matter, and the few of them that the live view has room for. */
#ifndef LIFEBOAT_SCREENS_LOG_LINES_H
#define LIFEBOAT_SCREENS_LOG_LINES_H

#include "../ui/live.h"
#include "model.h"

enum log_rank {
	LOG_WARNED,      /* warnings and errors */
	LOG_SAID,
	LOG_KERNEL,      /* what the kernel says of devices */
	LOG_DETAIL,      /* programs that are run and what they say, answers, states of phases */
};

enum log_rank log_rank(const struct model_log *line);
enum tone log_tone(const struct model_log *line);
/* Draws the last lines, wrapped, the newest at the bottom, into ROWS rows from ROW on. Warnings stay, however much is said after them, and
 * take up to two thirds of the room; what the kernel says gets what is left; details are for the log itself. */
void log_draw(const struct model *model, struct live *live, int row, int column, int width, int rows);

#endif
