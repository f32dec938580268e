/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts entries onto the tree: files, symbolic links, devices, pipes, sockets, and additional names of files. */
#ifndef LIFEBOAT_RESTORE_PUT_H
#define LIFEBOAT_RESTORE_PUT_H

#include "../core/macro.h"
#include "worker.h"

/* Puts the worker's present entry of a FILES segment onto the tree. 0, also when it was listed as failed; -errno. */
MUST_CHECK int put_entry(struct worker *worker);
/* What the worker's present entry made is not what was saved: it is taken away again. */
void put_withdraw(struct worker *worker);
/* Makes the additional name of the worker's present entry. */
MUST_CHECK int put_link(struct worker *worker);

#endif
