/**
 * An independent, crude reading of the four published pages that print tables: which lines are rows, and which numbers in
 * them are ports. It shares no code and no table with the catalog.
 */

export function rowsPrinted(id: string, page: string): string[] {
  const lines = page.split('\n').map((line) => line.trim());
  switch (id) {
    case 'hyper-v-host':
      // Rows follow the heading of their table without a gap.
      return page.split('Port Target Source Purpose').slice(1).flatMap((part) => part.trim().split(/\n\s*\n/)[0]!.split('\n'))
        .map((line) => /^(All dynamic ports \([\d-]+\)|\D*\d+)/.exec(line)![0]);
    case 'vmm':
      // Cells run over lines: a row begins with "A to B |", its ports stand before the next bar or on the line that follows.
      return lines.flatMap((line, index) => {
        const match = /^(VMM|VMware|Library|Storage)\b.* \|(.*)$/.exec(line);
        if (match === null) return [];
        const cells = line.split('|').slice(1);
        const first = cells[0]!.trim();
        // A port cell broken over two lines goes on as "445: SMB" on the next.
        const next = lines[index + 1] ?? '';
        return [/^\d+: /.test(next) ? `${first}; ${next.split('|')[0]!}` : first];
      });
    case 'vmm-2012':
      return lines.filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line) && !line.startsWith('|Component')).map((line) => line.replace(/<br.*?\]\(.*?\)\./, '').split('|')[2]!);
    case 'vmm-2008':
      return lines.slice(lines.indexOf('Port') + 1).filter((line) => / \d+$/.test(line)).map((line) => /\d+$/.exec(line)![0]);
    default:
      throw new Error(`no reading for ${id}`);
  }
}

/** Sorted and without repetition. */
export function portsPrinted(cell: string): number[] {
  const numbers = [...cell.matchAll(/(?<![\d.])\d{2,5}(?![\d.]*\d)/g)].map((match) => Number(match[0]));
  return [...new Set(numbers)].sort((a, b) => a - b);
}
