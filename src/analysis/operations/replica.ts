/** Hyper-V Replica, to a host or to a cluster behind a broker. */
import { namesStep, winrmStep, type Operation } from './operation.js';

export const replica: Operation = {
  id: 'replica', title: 'Hyper-V Replica',
  steps: [
    namesStep,
    winrmStep('The console reaches the primary host (WinRM)', [], true),
    { id: 'ticket', title: 'The primary gets a Kerberos ticket for the Replica service', patterns: [{ ticket: { services: ['Hyper-V Replica Service'] } }], needs: ['names'], optional: true, absent: 'replication over HTTPS goes by certificates; a cached ticket shows nothing', failing: 'the service principal name "Hyper-V Replica Service" of the replica server or broker' },
    { id: 'channel', title: 'The primary connects to the replica server or broker (TCP 80 or 443)', patterns: [{ connection: { transport: 'tcp', ports: [80, 443] } }], needs: ['names', 'ticket'], optional: false, absent: 'another port was chosen, or the failure came before', failing: 'the rules "Hyper-V Replica HTTP Listener" and "HTTPS Listener" on every node (the broker answers with the name of a node, which must be open, too); a proxy in between; certificates of both sides with HTTPS' },
  ],
  note: 'The port can be chosen freely; the path of the requests is not published. A first connection that ends with another one to a second server is the broker at work.',
};
