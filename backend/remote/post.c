/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "post.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "remote_parts.h"

#define CONNECT_S 10L
#define WHOLE_S 20L

struct answer {
	struct remote *remote;
	struct buffer text;
	bool wanted, too_long;
};

static size_t on_answer(char *bytes, size_t size, size_t count, void *data)
{
	struct answer *answer = data;
	size_t length = size * count;

	if (!answer->wanted || answer->too_long)
		return length;
	if (answer->text.length + length > POST_ANSWER_LIMIT) {
		answer->too_long = true;
		return length;
	}
	return buffer_append(&answer->text, bytes, length) < 0 ? 0 : length;
}

static int on_progress(void *data, curl_off_t wanted, curl_off_t come, curl_off_t to_send, curl_off_t sent)
{
	const struct answer *answer = data;

	(void)wanted;
	(void)to_send;
	(void)sent;
	/* Nobody needs more of an answer than that. */
	return atomic_load(&answer->remote->stopped) || come > (curl_off_t)POST_ANSWER_LIMIT * 16;
}

static int set_request(CURL *curl, const struct remote *remote, const char *url, struct curl_slist *headers, struct answer *answer, char *error)
{
	int bad = transfer_set_access(curl, remote) < 0;

	bad |= curl_easy_setopt(curl, CURLOPT_URL, url);
	bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "lifeboat");
	bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, WHOLE_S);
	bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	bad |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	bad |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, answer);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	return bad ? -ENOMEM : 0;
}

static int fail_transport(struct context *ctx, const struct remote *remote, CURLcode code, const char *text, bool *ret_again)
{
	const char *why = *text ? text : curl_easy_strerror(code);

	if (atomic_load(&remote->stopped))
		return -ECANCELED;
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return context_oom(ctx);
	case CURLE_URL_MALFORMAT:
		return context_fail(ctx, EINVAL, "the address of the server %s is not valid: %s", remote->host, why);
	case CURLE_PEER_FAILED_VERIFICATION:
		return context_fail(ctx, EKEYREJECTED,
				    "the server %s is not trusted: %s; check this machine's clock, or put the authority's certificate into %s/ca.pem",
				    remote->host, why, remote->access.directory);
	case CURLE_COULDNT_RESOLVE_HOST:
		*ret_again = true;
		return context_fail(ctx, EHOSTUNREACH, "the name %s is not known here: check it, the network, and the name server", remote->host);
	case CURLE_OPERATION_TIMEDOUT:
		*ret_again = true;
		return context_fail(ctx, ETIMEDOUT, "the server %s does not answer", remote->host);
	default:
		*ret_again = true;
		return context_fail(ctx, EHOSTUNREACH, "the server %s cannot be reached: %s", remote->host, why);
	}
}

static int judge(struct context *ctx, const struct remote *remote, long status, bool *ret_again)
{
	if (status >= 200 && status < 300)
		return 0;
	*ret_again = status == 408 || status == 425 || status == 429 || status >= 500;
	if (status == 401)
		return context_fail(ctx, EACCES, "the server %s refuses the user name and the password", remote->host);
	return context_fail(ctx, *ret_again ? EBUSY : EPROTO, "the server %s does not take the message (%ld)", remote->host, status);
}

static int perform(struct context *ctx, struct remote *remote, CURL *curl, struct answer *answer, struct curl_slist *headers, long *ret_status,
		   bool *ret_again)
{
	char error[CURL_ERROR_SIZE] = "";
	AUTO_FREE char *url = transfer_url(remote);
	CURLcode code;

	if (!url || set_request(curl, remote, url, headers, answer, error) < 0)
		return context_oom(ctx);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return fail_transport(ctx, remote, code, error, ret_again);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	return judge(ctx, remote, *ret_status, ret_again);
}

int remote_post(struct context *ctx, struct remote *remote, const char *body, size_t length, struct post_answer *ret, bool *ret_again)
{
	struct answer answer = { .remote = remote, .wanted = ret != NULL };
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	/* No second round trip for a short message. */
	struct curl_slist *all = headers ? curl_slist_append(headers, "Expect:") : NULL;
	CURL *curl = all ? curl_easy_init() : NULL;
	long status = 0;
	int r = -ENOMEM;

	*ret_again = false;
	if (curl && curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK)
		r = perform(ctx, remote, curl, &answer, all, &status, ret_again);
	else
		r = context_oom(ctx);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	if (r == 0 && ret) {
		ret->status = status;
		ret->text = answer.too_long ? NULL : answer.text.data ? TAKE_POINTER(answer.text.data) : strdup("");
	}
	buffer_done(&answer.text);
	return r;
}
