/**
 * A walk over XML, element by element, without a tree in memory. It knows elements, attributes, text, CDATA, comments and the five
 * entities of XML and numeric ones; a document type is refused, so that no entity can expand. Depth and lengths are bounded. What is not
 * well formed is answered as a fault, and the walk goes on where it can: exports are cut off now and then.
 */
const MAX_DEPTH = 64;
const MAX_TEXT = 65_536;
const MAX_ATTRIBUTES = 32;

export interface XmlHandler {
  /** `name` without prefix; `line` from 1. */
  open(name: string, attributes: ReadonlyMap<string, string>, line: number): void;
  /** Text of the element itself, its blanks at both ends taken off; that of its children is theirs. */
  close(name: string, text: string, line: number): void;
  fault(line: number, message: string): void;
}

interface Open {
  readonly name: string;
  text: string;
}

const NAME = /^[A-Za-z_:][\w.:-]{0,255}/u;
const ATTRIBUTE = /([A-Za-z_:][\w.:-]{0,255})\s*=\s*(?:"([^"]*)"|'([^']*)')/gu;

export function walkXml(text: string, handler: XmlHandler): void {
  const stack: Open[] = [];
  let line = 1;
  let counted = 0;
  const lineAt = (at: number): number => {
    for (let next = text.indexOf('\n', counted); next >= 0 && next < at; next = text.indexOf('\n', counted)) {
      line++;
      counted = next + 1;
    }
    return line;
  };
  const addText = (from: number, to: number, raw: boolean): void => {
    const top = stack[stack.length - 1];
    if (top === undefined || to <= from || top.text.length >= MAX_TEXT) return;
    const piece = text.slice(from, Math.min(to, from + MAX_TEXT - top.text.length));
    top.text += raw ? piece : unescape(piece);
  };
  for (let at = 0; at < text.length;) {
    const begin = text.indexOf('<', at);
    addText(at, begin < 0 ? text.length : begin, false);
    if (begin < 0) break;
    if (text.startsWith('<!--', begin)) at = after(text, '-->', begin + 4);
    else if (text.startsWith('<![CDATA[', begin)) {
      at = after(text, ']]>', begin + 9);
      addText(begin + 9, at - 3, true);
    } else if (text.startsWith('<?', begin)) at = after(text, '?>', begin + 2);
    else if (text.startsWith('<!', begin)) {
      handler.fault(lineAt(begin), 'a document type is not read: its entities could expand without end');
      return;
    } else {
      const end = text.indexOf('>', begin);
      if (end < 0) {
        handler.fault(lineAt(begin), 'ends inside an element');
        break;
      }
      element(text.slice(begin + 1, end), lineAt(begin));
      at = end + 1;
    }
  }
  if (stack.length > 0) handler.fault(lineAt(text.length), `ends before <${stack[0]!.name}> is closed`);

  function element(inside: string, at: number): void {
    if (inside.startsWith('/')) {
      const name = local(inside.slice(1).trim());
      const known = stack.findLastIndex((one) => one.name === name);
      if (known < 0) return handler.fault(at, `</${name.slice(0, 80)}> closes nothing`);
      if (known < stack.length - 1) handler.fault(at, `<${stack[stack.length - 1]!.name}> is not closed`);
      while (stack.length > known) close(at);
      return;
    }
    const match = NAME.exec(inside);
    if (match === null) return handler.fault(at, `< begins no element: ${inside.slice(0, 40)}`);
    const name = local(match[0]);
    if (stack.length >= MAX_DEPTH) return handler.fault(at, `elements lie more than ${MAX_DEPTH} deep in each other`);
    stack.push({ name, text: '' });
    handler.open(name, attributesOf(inside), at);
    if (inside.endsWith('/')) close(at);
  }

  function close(at: number): void {
    const { name, text: own } = stack.pop()!;
    handler.close(name, own.trim(), at);
  }
}

function attributesOf(inside: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of inside.matchAll(ATTRIBUTE)) {
    if (attributes.size >= MAX_ATTRIBUTES) break;
    attributes.set(local(name), unescape(double ?? single ?? ''));
  }
  return attributes;
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: '\'' };

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/giu, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole;
    const code = name[1] === 'x' || name[1] === 'X' ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
