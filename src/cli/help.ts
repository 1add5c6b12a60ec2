/** How --help looks: no line beyond 80 columns, no `(default: [])`, choices as words to be typed. */
import type { Command, HelpConfiguration, Option } from 'commander';

const WIDTH = 80;

export const helpLayout: HelpConfiguration = {
  /** Asked when help is shown: the stream of standard output takes milliseconds to make, and most runs never use it. */
  get helpWidth() { return Math.min(WIDTH, process.stdout.columns || WIDTH); },
  optionDescription: describe,
};

function describe({ description, argChoices, defaultValue, negate, required, optional }: Option): string {
  const extra: string[] = [];
  if (argChoices !== undefined) extra.push(argChoices.join(', '));
  const isWord = (typeof defaultValue === 'string' && defaultValue !== '') || typeof defaultValue === 'number';
  if (isWord && (required || optional) && !negate) extra.push(`default: ${String(defaultValue)}`);
  return extra.length === 0 ? description : `${description}${description === '' ? '' : ' '}(${extra.join('; ')})`;
}

/** For a command and all below it. */
export function layOutHelp(command: Command): void {
  command.configureHelp(helpLayout);
  command.commands.forEach(layOutHelp);
}
