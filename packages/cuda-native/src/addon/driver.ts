/** The addon as TypeScript sees it: `native/src/driver.h` in types. Numbers name objects of the addon, or are device addresses. */

/** An object of the addon. 0 names none. */
export type Handle = number;

/** A library that was looked for. */
export interface LibraryReport {
  readonly file?: string;
  readonly version?: string;
  /** Why it cannot be used. */
  readonly reason?: string;
}

export interface PhysicalDevice {
  readonly ordinal: number;
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  /** Compute capability. */
  readonly major: number;
  readonly minor: number;
  readonly multiprocessors: number;
  /** Bytes of shared memory that every block may have. */
  readonly sharedBytes: number;
  readonly l2Bytes: number;
  /** Whether the driver has stream-ordered memory pools for it. */
  readonly hasPools: boolean;
  /** PCI address. */
  readonly bus: string;
}

/** What `compile` gives. */
export interface Compiled {
  readonly image: Uint8Array;
  /** Warnings of the compiler. */
  readonly log: string;
}

export interface MatmulRequest {
  readonly type: number;
  readonly computeType: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  /** Elements from one matrix of a batch to the next; 0: the same for all. */
  readonly strideA: number;
  readonly strideB: number;
  readonly transA: number;
  readonly transB: number;
  readonly epilogue: number;
  readonly workspaceCap: number;
}

export interface ConvolutionRequest {
  readonly type: number;
  readonly computeType: number;
  readonly mathType: number;
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly k: number;
  readonly r: number;
  readonly s: number;
  readonly oh: number;
  readonly ow: number;
  readonly padH: number;
  readonly padW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly groups: number;
  readonly bias: number;
  readonly relu: number;
  readonly workspaceCap: number;
}

type Dim = number;

/** Every method throws a `CallError` when the library refuses. None waits for a device but `closeContext` and the destruction of what is in use. */
export interface Driver {
  report(): { readonly cuda: LibraryReport; readonly nvrtc: LibraryReport };
  devices(): readonly PhysicalDevice[];
  loadLibrary(name: 'cublasLt' | 'cudnn'): LibraryReport;

  openContext(ordinal: number): Handle;
  closeContext(context: Handle): void;
  memoryInfo(context: Handle): { readonly free: number; readonly total: number };
  /** `keep`: bytes that stay with the pool when they are free. */
  createPool(context: Handle, keep: number): Handle;
  destroyPool(pool: Handle): void;
  /** Without a pool, memory is not stream-ordered. */
  allocate(context: Handle, pool: Handle, stream: Handle, bytes: number): number;
  release(address: number, stream: Handle): void;
  createStaging(context: Handle, bytes: number): Handle;
  destroyStaging(staging: Handle): void;
  writeStaging(staging: Handle, bytes: Uint8Array): void;
  readStaging(staging: Handle, bytes: Uint8Array): void;
  uploadStaging(stream: Handle, to: number, staging: Handle, bytes: number): void;
  downloadStaging(stream: Handle, staging: Handle, from: number, bytes: number): void;
  /** The array is read when the stream gets there. */
  fillStaging(stream: Handle, staging: Handle, bytes: Uint8Array): void;
  /** The array is written when the stream gets there. */
  drainStaging(stream: Handle, bytes: Uint8Array, staging: Handle): void;
  copy(stream: Handle, to: number, from: number, bytes: number): void;
  copyPeer(stream: Handle, toContext: Handle, to: number, fromContext: Handle, from: number, bytes: number): void;
  /** Whether `context` reaches the peer's memory, that of its pool (0: it has none) too, without the host. */
  enablePeer(context: Handle, peer: Handle, pool: Handle): boolean;
  clear(stream: Handle, address: number, bytes: number): void;

  createStream(context: Handle): Handle;
  destroyStream(stream: Handle): void;
  streamStatus(stream: Handle): boolean;
  createEvent(context: Handle, tellsTime: boolean): Handle;
  destroyEvent(event: Handle): void;
  recordEvent(event: Handle, stream: Handle): void;
  waitEvent(stream: Handle, event: Handle): void;
  /** Microseconds. */
  elapsed(from: Handle, to: Handle): number;
  notify(stream: Handle, tag: number): void;
  outstanding(): Readonly<Record<string, number>>;

  compile(source: string, name: string, options: readonly string[]): Promise<Compiled>;
  architectures(): readonly number[];
  loadModule(context: Handle, image: Uint8Array): Handle;
  unloadModule(module: Handle): void;
  getFunction(module: Handle, name: string): Handle;
  launch(stream: Handle, fn: Handle, gx: Dim, gy: Dim, gz: Dim, bx: Dim, by: Dim, bz: Dim, params: Uint8Array): void;

  createGraph(context: Handle): Handle;
  destroyGraph(graph: Handle): void;
  addKernel(graph: Handle, fn: Handle, gx: Dim, gy: Dim, gz: Dim, bx: Dim, by: Dim, bz: Dim, params: Uint8Array): Handle;
  addChild(graph: Handle, child: Handle): Handle;
  instantiate(graph: Handle): Handle;
  destroyExec(exec: Handle): void;
  setKernel(exec: Handle, node: Handle, fn: Handle, gx: Dim, gy: Dim, gz: Dim, bx: Dim, by: Dim, bz: Dim, params: Uint8Array): void;
  setChild(exec: Handle, node: Handle, child: Handle): void;
  launchGraph(exec: Handle, stream: Handle): void;
  beginCapture(stream: Handle): void;
  endCapture(stream: Handle): Handle;

  createMatmul(context: Handle, request: MatmulRequest): { readonly id: Handle; readonly workspace: number };
  destroyMatmul(matmul: Handle): void;
  runMatmul(stream: Handle, matmul: Handle, a: number, b: number, d: number, bias: number, workspace: number): void;
  createConvolution(context: Handle, request: ConvolutionRequest): { readonly id: Handle; readonly workspace: number };
  destroyConvolution(convolution: Handle): void;
  runConvolution(stream: Handle, convolution: Handle, x: number, w: number, bias: number, y: number, workspace: number): void;
}

/** The addon's exports. */
export interface Addon {
  /**
   * Libraries are looked for in `folders`, in this order ('' stands for the system's own way); `compiler` is the folder of an NVRTC that is wanted alone.
   * `onTag` is called with each tag of `notify` when its stream has come there.
   */
  readonly Driver: new (libraries: { readonly folders: readonly string[] } | { readonly compiler: string }, onTag: (tag: number) => void) => Driver;
}

/** What a refused call throws. */
export interface CallError extends Error {
  readonly call: string;
  readonly status: number;
  readonly statusName: string;
  readonly statusText: string;
}

export const isCallError = (error: unknown): error is CallError => error instanceof Error && 'call' in error && 'status' in error;
