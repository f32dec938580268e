/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a transfer failed, in sentences: what libcurl says of the connection, and what the server says by its status. */
#include <errno.h>
#include <string.h>

#include "remote_parts.h"

static const char *socket_words(const struct transfer *transfer)
{
	long error = 0;

	curl_easy_getinfo(transfer->curl, CURLINFO_OS_ERRNO, &error);
	return error ? strerror((int)error) : *transfer->text ? transfer->text : strerror(EIO);
}

static bool is_redirect(const struct transfer *transfer)
{
	long status = 0;

	return curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 300 && status < 400;
}

int transfer_fail(struct context *ctx, const struct transfer *transfer, CURLcode code, bool *ret_again)
{
	const struct remote *remote = transfer->remote;
	const char *host = remote->host, *text = *transfer->text ? transfer->text : curl_easy_strerror(code);

	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return context_oom(ctx);
	case CURLE_URL_MALFORMAT:
		return context_fail(ctx, EINVAL, "the address of the server %s is not valid: %s", host, text);
	case CURLE_PEER_FAILED_VERIFICATION:
		return context_fail(ctx, EKEYREJECTED,
				    "the server %s is not trusted: %s; check this machine's clock, or put the authority's certificate into %s/ca.pem",
				    host, text, remote->access.directory);
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return context_fail(ctx, EKEYREJECTED, "the certificates in %s cannot be used: %s", remote->access.directory, text);
	case CURLE_UNSUPPORTED_PROTOCOL:
		/* Also what is no HTTP at all, as what a server sends beyond the length that it announced. */
		if (!is_redirect(transfer))
			break;
		return context_fail(ctx, EPROTO, "the server %s redirects to an address of another kind, which Lifeboat does not follow: %s", host, text);
	case CURLE_TOO_MANY_REDIRECTS:
		return context_fail(ctx, EPROTO, "the server %s redirects from one address to the next without end", host);
	default:
		break;
	}
	*ret_again = true;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
		return context_fail(ctx, EHOSTUNREACH, "the proxy's name is not known here: %s", text);
	case CURLE_COULDNT_RESOLVE_HOST:
		return context_fail(ctx, EHOSTUNREACH, "the name %s is not known here: check it, the network, and the name server", host);
	case CURLE_COULDNT_CONNECT:
		return context_fail(ctx, EHOSTUNREACH, "the server %s cannot be reached: %s", host, socket_words(transfer));
	case CURLE_OPERATION_TIMEDOUT:
		return context_fail(ctx, ETIMEDOUT, "the server %s does not answer", host);
	default:
		return context_fail(ctx, ECONNRESET, "the connection to the server %s broke: %s", host, text);
	}
}

int transfer_refused(struct context *ctx, const struct transfer *transfer, bool *ret_again)
{
	const struct remote *remote = transfer->remote;
	const char *host = remote->host;

	switch (transfer->status) {
	case 404:
	case 410:
		return -ENOENT;
	case 401:
		return remote->user ? context_fail(ctx, EACCES, "the server %s refuses the user name and the password", host) :
				      context_fail(ctx, EACCES,
						   "the server %s asks for a user name and a password: write them into the address, or into %s/netrc",
						   host, remote->access.directory);
	case 403:
		return context_fail(ctx, EACCES, "the server %s does not allow it (403)", host);
	case 407:
		return context_fail(ctx, EACCES, "the proxy asks for a user name and a password: write them into its address");
	case 408:
	case 425:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		*ret_again = true;
		return context_fail(ctx, EBUSY, "the server %s answers that it cannot serve now (%ld)", host, transfer->status);
	default:
		return context_fail(ctx, EPROTO, "the server %s answers with an error (%ld)", host, transfer->status);
	}
}
