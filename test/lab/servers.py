"""Refused logons of servers that Debian has: xrdp with xfreerdp, tgt with libiscsi-bin. What has no server there says so in README.md."""
import os
import time

from lab import HOST


def wait_for(lab, port):
    for _ in range(60):
        if f":{port} " in lab.on("host", "ss", "-Hltn").stdout:
            return
        time.sleep(0.25)


def rdp_server(lab, port, layer, certificate="crt"):
    """xrdp without its session manager: it negotiates, and that is all that is wanted."""
    folder = f"{lab.work}/xrdp{port}"
    os.makedirs(folder)
    if not os.path.exists(f"{lab.work}/crt"):
        lab.on("host", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=hv1.lab.test", "-keyout", f"{lab.work}/key", "-out", f"{lab.work}/crt")
    lab.on("host", "xrdp-keygen", "xrdp", f"{folder}/rsakeys.ini")
    with open(f"{folder}/xrdp.ini", "w", encoding="utf-8") as file:
        file.write(f"[Globals]\nini_version=1\nfork=true\nport={port}\nsecurity_layer={layer}\ncrypt_level=high\ncertificate={lab.work}/{certificate}\nkey_file={lab.work}/key\nssl_protocols=TLSv1.2\n"
                   f"autorun=\nallow_channels=true\n[Logging]\nLogFile={folder}/log\nLogLevel=WARNING\nEnableSyslog=false\n[Xorg]\nname=Xorg\nlib=libxup.so\nusername=ask\npassword=ask\nip=127.0.0.1\nport=-1\ncode=20\n")
    # A second one would stumble over the first one's process file.
    lab.start("host", "unshare", "--mount", "--propagation", "private", "sh", "-c", f"mount -t tmpfs none /run; mkdir -p /run/xrdp/sockdir; cp {folder}/rsakeys.ini /run/xrdp; exec xrdp --nodaemon --port {port} --config {folder}/xrdp.ini")
    wait_for(lab, port)


def rdp_client(lab, port, security):
    lab.on("mgmt", "timeout", "8", "xvfb-run", "-a", "xfreerdp", f"/v:{HOST}:{port}", "/cert:ignore", f"/sec:{security}", "/u:opsadmin", "/p:none", "/log-level:OFF", check=False, env={**os.environ, "HOME": lab.work})


def rdp_negotiation(lab):
    """A server that speaks TLS only, a client that may not; a server without TLS, a client that demands it."""
    rdp_server(lab, 3389, "tls")
    rdp_server(lab, 3390, "rdp")
    rdp_server(lab, 3391, "tls", certificate="missing")
    lab.capture("mgmt", "mgmt0", "-s", "1024")
    rdp_client(lab, 3389, "rdp")
    rdp_client(lab, 3390, "tls")
    rdp_client(lab, 3391, "tls")
    rdp_client(lab, 3390, "nla")
    lab.stop()
    lab.connection(3389, "accepted", "the server demands TLS, the client asks for standard RDP security without a word of anything else", uncounted=True)
    lab.connection(3390, "accepted", "the server has no TLS, the client demands it, once with Network Level Authentication", uncounted=True)
    lab.connection(3391, "accepted", "the server demands TLS and has no certificate: a negotiation failure", uncounted=True)
    lab.finding("protocol-mismatch", 3389, ["demands TLS"])
    lab.finding("protocol-mismatch", 3390, ["standard RDP security only"])
    lab.finding("tls-failed", 3391, ["no certificate"])


TARGET = "iqn.2026-11.test.lab:disk1"


def tgt(lab, *options):
    # Its control socket is found by name: each in a /run of its own.
    lab.on("host", "tgtadm", "-C", str(CONTROL), "--lld", "iscsi", *options)


CONTROL = 77


def iscsi_login(lab):
    """CHAP with a wrong secret; an initiator that the target does not list; a target that is not there; and one login that works."""
    lab.start("host", "tgtd", "-f", "-C", str(CONTROL), "--iscsi", f"portal={HOST}:3260")
    wait_for(lab, 3260)
    with open(f"{lab.work}/disk", "wb") as file:
        file.truncate(1 << 20)
    for number, name in ((1, TARGET), (2, f"{TARGET[:-1]}2")):
        tgt(lab, "--op", "new", "--mode", "target", "--tid", str(number), "-T", name)
    tgt(lab, "--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", f"{lab.work}/disk")
    tgt(lab, "--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")
    tgt(lab, "--op", "bind", "--mode", "target", "--tid", "2", "-I", "10.78.1.77")
    tgt(lab, "--op", "new", "--mode", "account", "--user", "backup", "--password", "correct-horse-1")
    tgt(lab, "--op", "bind", "--mode", "account", "--tid", "1", "--user", "backup")
    lab.capture()

    def ask(target, secret="correct-horse-1"):
        lab.on("mgmt", "timeout", "10", "iscsi-inq", "-i", "iqn.2026-11.test.lab:mgmt1", f"iscsi://backup%{secret}@{HOST}:3260/{target}/1", check=False)
    ask(TARGET)
    ask(TARGET, "wrong-secret-99")
    ask(f"{TARGET[:-1]}9")
    ask(f"{TARGET[:-1]}2")
    lab.stop()
    lab.connection(3260, "accepted", "one login that works; a wrong CHAP secret; a target that is not there; a target that does not list this initiator's address", count=4)
    lab.finding("authentication-failed", 3260, ["CHAP"])
    for name in ("disk9", "disk2"):
        lab.finding("access-denied", 3260, [name])


SCENARIOS = {"rdp-negotiation": rdp_negotiation, "iscsi-login": iscsi_login}
