/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes and text: names of files are bytes; JSON and screens want UTF-8. One escaping rule for both, and the reading of
 * numbers with bounds. Also the growing buffer of the engine.
 */
#ifndef LIFEBOAT_CORE_BYTES_H
#define LIFEBOAT_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macro.h"

/* Escapes LENGTH bytes: '%', control characters (below 0x20, 0x7f, U+0080 to U+009F), characters that hide or turn around what is
 * beside them (bidirectional controls, zero-width characters and their like) and every byte that is not part of valid UTF-8 become
 * %XX (upper-case hex); all else stays. New string; NULL when out of memory. */
char *bytes_escape(const char *bytes, size_t length);
/* The reverse. A new buffer of *RET_LENGTH bytes with a NUL after it; NULL with errno EINVAL for a bad escape or one that
 * gives a NUL, ENOMEM when out of memory. RET_LENGTH may be NULL. */
char *bytes_unescape(const char *text, size_t *ret_length);

/* Undoes, in place, the kernel's octal escapes of blanks and backslashes in its tables (proc(5): mountinfo, swaps). Returns TEXT. */
char *text_unescape_octal(char *text);

/* Length of the valid UTF-8 sequence at P, which has LEFT bytes (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF), or 0. */
size_t utf8_length(const unsigned char *p, size_t left);

/* A sentence as people may see it: as bytes_escape(), but '%' stays, so that names in it that are escaped already stay as they are,
 * and a second time changes nothing. New string; NULL when out of memory. */
char *text_printable(const char *text);
/* Longest sentence of the engine, in bytes, and longest text from outside that is quoted in one: an answer, a name, a word of a file. */
#define TEXT_SENTENCE_MAX (16u << 10)
#define TEXT_QUOTE_MAX 300u
/* TEXT as people may see it, of at most LIMIT bytes (at least 8): a longer one loses its middle, because beginning and end say most.
 * New string; NULL when out of memory. Whatever quotes a text from outside whose length nobody has bounded does so through it. */
char *text_bounded(const char *text, size_t limit);
/* True for valid UTF-8 that text_printable() leaves as it is. */
bool text_is_plain(const char *text);

/* Whole-string decimal numbers; false (value untouched) for anything else, overflow included. */
bool parse_u64(const char *text, uint64_t *ret);
/* The same, without zeros ahead: as formats write them. */
bool parse_decimal(const char *text, uint64_t *ret);
bool parse_i64(const char *text, int64_t *ret);

/* "1.5 GiB" style size in a new string. */
char *bytes_print_size(uint64_t bytes);

/* printf into a new string; NULL when out of memory. */
char *text_format(const char *format, ...) PRINTF_LIKE(1, 2);
/* Overwrites TEXT, a secret, and frees it. Takes NULL. */
void text_wipe(char *text);
/* A copy of the string without leading and trailing white space. */
char *text_strip(const char *text);

static inline bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* A NULL-ended vector of strings, owned. */
char **strv_free(char **strv);
size_t strv_length(char *const *strv);
/* Appends a copy of TEXT; 0 or -ENOMEM. It looks for the end each time: for short lists. */
MUST_CHECK int strv_append(char ***strv, const char *text);
/* The same for lists that may grow long: *COUNT, kept by the caller, is the list's length. */
MUST_CHECK int strv_append_counted(char ***strv, size_t *count, const char *text);
/* The same for lines that people read and whose number is kept beside them: without memory for it, the line is left out. */
void strv_append_line(char ***strv, const char *text);
bool strv_contains(char *const *strv, const char *text);
/* Its strings with SEPARATOR between them. New string; NULL when out of memory. */
char *strv_join(char *const *strv, const char *separator);
static inline void cleanup_strv(char ***strv)
{
	strv_free(*strv);
}
#define AUTO_STRV CLEANUP(cleanup_strv)

struct buffer {
	char *data;      /* NUL-ended past length */
	size_t length;
	size_t capacity;
};

/* 0 or -ENOMEM. */
int buffer_append(struct buffer *buffer, const void *data, size_t length);
int buffer_reserve(struct buffer *buffer, size_t more);
void buffer_done(struct buffer *buffer);
#define AUTO_BUFFER CLEANUP(buffer_done)

#endif
