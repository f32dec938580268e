/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "beginning.h"

#include <errno.h>
#include <string.h>

#include "../set/stream_table.h"
#include "parts.h"
#include "report.h"

/* The manifest, with tables of which nothing is known. */
static struct manifest make_draft(const struct capture *capture)
{
	static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct manifest draft = *capture->manifest;

	draft.total_files = draft.index_stored = draft.segment_count = draft.table_stored = 1;
	memcpy(draft.index_sha256, digest, sizeof(digest));
	memcpy(draft.table_sha256, digest, sizeof(digest));
	return draft;
}

int beginning_check(struct capture *capture)
{
	AUTO_MANIFEST struct manifest *read = NULL;
	const struct manifest draft = make_draft(capture);
	AUTO_FREE char *text = NULL, *why = NULL;
	size_t length;
	int r;

	text = manifest_print(&draft, &length);
	r = text ? manifest_parse(capture->ctx, text, length, &read) : context_oom(capture->ctx);
	if (r != -EINVAL && r != -EBADMSG)
		return r;
	why = strdup(context_detail(capture->ctx));
	context_clear(capture->ctx);
	return context_fail(capture->ctx, EFBIG, "no set can be made of this machine, because readers would refuse it: %s", why ? why : "?");
}

int beginning_write(struct capture *capture, uint64_t bytes, uint64_t files)
{
	struct manifest draft = make_draft(capture);
	struct sink_member *member;
	AUTO_FREE char *text = NULL;
	size_t length;
	int r;

	draft.is_beginning = true;
	draft.total_bytes = bytes;
	draft.total_files = files ? files : 1;
	text = manifest_print(&draft, &length);
	if (!text)
		return context_oom(capture->ctx);
	r = sink_begin(capture->ctx, capture->sink, STREAM_BEGIN_NAME, &member);
	if (r == 0) {
		r = sink_write(capture->ctx, member, text, length);
		if (r == 0)
			r = sink_end(capture->ctx, TAKE_POINTER(member));
		sink_drop(member);
	}
	return r < 0 ? capture_write_failed(capture, r) : 0;
}
