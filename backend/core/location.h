/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a recovery set lies, parsed once from what a person wrote: a path, the id of a set or filesystem, a stream, or an address with a
 * scheme. Also how such places are shown: passwords in them reach no log, event, screen or file.
 */
#ifndef LIFEBOAT_CORE_LOCATION_H
#define LIFEBOAT_CORE_LOCATION_H

#include "context.h"

/* Schemes that are not written as "NAME:"; no name of an address can be one of them. */
#define LOCATION_PATH "/"        /* a path: directory, file or device node */
#define LOCATION_ID "#"          /* the UUID of a set or of a filesystem */
#define LOCATION_STREAM "-"      /* standard input */

struct location {
	char *scheme;            /* one of the above, or the address's in lower case: "cdrom", "tape", "nfs", "https", ... */
	char *user, *password;   /* as written, percent escapes included; NULL: none */
	char *host, *port;       /* NULL: none; an IPv6 address in its brackets */
	char *path;              /* LOCATION_ID: the UUID; "" where the address ends before it */
	char *query;             /* without its '?'; NULL: none */
};

/* Parses TEXT: "-", a UUID, "SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH][?QUERY]" (RFC 3986, no fragment), "cdrom:[DEVICE]", "tape:DEVICE",
 * and for nfs, smb, s3 and ssh also "SCHEME:HOST:/PATH"; "HOST:/PATH" and "file:" addresses are refused, all else is a path. 0 with *RET new; -EINVAL
 * with a sentence that shows no password; -ENOMEM. CTX may be NULL: no sentence. */
MUST_CHECK int location_parse(struct context *ctx, const char *text, struct location **ret);
/* Wipes the password first. NULL is ignored. */
void location_free(struct location *location);
static inline void cleanup_location(struct location **location)
{
	location_free(*location);
}
#define AUTO_LOCATION CLEANUP(cleanup_location)

bool location_has_scheme(const struct location *location, const char *scheme);
/* The whole place, password included, as location_parse() takes it: for who opens it, never for a person. New string; NULL when out of memory. */
char *location_print(const struct location *location);
/* The same for people: "***" stands for a password and for the value of a query's word that is secret by its name. */
char *location_show(const struct location *location);

#endif
