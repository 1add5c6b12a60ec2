/** Bits of what the engine knows of a port number. */
export const enum PortTrait {
  /** On the list of ports that servers listen on. */
  server = 1,
  /** Datagrams to it, or from it, may carry a tunnel. */
  tunnelTo = 2,
  tunnelFrom = 4,
}
