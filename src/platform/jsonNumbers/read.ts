import { codec, type Codec } from './codec.ts';
import { readFlatArray, readObject, readValue, startsWith, type Cursor } from './envelope.ts';

/** Columns that are longer are read by JSON.parse: it bounds the memory that a thread keeps. */
const MOST_NUMBERS = 1 << 17;
/** Behind the text, so that a number ends with it. */
const ZEROS = 8;

/**
 * JSON.parse of a body in UTF-8, but that arrays of nothing but numbers are Float64Array, where they are members of the object
 * that is member `name` of the outermost one: {"name": {"a": [1, 2], "b": ["x"]}}. The numbers are the same to the last bit.
 *
 * @throws SyntaxError as JSON.parse
 */
export function parseWithColumns(body: Uint8Array, name: string): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const open = text.includes(JSON.stringify(name)) ? codec() : undefined;
  // What is in any way unusual is JSON.parse's to read or to refuse.
  return (open && parseBy(open, text, name)) ?? JSON.parse(text.toString());
}

function parseBy(open: Codec, text: Buffer, name: string): unknown {
  const start = open.freeAt();
  const output = Math.ceil((start + text.length + ZEROS) / 8) * 8;
  const memory = open.room(output - start + 8 * MOST_NUMBERS);
  if (!memory) return undefined;
  const bytes = new Uint8Array(memory, start, text.length + ZEROS);
  bytes.set(text);
  bytes.fill(0, text.length);

  const readColumn = (cursor: Cursor): unknown => {
    if (!startsWith(cursor, '[')) return readValue(cursor);
    const count = open.readNumbers(start + cursor.at + 1, start + text.length, output, MOST_NUMBERS);
    if (count < 0) return readFlatArray(cursor);
    cursor.at = open.readEnd() - start;
    return new Float64Array(memory, output, count).slice();
  };
  const cursor = { text, at: 0 };
  const value = readObject(cursor, (key) =>
    key === name && startsWith(cursor, '{') ? readObject(cursor, () => readColumn(cursor)) : readValue(cursor),
  );
  return startsWith(cursor, '') ? value : undefined;
}
