#!/usr/bin/python3
"""
The same traffic captured at both ends, with losses at known places: two_ends.py OUT. The network is that of lab.py (root, nftables,
dumpcap, editcap). Writes two-ends.pcapng (client), two-ends-2.pcapng (server; its clock is put 90 s ahead) and two-ends.truth.json; the same for
two-ends-nat, where the first router translates addresses and the second one loses packets.
"""
import os
import sys

from lab import GW1, GW2, HOST, Lab, MGMT, run
from scenarios import CLIENT, client, connect, serve

AHEAD = 90


def two_ends(lab):
    for port in (445, 3389, 8530):
        serve(lab, port)
    lab.rules("gw1", "tcp dport 5985 counter drop", "tcp sport 3389 tcp flags syn / syn,fin,rst counter drop", "tcp dport 5986 counter reject with tcp reset",
              "tcp dport 8530 meta length > 800 counter drop")
    lab.rules("host", "tcp dport 6600 counter drop", hook="input")
    lab.capture("mgmt", "mgmt0")
    lab.capture("host", "host0")
    client(lab, 445, "ask(b'hello'); c.close()")
    for port in (5985, 6600, 3389, 5986):
        connect(lab, port, seconds=8)
    client(lab, 8530, "ask(b'hello'); c.sendall(b'y' * 1200 + b'\\n'); time.sleep(7)")
    client(lab, 445, "ask(b'hello again'); c.close()")
    lab.stop()
    lab.connection(445, "accepted", "both ends see all of it", count=2)
    lab.connection(5985, "no-answer", "dropped by the first router", place="lost-on-the-way")
    lab.connection(6600, "no-answer", "dropped by the server's own firewall", place="arrived-and-ignored")
    lab.connection(3389, "no-answer", "the server answers, its SYN-ACKs are dropped by the first router", place="answer-lost")
    lab.connection(5986, "refused-rst", "the first router answers with a RST; the server never sees the SYN", place="lost-on-the-way")
    lab.connection(8530, "stalled", "packets above 800 bytes are dropped by the first router", place="lost-on-the-way")
    lab.note(f"the server's clock is {AHEAD} s ahead (editcap -t)")


TRANSLATION = f"""
table ip translation {{
  chain out {{ type nat hook postrouting priority 100; oifname "wan1" masquerade; }}
  chain in {{ type nat hook prerouting priority -100; ip daddr {GW1} tcp dport 8443 dnat to {HOST}:443; }}
}}
"""


def two_ends_nat(lab):
    """Clients are hidden behind the first router's address; one service is published under that router's own."""
    for port in (443, 445, 3389, 8530):
        serve(lab, port)
    lab.on("gw1", "nft", "-f", "-", input=TRANSLATION)
    lab.on("host", "ip", "route", "add", "10.78.9.0/30", "via", GW2)
    lab.rules("gw2", "tcp dport 5985 counter drop", "tcp sport 3389 tcp flags syn / syn,fin,rst counter drop", "tcp dport 5986 counter reject with tcp reset",
              "tcp dport 8530 meta length > 800 counter drop")
    lab.rules("host", "tcp dport 6600 counter drop", hook="input")
    lab.capture("mgmt", "mgmt0")
    lab.capture("host", "host0")
    client(lab, 445, "ask(b'hello'); c.close()")
    lab.python("mgmt", CLIENT.replace(HOST, GW1).format(port=8443, script="ask(b'hello'); c.close()"))
    for port in (5985, 6600, 3389, 5986):
        connect(lab, port, seconds=8)
    client(lab, 8530, "ask(b'hello'); c.sendall(b'y' * 1200 + b'\\n'); time.sleep(7)")
    client(lab, 445, "ask(b'hello again'); c.close()")
    lab.stop()
    lab.connection(445, "accepted", "both ends see all of it, between other sockets", count=2)
    lab.connection(8443, "accepted", "published: the server sees it on its port 443", server=GW1)
    lab.connection(5985, "no-answer", "dropped by the second router", place="lost-on-the-way")
    lab.connection(6600, "no-answer", "dropped by the server's own firewall", place="arrived-and-ignored")
    lab.connection(3389, "no-answer", "the server answers, its SYN-ACKs are dropped by the second router", place="answer-lost")
    lab.connection(5986, "refused-rst", "the second router answers with a RST; the server never sees the SYN", place="lost-on-the-way")
    lab.connection(8530, "stalled", "packets above 800 bytes are dropped by the second router", place="lost-on-the-way")
    lab.truth["translations"] = [{"of": "client", "near": MGMT, "far": "10.78.9.1"}, {"of": "server", "near": GW1, "far": HOST}]
    lab.note(f"the server's clock is {AHEAD} s ahead (editcap -t)")


if __name__ == "__main__":
    for name, arrange in {"two-ends": two_ends, "two-ends-nat": two_ends_nat}.items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        with Lab(sys.argv[1]) as lab:
            arrange(lab)
            lab.write(name)
        far = os.path.join(sys.argv[1], f"{name}-2.pcapng")
        run("editcap", "-t", str(AHEAD), far, far + ".ahead")
        os.replace(far + ".ahead", far)
