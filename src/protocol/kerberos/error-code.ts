/** Error codes of Kerberos (RFC 4120 7.5.9) and what kind of failure each is. */
import type { ProtocolFailure } from '../../flow/inspection.js';
import type { TicketUse } from '../events.js';

const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'KDC_ERR_NAME_EXP'], [2, 'KDC_ERR_SERVICE_EXP'], [3, 'KDC_ERR_BAD_PVNO'], [6, 'KDC_ERR_C_PRINCIPAL_UNKNOWN'],
  [7, 'KDC_ERR_S_PRINCIPAL_UNKNOWN'], [8, 'KDC_ERR_PRINCIPAL_NOT_UNIQUE'], [9, 'KDC_ERR_NULL_KEY'], [10, 'KDC_ERR_CANNOT_POSTDATE'],
  [11, 'KDC_ERR_NEVER_VALID'], [12, 'KDC_ERR_POLICY'], [13, 'KDC_ERR_BADOPTION'], [14, 'KDC_ERR_ETYPE_NOSUPP'],
  [15, 'KDC_ERR_SUMTYPE_NOSUPP'], [16, 'KDC_ERR_PADATA_TYPE_NOSUPP'], [17, 'KDC_ERR_TRTYPE_NOSUPP'], [18, 'KDC_ERR_CLIENT_REVOKED'],
  [19, 'KDC_ERR_SERVICE_REVOKED'], [20, 'KDC_ERR_TGT_REVOKED'], [21, 'KDC_ERR_CLIENT_NOTYET'], [22, 'KDC_ERR_SERVICE_NOTYET'],
  [23, 'KDC_ERR_KEY_EXPIRED'], [24, 'KDC_ERR_PREAUTH_FAILED'], [25, 'KDC_ERR_PREAUTH_REQUIRED'], [26, 'KDC_ERR_SERVER_NOMATCH'],
  [27, 'KDC_ERR_MUST_USE_USER2USER'], [28, 'KDC_ERR_PATH_NOT_ACCEPTED'], [29, 'KDC_ERR_SVC_UNAVAILABLE'],
  [31, 'KRB_AP_ERR_BAD_INTEGRITY'], [32, 'KRB_AP_ERR_TKT_EXPIRED'], [33, 'KRB_AP_ERR_TKT_NYV'], [34, 'KRB_AP_ERR_REPEAT'],
  [35, 'KRB_AP_ERR_NOT_US'], [36, 'KRB_AP_ERR_BADMATCH'], [37, 'KRB_AP_ERR_SKEW'], [39, 'KRB_AP_ERR_BADVERSION'],
  [40, 'KRB_AP_ERR_MSG_TYPE'], [41, 'KRB_AP_ERR_MODIFIED'], [44, 'KRB_AP_ERR_BADKEYVER'], [45, 'KRB_AP_ERR_NOKEY'],
  [52, 'KRB_ERR_RESPONSE_TOO_BIG'], [60, 'KRB_ERR_GENERIC'], [61, 'KRB_ERR_FIELD_TOOLONG'], [62, 'KDC_ERR_CLIENT_NOT_TRUSTED'],
  [68, 'KDC_ERR_WRONG_REALM'],
]);

/** 25 asks for a proof of the password, 52 for TCP, 91 for another round: each is a step of a good exchange. */
const NORMAL: ReadonlySet<number> = new Set([25, 52, 91]);

const KINDS: ReadonlyMap<number, ProtocolFailure['kind']> = new Map([
  [6, 'authentication'], [18, 'authentication'], [23, 'authentication'], [24, 'authentication'], [62, 'authentication'],
  [7, 'name'], [8, 'name'], [68, 'name'],
  [29, 'unavailable'],
]);

export function kerberosErrorName(code: number): string {
  return NAMES.get(code) ?? `KRB-ERROR ${code}`;
}

/** Kind of failure; undefined: none. */
export function kerberosErrorKind(code: number): ProtocolFailure['kind'] | undefined {
  return NORMAL.has(code) ? undefined : KINDS.get(code) ?? 'refused';
}

const BAD_OPTION = 13;
/** KDCOptions (RFC 4120 5.4.1), bits counted from the highest: what somebody asks of a ticket that he has. */
const ASKED_OF_TICKET: readonly (readonly [bit: number, name: string])[] = [[30, 'renewal'], [31, 'validation of a postdated ticket'], [28, 'user-to-user'], [2, 'forwarding'], [4, 'proxy']];

/** What KDC_ERR_BADOPTION refuses, by the request: delegation ([MS-SFU]) by its kind, the rest by its options; '' where the request is not known or asks for nothing of the kind. */
export function refusedOption(code: number, kind: TicketUse['kind'] | undefined, options: number): string {
  if (code !== BAD_OPTION) return '';
  if (kind === 'on-behalf') return 'delegation to the service, S4U2Proxy';
  if (kind === 'for-user') return 'ticket on behalf of a user, S4U2Self';
  return ASKED_OF_TICKET.find(([bit]) => (options & (1 << (31 - bit))) !== 0)?.[1] ?? '';
}
