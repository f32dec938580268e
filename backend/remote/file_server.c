/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "file_server.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "../core/clock.h"
#include "../core/patient.h"

#define LOOK_S 10.0
#define TELL_S 15.0          /* a disk of the server's that stood still runs by then */

/* ---- what is a server's ---- */

/* statfs(2) and linux/magic.h: NFS, SMB (cifs, smb2, smbfs), FUSE, Ceph, AFS, 9P, Coda. */
static const unsigned kinds[] = { 0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546, 0x00c36400, 0x5346414f, 0x01021997, 0x73757245 };

struct look {
	char *path;
	bool is_server;
};

static void look_release(void *data)
{
	struct look *look = data;

	free(look->path);
	free(look);
}

static void carry_look(void *data)
{
	struct look *look = data;
	struct statfs filesystem;
	struct stat st;

	while (statfs(look->path, &filesystem) < 0) {
		char *slash = strrchr(look->path, '/');

		if (errno != ENOENT || !strcmp(look->path, "/") || !strcmp(look->path, "."))
			return;
		if (!slash) {
			look->path[0] = '.';
			slash = look->path;
		}
		slash[slash == look->path] = '\0';
	}
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		look->is_server |= (unsigned)filesystem.f_type == kinds[i];
	/* A program for a disk's filesystem (ntfs-3g) has that disk's number. */
	if (look->is_server && stat(look->path, &st) == 0 && major(st.st_dev) != 0)
		look->is_server = false;
}

bool file_server_has(const struct context *ctx, const char *path)
{
	struct look *look = calloc(1, sizeof(*look));
	bool is_server = false;
	int r;

	if (!look)
		return false;
	look->path = strdup(*path ? path : ".");
	if (!look->path) {
		free(look);
		return false;
	}
	r = patient_call(ctx, LOOK_S, carry_look, look_release, look);
	if (r == 0)
		is_server = look->is_server;
	if (r == 0 || r == -ENOMEM)
		look_release(look);
	return r == -ETIMEDOUT || is_server;
}

/* ---- calls ---- */

struct wait {
	struct context *ctx;
	struct file_server *server;
	double begun;
};

double file_server_patience(const struct file_server *server)
{
	return server->patience > 0 ? server->patience : FILE_SERVER_PATIENCE_S;
}

static int look_at_server(void *data)
{
	const struct wait *wait = data;
	struct file_server *server = wait->server;
	double now = clock_now(), answered = atomic_load(&server->answered);
	double silent = now - (answered > wait->begun ? answered : wait->begun), patience = file_server_patience(server);

	if (context_is_cancelled(wait->ctx))
		return -ECANCELED;
	if (atomic_load(&server->gone) || silent > patience) {
		atomic_store(&server->gone, true);
		return -ETIMEDOUT;
	}
	if (silent > (patience / 4 < TELL_S ? patience / 4 : TELL_S) && !atomic_exchange(&server->told, true))
		context_warn(wait->ctx, "The server of %s has not answered for %u seconds. Lifeboat waits for it, %u seconds in all", server->place,
			     (unsigned)silent, (unsigned)patience);
	return 0;
}

int file_server_call(struct context *ctx, struct file_server *server, void (*call)(void *data), void (*release)(void *data), void *data)
{
	struct wait wait = { ctx, server, clock_now() };
	int r;

	if (atomic_load(&server->gone)) {
		release(data);
		return -ETIMEDOUT;
	}
	r = patient_call_while(look_at_server, &wait, call, release, data);
	if (r < 0)
		return r;
	atomic_store(&server->answered, clock_now());
	if (atomic_exchange(&server->told, false))
		context_info(ctx, "The server of %s answers again", server->place);
	return 0;
}

static int look_at_time(void *data)
{
	return clock_now() > *(double *)data ? -ETIMEDOUT : 0;
}

void file_server_try(double longest, void (*call)(void *data), void (*release)(void *data), void *data)
{
	double end = clock_now() + longest;
	int r = patient_call_while(look_at_time, &end, call, release, data);

	/* With no thread to be had, what is open ends with the process. */
	if (r == 0)
		release(data);
}
