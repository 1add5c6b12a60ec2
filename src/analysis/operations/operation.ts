/** An operation of Windows as an ordered list of what must be seen on the wire: data, one file for each operation. */

export interface ConnectionPattern {
  readonly transport: 'tcp' | 'udp';
  /** Any of these server ports, or any of these protocols on whatever port. */
  readonly ports: readonly number[];
  readonly protocols?: readonly string[];
  /** Others use it as well: that it works is no sign of this step, that it fails is. */
  readonly shared?: true;
}

export interface TicketPattern {
  /** Classes of service before the first `/`, compared without case; `*`: any. */
  readonly services: readonly string[];
  readonly kinds?: readonly ('logon' | 'ticket' | 'for-user' | 'on-behalf' | 'presented')[];
}

/** What a step is recognised by; any of them will do. */
export interface StepPattern {
  readonly connection?: ConnectionPattern;
  readonly ticket?: TicketPattern;
  /** First eight digits of RPC interface UUIDs: asked for, bound to, or refused. */
  readonly interfaces?: readonly string[];
  /** A question to a name server. */
  readonly lookup?: true;
  readonly hidden?: 'rdma';
}

export interface OperationStep {
  readonly id: string;
  readonly title: string;
  readonly patterns: readonly StepPattern[];
  /** Ids of steps that must have gone well before this one can be reached. */
  readonly needs: readonly string[];
  /** True: the operation may succeed without it (another mode, a cache, another machine). */
  readonly optional: boolean;
  /** What it means that nothing of it is in the capture. */
  readonly absent: string;
  /** Where to look when it failed. */
  readonly failing: string;
}

export interface Operation {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly OperationStep[];
  /** What the checklist cannot tell. */
  readonly note: string;
}

/** DNS, before everything that goes by name. */
export const namesStep: OperationStep = {
  id: 'names', title: 'Names are resolved (DNS)', patterns: [{ lookup: true }], needs: [], optional: true, absent: 'names may have been in the cache of the client, or addresses were used', failing: 'the record, the zone or the DNS server that the client uses',
};

/** WinRM, as Server Manager, Hyper-V Manager since 2016, PowerShell and VMM use it. */
export function winrmStep(title: string, needs: readonly string[], optional: boolean): OperationStep {
  return {
    id: 'winrm', title, patterns: [{ connection: { transport: 'tcp', ports: [5985, 5986], protocols: ['winrm'] } }], needs, optional, absent: 'it ran between two other machines, or the older way (DCOM) was used', failing: 'the WinRM service and its listener (winrm quickconfig), the rule for TCP 5985, the service principal name HTTP/host',
  };
}

export const WMI_INTERFACES: readonly string[] = ['000001a0', 'f309ad18', '9556dc99', '99fcfec4', '4d9f4ab8'];

export function dcomStep(title: string, needs: readonly string[], optional: boolean): OperationStep {
  return {
    id: 'dcom', title, patterns: [{ connection: { transport: 'tcp', ports: [135], protocols: ['epmap'], shared: true } }, { interfaces: WMI_INTERFACES }], needs, optional, absent: 'the newer way (WinRM) was used, or it ran between two other machines', failing: 'TCP 135 and the dynamic range behind it, the Windows Management Instrumentation rules, the rights of the account',
  };
}
