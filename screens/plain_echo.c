/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_echo.h"

#include <unistd.h>

void echo_set(struct echo *echo, bool shown)
{
	struct termios silent;

	if (shown != echo->hidden)
		return;
	if (shown) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &echo->shown);
		echo->hidden = false;
		return;
	}
	if (tcgetattr(STDIN_FILENO, &echo->shown) < 0)
		return;
	silent = echo->shown;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ECHONL;
	echo->hidden = tcsetattr(STDIN_FILENO, TCSADRAIN, &silent) == 0;
}
