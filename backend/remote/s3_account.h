/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who asks an S3 server, and where: what an address of the scheme s3 says, and what stands beside it by the names that are usual for S3.
 *
 *   s3://BUCKET/PREFIX?endpoint=URL&region=NAME&style=path|host&profile=NAME
 *
 * Keys: the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), unless the address names a profile; then the profile (the
 * address's, AWS_PROFILE, "default") of the file that AWS_SHARED_CREDENTIALS_FILE names, else of the file s3 of the access directory (access.h), else
 * of ~/.aws/credentials. Region and endpoint: the address; AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; that file;
 * AWS_CONFIG_FILE or ~/.aws/config; us-east-1, and Amazon's server of the region.
 */
#ifndef LIFEBOAT_REMOTE_S3_ACCOUNT_H
#define LIFEBOAT_REMOTE_S3_ACCOUNT_H

#include "../core/context.h"
#include "../core/location.h"

struct s3_account {
	char *bucket, *region;
	char *scheme, *host;     /* http or https; the host, with its port, that requests go to: with the bucket before it in style host */
	char *root;              /* path of the bucket there: "" or "/BUCKET" */
	char *prefix;            /* path of the set below it, escaped: "" or "/..." without a '/' at its end */
	char *key, *secret;
	char *token;             /* NULL: none is needed */
	char *origin;            /* of the keys, for sentences: a path, or NULL: the environment */
};

/* 0 with *RET new, or -errno with a sentence. ACCESS: path of the access directory. */
MUST_CHECK int s3_account_read(struct context *ctx, const struct location *location, const char *access, struct s3_account **ret);
/* Wipes it. NULL is ignored. */
void s3_account_free(struct s3_account *account);
static inline void cleanup_s3_account(struct s3_account **account)
{
	s3_account_free(*account);
}

#endif
