/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of S3 (version 4), made by libcurl: it signs the address as it is written and the headers that it is given, and does not say by itself
 * what the body is.
 */
#include <errno.h>
#include <string.h>

#include "remote_parts.h"

static int add(struct curl_slist **headers, char *line)
{
	struct curl_slist *longer = line ? curl_slist_append(*headers, line) : NULL;

	text_wipe(line);
	if (!longer)
		return -ENOMEM;
	*headers = longer;
	return 0;
}

int s3_sign(struct transfer *transfer, struct curl_slist **ret_headers)
{
	const struct request *request = transfer->request;
	const struct s3_account *s3 = transfer->remote->s3;
	AUTO_FREE char *provider = text_format("aws:amz:%s:s3", s3->region);
	char sha256[DIGEST_HEX];
	int r = 0, bad = 0;

	if (request && request->sha256)
		memcpy(sha256, request->sha256, DIGEST_HEX);
	else
		r = digest_buffer(request && request->body ? request->body : "", request ? request->length : 0, sha256);
	if (r == 0)
		r = add(ret_headers, text_format("x-amz-content-sha256: %s", sha256));
	if (r == 0 && s3->token)
		r = add(ret_headers, text_format("x-amz-security-token: %s", s3->token));
	if (r == 0 && request && request->only_new)
		r = add(ret_headers, strdup("If-None-Match: *"));
	if (r == 0 && request && request->body)
		r = add(ret_headers, strdup("Content-Type: application/octet-stream"));
	if (r < 0 || !provider)
		return -ENOMEM;
	bad |= curl_easy_setopt(transfer->curl, CURLOPT_AWS_SIGV4, provider);
	bad |= curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, s3->key);
	bad |= curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD, s3->secret);
	bad |= curl_easy_setopt(transfer->curl, CURLOPT_PATH_AS_IS, 1L);
	bad |= curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, *ret_headers);
	return bad ? -ENOMEM : 0;
}
