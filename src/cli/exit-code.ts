/** Exit codes, highest precedence first: interfaces.md. */
export const ExitCode = { fault: 70, usage: 2, output: 4, input: 3, failOn: 1, ok: 0 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Something the user did: printed as one line, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Results could not be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

const ORDER: readonly ExitCode[] = [ExitCode.fault, ExitCode.usage, ExitCode.output, ExitCode.input, ExitCode.failOn, ExitCode.ok];

export function worst(...codes: ExitCode[]): ExitCode {
  return ORDER.find((code) => codes.includes(code)) ?? ExitCode.ok;
}
