/** What people hand over by mistake, each by its first bytes: said by name, with what to do about it. */
interface Signature {
  readonly bytes: readonly number[];
  /** Of `bytes`, from the start of the file. Default 0. */
  readonly at?: number;
  readonly name: string;
}

const ASCII_TRANSFER = 'a pcapng file that was transferred as text, which has changed its line ends; transfer it again in binary mode';
const NO_PACKETS = 'it holds no packets';

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

const SIGNATURES: readonly Signature[] = [
  { bytes: ascii('PK\x05\x06'), name: 'an empty zip archive' },
  { bytes: ascii('PK\x03\x04'), name: 'a zip archive; unpack it first' },
  { bytes: ascii('PK\x07\x08'), name: 'one part of a zip archive in several parts; join and unpack it first' },
  { bytes: ascii('BZh'), name: 'bzip2 data; unpack it first (bunzip2)' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz data; unpack it first (unxz)' },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf], name: 'a 7z archive; unpack it first' },
  { bytes: ascii('Rar!'), name: 'a rar archive; unpack it first' },
  { bytes: ascii('ustar'), at: 257, name: 'a tar archive; unpack it first (tar xf)' },
  { bytes: [0x02, 0x21, 0x4c, 0x18], name: 'lz4 data of the legacy kind; unpack it first (lz4 -d)' },
  { bytes: ascii('MSCF'), name: 'a cabinet archive (cab), as netsh trace leaves beside its .etl; give the .etl, or unpack it first (expand)' },
  { bytes: ascii('ElfFile\0'), name: `a Windows event log (evtx); ${NO_PACKETS}` },
  { bytes: ascii('MDMP'), name: `a Windows crash dump (dmp); ${NO_PACKETS}` },
  { bytes: ascii('PAGEDU'), name: `a Windows memory dump (dmp); ${NO_PACKETS}` },
  { bytes: ascii('PML_'), name: `a log of Process Monitor; ${NO_PACKETS}` },
  { bytes: [0x89, 0x50, 0x4e, 0x47], name: 'an image (PNG)' },
  { bytes: [0xff, 0xd8, 0xff], name: 'an image (JPEG)' },
  { bytes: ascii('GIF8'), name: 'an image (GIF)' },
  { bytes: ascii('%PDF'), name: 'a PDF document' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], name: 'a program (ELF)' },
  { bytes: [0x4d, 0x5a, 0x90, 0x00], name: 'a Windows program' },
  { bytes: ascii('SQLite'), name: 'an SQLite database' },
  { bytes: ascii('PAR1'), name: 'a Parquet file' },
  { bytes: [0xa1, 0xb2, 0x34, 0xcd], name: 'a pcap variant (Mesquita) that no tool reads any more' },
  { bytes: [0xcd, 0x34, 0xb2, 0xa1], name: 'a pcap variant (Mesquita) that no tool reads any more' },
  { bytes: [0x0a, 0x0d, 0x0d, 0x0a], name: 'a pcapng file without byte-order magic at byte 8' },
  { bytes: [0x0a, 0x0d, 0x0a], name: ASCII_TRANSFER },
  { bytes: [0x0d, 0x0a, 0x0d], name: ASCII_TRANSFER },
  { bytes: [0x0d, 0x0d, 0x0a], name: ASCII_TRANSFER },
];

/** Of a zip's first entry: bit 0 of the flags says that it is encrypted. */
const ZIP_FLAGS = 6;

/** What the file is that begins with `head`, and what to do; undefined: none that is known, or too few bytes to see it. */
export function foreignFile(head: Uint8Array): string | undefined {
  const name = SIGNATURES.find(({ bytes, at = 0 }) => head.length >= at + bytes.length && bytes.every((byte, i) => head[at + i] === byte))?.name;
  if (name?.startsWith('a zip archive') === true && ((head[ZIP_FLAGS] ?? 0) & 1) !== 0) return 'an encrypted zip archive; unpack it with its password first';
  return name;
}
