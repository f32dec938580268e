/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssh_host_key.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/digest.h"
#include "../core/file.h"
#include "../core/run.h"
#include "ssh_process.h"

#define SCAN_S 15.0
#define SCAN_LIMIT (64u << 10)
#define KEY_LIMIT 16384      /* characters of one; 16384 bits of RSA take 2800 */

char *ssh_fingerprint(const char *key)
{
	size_t length = strlen(key);
	unsigned char bytes[KEY_LIMIT], sum[DIGEST_BYTES], text[2 * DIGEST_BYTES];
	char hex[DIGEST_HEX];
	int n = length && length % 4 == 0 && length < KEY_LIMIT ? EVP_DecodeBlock(bytes, (const unsigned char *)key, (int)length) : -1;

	if (n < 3)
		return NULL;
	n -= (key[length - 1] == '=') + (key[length - 2] == '=');
	if (digest_buffer(bytes, (size_t)n, hex) < 0 || !digest_parse(hex, sum))
		return NULL;
	n = EVP_EncodeBlock(text, sum, sizeof(sum));
	while (n > 0 && text[n - 1] == '=')
		text[--n] = '\0';
	return text_format("SHA256:%s", (const char *)text);
}

/* What ssh-keyscan prints, "HOST TYPE KEY" a line; NULL when it prints nothing in time. */
static char *scan(const struct sftp *sftp)
{
	const char *argv[] = { "ssh-keyscan", "-T", "10", "-p", sftp->port ? sftp->port : "22", "--", sftp->name, NULL };
	AUTO_BUFFER struct buffer text = { 0 };
	struct ssh_process process;
	double until = clock_now() + SCAN_S;
	int r = ssh_process_start(argv, &process);

	while (r == 0 && text.length < SCAN_LIMIT && !atomic_load(&sftp->stopped)) {
		struct pollfd ready = { .fd = process.fd, .events = POLLIN };
		char block[4096];
		ssize_t n = 0;

		if (clock_now() > until)
			break;
		if (poll(&ready, 1, 100) <= 0)
			continue;
		n = read(process.fd, block, sizeof(block));
		if (n <= 0)
			break;
		r = buffer_append(&text, block, (size_t)n);
	}
	ssh_process_end(&process);
	if (!text.length || buffer_append(&text, "", 1) < 0)
		return NULL;
	return TAKE_POINTER(text.data);
}

/* The next key of LINES, which is cut into words: true, and *RET_TYPE and *RET_KEY point into it. */
static bool next_key(char **lines, const char **ret_type, const char **ret_key)
{
	for (char *line; (line = strsep(lines, "\n"));) {
		char *rest = line, *name = strsep(&rest, " "), *type = strsep(&rest, " "), *key = strsep(&rest, " \r");

		if (*name == '#' || !type || !key)
			continue;
		*ret_type = type;
		*ret_key = key;
		return true;
	}
	return false;
}

char *ssh_host_keys(const struct sftp *sftp)
{
	AUTO_FREE char *text = scan(sftp);
	char *lines = text, *all = NULL;
	const char *type, *key;

	while (lines && next_key(&lines, &type, &key)) {
		AUTO_FREE char *fingerprint = ssh_fingerprint(key), *before = all;

		all = fingerprint ? text_format("%s%s%s (%s)", before ? before : "", before ? ", " : "", fingerprint, type) : TAKE_POINTER(before);
	}
	return all;
}

/* As sshd names the files of its keys; the first one is shown where there are several. */
static const struct { const char *type, *kind;
} kinds[] = { { "ssh-ed25519", "ed25519" }, { "ecdsa-sha2-", "ecdsa" }, { "ssh-rsa", "rsa" } };

bool ssh_shown_key(const struct sftp *sftp, char **ret, char **ret_kind)
{
	AUTO_FREE char *text = scan(sftp), *best = NULL;
	size_t rank = ARRAY_LENGTH(kinds);
	char *lines = text;
	const char *type, *key;

	while (lines && next_key(&lines, &type, &key))
		for (size_t i = 0; i < rank; i++) {
			char *fingerprint = strncmp(type, kinds[i].type, strlen(kinds[i].type)) ? NULL : ssh_fingerprint(key);

			if (!fingerprint)
				continue;
			free(best);
			best = fingerprint;
			rank = i;
		}
	*ret_kind = best ? strdup(kinds[rank].kind) : NULL;
	*ret = *ret_kind ? TAKE_POINTER(best) : NULL;
	return *ret;
}

/* TEXT as a file of known hosts that ssh, which inherits nothing, opens by its name below /proc. */
static int keep_pinned(struct sftp *sftp, const char *text)
{
	AUTO_CLOSE int fd = memfd_create("lifeboat-known-hosts", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	if (r == 0)
		sftp->pinned_fd = TAKE_FD(fd);
	return r;
}

int ssh_pin(struct context *ctx, struct sftp *sftp, bool *ret_again)
{
	AUTO_FREE char *text = scan(sftp), *seen = NULL;
	const char *type = NULL, *key = NULL;
	char *lines = text;

	*ret_again = !text;
	if (!text && !run_is_present(NULL, "ssh-keyscan"))
		return context_fail(ctx, ENOENT, "A host key in an address is checked with ssh-keyscan, which is not here: install openssh-client");
	if (!text)
		return context_fail(ctx, EHOSTUNREACH, "the SSH server %s does not answer", sftp->host);
	while (next_key(&lines, &type, &key)) {
		AUTO_FREE char *fingerprint = ssh_fingerprint(key), *line = NULL;
		int r;

		if (!fingerprint || strcmp(fingerprint, sftp->hostkey) != 0) {
			AUTO_FREE char *before = seen;

			seen = text_format("%s%s%s", before ? before : "", before ? ", " : "", fingerprint ? fingerprint : "?");
			continue;
		}
		line = text_format(PINNED_NAME " %s %s\n", type, key);
		r = line ? keep_pinned(sftp, line) : -ENOMEM;
		return r < 0 ? context_fail(ctx, -r, "the host key of %s cannot be kept: %s", sftp->host, strerror(-r)) : 0;
	}
	return context_fail(ctx, EKEYREJECTED,
			    "the SSH server %s has not the host key that the address names, %s, but %s: it is another server, or its key was changed; "
			    "nothing was sent to it", sftp->host, sftp->hostkey, seen ? seen : "?");
}
