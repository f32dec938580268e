/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine needs to be let in by servers, and to know them: the files of one directory, ACCESS_DIRECTORY or what LIFEBOAT_ACCESS names.
 *
 *   ca.pem      certificates of authorities that are trusted beside the system's own
 *   client.pem  the certificate, and its key, that this machine shows
 *   netrc       names and passwords by host, as netrc(5) of curl has them
 *   proxy       address of the proxy for HTTP and HTTPS, one line
 *   s3          keys of S3 servers by profile, as ~/.aws/credentials has them (s3_profile.h)
 *   smb         "username=", "password=", "domain=", a line each, as mount.cifs(8) has them
 *   ssh_key     the private key, without a passphrase, that this machine is let in with (ssh_config(5), IdentityFile)
 *   ssh_known_hosts  the keys of SSH servers (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)
 *   ssh_config  what else ssh is to do (ssh_config(5)), instead of the user's own configuration
 *
 * Each may be missing.
 */
#ifndef LIFEBOAT_REMOTE_ACCESS_H
#define LIFEBOAT_REMOTE_ACCESS_H

#include "../core/context.h"

#define ACCESS_DIRECTORY "/etc/lifeboat/access"
#define ACCESS_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

struct access {
	char *directory;
	char *authorities;       /* the bundle and ca.pem in one text; NULL: libcurl's own bundle */
	char *client;            /* path; NULL: there is none */
	char *netrc;             /* path; NULL: there is none */
	char *proxy;             /* NULL: what the environment says (http_proxy, https_proxy, no_proxy) */
};

/* Their names, NULL-ended. */
extern const char *const access_files[];

/* The directory that is meant: borrowed. */
const char *access_directory(void);

/* Whether one of the files is there. */
bool access_is_there(void);

/* 0, or -errno with a sentence: a file is there and cannot be read. RET is for access_done() in any case. */
MUST_CHECK int access_read(struct context *ctx, struct access *ret);
void access_done(struct access *access);

/* What the file smb says; each is NULL before, and stays so where the file does not say it. Owned by the caller, also after an error; the password is
 * to be wiped. 0 or -errno with a sentence. */
MUST_CHECK int access_read_login(struct context *ctx, char **ret_user, char **ret_password, char **ret_domain);

/* The paths of the files for ssh; each is NULL where it is not there. Owned by the caller, also after an error. 0 or -errno with a sentence. */
MUST_CHECK int access_find_ssh(struct context *ctx, char **ret_key, char **ret_known_hosts, char **ret_config);

#endif
