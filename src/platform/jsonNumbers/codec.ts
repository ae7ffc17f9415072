import { JSON_NUMBERS_MODULE } from './module.ts';
import { powersOfTen } from './powersOfTen.ts';

/** What the module exports; addresses in bytes. The conditions are told in src/platform/jsonNumbers/assembly. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  powersAt(): number;
  freeAt(): number;
  writeNumbers(input: number, count: number, output: number): number;
  readNumbers(from: number, to: number, output: number, most: number): number;
  readEnd(): number;
}

export interface Codec extends Exports {
  /** The module's memory with at least that many bytes from `freeAt()`; undefined where there is no more. It may move. */
  room(bytes: number): ArrayBuffer | undefined;
}

const PAGE = 65536;

let opened: Codec | 'unsupported' | undefined;

/** The codec of this thread, opened when first needed; undefined where this engine does not support it. */
export function codec(): Codec | undefined {
  opened ??= typeof WebAssembly === 'undefined' ? 'unsupported' : open();
  return opened === 'unsupported' ? undefined : opened;
}

function open(): Codec | 'unsupported' {
  const bytes = Uint8Array.from(atob(JSON_NUMBERS_MODULE), (c) => c.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return 'unsupported';
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const module = instance.exports as unknown as Exports;
  const table = powersOfTen();
  new BigUint64Array(module.memory.buffer, module.powersAt(), table.length).set(table);
  return { ...module, room: (bytes) => room(module, bytes) };
}

function room({ memory, freeAt }: Exports, bytes: number): ArrayBuffer | undefined {
  const missing = freeAt() + bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  } catch {
    return undefined;
  }
  return memory.buffer;
}
