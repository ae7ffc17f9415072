import { createArena, createMemory } from './arena.ts';
import type { Kernel, KernelForm } from './contract.ts';
import { instantiate, type VectorForm } from './instance.ts';
import { scalarKernel } from './scalarKernel.ts';
import { vectorKernel } from './vectorKernel.ts';

export interface KernelOptions {
  /** `simd` unless told otherwise. A form that this engine does not support falls back: relaxed → simd → scalar. */
  readonly form?: KernelForm;
  /** A memory of `createMemory`, when threads are to share one; a new one otherwise. */
  readonly memory?: WebAssembly.Memory;
}

/** Opens a kernel for this thread. Never throws for want of support; RangeError when no memory is to be had. */
export function openKernel(options: KernelOptions = {}): Kernel {
  const arena = createArena(options.memory ?? createMemory());
  const asked = options.form ?? 'simd';
  const forms: readonly VectorForm[] = asked === 'scalar' ? [] : asked === 'simd' ? ['simd'] : ['relaxed', 'simd'];
  for (const form of forms) {
    const exports = instantiate(form, arena.memory);
    if (exports) return vectorKernel(form, exports, arena);
  }
  return scalarKernel(arena);
}

let own: Kernel | undefined;

/** The kernel of this thread, opened when first needed: a thread that only hands requests on needs none. */
export function threadKernel(): Kernel {
  return (own ??= openKernel());
}
