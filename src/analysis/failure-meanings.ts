/**
 * What a failure above the transport means to an administrator: its finding code, the likeliest cause, and what mends it. By protocol and
 * the code on the wire; sources: RFC 4120 7.5.9, RFC 4511 A, RFC 8446 6, [MS-ERREF] 2.3, [MS-RDPBCGR] 2.2.1.2.2, RFC 7143 11.13.5, SQL Server's
 * error numbers. Codes that are steps of a good exchange never get here: recognisers leave them out.
 */
import type { ProtocolFailure } from '../flow/inspection.js';
import type { Remedy } from './finding-draft.js';
import type { FindingCode, Severity } from './report-model.js';

export interface Meaning {
  readonly code: Extract<FindingCode, 'authentication-failed' | 'access-denied' | 'tls-failed' | 'protocol-mismatch' | 'service-not-listening'>;
  /** `info`: told, but nobody has to mend it. */
  readonly severity: Severity;
  readonly cause: string;
  readonly remedy: Remedy;
  /** Rest of a title behind the server's name. */
  readonly title: string;
  /** Only the end of the connection shows it: a capture may end before the next message. */
  readonly onlyWhenClosed?: true;
}

type Row = readonly [protocols: readonly string[], pattern: RegExp, meaning: Meaning];

const web = ['http', 'winrm', 'wsus', 'bits', 'rd-gateway', 'rpc-over-http', 'webdav', 'adfs', 'kdc-proxy', 'configuration-manager', 'hyper-v-replica'];

const logon = (cause: string, remedy: Remedy = 'credentials', title = 'refuses the logon', severity: Severity = 'error'): Meaning => ({ code: 'authentication-failed', severity, cause, remedy, title });
const tls = (cause: string, title = 'does not agree on TLS'): Meaning => ({ code: 'tls-failed', severity: 'error', cause, remedy: 'tls', title });
const disagreement = (cause: string, title: string, remedy: Remedy = 'dialect'): Meaning => ({ code: 'protocol-mismatch', severity: 'error', cause, remedy, title });
const absent = (cause: string, title: string, severity: Severity = 'error'): Meaning => ({ code: 'service-not-listening', severity, cause, remedy: 'backend', title });
const denied = (cause: string, title: string, severity: Severity = 'error', remedy: Remedy = 'permissions'): Meaning => ({ code: 'access-denied', severity, cause, remedy, title });

