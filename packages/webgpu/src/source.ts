/** A rendered program: a WGSL module per pass, and what the device must bind for it. */
export interface WgslSource {
  /** How many buffers a launch binds: inputs, outputs, scratch. */
  readonly slots: number;
  /** Dispatched in order; each sees what the ones before it wrote. */
  readonly passes: readonly WgslPass[];
}

/** One dispatch. Its bindings are group 0: the buffers in the order given, then the words, then the fault words. */
export interface WgslPass {
  readonly name: string;
  /** The module; its entry point is `main`. */
  readonly code: string;
  readonly buffers: readonly { readonly slot: number; readonly access: 'read' | 'write' }[];
  /** Whether the launch's words are bound: as a uniform `array<vec4i>`. */
  readonly takesWords: boolean;
  /** Whether the code may report a fault: two words of storage (code, detail), zero before the launch. */
  readonly reportsFaults: boolean;
}
