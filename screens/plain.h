/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain front end: lines, for dumb terminals, logs and screen readers; and with an answers file the one that
 * asks nobody.
 */
#ifndef LIFEBOAT_SCREENS_PLAIN_H
#define LIFEBOAT_SCREENS_PLAIN_H

#include "model.h"

struct plain_options {
	const char *socket;      /* NULL: ENGINE_SOCKET */
	int fd;                  /* already connected to the engine; taken. -1: the socket is used */
	bool waits;              /* for an engine, and again when it goes */
	bool owns;               /* an interrupt stops the restore; else it only leaves */
	json_t *answers;         /* borrowed; NULL: a person answers on standard input */
	const char *answers_path; /* read when the first question comes, instead of answers; NULL: none */
	bool unattended;         /* a question that the answers do not answer ends the session, where nothing was written */
};

/* Until the session ends. Its exit status: of the end state; 1 when the session went away before. */
int plain_main(const struct plain_options *options);

#endif