/** The first that fits counts. */
const rows: readonly Row[] = [
  [['kerberos'], /SKEW|TKT_NYV/, logon('the clocks of the two machines differ by more than 5 minutes', 'clock')],
  [['kerberos'], /MODIFIED|BAD_INTEGRITY|NOKEY|NOT_US|BADMATCH/, logon('double or misplaced SPN: another account holds the name that the ticket is for', 'principal')],
  [['kerberos'], /S_PRINCIPAL_UNKNOWN|NOT_UNIQUE/, logon('no account has this service principal name (SPN missing, or an alias or address was used for a name)', 'principal', 'has no ticket')],
  [['kerberos'], /WRONG_REALM/, logon('the name belongs to another domain', 'principal', 'has no ticket', 'info')],
  [['kerberos'], /C_PRINCIPAL_UNKNOWN/, logon('the account does not exist')],
  // A domain controller of Windows says more in its NTSTATUS than the code of Kerberos does.
  [['kerberos'], /STATUS_ACCOUNT_LOCKED_OUT/, logon('the account is locked')],
  [['kerberos'], /STATUS_ACCOUNT_DISABLED/, logon('the account is disabled')],
  [['kerberos'], /STATUS_ACCOUNT_EXPIRED/, logon('the account has expired')],
  [['kerberos'], /STATUS_PASSWORD_(?:EXPIRED|MUST_CHANGE)/, logon('the password has expired, or must be changed at the first logon')],
  [['kerberos'], /STATUS_INVALID_LOGON_HOURS/, logon('the account may not log on at this time of day')],
  [['kerberos'], /STATUS_INVALID_WORKSTATION/, logon('the account may not log on from this computer')],
  [['kerberos'], /STATUS_LOGON_TYPE_NOT_GRANTED|STATUS_ACCOUNT_RESTRICTION|STATUS_AUTHENTICATION_FIREWALL_FAILED/, logon('a policy forbids this logon')],
  [['kerberos'], /CLIENT_REVOKED/, logon('the account is locked or disabled')],
  [['kerberos'], /KEY_EXPIRED/, logon('the password has expired')],
  [['kerberos'], /PREAUTH_FAILED/, logon('wrong password')],
  [['kerberos'], /ETYPE|SUMTYPE/, logon('no common encryption type')],
  [['kerberos'], /POLICY|LOGON/, logon('a policy forbids this logon')],
  [['kerberos'], /BADOPTION.*S4U2Proxy/, logon('the account may not delegate to this service: constrained delegation does not list it, or the user\'s own ticket is not forwardable (protocol transition not allowed, "sensitive" account, Protected Users)', 'delegation', 'refuses delegation', 'warning')],
  [['kerberos'], /BADOPTION.*S4U2Self/, logon('the domain controller gives no ticket on behalf of this user to this account', 'delegation', 'refuses a ticket on behalf of a user', 'warning')],
  [['kerberos'], /BADOPTION.*(?:renewal|validation)/, logon('the ticket cannot be renewed any more: the client asks for a new one by itself', 'credentials', 'does not renew a ticket', 'info')],
  [['kerberos'], /BADOPTION.*(?:forwarding|proxy)/, logon('the ticket may not be forwarded ("sensitive" account, Protected Users)', 'delegation', 'does not let a ticket be forwarded', 'info')],
  [['kerberos'], /BADOPTION/, logon('the account may not delegate to this service (constrained delegation), or asks for what a ticket does not allow, as renewing', 'principal', 'refuses a ticket', 'info')],
  [['kerberos'], /SVC_UNAVAILABLE|GENERIC/, logon('the domain controller cannot do its work (it reaches no other, or its database is busy)', 'credentials', 'cannot issue a ticket', 'warning')],
  [['kerberos'], /./, logon('the domain controller does not accept this request', 'credentials', 'refuses a ticket', 'info')],
  [['ldap'], /strongerAuthRequired|confidentialityRequired/, logon('the server demands signing or TLS for a bind; the client uses neither', 'dialect', 'refuses the bind without signing')],
  [['ldap'], /user not found/, logon('the account does not exist')],
  [['ldap'], /locked/, logon('the account is locked')],
  [['ldap'], /disabled/, logon('the account is disabled')],
  [['ldap'], /expired|must change/, logon('the account or its password has expired')],
  [['ldap'], /not permitted/, logon('a policy forbids this logon')],
  [['ldap'], /busy|unavailable/, absent('the directory service is busy or stopping', 'cannot answer', 'warning')],
  [['tds'], /^18456$/, logon('wrong password, or unknown account')],
  [['tds'], /^18452$/, logon('the account comes from a domain that the server does not trust')],
  [['tds'], /^18486$/, logon('the account is locked')],
  [['tds'], /^184(?:87|88)$/, logon('the password has expired')],
  [['tds'], /^4060$/, denied('the database does not exist, or the account may not open it', 'does not open the database', 'error', 'target')],
  [['tds'], /^17830$/, disagreement('client and server do not agree on encryption of the login', 'breaks off the login', 'tls')],
  [['smb'], /NOT_SUPPORTED|no common dialect|INVALID_PARAMETER/, disagreement('no SMB dialect in common: SMB 1 is switched off, or the server demands a newer one, signing or encryption', 'has no SMB dialect in common with the client')],
  [['smb'], /BAD_NETWORK_NAME|OBJECT_NAME_NOT_FOUND|NOT_FOUND|BAD_NETWORK_PATH/, denied('the share does not exist there: misspelt, not shared, or the name resolves to another machine', 'has no such share', 'warning', 'target')],
  [['smb'], /NO_LOGON_SERVERS|NETLOGON_NOT_STARTED/, logon('the server reaches no domain controller to check the logon', 'credentials', 'cannot check the logon')],
  [['smb'], /INSUFFICIENT|REQUEST_NOT_ACCEPTED/, absent('the server has no room for another session', 'takes no more sessions', 'warning')],
  [['smb'], /NetBIOS session error 0x8[0-3f]$/, absent('nobody there has this NetBIOS name', 'does not know the NetBIOS name', 'warning')],
  [['smb'], /LOGON_FAILURE|WRONG_PASSWORD/, logon('wrong password, or unknown account')],
  [['smb'], /LOCKED/, logon('the account is locked')],
  [['smb'], /DISABLED/, logon('the account is disabled')],
  [['smb'], /EXPIRED|MUST_CHANGE/, logon('the password has expired')],
  [['smb'], /TRUST/, logon('the trust between workstation or domain and domain is broken')],
  [['smb'], /WORKSTATION|LOGON_TYPE|RESTRICTION|INVALID_LOGON_HOURS/, logon('a policy forbids this logon')],
  [['smb'], /NO_SUCH_USER/, logon('the account does not exist')],
  [['rdp'], /SSL_CERT_NOT_ON_SERVER/, tls('the server has no certificate for TLS')],
  [['rdp'], /HYBRID_REQUIRED/, disagreement('the server demands Network Level Authentication (CredSSP), which the client does not offer', 'demands Network Level Authentication')],
  [['rdp'], /SSL_REQUIRED|SSL_WITH_USER_AUTH/, disagreement('the server demands TLS, which the client does not offer', 'demands TLS')],
  [['rdp'], /STANDARD_RDP_CHOSEN/, { ...disagreement('the server has no TLS and no Network Level Authentication (security layer RDP), and the client goes on with nothing less', 'offers standard RDP security only, and the client leaves'), onlyWhenClosed: true }],
  [['rdp'], /STANDARD_RDP_REFUSED/, disagreement('the server demands TLS or Network Level Authentication, and the client asks for standard RDP security without offering anything else', 'ends standard RDP security at once')],
  [['rdp'], /./, disagreement('client and server have no security layer in common', 'has no security layer in common with the client')],
  [['iscsi'], /^0201/, logon('wrong CHAP name or secret')],
  [['iscsi'], /^0202/, denied('the target does not allow this initiator', 'does not allow the initiator')],
  [['iscsi'], /^020[34]/, denied('the target does not exist, or is hidden from this initiator', 'has no such target', 'error', 'target')],
  [['iscsi'], /^03/, absent('the target cannot take a login now', 'cannot take the login', 'warning')],
  [['iscsi'], /./, disagreement('initiator and target do not agree on the parameters of the login', 'refuses the login')],
  [web, /^404$/, absent('another web server has the port, or the service has no listener for this path', 'does not know the path')],
  [web, /^50[234]$/, absent('the web server runs, the service behind it does not (stopped, starting, or its pool is down)', 'has nothing behind its web server')],
  [web, /^407$/, logon('the proxy wants a logon', 'credentials', 'wants a logon for its proxy')],
  [web, /^401$/, logon('wrong password, no right to log on remotely, or a missing or misplaced SPN (HTTP/<host>)')],
  [['wcf'], /EndpointNotFound|EndpointUnavailable|ActivationFailed|TooBusy/, absent('the service behind the port is stopped, or has another address', 'has no service for this address')],
  [['wcf'], /Unsupported|ContentType|Upgrade/, disagreement('client and server do not agree on binding or security', 'does not agree on the binding')],
  [['wcf'], /./, denied('the service refuses the connection', 'refuses the connection', 'warning')],
  [['tls', 'dtls'], /protocol_version|inappropriate_fallback/, tls('no TLS version in common')],
  [['tls', 'dtls'], /handshake_failure|insufficient_security/, tls('no cipher suite in common, or a client certificate is wanted')],
  [['tls', 'dtls'], /unknown_ca/, tls('who got the certificate does not trust its issuer', 'does not get its certificate accepted')],
  [['tls', 'dtls'], /certificate_expired/, tls('the certificate is out of date, or a clock is wrong', 'does not get its certificate accepted')],
  [['tls', 'dtls'], /certificate_required|no_certificate/, tls('the server wants a certificate of the client', 'wants a client certificate')],
  [['tls', 'dtls'], /certificate/, tls('the certificate is not accepted: wrong name, purpose or signature', 'does not get its certificate accepted')],
  [['tls', 'dtls'], /unrecognized_name/, tls('the server has no certificate for the name that the client asks for', 'does not know the name')],
  [['tls', 'dtls'], /no_application_protocol/, tls('no application protocol (ALPN) in common')],
  [['tls', 'dtls'], /access_denied/, tls('the certificate is good, but may not do this', 'denies access by certificate')],
  [['tls', 'dtls'], /internal_error/, tls('the server cannot use its private key, or has an internal fault')],
];

