/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one process at a time may have on this machine, by name. A claim ends with the process that has it, however it ends, and leaves nothing
 * behind.
 */
#ifndef LIFEBOAT_CORE_CLAIM_H
#define LIFEBOAT_CORE_CLAIM_H

/* A descriptor that holds the claim NAME (any text) until it is closed; -EADDRINUSE when another process has it, or -errno. */
int claim_take(const char *name);

#endif
