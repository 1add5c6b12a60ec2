/** Runs the built command line as a user does: another process, a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { reportSchema } from '../../src/report/schema.js';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
export const LAB = join(import.meta.dirname, '../../fixtures/lab');

if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: these tests run what was built. npm run build makes it, npm test builds first');

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type Report = z.infer<typeof reportSchema>;

export function lab(name: string): string {
  return join(LAB, `${name}.pcapng`);
}

export function runCli(args: readonly string[], { input, cwd }: { input?: Uint8Array; cwd?: string } = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 50_000, env: environment(), ...(input === undefined ? {} : { input }), ...(cwd === undefined ? {} : { cwd }) });
  return { code: status, out: stdout, err: stderr };
}

export function startCli(args: readonly string[]) {
  return spawn(process.execPath, [CLI, ...args], { env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** The report of `analyze --format json`, proved to be what the schema says. */
export function reportOf(args: readonly string[], options: Parameters<typeof runCli>[1] = {}): Report {
  return parseReport(runCli(['analyze', ...args, '--format', 'json'], options).out);
}

export function parseReport(text: string): Report {
  return reportSchema.parse(JSON.parse(text));
}

/** A folder that is gone after `use`, with these files in it. */
export function inFolder<T>(files: Readonly<Record<string, Uint8Array | string>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'portwitness-test-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(lab(name)));
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NO_COLOR' && name !== 'PORTWITNESS_DEBUG'));
}
