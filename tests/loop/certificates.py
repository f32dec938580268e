# SPDX-License-Identifier: GPL-3.0-or-later
"""An authority that nobody else trusts, and what it signed."""
import subprocess


def certificates(directory):
    """An authority, a certificate of it for 127.0.0.1, one that has run out, one for a client."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(directory + "/config", "w", encoding="ascii") as file:
        file.write("[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
                   "copy_extensions=copy\n[any]\ncommonName=supplied\n")
    with open(directory + "/index", "w", encoding="ascii"), open(directory + "/serial", "w", encoding="ascii") as serial:
        serial.write("01\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", "-days", "30")
    for name, start, end in (("good", "20200101000000Z", "20490101000000Z"), ("expired", "20200101000000Z", "20200201000000Z"),
                             ("client", "20200101000000Z", "20490101000000Z")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=127.0.0.1",
                "-addext", "subjectAltName=IP:127.0.0.1")
        openssl("ca", "-batch", "-config", "config", "-in", name + ".csr", "-out", name + ".crt", "-cert", "ca.pem", "-keyfile", "ca.key",
                "-startdate", start, "-enddate", end, "-notext")
