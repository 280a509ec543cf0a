/** A rendered program: WGSL, and what the device must bind for it. */
export interface WgslSource {
  /** The module; its entry point is `main`. */
  readonly code: string;
  /** How the code uses each slot of a launch, in order. Slot i is binding i of group 0. */
  readonly slots: readonly ('read' | 'write')[];
  /** Whether the launch's words are bound: as a uniform `array<vec4i>` after the slots. */
  readonly takesWords: boolean;
  /** Whether the code may report a fault: two words of storage (code, detail) after all other bindings, zero before the launch. */
  readonly reportsFaults: boolean;
}
