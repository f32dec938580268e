/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that is written below a prefix in a bucket of an S3 server. A member of up to one part's length is one PUT, a longer one goes in parts; an
 * object that is half sent is not there. The place is kept from other captures by an object that only one of them can make (LOCK_NAME).
 */
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../remote/s3.h"
#include "../set/manifest.h"
#include "names.h"
#include "s3_claim.h"
#include "sink_type.h"

#define PART (16u << 20)     /* bytes that a member has in memory: each packer writes one */
#define OPEN_PATIENCE_S 10.0 /* a wrong name is told soon */
#define PATIENCE_S 120.0     /* a server may be started anew, a cable be put back */
#define REMOVE_PATIENCE_S 3.0

struct store {
	struct remote *remote;   /* of members: stopped when they are to be removed */
	struct remote *control;  /* of all else */
	struct claim *claim;     /* NULL: the place is not ours */
	atomic_ullong members, bytes; /* that were ended, and not unlinked; bytes: of segments */
};

struct sending {
	struct buffer data;
	struct s3_upload *upload; /* NULL: all of it is in DATA */
	uint64_t length;
};

/* ---- the place ---- */

static int store_open(struct context *ctx, const struct location *location, bool clean, struct sink *sink)
{
	struct store *store = sink->state = calloc(1, sizeof(*store));
	int r = store ? remote_new(ctx, location, OPEN_PATIENCE_S, &store->remote) : context_oom(ctx);

	if (r == 0)
		r = remote_new(ctx, location, OPEN_PATIENCE_S, &store->control);
	if (r == 0)
		r = claim_make(ctx, store->control, sink->place, clean, &store->claim);
	if (r < 0)
		return r;
	remote_be_patient(store->remote, sink->server.patience ? sink->server.patience : PATIENCE_S);
	remote_be_patient(store->control, sink->server.patience ? sink->server.patience : PATIENCE_S);
	return 0;
}

static void store_close(struct sink *sink)
{
	struct store *store = sink->state;

	if (!store)
		return;
	claim_free(store->claim);
	remote_free(store->remote);
	remote_free(store->control);
	free(store);
}

/* ---- members ---- */

static int store_begin(struct context *ctx, struct sink_member *member)
{
	(void)ctx;
	member->state = calloc(1, sizeof(struct sending));
	return member->state ? 0 : -ENOMEM;
}

static int send_part(struct context *ctx, struct sink_member *member)
{
	const struct store *store = member->sink->state;
	struct sending *sending = member->state;
	int r = sending->upload ? 0 : s3_upload_begin(ctx, store->remote, member->name, &sending->upload);

	if (r == 0)
		r = s3_upload_part(ctx, sending->upload, sending->data.data, sending->data.length);
	sending->data.length = 0;
	return r;
}

static int store_write(struct context *ctx, struct sink_member *member, const void *data, size_t length)
{
	struct sending *sending = member->state;

	for (size_t done = 0, n; done < length; done += n) {
		int r = sending->data.length == PART ? send_part(ctx, member) : 0;

		if (r < 0)
			return r;
		n = PART - sending->data.length < length - done ? PART - sending->data.length : length - done;
		if (buffer_append(&sending->data, (const char *)data + done, n) < 0)
			return -ENOMEM;
		sending->length += n;
	}
	return 0;
}

static bool is_segment(const char *name)
{
	return !strncmp(name, SEGMENTS_NAME "/", strlen(SEGMENTS_NAME "/"));
}

static int store_end(struct context *ctx, struct sink_member *member)
{
	struct store *store = member->sink->state;
	struct sending *sending = member->state;
	int r;

	if (!sending->upload) {
		r = s3_put(ctx, store->remote, member->name, sending->data.data ? sending->data.data : "", sending->data.length, NULL, true);
	} else {
		r = sending->data.length ? send_part(ctx, member) : 0;
		if (r == 0)
			r = s3_upload_end(ctx, sending->upload, true);
	}
	/* This capture stood still for so long that another took its place: what is there is the other's. */
	if (r == -EEXIST)
		r = context_fail(ctx, EBUSY, "another capture took %s over", member->sink->place);
	if (r < 0)
		return r;
	atomic_fetch_add(&store->members, 1);
	if (is_segment(member->name))
		atomic_fetch_add(&store->bytes, sending->length);
	return 0;
}

static void store_drop(struct sink_member *member)
{
	struct sending *sending = member->state;

	if (!sending)
		return;
	s3_upload_free(sending->upload);
	buffer_done(&sending->data);
	free(sending);
}

static ssize_t store_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length)
{
	const struct store *store = sink->state;

	return remote_read(ctx, store->remote, name, offset, buffer, length);
}

static int store_unlink(struct context *ctx, struct sink *sink, const char *name)
{
	struct store *store = sink->state;
	int r = s3_delete(ctx, store->remote, name);

	if (r == 0)
		atomic_fetch_sub(&store->members, 1);
	return r;
}

/* ---- the end ---- */

struct sum {
	uint64_t members, bytes;
};

static int add(void *data, const struct s3_item *item)
{
	struct sum *sum = data;

	if (!strcmp(item->name, LOCK_NAME))
		return 0;
	sum->members++;
	sum->bytes += is_segment(item->name) ? item->size : 0;
	return 0;
}

/* What the server has answered for is persistent; it is asked once more what is there. */
static int store_sync(struct context *ctx, struct sink *sink)
{
	struct store *store = sink->state;
	struct sum sum = { 0 };
	int r = s3_list(ctx, store->control, "", true, add, &sum);

	if (r < 0 || (sum.members == atomic_load(&store->members) && sum.bytes == atomic_load(&store->bytes)))
		return r;
	return context_fail(ctx, EIO, "the server does not have all that was written to %s: %llu files instead of %llu, with %llu bytes of segments instead "
			    "of %llu", sink->place, (unsigned long long)sum.members, (unsigned long long)atomic_load(&store->members),
			    (unsigned long long)sum.bytes, (unsigned long long)atomic_load(&store->bytes));
}

static int store_publish(struct context *ctx, struct sink *sink, const void *text, size_t length)
{
	struct store *store = sink->state;
	int r = claim_check(ctx, store->control, sink->place, store->claim);

	if (r == 0)
		r = s3_put(ctx, store->control, MANIFEST_NAME, text, length, NULL, true);
	if (r == -EEXIST) {
		r = context_fail(ctx, EEXIST, "another capture made a set at %s meanwhile", sink->place);
		/* Nothing of it is removed. */
		claim_free(TAKE_POINTER(store->claim));
	}
	if (r < 0)
		return r;
	/* The set is whole; what stays is told, because a capture to the same place would be told of another one. */
	if (claim_release(ctx, store->control, store->claim) < 0)
		context_warn(ctx, "the file %s at %s could not be removed: the set is whole, remove it by hand", LOCK_NAME, sink->place);
	return 0;
}

static void store_remove(struct sink *sink)
{
	struct store *store = sink->state;

	if (!store->claim)
		return;
	/* What is being sent ends now. */
	remote_stop(store->remote);
	remote_be_patient(store->control, REMOVE_PATIENCE_S);
	claim_remove(store->control, store->claim);
}

const struct sink_type sink_s3_type = {
	.on_server = true,
	.open = store_open,
	.begin = store_begin,
	.write = store_write,
	.end = store_end,
	.drop = store_drop,
	.read = store_read,
	.unlink = store_unlink,
	.sync = store_sync,
	.publish = store_publish,
	.remove = store_remove,
	.close = store_close,
};
