/** What is wrong with a file that a person wrote. Lines and columns count from 1; 0 where the fault has no place. */
export interface Fault {
  /** Stable, e.g. `unknown-role`; the list is in docs/catalog.md. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** The word that was probably meant. */
  readonly nearest?: string;
}

/** In the order in which a reader meets them. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.code, b.code));
}

/** `file:line:column: text (did you mean x?)`, the form that editors make a link of. */
export function faultLine(fault: Fault): string {
  const place = fault.line === 0 ? fault.file : `${fault.file}:${fault.line}:${fault.column}`;
  const hint = fault.nearest === undefined ? '' : ` (did you mean "${fault.nearest}"?)`;
  return `${place}: ${fault.text}${hint}`;
}

/** By code unit, so that no locale changes the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
