/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power button, and a shutdown that a hypervisor or a management board asks for: they come as a key of an input device. */
#ifndef LIFEBOAT_INIT_POWER_BUTTON_H
#define LIFEBOAT_INIT_POWER_BUTTON_H

/* Returns when a power key was pressed on any input device below DIRECTORY ("/dev/input"), devices that come later included. */
void power_button_wait(const char *directory);

#endif
