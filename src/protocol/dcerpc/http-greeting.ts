/** The line with which a server of ncacn_http begins ([MS-RPCH] 2.1.1): PDUs follow at once. */
export const HTTP_GREETING = 'ncacn_http/1.0';

/** Passes the greeting of one server, however it is cut. */
export class HttpGreeting {
  /** Characters passed; -1: past it, or there is none. */
  private matched = 0;

  /** Whether these may be the first bytes of one. */
  static isPossible(bytes: Uint8Array, start: number, limit: number): boolean {
    return start < limit && bytes[start] === HTTP_GREETING.charCodeAt(0);
  }

  /** Answers where PDUs begin. What is no greeting is left for the PDU reader to refuse. */
  skip(bytes: Uint8Array, start: number, limit: number): number {
    let at = start;
    while (this.matched >= 0 && at < limit) {
      if (bytes[at] !== HTTP_GREETING.charCodeAt(this.matched)) {
        this.matched = -1;
        break;
      }
      at++;
      this.matched++;
      if (this.matched === HTTP_GREETING.length) this.matched = -1;
    }
    return at;
  }
}
