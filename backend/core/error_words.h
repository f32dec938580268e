/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the C library says of errors, for translators: as arguments of sentences these texts are translated, too. */
#ifndef LIFEBOAT_CORE_ERROR_WORDS_H
#define LIFEBOAT_CORE_ERROR_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* True for strerror()'s text of an error that is in the table. */
bool error_words_are(const char *text);
/* The table's row I: its errno, and its text in *RET_TEXT; 0 past the end. */
int error_words_row(size_t i, const char **ret_text);

#endif
