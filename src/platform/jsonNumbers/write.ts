import { codec, type Codec } from './codec.ts';

export type Piece = string | Float64Array;

/** What one number takes at most, its comma included: −1.2345678901234568e−300, */
const BYTES_OF_NUMBER = 25;
/** Brackets, and what the codec writes over behind a number. */
const SPARE_BYTES = 32;
const BYTES_OF_CHARACTER = 3;
/** What is longer is written in parts: it bounds the memory that a thread keeps. */
const MOST_BYTES = 1 << 24;

/**
 * JSON of columns and of the text between them, one after another, in UTF-8: a column is an array in the bytes of
 * JSON.stringify, and a number that is not finite is null. The buffer holds nothing else.
 */
export function jsonBytes(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  if (pieces.length > 1 && longest(pieces) > MOST_BYTES) {
    const half = pieces.length >> 1;
    return joined(jsonBytes(pieces.slice(0, half)), jsonBytes(pieces.slice(half)));
  }
  const open = codec();
  return (open && writeBy(open, pieces)) ?? new TextEncoder().encode(pieces.map(textOf).join(''));
}

function longest(pieces: readonly Piece[]): number {
  const lengths = pieces.map((piece) =>
    typeof piece === 'string' ? BYTES_OF_CHARACTER * piece.length : BYTES_OF_NUMBER * piece.length + SPARE_BYTES,
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : JSON.stringify(Array.from(piece));
}

/** Undefined where the memory does not suffice. */
function writeBy({ room, freeAt, writeNumbers }: Codec, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> | undefined {
  const input = Math.ceil(freeAt() / 8) * 8;
  const output = input + Math.max(0, ...pieces.map((piece) => (typeof piece === 'string' ? 0 : piece.byteLength)));
  const memory = room(output - freeAt() + longest(pieces));
  if (!memory) return undefined;
  const bytes = new Uint8Array(memory);
  const text = new TextEncoder();
  let at = output;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += text.encodeInto(piece, bytes.subarray(at)).written;
    else {
      new Float64Array(memory, input, piece.length).set(piece);
      at = writeNumbers(input, piece.length, at);
    }
  }
  return bytes.slice(output, at);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
