"""
The network of the failure lab: namespaces of one Linux machine, real TCP stacks, real nftables. No packet leaves them.

    mgmt 10.78.1.10 --- gw1 ===== gw2 --- host 10.78.2.20      ===== : the "wide area" link, 10.78.9.0/30
          \\------------- back (a second way, unused unless a scenario routes over it) ---/

Needs root, Python 3, iproute2, nftables, dumpcap (wireshark-common); some scenarios need more and say so.
"""
import json
import os
import signal
import subprocess
import tempfile
import time

PREFIX = f"pwfail{os.getpid() % 1000}"
MGMT, HOST, SPARE = "10.78.1.10", "10.78.2.20", "10.78.2.99"
GW1, GW2 = "10.78.1.1", "10.78.2.1"
MACHINES = ("mgmt", "gw1", "gw2", "host", "back")


def run(*command, check=True, **options):
    return subprocess.run(command, check=check, text=True, capture_output=True, **options)


def inside(machine, *command):
    return ("ip", "netns", "exec", f"{PREFIX}-{machine}", *command)


class Lab:
    """Built anew for each scenario, so that no scenario inherits a rule, a route or a timer of another."""

    def __init__(self, out):
        self.out = out
        self.work = tempfile.mkdtemp(prefix="pwfail.")
        self.running = []
        self.captures = []
        self.truth = {"hosts": [], "connections": [], "rpcMappings": [], "firewall": [], "findings": [], "notes": []}

    def __enter__(self):
        for machine in MACHINES:
            run("ip", "netns", "add", f"{PREFIX}-{machine}")
            self.on(machine, "ip", "link", "set", "lo", "up")
            self.on(machine, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        self.link("mgmt", "mgmt0", f"{MGMT}/24", "gw1", "in1", f"{GW1}/24", 1)
        self.link("gw1", "wan1", "10.78.9.1/30", "gw2", "wan2", "10.78.9.2/30", 2)
        self.link("host", "host0", f"{HOST}/24", "gw2", "in2", f"{GW2}/24", 3)
        self.link("back", "backh", "10.78.8.2/30", "host", "host1", "10.78.8.1/30", 4)
        self.link("back", "backm", "10.78.8.6/30", "mgmt", "mgmt1", "10.78.8.5/30", 5)
        for machine in ("gw1", "gw2", "back"):
            self.on(machine, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.on("mgmt", "ip", "route", "add", "10.78.2.0/24", "via", GW1)
        self.on("host", "ip", "route", "add", "10.78.1.0/24", "via", GW2)
        self.on("gw1", "ip", "route", "add", "10.78.2.0/24", "via", "10.78.9.2")
        self.on("gw2", "ip", "route", "add", "10.78.1.0/24", "via", "10.78.9.1")
        self.on("back", "ip", "route", "add", "10.78.1.0/24", "via", "10.78.8.5")
        self.host("mgmt1", MGMT, "client management-station")
        self.host("hv1", HOST, "server")
        self.host("gw", f"{GW1} {GW2}", "router firewall")
        return self

    def __exit__(self, *_):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        for machine in MACHINES:
            run("ip", "netns", "del", f"{PREFIX}-{machine}", check=False)
        run("rm", "-rf", self.work)

    def link(self, a, a_name, a_address, b, b_name, b_address, number):
        run("ip", "link", "add", a_name, "netns", f"{PREFIX}-{a}", "address", f"00:15:5d:4e:00:{number:02x}",
            "type", "veth", "peer", "name", b_name, "netns", f"{PREFIX}-{b}", "address", f"00:15:5d:4e:01:{number:02x}")
        for machine, name, address in ((a, a_name, a_address), (b, b_name, b_address)):
            self.on(machine, "ip", "addr", "add", address, "dev", name)
            self.on(machine, "ip", "link", "set", name, "up")
            # Every captured packet is what a wire would carry.
            for feature in ("tx", "tso", "gso", "gro"):
                self.on(machine, "ethtool", "-K", name, feature, "off", check=False)

    def on(self, machine, *command, check=True, **options):
        return run(*inside(machine, *command), check=check, **options)

    def start(self, machine, *command, **options):
        process = subprocess.Popen(inside(machine, *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **options)
        self.running.append(process)
        return process

    def python(self, machine, code, wait=True, timeout=180):
        """Runs a piece of Python there: a client (waited for) or a server (ended with the scenario)."""
        if wait:
            return run(*inside(machine, "timeout", str(timeout), "/usr/bin/python3", "-c", code), check=False).stdout
        process = self.start(machine, "/usr/bin/python3", "-c", code)
        time.sleep(0.5)
        return process

    def rules(self, machine, *rules, hook="forward"):
        text = f"flush ruleset\ntable ip lab {{ chain c {{ type filter hook {hook} priority 0; policy accept;\n" + "\n".join(rules) + "\n}\n}\n"
        self.on(machine, "nft", "-f", "-", input=text)
        self.truth["firewall"] += [f"{machine}: {rule}" for rule in rules]

    def capture(self, machine="mgmt", interface="mgmt0", *options):
        path = os.path.join(self.work, f"{len(self.captures)}.pcapng")
        process = subprocess.Popen(inside(machine, "dumpcap", "-q", "-i", interface, "-w", path, *options), stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "File:" in line:
                break
        time.sleep(0.7)
        self.captures.append((process, path))

    def stop(self, settle=1.0):
        time.sleep(settle)
        for process, _ in self.captures:
            process.send_signal(signal.SIGINT)
            process.wait()

    # ---- truth: what was arranged, never what an analyser found ----
    def host(self, name, addresses, roles):
        self.truth["hosts"].append({"name": name, "addresses": addresses.split(), "roles": roles.split()})

    def connection(self, port, outcome, note, transport="tcp", client=MGMT, server=HOST, **more):
        self.truth["connections"].append({"client": client, "server": server, "transport": transport, "port": port, "outcome": outcome, "note": note, "count": 1, **more})

    def finding(self, code, port, says=(), transport="tcp", client=MGMT, server=HOST, **more):
        """What an engineer who knows what was arranged would say; `says`: words that must be in the problem."""
        self.truth["findings"].append({"code": code, "client": client, "server": server, "transport": transport, "port": port, "says": list(says), **more})

    def note(self, text):
        self.truth["notes"].append(text)

    def write(self, name):
        for index, (_, path) in enumerate(self.captures):
            target = f"{name}.pcapng" if index == 0 else f"{name}-{index + 1}.pcapng"
            run("cp", path, os.path.join(self.out, target))
        truth = {"scenario": name, "capture": f"{name}.pcapng", **self.truth}
        with open(os.path.join(self.out, f"{name}.truth.json"), "w", encoding="utf-8") as file:
            json.dump(truth, file, indent=2)
            file.write("\n")
