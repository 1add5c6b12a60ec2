#!/usr/bin/python3
"""
Failed connections with known causes: scenarios.py OUT [NAME...]. Without names: all of them, some minutes.
Each scenario arranges a failure, captures it, and writes down what it arranged. The network is that of lab.py.
"""
import sys
import time

from lab import HOST, Lab, MGMT, SPARE

# A server that answers each line with a line; `big N` is answered with N bytes, `deaf` stops it reading.
SERVER = """
import socket, threading, time
listener = socket.socket(); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
{options}
listener.bind(('', {port})); listener.listen(16)
def serve(connection):
    data = b''
    try:
        while True:
            piece = connection.recv(65536)
            if not piece: break
            data += piece
            while b'\\n' in data:
                line, data = data.split(b'\\n', 1)
                if line.startswith(b'big'): connection.sendall(b'x' * int(line.split()[1]))
                elif line.startswith(b'deaf'): time.sleep(600)
                else: connection.sendall(b'ok\\n')
    except OSError: pass
    connection.close()
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""
CLIENT = """
import socket, time, sys
c = socket.create_connection(('%s', {port}), 20); c.settimeout(3)
def ask(line):
    c.sendall(line + b'\\n')
    try: return c.recv(65536)
    except OSError as e: print(e); return b''
{script}
""" % HOST
CONNECT = """
import socket
try: socket.create_connection(('{server}', {port}), {seconds}).close()
except OSError as e: print(e)
"""


def serve(lab, port, options=""):
    return lab.python("host", SERVER.format(port=port, options=options), wait=False)


def client(lab, port, script):
    return lab.python("mgmt", CLIENT.format(port=port, script=script))


def connect(lab, port, server=HOST, seconds=8):
    return lab.python("mgmt", CONNECT.format(server=server, port=port, seconds=seconds))


def narrow(lab):
    """A tunnel-sized link in the middle whose routers may not say so."""
    for machine, name in (("gw1", "wan1"), ("gw2", "wan2")):
        lab.on(machine, "ip", "link", "set", name, "mtu", "1400")
        lab.rules(machine, "icmp type destination-unreachable counter drop", hook="output")


def mtu_black_hole_upload(lab):
    narrow(lab)
    serve(lab, 6600)
    lab.capture()
    client(lab, 6600, "ask(b'hello'); ask(b'x' * 300)\nc.sendall(b'y' * 6000 + b'\\n'); time.sleep(9)")
    lab.stop()
    lab.connection(6600, "stalled", "small requests are answered; 6000 bytes in full-size segments are not: the link in the middle has MTU 1400 and its ICMP is dropped")
    lab.finding("connection-stalled", 6600, ["MTU", "1448"])


def mtu_black_hole_download(lab):
    narrow(lab)
    serve(lab, 445)
    lab.capture()
    client(lab, 445, "ask(b'hello'); c.settimeout(9); ask(b'big 9000')\ntime.sleep(1)")
    lab.stop()
    lab.connection(445, "stalled", "the server's full-size segments never reach the client, where the capture was taken; only the small last one does")
    lab.finding("connection-stalled", 445, ["MTU"])


def idle_timeout(lab):
    lab.on("gw1", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", check=False)
    lab.rules("gw1", "ct state invalid counter drop", "ct state established,related accept", "tcp dport { 1433 } ct state new accept")
    lab.on("gw1", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_timeout_established=20")
    serve(lab, 1433)
    lab.capture()
    client(lab, 1433, "ask(b'one'); ask(b'two')\ntime.sleep(45)\nask(b'three'); time.sleep(8)")
    lab.stop()
    lab.connection(1433, "stalled", "the firewall forgets an idle connection after 20 s; the client is silent for 45 s")
    lab.finding("connection-stalled", 1433, ["silen", "idle"])


def idle_reset(lab):
    lab.rules("gw1", "ct state invalid counter reject with tcp reset", "ct state established,related accept", "tcp dport 1433 ct state new accept")
    lab.on("gw1", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_timeout_established=20")
    serve(lab, 1433)
    lab.capture()
    client(lab, 1433, "ask(b'one'); ask(b'two')\ntime.sleep(45)\nask(b'three'); time.sleep(1)")
    lab.stop()
    lab.connection(1433, "reset", "the same, but the firewall answers what it does not know with a RST")
    lab.finding("connection-reset", 1433, ["silen", "idle"])


def zero_window(lab):
    serve(lab, 3260, "listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)")
    lab.capture()
    client(lab, 3260, "ask(b'hello'); c.sendall(b'deaf\\n'); time.sleep(0.3); c.setblocking(False)\n"
           "end = time.time() + 12\nwhile time.time() < end:\n  try: c.send(b'z' * 2048)\n  except OSError: pass\n  time.sleep(0.2)")
    lab.stop()
    lab.connection(3260, "stalled", "the program on the server stops reading: its window closes and stays closed", by="server")
    lab.finding("connection-stalled", 3260, ["window", "program"])


def asymmetric_route(lab):
    """Answers leave over a second router, which knows nothing of the connection and drops them."""
    lab.on("host", "ip", "route", "replace", "10.78.1.0/24", "via", "10.78.8.2")
    lab.rules("back", "ct state invalid counter drop", "tcp flags & (syn|ack) == syn|ack counter drop")
    serve(lab, 5985)
    lab.capture("host", "any")
    connect(lab, 5985, seconds=10)
    lab.stop()
    lab.connection(5985, "half-open", "SYNs arrive at the server; its SYN-ACKs leave by another interface and are dropped by a stateful firewall there")
    lab.finding("half-open", 5985, ["asymmetric"])


def one_direction(lab):
    """The same way back, but nothing drops it: captured where only the client's direction passes. All is well."""
    lab.on("host", "ip", "route", "replace", "10.78.1.0/24", "via", "10.78.8.2")
    serve(lab, 5985)
    lab.capture("gw1", "in1")
    client(lab, 5985, "ask(b'one'); ask(b'two'); c.close()")
    connect(lab, 5986)
    lab.stop()
    lab.connection(5985, "midstream", "works; the answers pass another router than the one captured on", uncounted=True)
    lab.connection(5986, "no-answer", "refused, but the RST passes another router: silence here proves nothing", uncounted=True)


