/** The console of a virtual machine. */
import { dcomStep, namesStep, winrmStep, type Operation } from './operation.js';

export const vmConnect: Operation = {
  id: 'vm-connect', title: 'Console of a virtual machine (VMConnect)',
  steps: [
    namesStep,
    winrmStep('Hyper-V Manager lists the machines (WinRM, 2016 and later)', ['names'], true),
    dcomStep('Hyper-V Manager lists the machines (DCOM, 2012 R2 and earlier)', ['names'], true),
    { id: 'ticket', title: 'The client gets a Kerberos ticket for the console service', patterns: [{ ticket: { services: ['Microsoft Virtual Console Service', 'TERMSRV'] } }], needs: ['names'], optional: true, absent: 'without a trust NTLM is used; a cached ticket shows nothing', failing: 'the service principal name "Microsoft Virtual Console Service" of the host' },
    { id: 'console', title: 'The client connects to the host on TCP 2179', patterns: [{ connection: { transport: 'tcp', ports: [2179], protocols: ['vmconnect'] } }], needs: ['names', 'ticket'], optional: false, absent: 'a gateway (TCP 443) carries it, or the failure came before', failing: 'the rule for TCP 2179 on the host; that the machine runs there (it may have moved); Schannel settings where TLS breaks off at once' },
    { id: 'gateway', title: 'Through a Remote Desktop Gateway (TCP 443)', patterns: [{ connection: { transport: 'tcp', ports: [], protocols: ['rd-gateway'] } }], needs: [], optional: true, absent: 'tenants of a hoster only', failing: 'the gateway, and its way to TCP 2179 of the host' },
  ],
  note: 'Enhanced session mode goes to the guest through the host: there is no connection to TCP 3389 of the guest.',
};
