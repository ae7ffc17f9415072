/** A place in a JSON text. */
export interface Cursor {
  readonly text: Buffer;
  at: number;
}

/** An object of more is no envelope: JSON.parse reads that faster. */
const MOST_MEMBERS = 1_000;

const [QUOTE, BACKSLASH, COMMA] = [code('"'), code('\\'), code(',')];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [code('['), code(']'), code('{'), code('}')];
const [SPACE, TAB, LINE_FEED, RETURN] = [code(' '), code('\t'), code('\n'), code('\r')];

function code(character: string): number {
  return character.charCodeAt(0);
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === LINE_FEED || byte === RETURN;
}

function opens(byte: number | undefined): boolean {
  return byte === OPEN_ARRAY || byte === OPEN_OBJECT;
}

function closes(byte: number | undefined): boolean {
  return byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
}

/** Whether that character comes next, white space left out; with '' whether nothing does. */
export function startsWith(cursor: Cursor, character: string): boolean {
  const { text } = cursor;
  while (isSpace(text[cursor.at])) cursor.at++;
  return character === '' ? cursor.at === text.length : text[cursor.at] === code(character);
}

function take(cursor: Cursor, character: string): boolean {
  const found = startsWith(cursor, character);
  if (found) cursor.at++;
  return found;
}

/**
 * The object that comes next, `valueOf` reading what its members hold; as JSON.parse, the last of several members of one name
 * counts. Undefined where it is not well-formed or too large, or `valueOf` says undefined.
 */
export function readObject(cursor: Cursor, valueOf: (key: string) => unknown): Record<string, unknown> | undefined {
  if (!take(cursor, '{')) return undefined;
  if (take(cursor, '}')) return {};
  const members: [string, unknown][] = [];
  do {
    const key = readValue(cursor);
    if (typeof key !== 'string' || !take(cursor, ':')) return undefined;
    const value = valueOf(key);
    if (value === undefined || members.length === MOST_MEMBERS) return undefined;
    members.push([key, value]);
  } while (take(cursor, ','));
  return take(cursor, '}') ? Object.fromEntries(members) : undefined;
}

/** The value that comes next, by JSON.parse; undefined where it refuses. */
export function readValue(cursor: Cursor): unknown {
  const from = skipTo(cursor);
  return parsed(cursor.text, from, cursor.at);
}

/** An array by the same, but that its first bracket to close is tried as its end: of plain words, it is. */
export function readFlatArray(cursor: Cursor): unknown {
  const end = cursor.text.indexOf(CLOSE_ARRAY, cursor.at) + 1;
  const array = parsed(cursor.text, cursor.at, end);
  if (array === undefined) return readValue(cursor);
  cursor.at = end;
  return array;
}

function parsed(text: Buffer, from: number, to: number): unknown {
  try {
    return JSON.parse(text.toString('utf8', from, to));
  } catch {
    return undefined;
  }
}

/** Moves to where the next value ends if it is well-formed, and answers where it begins. */
function skipTo(cursor: Cursor): number {
  startsWith(cursor, '');
  const from = cursor.at;
  const { text } = cursor;
  if (!opens(text[from])) {
    cursor.at = text[from] === QUOTE ? endOfString(text, from) : endOfWord(text, from);
    return from;
  }
  let depth = 0;
  let at = from;
  do {
    const byte = text[at];
    depth += Number(opens(byte)) - Number(closes(byte));
    at = byte === QUOTE ? endOfString(text, at) : at + 1;
  } while (depth > 0 && at < text.length);
  cursor.at = at;
  return from;
}

/** Behind the closing quote of the string that begins there. */
function endOfString(text: Buffer, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function endOfWord(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && !isSpace(text[at]) && text[at] !== COMMA && !closes(text[at])) at++;
  return at;
}
