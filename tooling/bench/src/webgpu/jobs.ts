/** What is measured on WebGPU: data, for the page that runs it. */
export type WebGpuJob =
  | { readonly kind: 'matmul'; readonly m: number; readonly k: number; readonly n: number }
  | { readonly kind: 'conv'; readonly size: number; readonly channels: number; readonly filters: number; readonly window: number; readonly stride: number }
  | { readonly kind: 'depthwise'; readonly size: number; readonly channels: number; readonly window: number }
  | { readonly kind: 'elementwise'; readonly size: number }
  | { readonly kind: 'softmax' | 'sum'; readonly rows: number; readonly columns: number }
  | { readonly kind: 'transpose'; readonly rows: number; readonly columns: number }
  /** A tfjs graph model, from and to host arrays: its file, and those of its feeds (.npy), on the page's server. */
  | { readonly kind: 'model'; readonly name: string; readonly file: string; readonly feeds: Readonly<Record<string, string>>; readonly outputs: readonly string[]; readonly compared: readonly string[] };

/** Small enough for an adapter that computes on the CPU. */
export const opJobs: readonly WebGpuJob[] = [
  { kind: 'matmul', m: 512, k: 512, n: 512 },
  { kind: 'matmul', m: 256, k: 256, n: 256 },
  { kind: 'matmul', m: 1, k: 2048, n: 1024 },
  { kind: 'matmul', m: 64, k: 4096, n: 64 },
  { kind: 'conv', size: 56, channels: 64, filters: 64, window: 3, stride: 1 },
  { kind: 'conv', size: 56, channels: 64, filters: 128, window: 1, stride: 1 },
  { kind: 'conv', size: 112, channels: 3, filters: 32, window: 3, stride: 2 },
  { kind: 'depthwise', size: 56, channels: 128, window: 3 },
  { kind: 'elementwise', size: 1 << 20 },
  { kind: 'softmax', rows: 512, columns: 1000 },
  { kind: 'sum', rows: 1024, columns: 1024 },
  { kind: 'transpose', rows: 1024, columns: 1024 },
];

export function jobTitle(job: WebGpuJob): string {
  switch (job.kind) {
    case 'matmul': return `matmul ${job.m}×${job.k}×${job.n}`;
    case 'conv': return `relu(conv + bias), ${job.size}², ${job.channels} → ${job.filters}, ${job.window}×${job.window}${job.stride > 1 ? `, stride ${job.stride}` : ''}`;
    case 'depthwise': return `depthwise ${job.size}², ${job.channels}, ${job.window}×${job.window}`;
    case 'elementwise': return `relu(a·b + b), ${job.size}`;
    case 'model': return job.name;
    default: return `${job.kind} ${job.rows}×${job.columns}`;
  }
}