const byKind: Readonly<Partial<Record<ProtocolFailure['kind'], Meaning>>> = {
  'authentication': logon('the account or its password is not accepted'),
  'access-denied': denied('the account has no right to it (share and file permissions both count)', 'denies access'),
  'tls': tls('no common TLS version or cipher, or a certificate that the other side does not accept'),
};

/** Tell their own stories: rpc-findings, name-findings. Kisses of NTP and refused DHCP leases are no broken connections. */
const toldElsewhere: ReadonlySet<string> = new Set(['dce-rpc', 'epmap', 'dcom', 'dns', 'llmnr', 'mdns', 'netbios-ns', 'ntp', 'dhcp']);

/** null: nothing to tell. */
export function meaningOf({ protocol, kind, code }: Pick<ProtocolFailure, 'protocol' | 'kind' | 'code'>): Meaning | null {
  if (toldElsewhere.has(protocol)) return null;
  // The kind is the recogniser's own judgement of what the server refused.
  if (kind === 'access-denied' && protocol !== 'iscsi') return byKind['access-denied']!;
  const family = kind === 'tls' ? 'tls' : protocol;
  const row = rows.find(([protocols, pattern]) => protocols.includes(family) && pattern.test(code));
  if (row === undefined) return byKind[kind] ?? null;
  const meaning = row[2];
  // What a browser does not find, or a web site cannot deliver, is its own affair; who asks a management service wants an answer.
  return protocol === 'http' && meaning.code === 'service-not-listening' ? { ...meaning, severity: 'info' } : protocol !== 'winrm' && code === '404' ? { ...meaning, severity: 'warning' } : meaning;
}
