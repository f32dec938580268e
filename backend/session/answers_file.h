/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that lifeboat.answers= names: brought to where the front end that answers reads it. */
#ifndef LIFEBOAT_SESSION_ANSWERS_FILE_H
#define LIFEBOAT_SESSION_ANSWERS_FILE_H

#define ANSWERS_FILE "answers.json"
#define ANSWERS_PATH "/run/lifeboat/" ANSWERS_FILE

struct session;

/* Asks the server where an http or https address names it; else looks in the boot archive and then on every medium. Leaves a copy in the state
 * directory. Nothing to do when none was named. 0 or -errno with a sentence. */
int answers_file_fetch(struct session *session);

#endif
