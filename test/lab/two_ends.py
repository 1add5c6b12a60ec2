#!/usr/bin/python3
"""
The same traffic captured at both ends, with losses at known places: two_ends.py OUT. The network is that of lab.py (root, nftables,
dumpcap, editcap). Writes two-ends.pcapng (client), two-ends-2.pcapng (server; its clock is put 90 s ahead) and two-ends.truth.json.
"""
import os
import sys

from lab import Lab, run
from scenarios import client, connect, serve

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


if __name__ == "__main__":
    with Lab(sys.argv[1]) as lab:
        two_ends(lab)
        lab.write("two-ends")
    far = os.path.join(sys.argv[1], "two-ends-2.pcapng")
    run("editcap", "-t", str(AHEAD), far, far + ".ahead")
    os.replace(far + ".ahead", far)
