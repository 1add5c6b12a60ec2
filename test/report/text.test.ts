import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { renderText, type TextOptions } from '../../src/report/text.js';
import { CLIENT, evidence, flow, mapping, sender, SERVER, type EvidenceParts } from '../analysis/evidence-builder.js';

function render(parts: EvidenceParts, options: TextOptions = {}): string {
  return renderText(analyze(evidence(parts), { catalog: builtInCatalog() }), options);
}

const name = (address: string, text: string) => ({ address, name: text, from: 'dns', frame: { capture: 0, frame: 1 } });
const winrm = { protocol: 'winrm', confidence: 'payload' as const, facts: {} };

/** The case of the design: Server Manager cannot reach the service control manager; captured on the server. */
const serverManager: EvidenceParts = {
  flows: [
    flow({ port: 5985, outcome: 'accepted', start: 0.1, frame: 3, application: winrm }), flow({ port: 135, outcome: 'accepted', start: 1.9, frame: 412, application: { protocol: 'epmap', confidence: 'payload', facts: {} } }),
    flow({ port: 49_668, outcome: 'no-answer', start: 2, frame: 421, syns: [0, 1, 3, 7, 15] }),
  ],
  mappings: [mapping(49_668, 419, 1.95)], names: [name(CLIENT, 'MGMT1.lab.test'), name(SERVER, 'HV01.lab.test')],
  capture: { skipped: { arp: 12 }, traits: { senders: [sender(SERVER, 128, 8), sender(CLIENT, 127)], duplicates: 0, flows: 3, oneSidedFlows: 0 } },
};

describe('the terminal report', () => {
  it('tells the failed capture of the design', () => {
    expect(render(serverManager)).toMatchInlineSnapshot(`
      "hv01.pcapng   2027-01-15 08:00:00 - 08:01:40 UTC (1 min 40 s)
      Taken on     HV01: frames of HV01 have unfilled checksums (8 of 8 looked at);
                   those of MGMT1 arrive with TTL 127 (one router)
      Quality      93 packets, all decoded, full packets, both directions, 0 lost by
                   the capture
      Blind to     firewall decisions on HV01 itself, RDMA (SMB Direct), other network
                   adapters of HV01, anything before or after these times

      PROBLEM 1 of 1   Service control manager (svcctl) on HV01 cannot be reached
        MGMT1 10.77.1.10 -> HV01 10.77.2.20   TCP 49668   FILTERED
        impact: failed, no fallback seen   blocked-dynamic-port

          08:00:01.950  #418  MGMT1 asks HV01: where is Service control manager
                              (svcctl)?
          08:00:01.950  #419  HV01 answers: TCP 49668
          08:00:02.000  #421  SYN to HV01 TCP 49668; again after 1, 3, 7, 15 s (#422
                              #423 #424 #425)   no answer

        Proved     5 SYNs to HV01 TCP 49668, again after 1, 3, 7, 15 s (as Linux does)
                   (#421): no answer, no reset, no ICMP error
                   MGMT1 reaches HV01 on TCP 5985 (#3)
                   the endpoint mapper of HV01 named this port (#419)
                   the capture was taken on HV01: the packets reached it, and nothing
                   left it in answer
        Cause      the firewall of HV01 itself (likely)
                   another filter on HV01 (security agent, IPsec policy) (possible)
                   the service stopped in the meantime (possible)
        Ruled out  host down, no route, endpoint mapper (135) blocked, dropped on the
                   way to HV01
        Fix        on HV01, elevated (the rule that Windows ships for this; try
                   -WhatIf first):
                     Enable-NetFirewallRule -Name 'RemoteSvcAdmin-In-TCP'
                   Do not open 49668 alone: it may change at the next restart.
        Check      on MGMT1: Test-NetConnection 10.77.2.20 -Port 49668
        Documented hyper-v-host/inbound/dynamic
        Wireshark  ip.addr==10.77.1.10 && ip.addr==10.77.2.20 && tcp.port in {135,49668}

      WORKED   2
        MGMT1 -> HV01  TCP 5985  hyper-v-host/inbound/5985  winrm
        MGMT1 -> HV01  TCP 135   hyper-v-host/inbound/135   epmap

      DYNAMIC PORTS   1 named, 0 by their number only, 0 reached
        HV01  TCP 49668  ept_map #419  no-answer  svcctl

      DOCUMENTS
        Network Ports Related to Hyper-V, 33 rows: 2 worked, 1 failed, 13 not seen, 17
          not judged (roles not here)
        Identify VMM ports and protocols, 29 rows: 1 not seen, 28 not judged (roles
          not here, not visible from here)

      BACKGROUND    12 packets, not judged (arp 12)
      ROLES         inferred: MGMT1 management-station (opens WinRM 5985)
                    assumed only: HV01 hyper-v-host; confirm with --inventory
      NEXT          everything that was cut: --verbose; for a program: --format json;
                    every flow: portwitness flows
      "
    `);
  });

  it('keeps to its width, but for what is to be copied', () => {
    for (const width of [60, 80, 120]) {
      for (const line of render(serverManager, { width }).split('\n')) if (!/Enable-NetFirewallRule|addr==/.test(line)) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('is plain ASCII without colour, unless it may be more', () => {
    const parts = { ...serverManager, names: [name(SERVER, 'zürich.lab.test')] };
    expect(render(parts)).toMatch(/^[\n\x20-\x7e]*$/);
    expect(render(parts, { ascii: false })).toContain('zürich');
    expect(render(parts, { color: true })).toContain('\u001b[');
  });

  it('spells out control characters from the wire', () => {
    const text = render({ ...serverManager, names: [name(SERVER, 'evil\u001b[2J\u202e')] }, { ascii: false });
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).toContain('evil\\x1b[2J\\u202e');
  });

  it('says plainly that nothing failed', () => {
    expect(render({ flows: [flow({ port: 5985, outcome: 'accepted', application: winrm })] })).toContain('No problem found: of 1 conversation none failed');
    expect(render({ flows: [] })).toContain('nothing to diagnose');
  });

  it('cuts long lists with a count, and shows all when asked', () => {
    const flows = Array.from({ length: 40 }, (_, i) => flow({ client: `10.77.1.${i + 1}`, port: 5985, outcome: 'accepted', application: winrm }));
    expect(render({ flows })).toContain('... and 32 more: --verbose');
    expect(render({ flows }, { verbose: true })).not.toContain('--verbose');
  });

  it('makes one problem of a scan', () => {
    const flows = Array.from({ length: 60 }, (_, i) => flow({ server: `10.77.3.${i + 1}`, port: 445, outcome: 'no-answer', syns: [0, 1, 3] }));
    expect(render({ flows })).toContain('PROBLEM 1 of 1   10.77.1.10 tried 1 port on 60 hosts in vain');
  });
});
