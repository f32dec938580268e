/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "claim.h"

#include <errno.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "../core/bytes.h"

char *claim_text(void)
{
	char host[256] = "", id[UUID_STR_LEN];
	uuid_t bytes;

	gethostname(host, sizeof(host) - 1);
	uuid_generate_random(bytes);
	uuid_unparse_lower(bytes, id);
	return text_format("host %s, process %ld, %s\n", host, (long)getpid(), id);
}

int claim_taken(struct context *ctx, const char *place)
{
	return context_fail(ctx, EBUSY, "another capture is writing to %s now: wait for its end, or name a new directory", place);
}

int claim_rest(struct context *ctx, const char *place)
{
	return context_fail(ctx, ENOTEMPTY,
			    "%s holds the rest of a capture that was stopped, or of one that is still writing: remove it with --clean, or name a new "
			    "directory", place);
}

int claim_young(struct context *ctx, const char *place, unsigned age)
{
	return context_fail(ctx, EBUSY,
			    "%s holds the rest of a capture, and something was written there %u seconds ago: --clean removes it when nothing was written "
			    "for %u minutes. Wait, name a new directory, or remove it on the server", place, age, CLAIM_QUIET_S / 60);
}

int claim_lost(struct context *ctx, const char *place)
{
	return context_fail(ctx, EBUSY, "another capture has taken over %s meanwhile: there is no set of this one", place);
}
