/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A place that holds sets: what lies in it, folder by folder, and the removing of it, by the same names everywhere. */
#ifndef LIFEBOAT_PLACES_PLACE_H
#define LIFEBOAT_PLACES_PLACE_H

#include <time.h>

#include "../core/context.h"
#include "../core/location.h"
#include "../remote/file_server.h"

struct place;

struct place_item {
	const char *name;        /* in its folder */
	bool folder, file;       /* neither: something that no set has */
	uint64_t size;
	time_t changed;          /* 0: the place does not say */
};

/* Opens WHERE, as location_parse() takes it: a directory, here or on an NFS, SMB or SSH server, or a prefix in a bucket of an S3 server. With WRITE,
 * things may be removed there. PATIENCE: seconds for which a server may be silent before a call fails; 0: as file_server.h says, of SSH and S3
 * servers 30. 0 or -errno with a sentence; -EOPNOTSUPP: places of that kind cannot be listed. */
MUST_CHECK int place_open(struct context *ctx, const char *where, bool write, double patience, struct place **ret);
/* Whether calls on WHERE may never return, so that a process that writes there may be kept by the kernel when it ends. */
bool place_may_fall_silent(const char *where);
void place_close(struct place *place);
static inline void cleanup_place(struct place **place)
{
	place_close(*place);
}
#define AUTO_PLACE CLEANUP(cleanup_place)

/* Tells EACH what lies in FOLDER ("" the place itself; without a '/' at its end), in no order; what it says other than 0 ends it. A folder that is
 * not there holds nothing. 0 or -errno with a sentence. */
MUST_CHECK int place_list(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item),
			  void *data);
/* The address of FOLDER for set_open(), new; it may hold a password. NULL when out of memory. */
char *place_address(const struct place *place, const char *folder);

/* Keeps captures away from FOLDER until place_let_go() of *RET_FD, -1 where the place has no locks. -EBUSY without a sentence: one is at work
 * there. */
MUST_CHECK int place_hold(struct context *ctx, struct place *place, const char *folder, int *ret_fd);
/* Ends that. FD: -1 allowed. */
void place_let_go(const struct place *place, int fd);
/* Removes the file PATH, so that it stays removed should the power fail; one that is not there is removed. 0 or -errno with a sentence. */
MUST_CHECK int place_remove(struct context *ctx, struct place *place, const char *path);
/* Removes FOLDER if nothing is in it. *RET_LEFT: something is. 0 or -errno with a sentence. */
MUST_CHECK int place_remove_folder(struct context *ctx, struct place *place, const char *folder, bool *ret_left);

/* What each kind of place does (place_directory.c, place_s3.c, place_sftp.c). */
struct place_type {
	int (*list)(struct context *ctx, struct place *place, const char *folder, int (*each)(void *data, const struct place_item *item), void *data);
	int (*hold)(struct context *ctx, struct place *place, const char *folder, int *ret_fd);
	int (*remove)(struct context *ctx, struct place *place, const char *path);
	int (*remove_folder)(struct context *ctx, struct place *place, const char *folder, bool *ret_left);
	/* Gives up what a capture into FOLDER has begun to send. NULL: half a file is a file there. */
	int (*sweep)(struct context *ctx, struct place *place, const char *folder);
};

struct remote;
struct sftp;

struct place {
	const struct place_type *type;
	struct location *location;
	char *shown;             /* for people */
	int fd;                  /* directories */
	bool mounted;            /* of a server */
	struct file_server server; /* of directories that are */
	struct remote *remote;   /* S3 */
	struct sftp *sftp;       /* SSH */
};

extern const struct place_type place_directory, place_s3, place_sftp;
/* place_directory for a place that is MOUNTED. */
extern const struct place_type place_patient;
/* Opens the directory of PLACE, which has all but TYPE and FD; descriptor or -errno with a sentence. */
MUST_CHECK int place_patient_open(struct context *ctx, struct place *place, bool write);
int place_directory_open(struct context *ctx, struct place *place, bool write);

#endif
