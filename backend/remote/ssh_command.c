/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ssh_command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/sentence.h"
#include "access.h"
#include "ssh_host_key.h"

/* Nobody is asked, nobody is believed who is not known, nothing but files comes through, and a line that is dead is noticed. */
static const char *const options[] = {
	"BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "CheckHostIP=no", "ConnectTimeout=10", "ServerAliveInterval=10",
	"ServerAliveCountMax=3", "LogLevel=ERROR", "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no",
	"RemoteCommand=none", "RequestTTY=no", "ControlMaster=no", "ControlPath=none", "EscapeChar=none", "Compression=no",
};

static int add(char ***argv, const char *first, const char *second)
{
	int r = strv_append(argv, first);

	return r < 0 || !second ? r : strv_append(argv, second);
}

static int add_option(char ***argv, const char *name, const char *value)
{
	AUTO_FREE char *text = text_format("%s=\"%s\"", name, value);

	return text ? add(argv, "-o", text) : -ENOMEM;
}

/* Which keys the server may have. */
static int add_known_hosts(char ***argv, const struct sftp *sftp)
{
	AUTO_FREE char *pinned = NULL;
	int r;

	if (!sftp->hostkey)
		return sftp->known_hosts ? add_option(argv, "UserKnownHostsFile", sftp->known_hosts) : 0;
	pinned = text_format("/proc/%ld/fd/%d", (long)getpid(), sftp->pinned_fd);
	r = pinned ? add_option(argv, "UserKnownHostsFile", pinned) : -ENOMEM;
	if (r == 0)
		r = add(argv, "-o", "GlobalKnownHostsFile=/dev/null");
	return r < 0 ? r : add(argv, "-o", "HostKeyAlias=" PINNED_NAME);
}

static int make_argv(const struct sftp *sftp, char ***ret)
{
	int r = strv_append(ret, "ssh");

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(options); i++)
		r = add(ret, "-o", options[i]);
	if (r == 0 && sftp->config)
		r = add(ret, "-F", sftp->config);
	if (r == 0 && sftp->key)
		r = add(ret, "-i", sftp->key);
	if (r == 0 && sftp->key)
		r = add(ret, "-o", "IdentitiesOnly=yes");
	if (r == 0)
		r = add_known_hosts(ret, sftp);
	if (r == 0 && sftp->port)
		r = add(ret, "-p", sftp->port);
	if (r == 0 && sftp->user)
		r = add(ret, "-l", sftp->user);
	if (r == 0)
		r = add(ret, "-s", "--");
	return r < 0 ? r : add(ret, sftp->name, "sftp");
}

int ssh_command_start(const struct sftp *sftp, struct ssh_process *ret)
{
	AUTO_STRV char **argv = NULL;
	int r = make_argv(sftp, &argv);

	return r < 0 ? r : ssh_process_start((const char *const *)argv, ret);
}

/* The last line of TEXT that is not empty, in it. */
static const char *last_line(char *text)
{
	for (size_t length = strlen(text); length > 0 && strchr(" \r\n", text[length - 1]);)
		text[--length] = '\0';
	return strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
}

static int fail_unknown(struct context *ctx, const struct sftp *sftp)
{
	AUTO_FREE char *keys = ssh_host_keys(sftp);

	if (!keys)
		return context_fail(ctx, ENOKEY, "the SSH server %s is not among the known hosts; add its line to known_hosts", sftp->host);
	return context_fail(ctx, ENOKEY,
			    "the SSH server %s is not among the known hosts. It shows the host key %s: compare that with what 'ssh-keygen -lf "
			    "/etc/ssh/ssh_host_ed25519_key.pub' says on the server; if it is the same, add ?hostkey=SHA256:... to the address, or the "
			    "server's line to known_hosts", sftp->host, keys);
}

static int fail_changed(struct context *ctx, const struct sftp *sftp)
{
	AUTO_FREE char *keys = ssh_host_keys(sftp);

	return context_fail(ctx, EKEYREJECTED,
			    "the SSH server %s shows another host key than the one that is known of it, %s: it is another server, or its key was "
			    "changed; nothing was sent to it. Ask its administrator before its line in known_hosts is replaced", sftp->host,
			    keys ? keys : "?");
}

int ssh_command_failed(struct context *ctx, const struct sftp *sftp, struct ssh_process *process, int r, bool *ret_again)
{
	AUTO_FREE char *said = ssh_process_said(process), *line = NULL;

	*ret_again = false;
	if (!said || !(line = text_bounded(last_line(said), TEXT_QUOTE_MAX)))
		return context_oom(ctx);
	if (r == -ENOENT)
		return context_fail(ctx, ENOENT, "sets on SSH servers need the program ssh, which is not here: install openssh-client");
	if (strstr(said, "IDENTIFICATION HAS CHANGED"))
		return fail_changed(ctx, sftp);
	if (strstr(said, "Host key verification failed"))
		return fail_unknown(ctx, sftp);
	if (strstr(said, "Permission denied"))
		return context_fail(ctx, EACCES,
				    "the SSH server %s does not let %s in: it accepts none of the keys that are here (%s). Put the key into %s, or load it "
				    "into an agent", sftp->host, sftp->user ? sftp->user : sentence_words(N_("this user")), line, ACCESS_DIRECTORY "/ssh_key");
	if (strstr(said, "subsystem request failed"))
		return context_fail(ctx, EOPNOTSUPP, "the SSH server %s offers no SFTP, by which sets are read and written", sftp->host);
	if (r == -EPROTO)
		return context_fail(ctx, EPROTO, "the SSH server %s does not keep to the SFTP protocol: it answers with something else", sftp->host);
	*ret_again = true;
	if (strstr(said, "Could not resolve hostname"))
		return context_fail(ctx, EHOSTUNREACH, "the name %s is not known here: check it, the network, and the name server", sftp->host);
	return context_fail(ctx, EHOSTUNREACH, "the SSH server %s cannot be reached: %s", sftp->host,
			    *line ? line : r == -ETIMEDOUT ? strerror(ETIMEDOUT) : sentence_words(N_("it ended the connection")));
}
