/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pid 1 of the rescue system: mounts, devices, log, consoles; starts the engine and a front end on every console, starts them
 * again when they die, reaps, and turns the machine off or around cleanly.
 */
#ifndef LIFEBOAT_INIT_INIT_H
#define LIFEBOAT_INIT_INIT_H

/* Never returns to its caller as pid 1; elsewhere refuses with exit status 2. PROGRAM: path of this executable, started again as
 * "lifeboat engine" and "lifeboat console". */
int init_main(const char *program);

#endif
