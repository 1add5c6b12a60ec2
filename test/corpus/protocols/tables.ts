/** What was compared, as the tables of docs/protocols.md. */
import { allRecognisers } from '../../../src/protocol/registry.js';
import type { ComparedFlow } from './compare.js';
import { explain } from './explanations.js';

export function isDoubtful({ standing }: ComparedFlow): boolean {
  return standing === 'missed' || standing === 'differs';
}

/** Of docs/protocols.md, in Markdown. */
export function tables(captures: number, flows: readonly ComparedFlow[]): string {
  const doubtful = flows.filter(isDoubtful);
  const both = doubtful.filter(({ againstBoth }) => againstBoth);
  return [
    `${flows.length} flows of ${captures} captures in which we or a peer name a protocol: ${count(flows, 'recognised')} as at least one peer says, ${count(flows, 'alone')} that neither peer names, ${count(flows, 'missed')} missed, ` +
    `${count(flows, 'differs')} called otherwise than a peer does. Both peers against us: ${both.length}.`,
    '', '### By recogniser', '', ...byRecogniser(flows),
    '', '### By capture', '', ...byCapture(flows),
    '', '### Missed, or called otherwise', '', ...differences(doubtful), '',
  ].join('\n');
}

function byRecogniser(flows: readonly ComparedFlow[]): string[] {
  const names = [...new Set([...flows.map(({ recogniser }) => recogniser), ...allRecognisers.map(({ protocol }) => protocol)])].sort();
  return [
    '| protocol | captures | as a peer says | neither peer | missed | otherwise | TShark says so | nDPI says so |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...names.map((name) => {
      const own = flows.filter(({ recogniser }) => recogniser === name);
      const told = (peer: 'tshark' | 'ndpi') => own.filter((flow) => flow[peer].length > 0).length;
      return `| ${name} | ${new Set(own.map(({ capture }) => capture)).size} | ${count(own, 'recognised')} | ${count(own, 'alone')} | ${count(own, 'missed')} | ${count(own, 'differs')} | ${told('tshark')} | ${told('ndpi')} |`;
    }),
  ];
}

function byCapture(flows: readonly ComparedFlow[]): string[] {
  const captures = [...new Set(flows.map(({ capture }) => capture))];
  return [
    '| capture | recognised | missed | otherwise |', '| --- | --- | --- | --- |',
    ...captures.map((capture) => {
      const own = flows.filter((flow) => flow.capture === capture);
      const list = (...standings: readonly string[]) => tally(own.filter(({ standing }) => standings.includes(standing)).map(({ recogniser }) => recogniser));
      return `| ${capture} | ${list('recognised', 'alone')} | ${list('missed')} | ${list('differs')} |`;
    }),
  ];
}

function differences(flows: readonly ComparedFlow[]): string[] {
  const lines = new Map<string, number>();
  for (const flow of flows) {
    const line = `| ${flow.capture} | ${flow.ours ?? '-'} | ${flow.tshark.join(', ') || '-'} | ${flow.ndpi.join(', ') || '-'} | ${explain(flow) ?? '**not explained**'} |`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  return ['| capture | we | TShark | nDPI | flows | why |', '| --- | --- | --- | --- | ---: | --- |', ...[...lines].map(([line, times]) => line.replace(/ \| ([^|]*) \|$/, ` | ${times} | $1 |`))];
}

function count(flows: readonly ComparedFlow[], standing: ComparedFlow['standing']): number {
  return flows.filter((flow) => flow.standing === standing).length;
}

function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, times]) => (times === 1 ? name : `${name} ${times}`)).join(', ');
}
