/**
 * The few interfaces and transfer syntaxes that the recogniser itself must know: what serves them is read further, everything
 * else is named by the catalog.
 */
import type { InterfaceId } from '../events.js';

/** Endpoint mapper (C706 appendix O). */
export const ENDPOINT_MAPPER = 'e1af8308-5d1f-11c9-91a4-08002b14a0fa';
/** IObjectExporter, the OXID resolver ([MS-DCOM] 1.9). */
export const OBJECT_EXPORTER = '99fcfec4-5260-101b-bbcb-00aa0021347a';
/** IRemoteSCMActivator ([MS-DCOM] 1.9). */
export const REMOTE_ACTIVATOR = '000001a0-0000-0000-c000-000000000046';
/** IActivation, as Windows NT 4.0 activates ([MS-DCOM] 1.9). */
export const ACTIVATION = '4d9f4ab8-7d1c-11cf-861e-0020af6e7c57';

/** NDR with 32-bit counts (C706 14). */
export const NDR = '8a885d04-1ceb-11c9-9fe8-08002b104860';
/** NDR64 ([MS-RPCE] 2.2.5). */
export const NDR64 = '71710533-beba-4937-8319-b5dbef9ccc36';

/** Ports of the endpoint mapper (C706 appendix H; [MS-RPCH] 2.1): there a conversation is worth reading without its bind. */
export const MAPPER_PORTS: readonly number[] = [135, 593];

/** What an interface's stubs can teach about ports. */
export const Interest = { none: 0, mapper: 1, dcom: 2, unknown: 3 } as const;
export type Interest = (typeof Interest)[keyof typeof Interest];

export function interestOf(uuid: string): Interest {
  if (uuid === ENDPOINT_MAPPER) return Interest.mapper;
  return uuid === OBJECT_EXPORTER || uuid === REMOTE_ACTIVATOR || uuid === ACTIVATION ? Interest.dcom : Interest.none;
}

/** An interface as facts and failures show it. */
export function interfaceText(id: InterfaceId): string {
  return `${id.uuid}/${id.version}`;
}
