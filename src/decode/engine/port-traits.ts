/** What is known of port numbers, a byte each, written from outside: see `PortTrait`. */
import { PortTrait } from '../port-trait';
import { reserve } from './memory';

const PORTS = 65_536;

let traits: usize = 0;

export function initPorts(): usize {
  traits = reserve(PORTS);
  return traits;
}

export function isServerPort(port: i32): bool {
  return (load<u8>(traits + <usize>port) & PortTrait.server) != 0;
}

export function maybeTunnel(ports: i32): bool {
  return (load<u8>(traits + <usize>(ports >>> 16)) & PortTrait.tunnelFrom) != 0 || (load<u8>(traits + <usize>(ports & 0xffff)) & PortTrait.tunnelTo) != 0;
}
