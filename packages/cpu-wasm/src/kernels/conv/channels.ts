/** What depthwise convolution and pooling share: the loop over four channels at a time, the clipping of windows, the epilogue. */
import { i32, v128, type FunctionBuilder, type I32, type Local, type Value } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import { applyEpilogue, loadLanes, storeLanes, type EpiloguePlan } from '../epilogue.js';

/** Runs `body` with the byte offset of each four channels; the last four may overlap those before. */
export function forEachChannels(f: FunctionBuilder, channels: number, body: (channel: Local<'i32'>) => void): void {
  if (channels <= 4) {
    body(f.let(i32.const(0)));
    return;
  }
  const channel = f.let(i32.const(0));
  f.loop((again) => {
    f.scope(() => body(channel));
    f.increase(channel, 16);
    if (channels % 4 === 0) {
      f.brIf(again, i32.ltU(channel, 4 * channels));
      return;
    }
    // Past the end by less than four channels: once more, from the last four on.
    f.brIf(again, i32.leU(channel, 4 * (channels - 4)));
    f.if(i32.ltU(channel, 4 * channels), () => {
      f.set(channel, 4 * (channels - 4));
      f.br(again);
    });
  });
}

/** Lanes that a vector of channels has; 0: four. */
export const lanesOf = (channels: number): number => (channels < 4 ? channels : 0);

/** The places k of a window with 0 ≤ first + k·dilation < size: from the first such k, how many. */
export function clip(
  f: FunctionBuilder, first: Local<'i32'>, dilation: I32, window: I32, size: I32,
): { readonly from: Local<'i32'>; readonly count: Local<'i32'> } {
  const from = f.let(i32.const(0));
  f.if(i32.ltS(first, 0), () => f.set(from, i32.divU(i32.sub(i32.sub(dilation, 1), first), dilation)));
  const room = f.let(i32.sub(size, first));
  const count = f.let(i32.const(0));
  f.if(i32.gtS(room, 0), () => f.set(count, i32.divU(i32.add(room, i32.sub(dilation, 1)), dilation)));
  f.if(i32.gtS(count, window), () => f.set(count, window));
  f.set(count, i32.sub(count, from));
  return { from, count };
}

/** What is needed to end a pixel's vector of channels. */
export interface Finish {
  readonly f: FunctionBuilder;
  readonly channels: number;
  readonly epilogue: EpiloguePlan;
  readonly features: WasmFeatures;
  readonly output: Value<'i32'>;
  /** Addresses of the epilogue's extra arguments. */
  readonly extras: readonly Value<'i32'>[];
}

/** The extra arguments of the epilogue that are the same for all pixels of these channels, loaded; undefined for the others. */
export function loadExtras({ f, channels, epilogue, extras }: Finish, channel: Local<'i32'>): (Local<'v128'> | undefined)[] {
  return epilogue.extras.map((kind, i) => {
    if (kind === 'full') return undefined;
    return f.let(kind === 'scalar' ? v128.load32Splat(extras[i]!) : loadLanes(i32.add(extras[i]!, channel), 0, lanesOf(channels)));
  });
}

/** Epilogue and store of one vector at a byte offset of the output. `loaded`: what `loadExtras` gave for these channels. */
export function finish(
  emit: Finish, result: Local<'v128'>, offset: Value<'i32'>, channel: Local<'i32'>, loaded = loadExtras(emit, channel),
): void {
  const { f, channels, epilogue, features, output, extras } = emit;
  const lanes = lanesOf(channels);
  const at = f.let(offset);
  const final = applyEpilogue(f, epilogue, features, result, (i) => loaded[i] ?? f.let(loadLanes(i32.add(extras[i]!, at), 0, lanes)));
  storeLanes(f, f.let(i32.add(output, at)), final, 0, lanes);
}
