/** A page of text of one width: wraps, aligns, cuts, colours. Everything that is written on it is made printable first. */
import { printable, printableAscii } from './wire-text.js';

export interface TextOptions {
  /** Columns; default 80, never below 40. */
  readonly width?: number | undefined;
  /** ANSI colours; default false. */
  readonly color?: boolean | undefined;
  /** Nothing but ASCII; default true. */
  readonly ascii?: boolean | undefined;
  /** Lists are not cut; default false. */
  readonly verbose?: boolean | undefined;
  /** Default `utc`. */
  readonly timeZone?: 'utc' | 'local' | undefined;
}

export type Style = 'error' | 'warning' | 'good' | 'heading' | 'quiet' | 'plain';

const codes: Readonly<Record<Style, string>> = { error: '\u001b[1;31m', warning: '\u001b[1;33m', good: '\u001b[32m', heading: '\u001b[1m', quiet: '\u001b[2m', plain: '' };
const RESET = '\u001b[0m';
const LABEL_WIDTH = 13;

export class TextPage {
  readonly width: number;
  readonly verbose: boolean;
  private readonly color: boolean;
  private readonly clean: (text: string) => string;
  private readonly lines: string[] = [];

  constructor(options: TextOptions) {
    this.width = Math.max(40, options.width ?? 80);
    this.verbose = options.verbose ?? false;
    this.color = options.color ?? false;
    this.clean = options.ascii === false ? printable : printableAscii;
  }

  text(): string {
    return this.lines.length === 0 ? '' : `${this.lines.join('\n')}\n`;
  }

  blank(): void {
    if (this.lines.length > 0 && this.lines[this.lines.length - 1] !== '') this.lines.push('');
  }

  /** Wrapped at blanks; later lines stand at `hanging`, or at `indent`. */
  paragraph(text: string, indent = 0, hanging = indent, style: Style = 'plain'): void {
    this.wrap(text, indent, hanging).forEach((line) => this.push(line, style));
  }

  /** Left text, and at the right edge another. False: there was no room for the right one, and it is still to be said. */
  ends(left: string, right: string, style: Style = 'plain'): boolean {
    const a = this.clean(left);
    const b = this.clean(right);
    if (a.length + b.length + 2 <= this.width) {
      const gap = ' '.repeat(this.width - a.length - b.length);
      this.lines.push(this.paint(a, style) + gap + this.paint(b, 'quiet'));
      return true;
    }
    this.wrap(a, 0, 2).forEach((line) => this.push(line, style));
    return false;
  }

  /** `  Label      text`, the text wrapped beside the label; a line break in it starts a new line there. */
  labelled(label: string, text: string, indent = 2, labelWidth = LABEL_WIDTH - indent): void {
    const start = indent + labelWidth;
    text.split('\n').forEach((line, i) => {
      const own = line.length - line.trimStart().length;
      const wrapped = this.wrap(line.trimStart(), start + own, start + own + (own > 0 ? 2 : 0));
      if (i === 0) wrapped[0] = `${' '.repeat(indent)}${label.padEnd(labelWidth)}${' '.repeat(own)}${line.trimStart() === '' ? '' : wrapped[0]!.trimStart()}`;
      wrapped.forEach((one) => this.push(one, 'plain'));
    });
  }

  /** A command stays on one line whatever the width: it is to be copied. */
  verbatim(text: string, indent: number): void {
    this.push(' '.repeat(indent) + this.clean(text), 'plain');
  }

  /** Columns as wide as their widest cell; the last one is wrapped. */
  table(rows: readonly (readonly string[])[], indent: number): void {
    const clean = rows.map((row) => row.map((cell) => this.clean(cell)));
    const columns = Math.max(0, ...clean.map((row) => row.length));
    const widths = Array.from({ length: columns }, (_, i) => Math.max(0, ...clean.map((row) => (row[i] ?? '').length)));
    for (const row of clean) {
      let line = ' '.repeat(indent);
      row.slice(0, -1).forEach((cell, i) => { line += cell.padEnd(widths[i]! + 2); });
      const last = row[row.length - 1] ?? '';
      // A narrow page leaves the last column its own line.
      if (line.length + Math.max(...last.split(' ').map((word) => word.length)) > this.width && last !== '') {
        this.push(line.trimEnd(), 'plain');
        this.wrap(last, indent + 4, indent + 4).forEach((one) => this.push(one, 'plain'));
      } else {
        const wrapped = this.wrap(last, line.length, line.length);
        if (wrapped.length === 0) this.push(line.trimEnd(), 'plain');
        wrapped.forEach((one, i) => this.push(i === 0 ? line + one.trimStart() : one, 'plain'));
      }
    }
  }

  /** A list that is cut with a count, unless everything is wanted. */
  cut<Item>(items: readonly Item[], most: number): { readonly shown: readonly Item[]; readonly more: number } {
    return this.verbose || items.length <= most + 1 ? { shown: items, more: 0 } : { shown: items.slice(0, most), more: items.length - most };
  }

  more(count: number, indent: number): void {
    if (count > 0) this.push(`${' '.repeat(indent)}... and ${groupDigits(count)} more: --verbose`, 'quiet');
  }

  private wrap(text: string, indent: number, hanging: number): string[] {
    // A run of blanks is a column gap: it stays, unless the line ends there.
    const words = this.clean(text).trim().split(/(?<=\S) (?=\s*\S)/);
    const lines: string[] = [];
    let line = ' '.repeat(indent);
    let empty = true;
    for (const word of words) {
      if (!empty && line.length + 1 + word.length > this.width) {
        lines.push(line);
        line = ' '.repeat(hanging);
        empty = true;
      }
      line += empty ? word.trimStart() : ` ${word}`;
      if (word !== '') empty = false;
    }
    if (!empty) lines.push(line);
    return lines;
  }

  private push(line: string, style: Style): void {
    this.lines.push(this.paint(line, style));
  }

  private paint(text: string, style: Style): string {
    return this.color && codes[style] !== '' && text !== '' ? codes[style] + text + RESET : text;
  }
}

/** 4812 as `4,812`, the same in every locale. */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : many}`;
}
