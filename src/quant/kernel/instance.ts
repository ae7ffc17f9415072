import { RELAXED_MODULE, SIMD_MODULE } from './module.ts';

/** What the module exports; addresses and strides in bytes. The conditions are told in src/quant/kernel/assembly. */
export interface KernelExports {
  europeans(
    input: number,
    stride: number,
    output: number,
    outStride: number,
    from: number,
    to: number,
    all: number,
    scratch: number,
    irregular: number,
  ): number;
  chain(
    strikes: number,
    vols: number,
    spot: number,
    time: number,
    rate: number,
    carry: number,
    calls: number,
    puts: number,
    outStride: number,
    from: number,
    to: number,
    scratch: number,
    irregular: number,
  ): number;
  grid(
    input: number,
    stride: number,
    weights: number,
    count: number,
    scenarios: number,
    scenarioStride: number,
    output: number,
    outStride: number,
    from: number,
    to: number,
    scratch: number,
  ): void;
  impliedVols(
    input: number,
    stride: number,
    output: number,
    from: number,
    to: number,
    scratch: number,
    irregular: number,
  ): number;
  paths(
    output: number,
    outStride: number,
    from: number,
    to: number,
    steps: number,
    key0: number,
    key1: number,
    stream: number,
    spot: number,
    drift: number,
    deviation: number,
  ): void;
  rowSums(
    rows: number,
    stride: number,
    split: number,
    places: number,
    sizes: number,
    gross: number,
    runs: number,
    runCount: number,
    output: number,
  ): void;
}

/** `simd`: the same bits everywhere, and those of the scalar twin. `relaxed`: last bits depend on the processor. */
export type VectorForm = 'simd' | 'relaxed';

const compiled = new Map<VectorForm, WebAssembly.Module | undefined>();

function compile(form: VectorForm): WebAssembly.Module | undefined {
  const bytes = Uint8Array.from(atob(form === 'simd' ? SIMD_MODULE : RELAXED_MODULE), (c) => c.charCodeAt(0));
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** The kernel of that form on that memory; undefined where this engine does not support it. Compiled once per thread. */
export function instantiate(form: VectorForm, memory: WebAssembly.Memory): KernelExports | undefined {
  if (!compiled.has(form)) compiled.set(form, compile(form));
  const module = compiled.get(form);
  if (!module) return undefined;
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}
