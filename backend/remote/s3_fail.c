/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the errors of S3 servers mean, in sentences: their codes are the same everywhere, their texts are not. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "remote_parts.h"
#include "s3_xml.h"

/* What an error's text says; owned, NULL where it does not. */
struct refusal {
	char *code, *message, *region, *size;
};

static int take(void *data, const char *path, const char *text)
{
	struct refusal *refusal = data;
	const struct {
		const char *path;
		char **ret;
	} known[] = {
		{ "Code", &refusal->code }, { "Message", &refusal->message }, { "Region", &refusal->region }, { "ActualObjectSize", &refusal->size },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		if (strcmp(path, known[i].path) || *known[i].ret)
			continue;
		*known[i].ret = text_bounded(text, TEXT_QUOTE_MAX);
		return *known[i].ret ? 0 : -ENOMEM;
	}
	return 0;
}

static void refusal_done(struct refusal *refusal)
{
	free(refusal->code);
	free(refusal->message);
	free(refusal->region);
	free(refusal->size);
}

static bool is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (!strcmp(code, *codes))
			return true;
	return false;
}

/* From where the keys are. */
static const char *origin(const struct transfer *transfer)
{
	const char *path = transfer->remote->s3->origin;

	return path ? path : sentence_words(N_("the environment or ~/.aws/config"));
}

static int fail_keys(struct context *ctx, const struct transfer *transfer, const char *code)
{
	static const char *const token[] = { "ExpiredToken", "InvalidToken", "TokenRefreshRequired", NULL };
	const struct s3_account *s3 = transfer->remote->s3;
	const char *host = transfer->remote->host;

	if (!strcmp(code, "SignatureDoesNotMatch"))
		return context_fail(ctx, EACCES, "the server %s refuses the secret key of the access key %s: check it in %s", host, s3->key, origin(transfer));
	if (!strcmp(code, "InvalidAccessKeyId"))
		return context_fail(ctx, EACCES, "the server %s does not know the access key %s: check it in %s", host, s3->key, origin(transfer));
	if (is_one_of(code, token))
		return context_fail(ctx, EACCES, "the session token for the access key %s has expired or is not valid: fetch a new one, and put it into %s",
				    s3->key, origin(transfer));
	return 0;
}

static int fail_place(struct context *ctx, const struct transfer *transfer, const struct refusal *refusal)
{
	static const char *const elsewhere[] = { "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
						 "Redirect", NULL };
	const struct s3_account *s3 = transfer->remote->s3;
	const char *host = transfer->remote->host, *told = transfer_header(transfer, "x-amz-bucket-region");
	AUTO_FREE char *region = text_bounded(told ? told : refusal->region ? refusal->region : "", TEXT_QUOTE_MAX);

	if (!strcmp(refusal->code, "NoSuchBucket"))
		return context_fail(ctx, ENXIO, "there is no bucket %s on the server %s: check the name", s3->bucket, host);
	if (!strcmp(refusal->code, "InvalidBucketName"))
		return context_fail(ctx, EINVAL, "'%s' cannot be the name of a bucket", s3->bucket);
	if (!is_one_of(refusal->code, elsewhere) && transfer->status / 100 != 3)
		return 0;
	if (region && *region && strcmp(region, s3->region))
		return context_fail(ctx, EREMCHG, "the bucket %s lies in the region %s, and was looked for in %s: add region=%s to the address", s3->bucket, region,
				    s3->region, region);
	return context_fail(ctx, EREMCHG, "the server %s sends requests for the bucket %s to another one: check endpoint= and region= in the address", host,
			    s3->bucket);
}

static int fail_other(struct context *ctx, const struct transfer *transfer, const struct refusal *refusal, bool *ret_again)
{
	static const char *const later[] = { "SlowDown", "ServiceUnavailable", "Busy", "InternalError", "RequestTimeout", "OperationAborted",
					     "ConditionalRequestConflict", NULL };
	static const char *const full[] = { "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "TooManyBuckets", NULL };
	static const char *const damaged[] = { "XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody", NULL };
	const struct s3_account *s3 = transfer->remote->s3;
	const char *host = transfer->remote->host, *date = transfer_header(transfer, "Date"), *code = refusal->code;

	if (!strcmp(code, "RequestTimeTooSkewed"))
		return context_fail(ctx, EACCES, "this machine's clock differs too much from the server's: set it, and try again; on the server %s it is %s", host,
				    date ? date : "?");
	if (!strcmp(code, "AccessDenied"))
		return context_fail(ctx, EACCES, "the server %s does not allow this to the access key %s in the bucket %s: check the rights of the key (from %s)", host,
				    s3->key, s3->bucket, origin(transfer));
	if (is_one_of(code, full))
		return context_fail(ctx, ENOSPC, "the server %s has no room left for the bucket %s, or its quota is used up (%s)", host, s3->bucket, code);
	if (is_one_of(code, later)) {
		*ret_again = true;
		return context_fail(ctx, EBUSY, "the server %s answers that it cannot serve now (%s)", host, code);
	}
	if (is_one_of(code, damaged)) {
		*ret_again = true;
		return context_fail(ctx, EBADMSG, "what was sent to the server %s did not arrive as it was (%s)", host, code);
	}
	if (transfer->status == 501 || !strcmp(code, "NotImplemented"))
		return context_fail(ctx, EOPNOTSUPP, "the server %s lacks a part of S3 that is needed here (%s): %s", host, code,
				    refusal->message ? refusal->message : "");
	*ret_again = transfer->status >= 500;
	return context_fail(ctx, EPROTO, "the server %s answers with an error (%ld): %s: %s", host, transfer->status, code,
			    refusal->message ? refusal->message : "");
}

/* Past the end of the file is no error; an empty one has no first byte. */
static bool is_past_the_end(struct transfer *transfer, const struct refusal *refusal)
{
	if (transfer->request || transfer->status != 416)
		return false;
	if (!refusal->size || !parse_u64(refusal->size, &transfer->total))
		transfer->total = transfer->begin ? REMOTE_SIZE_UNKNOWN : 0;
	return true;
}

static int judge(struct context *ctx, struct transfer *transfer, const struct refusal *refusal, bool *ret_again)
{
	static const char *const missing[] = { "NoSuchKey", "NoSuchUpload", "NotFound", NULL };
	int r;

	if (is_past_the_end(transfer, refusal))
		return 0;
	if (transfer->request && transfer->request->only_new && transfer->status == 412)
		return -EEXIST;
	/* No answer of S3; an error to HEAD has no text. */
	if (!refusal->code && transfer->status / 100 != 3)
		return transfer_refused(ctx, transfer, ret_again);
	if (refusal->code && is_one_of(refusal->code, missing))
		return -ENOENT;
	r = fail_place(ctx, transfer, refusal->code ? refusal : &(struct refusal){ .code = (char *)"Redirect", .region = refusal->region });
	if (r == 0)
		r = fail_keys(ctx, transfer, refusal->code);
	return r < 0 ? r : fail_other(ctx, transfer, refusal, ret_again);
}

int s3_refused(struct context *ctx, struct transfer *transfer, bool *ret_again)
{
	struct refusal refusal = { 0 };
	int r = transfer->refusal.data ? s3_xml_read(transfer->refusal.data, transfer->refusal.length, "Error", take, &refusal) : 0;

	if (r == -EBADMSG) {
		refusal_done(&refusal);
		refusal = (struct refusal){ 0 };
		r = 0;
	}
	r = r < 0 ? context_oom(ctx) : judge(ctx, transfer, &refusal, ret_again);
	refusal_done(&refusal);
	return r;
}
