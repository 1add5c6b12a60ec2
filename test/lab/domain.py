"""Scenarios with a real domain controller: Samba (samba-ad-dc, samba-ad-provision, smbclient, krb5-user, ldap-utils, faketime)."""
import os
import time

from lab import HOST, MGMT, inside, run

PASSWORD = "Lab-Pass-1."  # thrown away with the namespaces
HOSTS = f"127.0.0.1 localhost\n{HOST} hv1.lab.test hv1 files.lab.test files\n{MGMT} mgmt1.lab.test mgmt1\n"


def in_place(lab, machine, *command):
    """With the machine's own name, hosts and state: nothing of the real machine is read or written."""
    return inside(machine, "unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c",
                  f'mount --bind {lab.work}/hosts /etc/hosts; mount --bind {lab.work}/resolv /etc/resolv.conf; mkdir -p /run/samba; mount -t tmpfs none /run/samba; '
                  f'hostname {"hv1" if machine == "host" else "mgmt1"}; export KRB5_CONFIG={lab.work}/krb5.conf KRB5CCNAME=FILE:{lab.work}/ticket HOME={lab.work}; exec "$@"', "sh", *command)


def domain(lab, **settings):
    with open(f"{lab.work}/hosts", "w", encoding="utf-8") as file:
        file.write(HOSTS)
    with open(f"{lab.work}/resolv", "w", encoding="utf-8") as file:
        file.write(f"search lab.test\nnameserver {HOST}\noptions timeout:2 attempts:1\n")
    with open(f"{lab.work}/krb5.conf", "w", encoding="utf-8") as file:
        file.write(f"[libdefaults]\n default_realm = LAB.TEST\n dns_lookup_kdc = false\n rdns = false\n dns_canonicalize_hostname = false\n kdc_timesync = 0\n udp_preference_limit = 1\n"
                   f"[realms]\n LAB.TEST = {{\n  kdc = {HOST}\n }}\n[domain_realm]\n .lab.test = LAB.TEST\n")
    os.chmod(lab.work, 0o755)
    root = f"{lab.work}/dc"
    run(*in_place(lab, "host", "samba-tool", "domain", "provision", "--quiet", f"--targetdir={root}", "--realm=lab.test", "--domain=LAB", "--server-role=dc", "--dns-backend=SAMBA_INTERNAL",
                  f"--adminpass={PASSWORD}", "--host-name=hv1", f"--host-ip={HOST}"))
    os.makedirs(f"{root}/pub")
    config = f"{root}/etc/smb.conf"
    text = open(config, encoding="utf-8").read().replace("[global]", "[global]\n interfaces = lo host0\n bind interfaces only = yes\n" + "".join(f" {key} = {value}\n" for key, value in settings.items()), 1)
    open(config, "w", encoding="utf-8").write(text + f"[pub]\n path = {root}/pub\n read only = no\n")
    lab.start("host", *in_place(lab, "host", "samba", "-F", "--no-process-group", "-s", config)[4:])
    for _ in range(120):
        if all(f":{port} " in lab.on("host", "ss", "-Hltn").stdout for port in (88, 389, 445)):
            break
        time.sleep(0.5)
    time.sleep(2)
    for line in lab.truth["hosts"]:
        if line["name"] == "hv1":
            line["roles"] = ["server", "domain-controller"]


def on_client(lab, *command, password=None):
    return run(*in_place(lab, "mgmt", "timeout", "30", *command), check=False, input=password).stdout


def smbclient(lab, target, *options, user="Administrator"):
    with open(f"{lab.work}/client.conf", "w", encoding="utf-8") as file:
        file.write("[global]\n workgroup = LAB\n realm = LAB.TEST\n")
    return on_client(lab, "smbclient", target, "-s", f"{lab.work}/client.conf", "-U", f"{user}@LAB.TEST%{PASSWORD}", "-p", "445", "-c", "ls", *options)


def kerberos_clock_skew(lab):
    domain(lab)
    lab.capture()
    on_client(lab, "faketime", "-f", "+20m", "kinit", "Administrator@LAB.TEST", password=f"{PASSWORD}\n")
    lab.stop()
    lab.connection(88, "auth-failed", "the client's clock is 20 minutes ahead", uncounted=True)
    lab.finding("authentication-failed", 88, ["clock", "SKEW"])


def kerberos_then_ntlm(lab):
    """A second name of the server that no account has as SPN: the client falls back to NTLM, which works."""
    domain(lab)
    lab.capture()
    on_client(lab, "kinit", "Administrator@LAB.TEST", password=f"{PASSWORD}\n")
    smbclient(lab, "//files.lab.test/pub", "--use-kerberos=desired")
    lab.stop()
    lab.connection(88, "accepted", "logon by Kerberos; then the ticket for cifs/files.lab.test is refused: no such principal", uncounted=True)
    lab.connection(445, "accepted", "NTLM instead, which works", uncounted=True)
    lab.finding("authentication-failed", 88, ["SPN", "NTLM"], severity="warning")


def smb_disagreement(lab):
    domain(lab, **{"server min protocol": "SMB3_11", "server signing": "mandatory"})
    lab.capture()
    smbclient(lab, "//hv1.lab.test/pub", "--use-kerberos=off", "-m", "SMB2_10")
    smbclient(lab, "//hv1.lab.test/nosuchshare", "--use-kerberos=off")
    lab.stop()
    lab.connection(445, "accepted", "dialects: the server wants 3.1.1, the client offers 2.1 at most; then a share that does not exist", count=2)
    lab.finding("protocol-mismatch", 445, ["dialect"])
    lab.finding("access-denied", 445, ["nosuchshare"])


def ldap_signing(lab):
    domain(lab)
    lab.capture()
    on_client(lab, "ldapsearch", "-LLL", "-x", "-o", "nettimeout=7", "-H", f"ldap://{HOST}", "-D", "Administrator@lab.test", "-w", PASSWORD, "-b", "", "-s", "base", "defaultNamingContext")
    lab.stop()
    lab.connection(389, "auth-failed", "a simple bind without TLS: the server demands signing or TLS (strongerAuthRequired)")
    lab.finding("authentication-failed", 389, ["signing"])


SCENARIOS = {"kerberos-clock-skew": kerberos_clock_skew, "kerberos-then-ntlm": kerberos_then_ntlm, "smb-disagreement": smb_disagreement, "ldap-signing": ldap_signing}
