/** What refusals mean: reject reasons of a bind_nak (C706 12.6.4.5) and status codes of a fault (C706 appendix E; [MS-RPCE] 2.2.2). */
import type { ProtocolFailure } from '../../flow/inspection.js';

export interface Refusal {
  readonly kind: ProtocolFailure['kind'];
  readonly code: string;
}

const AUTHENTICATION_TYPE_NOT_RECOGNISED = 8;

const REJECT_REASONS: readonly string[] = [
  'reason_not_specified', 'temporary_congestion', 'local_limit_exceeded', 'called_paddr_unknown', 'protocol_version_not_supported',
  'default_context_not_supported', 'user_data_not_readable', 'no_psap_available', 'authentication_type_not_recognized', 'invalid_checksum',
];

export function refusalOfReason(reason: number): Refusal {
  return {
    kind: reason === AUTHENTICATION_TYPE_NOT_RECOGNISED ? 'authentication' : 'refused',
    code: REJECT_REASONS[reason] ?? `bind_nak ${reason}`,
  };
}

/** Provider rejection reasons (C706 12.6.3.1). */
const PROVIDER_REASONS: readonly string[] = [
  'reason_not_specified', 'abstract_syntax_not_supported', 'proposed_transfer_syntaxes_not_supported', 'local_limit_exceeded',
];

export function refusalOfProviderReason(reason: number): Refusal {
  return { kind: reason === 1 ? 'not-found' : 'refused', code: PROVIDER_REASONS[reason] ?? `provider_rejection ${reason}` };
}

const PROTOCOL_ERROR = 0x1c01000b;
const ACCESS_DENIED = 5;

/**
 * Faults that concern the connection or the service. Others (bad stub data, an unknown operation, an application's own code) say
 * nothing about ports or rights: the refusal is recorded, the flow has not failed.
 */
const FAULTS: ReadonlyMap<number, Refusal> = new Map([
  [ACCESS_DENIED, { kind: 'access-denied', code: 'access_denied' }],
  [0x80070005, { kind: 'access-denied', code: 'E_ACCESSDENIED' }],
  [0x1c00001d, { kind: 'access-denied', code: 'nca_unsupported_authn_level' }],
  [0x00000721, { kind: 'authentication', code: 'rpc_s_sec_pkg_error' }],
  [0x1c010003, { kind: 'not-found', code: 'nca_unk_if' }],
  [0x000006d9, { kind: 'not-found', code: 'ept_s_not_registered' }],
  [0x80040154, { kind: 'not-found', code: 'REGDB_E_CLASSNOTREG' }],
  [0x000006ba, { kind: 'unavailable', code: 'rpc_s_server_unavailable' }],
  [0x000006bb, { kind: 'unavailable', code: 'rpc_s_server_too_busy' }],
  [0x1c010014, { kind: 'unavailable', code: 'nca_server_too_busy' }],
  [0x800706ba, { kind: 'unavailable', code: 'RPC_S_SERVER_UNAVAILABLE' }],
  [0x80080005, { kind: 'unavailable', code: 'CO_E_SERVER_EXEC_FAILURE' }],
]);

/** When in a connection's life a fault came. */
export const FaultMoment = {
  call: 0,
  /** First answer after an auth3, which has none of its own: a wrong password shows here. */
  afterAuth3: 1,
  /** Instead of a bind_ack or alter_context_resp to a message with credentials. */
  inNegotiation: 2,
} as const;
export type FaultMoment = (typeof FaultMoment)[keyof typeof FaultMoment];

export function refusalOfFault(status: number, moment: FaultMoment): Refusal | undefined {
  if (moment === FaultMoment.afterAuth3 && status === PROTOCOL_ERROR) return { kind: 'authentication', code: 'nca_proto_error' };
  const refusal = FAULTS.get(status);
  if (moment === FaultMoment.inNegotiation && (status === ACCESS_DENIED || status === PROTOCOL_ERROR)) {
    return { kind: 'authentication', code: refusal?.code ?? 'nca_proto_error' };
  }
  return refusal;
}
