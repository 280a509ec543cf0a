/** What runs in the page: a job in the programs that can do it, checked against each other, then timed in turn. */
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { wallClock, type MeasureOptions } from '../measure.js';
import { attempt } from '../programs/program.js';
import { sideBySide, type Outcome } from '../sideBySide.js';
import type { WebGpuJob } from './jobs.js';
import { spellJob } from './opJobs.js';
import { onnxRuntime, ours, oursModel, tfjs, tfjsModel } from './programs.js';

export interface PageOptions extends Omit<MeasureOptions, 'clock'> {
  readonly tolerance: number;
}

declare global {
  var runJob: (job: WebGpuJob, options: PageOptions) => Promise<Outcome>;
  var adapterName: () => Promise<string>;
}

globalThis.adapterName = async () => {
  const info = (await navigator.gpu?.requestAdapter())?.info;
  return info === undefined ? '' : [info.vendor, info.architecture, info.device, info.description].filter((part) => part !== '').join(' ');
};

globalThis.runJob = async (job, { tolerance, ...options }) => {
  const programs = job.kind === 'model'
    ? [await attempt('Sessionflow', () => oursModel(job, cpuWasm())), await attempt('tfjs-webgpu', () => tfjsModel(job))]
    : await Promise.all([ours, tfjs, onnxRuntime].map((make, i) => attempt(['Sessionflow', 'tfjs-webgpu', 'ONNX Runtime Web, WebGPU'][i]!, () => make(spellJob(job)))));
  return sideBySide(programs, 'tfjs', tolerance, { ...options, clock: wallClock });
};
