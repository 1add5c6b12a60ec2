/** Hellos of TLS clients (RFC 8446 4.1.2) built from the lists that fingerprints are made of. */
export interface HelloLists {
  /** legacy_version. */
  readonly version?: number;
  readonly ciphers: readonly number[];
  /** Type and contents, in the order on the wire. */
  readonly extensions: readonly (readonly [number, readonly number[]])[];
  /** DTLS: of this many bytes. */
  readonly cookie?: number;
  /** False: the message ends behind the compression methods. */
  readonly hasExtensions?: boolean;
}

const word = (value: number) => [value >> 8, value & 0xff];
export const words = (values: readonly number[]) => values.flatMap(word);
export const sized = (contents: readonly number[]) => [...word(contents.length), ...contents];
const ascii = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

export const serverName = (name: string): readonly [number, readonly number[]] => [0, sized([0, ...sized(ascii(name))])];
export const protocols = (...names: readonly (readonly number[] | string)[]): readonly [number, readonly number[]] =>
  [16, sized(names.flatMap((name) => { const bytes = typeof name === 'string' ? ascii(name) : name; return [bytes.length, ...bytes]; }))];
export const versions = (...values: readonly number[]): readonly [number, readonly number[]] => [43, [2 * values.length, ...words(values)]];
export const algorithms = (...values: readonly number[]): readonly [number, readonly number[]] => [13, sized(words(values))];

/** Without the handshake header. */
export function helloContents({ version = 0x0303, ciphers, extensions, cookie, hasExtensions = true }: HelloLists): number[] {
  const block = extensions.flatMap(([type, contents]) => [...word(type), ...sized(contents)]);
  return [
    ...word(version), ...new Array<number>(32).fill(7), 0, ...(cookie === undefined ? [] : [cookie, ...new Array<number>(cookie).fill(1)]),
    ...sized(words(ciphers)), 1, 0, ...(hasExtensions ? sized(block) : []),
  ];
}

/** In one record of TLS. */
export function helloRecord(lists: HelloLists): Uint8Array {
  const contents = helloContents(lists);
  const message = [1, 0, ...word(contents.length), ...contents];
  return Uint8Array.from([22, 3, 1, ...sized(message)]);
}
