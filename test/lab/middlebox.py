"""Scenarios with a device on the way that speaks in the name of others, or forgets who spoke."""
import time

from lab import HOST

# What an inspecting firewall does on a match (as Suricata's "rejectboth" and Snort's "reset_both" do): a RST to each side in the other's name, and
# the packet itself goes no further (the rule beside it drops it). Its own packets begin with TTL 64, wherever it stands.
INSPECTOR = """
import socket, struct
def checksum(data):
    data += b'\\0' * (len(data) %% 2)
    total = sum(struct.unpack('!%%dH' %% (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def reset(source, destination, sport, dport, sequence, acknowledgement):
    tcp = struct.pack('!HHIIBBHHH', sport, dport, sequence & 0xffffffff, acknowledgement & 0xffffffff, 5 << 4, 0x14, 0, 0, 0)
    tcp = tcp[:16] + struct.pack('!H', checksum(source + destination + struct.pack('!BBH', 0, 6, 20) + tcp)) + tcp[18:]
    out.sendto(struct.pack('!BBHHHBBH', 0x45, 0, 40, 0, 0, 64, 6, 0) + source + destination + tcp, (socket.inet_ntoa(destination), 0))
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800)); tap.bind(('%s', 0))
while True:
    packet, where = tap.recvfrom(65535)
    if where[2] == socket.PACKET_OUTGOING or packet[9] != 6: continue
    at = (packet[0] & 15) * 4
    sport, dport, sequence, acknowledgement, offset = struct.unpack('!HHIIB', packet[at:at + 13])
    data = packet[at + (offset >> 4) * 4:struct.unpack('!H', packet[2:4])[0]]
    if %r not in data: continue
    source, destination = packet[12:16], packet[16:20]
    reset(destination, source, dport, sport, acknowledgement, sequence + len(data))
    reset(source, destination, sport, dport, sequence, acknowledgement)
"""


def inspect(lab, word):
    """On gw1, from the clients' side: what holds `word` is cut."""
    lab.python("gw1", INSPECTOR % ("in1", word), wait=False)
    lab.rules("gw1", f'iifname "in1" meta length > 300 counter drop')


def reset_by_device(lab):
    """Cut at the first request, as inspecting firewalls do with a ClientHello that they do not like."""
    from scenarios import client, serve
    serve(lab, 5986)
    serve(lab, 445)
    inspect(lab, b"forbidden")
    lab.capture()
    client(lab, 445, "ask(b'hello'); c.close()")
    for _ in range(2):
        client(lab, 5986, "ask(b'forbidden' * 60)")
    lab.stop()
    lab.connection(445, "accepted", "what the inspecting firewall lets through")
    lab.connection(5986, "reset-early", "the first request is cut: a RST to each side, in the name of the other", count=2)
    lab.finding("connection-reset", 5986, ["TTL 64", "another device", "device on the way"], droppedAt="path")


def reset_both_sides(lab):
    """The same, captured on the device itself: both RSTs are there."""
    from scenarios import client, serve
    serve(lab, 5986)
    inspect(lab, b"forbidden")
    lab.capture("gw1", "in1", "-i", "wan1")
    for _ in range(2):
        client(lab, 5986, "ask(b'forbidden' * 60)")
    lab.stop()
    lab.connection(5986, "reset-early", "the first request is cut: a RST to each side, in the name of the other", count=2)
    lab.finding("connection-reset", 5986, ["both sides", "another device"], droppedAt="path")


WAITING = f"""
import socket, time
c = socket.create_connection(('{HOST}', 1433), 20); c.settimeout(3)
def ask(line):
    c.sendall(line + b'\\n')
    return c.recv(65536)
{{script}}
"""
KEEP_ALIVE = ("c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)\n"
              "c.setsockopt(6, socket.TCP_KEEPIDLE, 35); c.setsockopt(6, socket.TCP_KEEPINTVL, {interval}); c.setsockopt(6, socket.TCP_KEEPCNT, 4)\n"
              "ask(b'one'); ask(b'two')\ntime.sleep({wait})")


def forgetful(lab, unknown):
    """A firewall that forgets idle connections after 20 s."""
    lab.rules("gw1", f"ct state invalid counter {unknown}", "ct state established,related accept", "tcp dport 1433 ct state new accept")
    lab.on("gw1", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_timeout_established=20")


def keep_alive_reset(lab):
    """The program waits, its system probes after 35 s; the firewall has forgotten the connection and answers with a RST."""
    from scenarios import client, serve
    forgetful(lab, "reject with tcp reset")
    serve(lab, 1433)
    lab.capture()
    client(lab, 1433, KEEP_ALIVE.format(interval=5, wait=38))
    lab.stop()
    lab.connection(1433, "reset", "a firewall forgot the connection after 20 s of silence, and answers the keep-alive probe with a RST")
    lab.finding("connection-reset", 1433, ["keep-alive", "forgot", "TTL 64"], droppedAt="path", severity="warning")


def keep_alive_host(lab):
    """The connection vanishes on the server without a word, as when it is restarted; the client's probe is answered by its RST."""
    from scenarios import client, serve
    lab.rules("host", "tcp sport 1433 tcp flags & (fin|rst) != 0 counter drop", hook="output")
    serve(lab, 1433)
    serve(lab, 445)
    lab.capture()
    client(lab, 445, "ask(b'hello'); c.close()")
    waiting = lab.start("mgmt", "/usr/bin/python3", "-c", WAITING.format(script=KEEP_ALIVE.format(interval=5, wait=38)))
    time.sleep(2)
    lab.on("host", "ss", "-K", "sport = :1433")
    lab.rules("host", hook="output")
    waiting.wait()
    lab.stop()
    lab.connection(445, "accepted", "the host is up")
    lab.connection(1433, "reset", "the server's program is gone without a word; the host answers the keep-alive probe with a RST")
    lab.finding("connection-reset", 1433, ["keep-alive", "restarted"], droppedAt="server", severity="warning")


def keep_alive_silent(lab):
    """The same firewall, but it drops what it does not know: four probes, five seconds apart, get no answer; then the client's system gives up."""
    from scenarios import client, serve
    forgetful(lab, "drop")
    serve(lab, 1433)
    lab.capture()
    client(lab, 1433, KEEP_ALIVE.format(interval=5, wait=60))
    lab.stop()
    lab.connection(1433, "stalled", "a firewall forgot the connection after 20 s of silence, and drops the keep-alive probes")
    lab.finding("connection-stalled", 1433, ["4 keep-alive probes", "forgot"], droppedAt="path", severity="warning")


def reset_in_mid_life(lab):
    """Two good exchanges, then a word that the device does not like."""
    from scenarios import client, serve
    serve(lab, 5986)
    inspect(lab, b"forbidden")
    lab.capture()
    client(lab, 5986, "ask(b'one'); ask(b'two'); ask(b'forbidden' * 60)")
    lab.stop()
    lab.connection(5986, "reset", "cut after two good exchanges")
    lab.finding("connection-reset", 5986, ["TTL 64", "another device"], droppedAt="path", severity="warning")


SCENARIOS = {"keep-alive-silent": keep_alive_silent, "reset-in-mid-life": reset_in_mid_life, "keep-alive-reset": keep_alive_reset, "keep-alive-host": keep_alive_host, "reset-by-device": reset_by_device, "reset-both-sides": reset_both_sides}
