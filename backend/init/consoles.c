/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "consoles.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../core/bytes.h"

bool console_is_virtual(const char *name)
{
	/* "tty" alone is whatever terminal one is on. */
	return !strncmp(name, "tty", 3) && (isdigit((unsigned char)name[3]) || !name[3]);
}

char **consoles_serial(const char *kernel_consoles, char *const *named)
{
	AUTO_FREE char *copy = strdup(kernel_consoles);
	char **names = NULL, *save = NULL;

	/* "ttyS0   -W- (EC p a)    4:64": the name comes first. */
	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " \t")] = '\0';
		if (*line && !console_is_virtual(line) && !strchr(line, '/') && !strv_contains(names, line))
			strv_append_line(&names, line);
	}
	for (size_t i = 0; i < strv_length(named); i++)
		if (!console_is_virtual(named[i]) && !strchr(named[i], '/') && !strv_contains(names, named[i]))
			strv_append_line(&names, named[i]);
	return names;
}

const char *console_term(const char *name, const char *told)
{
	if (console_is_virtual(name))
		return "linux";
	/* The kernel itself gives pid 1 TERM=linux when nobody said anything. */
	return told && *told && strcmp(told, "linux") ? told : "vt220";
}

/* As stty sane: what a program that was killed in raw mode leaves behind is unusable. Speed and character size stay. */
static void make_sane(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0)
		return;
	settings.c_iflag &= ~(tcflag_t)(IGNBRK | INLCR | IGNCR | IXOFF | ISTRIP | PARMRK);
	settings.c_iflag |= BRKINT | ICRNL | IMAXBEL | IXON;
	settings.c_oflag |= OPOST | ONLCR;
	settings.c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
	settings.c_lflag &= ~(tcflag_t)(ECHONL | NOFLSH | TOSTOP);
	settings.c_cflag |= CREAD | CLOCAL | HUPCL;
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &settings);
}

static void give_size(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || (size.ws_row && size.ws_col))
		return;
	size.ws_row = 24;
	size.ws_col = 80;
	ioctl(fd, TIOCSWINSZ, &size);
}

int console_take(const char *name)
{
	AUTO_FREE char *path = text_format("/dev/%s", name);
	struct termios settings;
	int fd;

	if (!path)
		return -ENOMEM;
	setsid();
	/* Without a carrier a serial line would hold up the opening. */
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* A port that the kernel knows of but that is not there. */
	if (tcgetattr(fd, &settings) < 0 || fcntl(fd, F_SETFL, O_RDWR) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	ioctl(fd, TIOCSCTTY, 1);
	make_sane(fd);
	give_size(fd);
	for (int i = 0; i <= 2; i++)
		if (dup2(fd, i) < 0)
			return -errno;
	if (fd > 2)
		close(fd);
	return 0;
}