DNS = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 53))
while True:
    data, peer = s.recvfrom(512)
    end = 12
    labels = []
    while data[end]: labels.append(data[end + 1:end + 1 + data[end]].decode()); end += 1 + data[end]
    name, end = '.'.join(labels).lower(), end + 1
    kind = struct.unpack('!H', data[end:end + 2])[0]
    address = {records}.get(name)
    code = 0 if address else {missing}
    answers = 1 if address and kind == 1 else 0
    reply = data[:2] + struct.pack('!HHHHH', 0x8580 | code, 1, answers, 0, 0) + data[12:end + 4]
    if answers: reply += b'\\xc0\\x0c' + struct.pack('!HHIH', 1, 1, 60, 4) + socket.inet_aton(address)
    s.sendto(reply, peer)
"""


def look_up(lab, name, seconds=2, tries=2):
    lab.on("mgmt", "dig", f"+tries={tries}", f"+time={seconds}", f"@{HOST}", name, "A", check=False)


def dns_negative(lab):
    lab.python("host", DNS.format(records={"hv1.lab.test": HOST}, missing=3), wait=False)
    serve(lab, 445)
    lab.capture()
    look_up(lab, "hv1.lab.test")
    client(lab, 445, "ask(b'one'); c.close()")
    look_up(lab, "hv7.lab.test")
    lab.stop()
    lab.connection(53, "accepted", "one name is known, the other is not", transport="udp", count=2)
    lab.connection(445, "accepted", "the name that is known is used")
    lab.finding("name-not-resolved", 53, ["hv7.lab.test", "no such name"], transport="udp")


def dns_unanswered(lab):
    lab.rules("gw1", "udp dport 53 counter drop")
    serve(lab, 445)
    lab.capture()
    client(lab, 445, "ask(b'one'); c.close()")
    look_up(lab, "hv7.lab.test", seconds=2, tries=3)
    lab.stop(6)
    lab.connection(53, "no-answer", "the firewall drops DNS", transport="udp", count=3)
    lab.connection(445, "accepted", "the same machine is reached by its address")
    lab.finding("name-not-resolved", 53, ["hv7.lab.test", "never tried"], transport="udp")
    lab.finding("no-answer", 53, [], transport="udp")


def dns_elsewhere(lab):
    """A stale record: the name leads to an address where nobody lives any more."""
    lab.python("host", DNS.format(records={"hv1.lab.test": SPARE}, missing=3), wait=False)
    lab.rules("gw2", "icmp type destination-unreachable counter drop", hook="output")
    serve(lab, 445)
    lab.capture()
    look_up(lab, "hv1.lab.test")
    connect(lab, 445, server=SPARE)
    lab.stop()
    lab.connection(53, "accepted", "answered with an address that nobody has", transport="udp")
    lab.connection(445, "no-answer", "nobody has this address; the router's ICMP is filtered", server=SPARE)
    lab.finding("no-answer", 445, ["hv1.lab.test", "DNS"], server=SPARE)


def host_down(lab):
    """Two ports of a dead address, one filtered port of a living host: not the same."""
    lab.rules("gw2", "ip daddr 10.78.2.99 accept", "tcp dport 3389 counter drop")
    serve(lab, 445)
    lab.capture()
    client(lab, 445, "ask(b'one'); c.close()")
    connect(lab, 3389)
    connect(lab, 445, server=SPARE)
    lab.stop()
    lab.connection(445, "accepted", "the host is up")
    lab.connection(3389, "no-answer", "dropped by the router", by="firewall")
    lab.connection(445, "icmp-rejected", "nobody has this address: the router says host unreachable", server=SPARE, icmpType=3, icmpCode=1)
    lab.finding("blocked-port", 3389, ["Linux"])
    lab.finding("no-answer", 445, ["host unreachable"], server=SPARE)


def openssl_certificate(lab):
    lab.on("host", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=hv1.lab.test", "-keyout", f"{lab.work}/key", "-out", f"{lab.work}/crt")
    return ("-key", f"{lab.work}/key", "-cert", f"{lab.work}/crt", "-quiet")


def tls_client(lab, port, *options):
    lab.on("mgmt", "timeout", "5", "openssl", "s_client", "-connect", f"{HOST}:{port}", "-servername", "hv1.lab.test", *options, check=False, input="")


def tls_alert(lab):
    certificate = openssl_certificate(lab)
    for port, options in ((5986, ("-tls1_3",)), (443, ("-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384")), (636, ("-tls1_2",)), (8443, ())):
        lab.start("host", "openssl", "s_server", "-accept", str(port), *certificate, *options)
    time.sleep(1)
    lab.capture()
    tls_client(lab, 5986, "-tls1_2")
    tls_client(lab, 443, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
    lab.on("mgmt", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=Another CA", "-keyout", f"{lab.work}/other-key", "-out", f"{lab.work}/other-crt")
    tls_client(lab, 636, "-tls1_2", "-verify_return_error", "-CAfile", f"{lab.work}/other-crt")
    tls_client(lab, 8443)
    lab.stop()
    lab.connection(5986, "accepted", "the server speaks TLS 1.3 only, the client 1.2: alert protocol_version")
    lab.connection(443, "accepted", "no common cipher: alert handshake_failure")
    lab.connection(636, "accepted", "the client does not know who signed the certificate: alert unknown_ca")
    lab.connection(8443, "accepted", "all is well")
    lab.finding("tls-failed", 5986, ["version"])
    lab.finding("tls-failed", 443, ["cipher"])
    lab.finding("tls-failed", 636, ["certificate"])


HTTP = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        body = b'<s:Envelope/>'
        self.send_response({status})
        self.send_header('Content-Type', 'application/soap+xml;charset=UTF-8'); self.send_header('Content-Length', str(len(body)))
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('', {port}), Handler).serve_forever()
"""
POST = """
import http.client
c = http.client.HTTPConnection('%s', {port}, timeout=5)
for _ in range({times}):
    c.request('POST', '/wsman', '<s:Envelope/>', {headers}); c.getresponse().read()
c.close()
""" % HOST


