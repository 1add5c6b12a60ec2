"""Scenarios with a device on the way that speaks in the name of others, or forgets who spoke."""
from lab import HOST, MGMT

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


SCENARIOS = {"reset-by-device": reset_by_device, "reset-both-sides": reset_both_sides}
