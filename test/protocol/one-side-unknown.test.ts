/** A flow of which one side is unknown from its first byte, and the other says what is spoken; inspection ends (at a gap) before the flow does. */
import { describe, expect, it } from 'vitest';
import { flowsOfInputs, inputOf } from '../evidence/captured.js';
import { Talk } from '../flow/talk.js';
import { writePcap } from '../support/pcap-writer.js';

const SSH_BANNER = new TextEncoder().encode('SSH-2.0-OpenSSH_9.6\r\n');

describe('a side that nobody knows', () => {
  it.each([22, 3343])('does not hide what the other one said, on port %i', async (serverPort) => {
    const talk = new Talk({ serverPort }).handshake().client('PA', { payload: new Uint8Array(64).fill(0xa5) }).server('PA', { payload: SSH_BANNER }).server('PA', { length: 10, seq: 500_200 }).client('A', { ack: 500_210 }).client('FA').server('FA').client('A');
    const [flow] = await flowsOfInputs(inputOf('a', writePcap(talk.packets)));
    expect(flow!.application).toMatchObject({ protocol: 'ssh', confidence: 'payload' });
  });
});

describe('payload that came with a SYN', () => {
  it('is looked at whole: nobody is given up for it at first glance', async () => {
    const request = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const talk = new Talk({ serverPort: 8085 }).client('S', { payload: new Uint8Array(8).fill(0xa5) }).server('SA').client('A').client('PA', { payload: request, seq: 2000 }).server('A', { ack: 2000 + request.length });
    const [flow] = await flowsOfInputs(inputOf('a', writePcap(talk.packets)));
    expect(flow!.application).toMatchObject({ protocol: 'http', confidence: 'payload' });
  });
});
