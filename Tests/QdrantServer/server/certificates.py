"""A certificate authority of our own, a server certificate, a client certificate; and TLS contexts from files."""
import os
import ssl
import subprocess

DAYS = "30"


def make(folder):
    """Writes ca.pem, server.pem and client.pem with their keys into `folder`, unless they are there."""
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(f"{folder}/client.pem"):
        return
    _run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", "/CN=recover test authority",
         "-keyout", f"{folder}/ca-key.pem", "-out", f"{folder}/ca.pem")
    _signed(folder, "server", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    _signed(folder, "client", "extendedKeyUsage=clientAuth")


def _signed(folder, name, extension):
    with open(f"{folder}/{name}.ext", "w") as file:
        file.write(extension + "\n")
    _run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
         "-keyout", f"{folder}/{name}-key.pem", "-out", f"{folder}/{name}.csr")
    _run("x509", "-req", "-days", DAYS, "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.pem",
         "-CAkey", f"{folder}/ca-key.pem", "-CAcreateserial", "-extfile", f"{folder}/{name}.ext",
         "-out", f"{folder}/{name}.pem")


def _run(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def server_context(certificate, key, client_authority=None):
    """`client_authority`: clients must show a certificate that it signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_authority:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