def winrm_wrong_server(lab):
    headers = {"Content-Type": "application/soap+xml;charset=UTF-8", "User-Agent": "Microsoft WinRM Client"}
    basic = {**headers, "Authorization": "Basic b3BzYWRtaW46bm90LXRoZS1wYXNzd29yZA=="}
    for port, status in ((5985, 404), (80, 503), (47001, 200)):
        lab.python("host", HTTP.format(port=port, status=status), wait=False)
    lab.capture()
    lab.python("mgmt", POST.format(port=5985, times=1, headers=headers))
    lab.python("mgmt", POST.format(port=80, times=1, headers=headers))
    lab.python("mgmt", POST.format(port=47001, times=2, headers=basic))
    lab.stop()
    lab.connection(5985, "accepted", "another web server has the port: 404 for /wsman")
    lab.connection(80, "accepted", "503: nothing runs behind the web server")
    lab.connection(47001, "accepted", "works, with Basic and in clear text")
    lab.finding("service-not-listening", 5985, ["404", "another web server"])
    lab.finding("service-not-listening", 80, ["503"])
    lab.finding("cleartext-management", 47001, ["Basic"])


def dual(lab):
    """What every administrator does next: tries again and again until somebody opens the port."""
    lab.rules("gw1", "tcp dport 5985 counter drop")
    serve(lab, 5985)
    serve(lab, 445)
    lab.capture()
    client(lab, 445, "ask(b'one'); c.close()")
    connect(lab, 5985, seconds=4)
    lab.rules("gw1")
    client(lab, 5985, "ask(b'one'); c.close()")
    lab.stop()
    lab.connection(445, "accepted", "reached")
    lab.connection(5985, "no-answer", "dropped at first")
    lab.connection(5985, "accepted", "the rule is taken away")
    lab.finding("blocked-port", 5985, ["worked later"])


SCENARIOS = {
    "mtu-black-hole-upload": mtu_black_hole_upload, "mtu-black-hole-download": mtu_black_hole_download, "idle-timeout": idle_timeout, "idle-reset": idle_reset, "zero-window": zero_window,
    "asymmetric-route": asymmetric_route, "one-direction": one_direction, "dns-negative": dns_negative, "dns-unanswered": dns_unanswered, "dns-elsewhere": dns_elsewhere, "host-down": host_down,
    "tls-alert": tls_alert, "winrm-wrong-server": winrm_wrong_server, "opened-later": dual,
}


def main():
    if len(sys.argv) < 2:
        print("\n".join(SCENARIOS))
        return
    import domain  # needs Samba; the others do not
    import middlebox
    import servers
    SCENARIOS.update({**domain.SCENARIOS, **middlebox.SCENARIOS, **servers.SCENARIOS})
    for name in sys.argv[2:] or SCENARIOS:
        with Lab(sys.argv[1]) as lab:
            SCENARIOS[name](lab)
            lab.write(name)
        print(name, flush=True)


if __name__ == "__main__":
    main()
