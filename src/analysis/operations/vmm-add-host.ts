/** Virtual Machine Manager takes over a Hyper-V host: discovery, agent, control. */
import { namesStep, WMI_INTERFACES, winrmStep, type Operation } from './operation.js';

export const vmmAddHost: Operation = {
  id: 'vmm-add-host', title: 'VMM: adding a host',
  steps: [
    { id: 'console', title: 'The console reaches the VMM server (TCP 8100 to 8102)', patterns: [{ connection: { transport: 'tcp', ports: [8100, 8101, 8102] } }], needs: [], optional: true, absent: 'it runs on the VMM server, or set-up chose other ports', failing: 'the VMM service and its ports' },
    { id: 'sql', title: 'The VMM server reaches its database (TCP 1433, UDP 1434)', patterns: [{ connection: { transport: 'tcp', ports: [1433], protocols: ['tds'] } }, { connection: { transport: 'udp', ports: [1434] } }], needs: [], optional: true, absent: 'the database is on the VMM server', failing: 'SQL Server, its port, the browser service for a named instance' },
    namesStep,
    { id: 'ticket', title: 'The VMM server gets tickets for the host', patterns: [{ ticket: { services: ['HTTP', 'HOST', 'cifs', 'RPCSS', 'RestrictedKrbHost', 'WSMAN'] } }], needs: ['names'], optional: true, absent: 'cached tickets show nothing; an untrusted or perimeter host goes without', failing: 'service principal names (job 2927: a double HTTP/host), the Run As account' },
    { id: 'discovery', title: 'Discovery by DCOM and WMI (135 and a dynamic port)', patterns: [{ connection: { transport: 'tcp', ports: [135], protocols: ['epmap'], shared: true } }, { interfaces: WMI_INTERFACES }], needs: ['names'], optional: false, absent: 'the agent was installed by hand', failing: 'TCP 135 and the dynamic range of the host, WMI rules' },
    { id: 'agent', title: 'The agent is copied (SMB, ADMIN$)', patterns: [{ connection: { transport: 'tcp', ports: [445], protocols: ['smb'] } }], needs: ['names', 'discovery'], optional: true, absent: 'the agent was there already', failing: 'TCP 445 and rights on ADMIN$ (job 415)' },
    { id: 'install', title: 'The agent\'s installation is started (svcctl or WMI)', patterns: [{ interfaces: ['367abb81'] }], needs: ['agent'], optional: true, absent: 'WMI started it, or the agent was there already', failing: 'Remote Service Management rules, the dynamic range' },
    winrmStep('VMM controls the host (WinRM)', ['names', 'ticket'], false),
    { id: 'bits', title: 'Files move by BITS over TLS (TCP 443)', patterns: [{ connection: { transport: 'tcp', ports: [443], protocols: ['bits'] } }], needs: ['winrm'], optional: true, absent: 'nothing was deployed or moved yet; the port may be another (BITSTcpPort)', failing: 'TCP 443 of host and library; another program that owns 443 answers with a foreign certificate' },
  ],
  note: 'Jobs 2915 and 2916 with a connection to a proxy instead of the host: WinHTTP has a proxy set (netsh winhttp show proxy).',
};
