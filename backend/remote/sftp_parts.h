/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An SFTP server, and what its files need of it. Only for sftp*.c and ssh*.c. */
#ifndef LIFEBOAT_REMOTE_SFTP_PARTS_H
#define LIFEBOAT_REMOTE_SFTP_PARTS_H

#include "sftp.h"

/* The connection is gone; what was asked may or may not have been done. */
#define SFTP_BROKEN (-ECONNRESET)

struct sftp_connection;

struct sftp {
	char *host;              /* as in the address: for people */
	char *name, *port, *user; /* for ssh; NAME without brackets; NULL: ssh's own choice */
	char *path;              /* of the place, without a '/' at its end; "": the user's home directory */
	char *hostkey;           /* "SHA256:..." that is the only good one; NULL: what known_hosts says */
	char *key, *known_hosts, *config; /* files of the access directory; NULL: there is none */
	int pinned_fd;           /* with HOSTKEY: a known_hosts of that key; -1: not yet */
	atomic_bool stopped;
	atomic_bool unsynced;    /* it has stored something that it cannot make persistent */
	_Atomic double patience;
	pthread_mutex_t connecting; /* of who makes a connection */
	pthread_mutex_t lock;    /* guards what follows */
	struct sftp_connection *connection; /* NULL: none */
};

/* Carries out ATTEMPT over a connection, again over another one when it broke, as long as the patience lasts. 0 or more, what ATTEMPT said, or -errno
 * with a sentence. */
struct sftp_work {
	int (*attempt)(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection);
	struct sftp *sftp;
	const char *path;        /* whole */
	unsigned attempts;       /* that were begun, this one too */
	double moved;            /* when something came last */
	void *data;
};
MUST_CHECK int sftp_carry_out(struct context *ctx, struct sftp_work *work);

#endif
