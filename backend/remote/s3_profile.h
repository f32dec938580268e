/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of profiles as the AWS command line writes them (~/.aws/credentials and ~/.aws/config): "[NAME]", below it "KEY = VALUE", a line each;
 * '#' and ';' begin comments. Lines that are set in belong to the one above them and mean nothing here.
 */
#ifndef LIFEBOAT_REMOTE_S3_PROFILE_H
#define LIFEBOAT_REMOTE_S3_PROFILE_H

#include <stdbool.h>

#include "../core/macro.h"

/* What a profile may say; owned, NULL where it does not. */
struct s3_profile {
	char *key, *secret, *token;
	char *region, *endpoint;
};

/* Fills what RET does not have yet from the profile NAME of TEXT, "[NAME]" or "[profile NAME]". *RET_FOUND: there is such a profile. 0; -EINVAL: a
 * line is none of the above, its number in *RET_LINE; -ENOMEM. RET is for s3_profile_done() in any case. */
MUST_CHECK int s3_profile_read(const char *text, const char *name, struct s3_profile *ret, bool *ret_found, unsigned *ret_line);
/* Wipes it. */
void s3_profile_done(struct s3_profile *profile);

#endif
