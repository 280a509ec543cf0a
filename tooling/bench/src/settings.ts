/** What the command line says, and where progress goes. */
import type { MeasureOptions } from './measure.js';

export interface Settings extends MeasureOptions {
  /** Threads of the second column; the first has one. */
  readonly threads: number;
  /** Only models whose name holds one of these; all where there are none. */
  readonly models: readonly string[];
  /** What native/zoo_native.py made, for the zoo: a folder of .onnx files, and TensorFlow's times. */
  readonly onnx: string | undefined;
  readonly tensorflow: string | undefined;
  /** The section webgpu: on Chromium's own software adapter. */
  readonly softwareGpu: boolean;
  /** Progress, for a person who waits. */
  readonly log: (line: string) => void;
}
