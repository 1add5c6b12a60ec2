/** What the user names as captures: files, folders, globs (PowerShell expands none), `-`. */
import fs from 'node:fs';
import path from 'node:path';

export interface NamedInput {
  /** As it is shown. */
  readonly name: string;
  /** Path, or `-`. */
  readonly path: string;
  /** A named pipe: it can be read once. */
  readonly isOnce?: boolean;
}
export interface InputFault {
  readonly name: string;
  readonly message: string;
}

/** Files of a folder with these endings are taken; a file that is named is read whatever it is called. */
const CAPTURE_ENDING = /\.(pcap|pcapng|cap|dmp|ntar|snoop|erf|etl)(\d*)(\.(gz|zst|lz4))?$/i;
const GLOB_CHARACTERS = /[*?[\]{}]/;

export async function expandInputs(named: readonly string[]): Promise<{ inputs: NamedInput[]; faults: InputFault[] }> {
  const inputs: NamedInput[] = [];
  const faults: InputFault[] = [];
  for (const name of named) {
    if (name === '-') {
      inputs.push({ name: '-', path: '-' });
      continue;
    }
    let stats: fs.Stats | undefined;
    try {
      stats = fs.statSync(name);
    } catch (error) {
      const found = GLOB_CHARACTERS.test(name) ? await matches(name) : [];
      if (found.length > 0) inputs.push(...found.map((file) => ({ name: file, path: file })));
      else faults.push({ name, message: GLOB_CHARACTERS.test(name) ? 'no file matches' : reason(error) });
      continue;
    }
    if (!stats.isDirectory()) inputs.push(stats.isFIFO() ? { name, path: name, isOnce: true } : { name, path: name });
    else {
      try {
        const found = fs.readdirSync(name).filter((file) => CAPTURE_ENDING.test(file)).sort();
        if (found.length === 0) faults.push({ name, message: 'no capture in this folder (looked for .pcap, .pcapng, .cap, .etl …, also compressed)' });
        inputs.push(...found.map((file) => ({ name: path.join(name, file), path: path.join(name, file) })));
      } catch (error) {
        faults.push({ name, message: reason(error) });
      }
    }
  }
  const seen = new Set<string>();
  return { inputs: inputs.filter((input) => !seen.has(input.path) && seen.add(input.path)), faults };
}

export function isPattern(name: string): boolean {
  return GLOB_CHARACTERS.test(name);
}

/** On Windows a backslash separates folders; elsewhere it escapes. */
export async function matches(pattern: string): Promise<string[]> {
  // Loaded for patterns only: a plain name must not wait for it.
  const { glob } = await import('tinyglobby');
  const forward = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  return (await glob([forward], { onlyFiles: true, dot: false, expandDirectories: false })).sort();
}

export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read (permission denied)';
  if (code === 'EISDIR') return 'is a folder';
  return message;
}
