/** Remote management with Server Manager and the consoles it opens. */
import { dcomStep, namesStep, winrmStep, type Operation } from './operation.js';

export const serverManager: Operation = {
  id: 'server-manager', title: 'Server Manager and its consoles',
  steps: [
    namesStep,
    { id: 'ticket', title: 'The console gets a Kerberos ticket for the server', patterns: [{ ticket: { services: ['HTTP', 'WSMAN', 'HOST', 'RPCSS', 'RestrictedKrbHost', 'cifs'] } }], needs: ['names'], optional: true, absent: 'a cached ticket shows nothing; by address or without a domain NTLM is used', failing: 'the service principal name (a web service may own HTTP/host), the clocks, the account' },
    winrmStep('Server Manager reaches the server (WinRM)', ['names', 'ticket'], false),
    dcomStep('DCOM and WMI (135 and a dynamic port)', ['names'], true),
    { id: 'services', title: 'Services console (svcctl, by TCP or by pipe)', patterns: [{ interfaces: ['367abb81'] }], needs: ['names'], optional: true, absent: 'it was not opened', failing: 'Remote Service Management rules, the dynamic range' },
    { id: 'event-viewer', title: 'Event Viewer (eventlog)', patterns: [{ interfaces: ['f6beaff7', '82273fdc'] }], needs: ['names'], optional: true, absent: 'it was not opened', failing: 'Remote Event Log Management rules, the dynamic range' },
    { id: 'tasks', title: 'Task Scheduler', patterns: [{ interfaces: ['86d35949', '1ff70682', '378e52b0'] }], needs: ['names'], optional: true, absent: 'it was not opened', failing: 'Remote Scheduled Tasks Management rules, the dynamic range' },
    { id: 'disks', title: 'Disk Management (which calls back to the console)', patterns: [{ interfaces: ['e0393303', '8326cd1d', '118610b7', '0818a8ef'] }], needs: ['names'], optional: true, absent: 'it was not opened', failing: 'Remote Volume Management rules on both sides: the server calls the console back' },
    { id: 'pipes', title: 'Shares, registry and named pipes (SMB, TCP 445)', patterns: [{ connection: { transport: 'tcp', ports: [445], protocols: ['smb'] } }], needs: ['names'], optional: true, absent: 'nothing needed it', failing: 'File and Printer Sharing rules; Remote Registry for the registry' },
  ],
  note: 'Under packet privacy the interface of a DCOM call cannot be read: its dynamic port stays unnamed.',
};
