/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of an address as a person writes it (RFC 3986, no fragment), found in its text; nothing is copied. */
#ifndef LIFEBOAT_CORE_ADDRESS_H
#define LIFEBOAT_CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text, borrowed; data NULL: it is not there. */
struct span {
	const char *data;
	size_t length;
};

struct address_parts {
	struct span user, password, host, port, path, query;
};

/* From START to END, which does not belong to it. */
struct span span_between(const char *start, const char *end);
/* The first character of START to END that is one of WANTED; END: none is. */
const char *span_find(const char *start, const char *end, const char *wanted);

/* Digits only; also true of an empty one. */
bool address_is_port(struct span port);
/* The parts of "[USER[:PASSWORD]@]HOST[:PORT][/PATH][?QUERY]", which is START to END. A password with a character that should have been
 * escaped is found, too, so that it is shown to nobody. */
struct address_parts address_split(const char *start, const char *end);
/* Length of the scheme that TEXT begins with: any before "://", one of the COUNT NAMES before ":" alone. 0: none. *RET_REST: what follows it. */
size_t address_scheme(const char *text, const char *const *names, size_t count, const char **ret_rest);

#endif
