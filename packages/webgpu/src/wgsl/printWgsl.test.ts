import { buildProgram, float, input, binary, unary, constant, select, compare, type GridTarget } from '@sessionflow/core/codegen';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { describe, expect, it } from 'vitest';
import { storageOf } from '../adapter.js';
import type { WebGpuInfo } from '../info.js';
import type { WgslSource } from '../source.js';
import { webgpuTable } from '../table.js';
import { functionsFor } from './functions/index.js';
import { printWgsl } from './printWgsl.js';

const target: GridTarget = {
  storage: storageOf(true), values: new Set(['bool', 'int32', 'uint32', 'float32']), workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535,
  bindings: 7, vectors: true, inPlace: false, floatAtomics: false, faults: true,
};
/** No adapter is asked: a program is text. */
const info: WebGpuInfo = {
  deviceType: 'GPU', ordinal: 0, description: '', memoryLimit: 2 ** 30, storage: storageOf(false),
  limits: { alignment: 256, bufferBytes: 2 ** 28, bindings: 7, sharedBuffers: false }, controlFlow: false, hostVisible: false, details: {},
  features: { software: false, f16: false, subgroups: false, timestamps: false }, workgroupThreads: 256, workgroupBytes: 16384, workgroupsPerAxis: 65535, bindingBytes: 2 ** 27,
};

describe('WGSL of grid programs', () => {
  it('a fused chain: relu(x·scale + shift), four elements at a time', () => {
    const [x, y] = [input(0, 'float32'), input(1, 'float32')];
    const sum = binary('add', binary('mul', x, constant(0.5, 'float32')), y);
    const arg = { dtype: 'float32' as const, shape: [6, 8] };
    const program = webgpuTable.map[0]!.program({
      kind: 'map', node: 'y', inputs: [arg, { dtype: 'float32', shape: [8] }], outputs: [arg],
      fn: { inputs: ['float32', 'float32'], outputs: [binary('max', sum, constant(0, 'float32'))] },
    }, info) as DeviceProgram<WgslSource>;
    expect(program.source().passes[0]!.code).toMatchInlineSnapshot(`
      "@group(0) @binding(0) var<storage, read> x_4: array<vec4<f32>>;
      @group(0) @binding(1) var<storage, read> x_5: array<vec4<f32>>;
      @group(0) @binding(2) var<storage, read_write> out_6: array<vec4<f32>>;
      @group(0) @binding(3) var<uniform> words: array<vec4i, 1>;
      fn tf_is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
      fn tf_max(x: f32, y: f32) -> f32 { return select(y, x, x > y || tf_is_nan(x)); }
      @compute @workgroup_size(64, 1, 1)
      fn main(@builtin(workgroup_id) workgroup_id: vec3u, @builtin(local_invocation_id) thread_id: vec3u, @builtin(num_workgroups) workgroup_count: vec3u) {
        let workgroup = vec3i(workgroup_id);
        let thread = vec3i(thread_id);
        let workgroups = vec3i(workgroup_count);
        let groups_0 = words[0].x;
        let stride0_0_1 = words[0].y;
        let size1_3 = words[0].w;
        let group_7 = ((workgroup.x + (workgroups.x * workgroup.y)) * 64i) + thread.x;
        if (group_7 < groups_0) {
          let row_8 = group_7 / size1_3;
          let at_9 = group_7 - (row_8 * size1_3);
          let x_10 = x_4[(row_8 * stride0_0_1) + at_9];
          let x_11 = x_5[at_9];
          let x_12 = x_10.x;
          let t_13 = x_12 * 0.5f;
          let x_14 = x_11.x;
          let t_15 = t_13 + x_14;
          let t_16 = tf_max(t_15, 0f);
          let x_17 = x_10.y;
          let t_18 = x_17 * 0.5f;
          let x_19 = x_11.y;
          let t_20 = t_18 + x_19;
          let t_21 = tf_max(t_20, 0f);
          let x_22 = x_10.z;
          let t_23 = x_22 * 0.5f;
          let x_24 = x_11.z;
          let t_25 = t_23 + x_24;
          let t_26 = tf_max(t_25, 0f);
          let x_27 = x_10.w;
          let t_28 = x_27 * 0.5f;
          let x_29 = x_11.w;
          let t_30 = t_28 + x_29;
          let t_31 = tf_max(t_30, 0f);
          out_6[group_7] = vec4<f32>(t_16, t_21, t_26, t_31);
        }
      }
      "
    `);
  });

  it('words, shared and private arrays, barriers, faults, atomics, halves', () => {
    const program = buildProgram('everything', { size: 4, scale: float(0.5) }, target, (g) => {
      const halves = g.input('halves', 'float16', { lanes: 2 });
      const flags = g.input('flags', 'bool');
      const out = g.output('out', 'float16', { lanes: 2 });
      const counts = g.output('counts', 'int32');
      g.pass('main', [64, 2, 1], (p) => {
        const tile = p.shared('tile', 'float32', 128);
        const own = p.private('own', 'int32', 4);
        const i = p.let('i', p.globalIndex());
        const [first, second] = p.loadGroup(halves, i);
        p.setElement(tile, p.threadIndex(), first!.mul(p.param('scale')));
        p.barrier();
        p.for('k', 0, p.param('size'), (k) => p.setElement(own, k, k.shl(1)));
        p.if(p.load(flags, i), () => p.atomic('add', counts, 0, p.element(own, 3)), () => p.fault(16, i));
        p.storeGroup(out, i, [p.element(tile, 0).round('float16'), second!]);
      });
    });
    expect(printWgsl(program).passes[0]).toMatchInlineSnapshot(`
      {
        "buffers": [
          {
            "access": "read",
            "slot": 0,
          },
          {
            "access": "read",
            "slot": 1,
          },
          {
            "access": "write",
            "slot": 2,
          },
          {
            "access": "write",
            "slot": 3,
          },
        ],
        "code": "enable f16;
      @group(0) @binding(0) var<storage, read> halves_2: array<vec2<f16>>;
      @group(0) @binding(1) var<storage, read> flags_3: array<i32>;
      @group(0) @binding(2) var<storage, read_write> out_4: array<vec2<f16>>;
      @group(0) @binding(3) var<storage, read_write> counts_5: array<atomic<i32>>;
      @group(0) @binding(4) var<uniform> words: array<vec4i, 1>;
      @group(0) @binding(5) var<storage, read_write> fault: array<atomic<i32>, 2>;
      fn report_fault(code: i32, detail: i32) {
        loop {
          let before = atomicCompareExchangeWeak(&fault[0], 0i, code);
          if (before.exchanged) { atomicStore(&fault[1], detail); }
          if (before.exchanged || before.old_value != 0i) { break; }
        }
      }
      var<workgroup> tile_6: array<f32, 128>;
      fn tf_copy_sign(size: f32, sign: f32) -> f32 { return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u)); }
      fn tf_infinity() -> f32 {
        var bits = 0x7f800000u;
        return bitcast<f32>(bits);
      }
      fn tf_round_f16(x: f32) -> f32 {
        let bits = bitcast<u32>(x);
        let size = bits & 0x7fffffffu;
        let normal = bitcast<f32>((size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u);
        let small = round(bitcast<f32>(size) * 16777216.0f) * 5.9604644775390625e-8f;
        let rounded = select(select(normal, tf_infinity(), size >= 0x477ff000u), small, size < 0x38800000u);
        return select(tf_copy_sign(rounded, x), x, size >= 0x7f800000u);
      }
      @compute @workgroup_size(64, 2, 1)
      fn main(@builtin(workgroup_id) workgroup_id: vec3u, @builtin(local_invocation_id) thread_id: vec3u, @builtin(num_workgroups) workgroup_count: vec3u) {
        let workgroup = vec3i(workgroup_id);
        let thread = vec3i(thread_id);
        let workgroups = vec3i(workgroup_count);
        let size_0 = words[0].x;
        let scale_1 = bitcast<f32>(words[0].y);
        var own_7: array<i32, 4>;
        let i_8 = ((workgroup.x + (workgroups.x * workgroup.y)) * 128i) + (thread.x + (thread.y * 64i));
        let halves_9 = vec2<f32>(halves_2[i_8]);
        tile_6[thread.x + (thread.y * 64i)] = halves_9.x * scale_1;
        storageBarrier(); workgroupBarrier();
        for (var k_10 = 0i; k_10 < size_0; k_10 += 1i) {
          own_7[k_10] = k_10 << u32(1i);
        }
        if (flags_3[i_8] != 0i) {
          atomicAdd(&counts_5[0i], own_7[3i]);
        } else {
          report_fault(16i, i_8);
        }
        out_4[i_8] = vec2<f16>(f16(tf_round_f16(tile_6[0i])), f16(halves_9.y));
      }
      ",
        "name": "main",
        "reportsFaults": true,
        "takesWords": true,
      }
    `);
  });

  it('edges of literals', () => {
    const program = buildProgram('literals', {}, target, (g) => {
      const floats = g.output('floats', 'float32');
      const ints = g.output('ints', 'int32');
      g.pass('main', [1, 1, 1], (p) => {
        [NaN, Infinity, -Infinity, -0, 0.1, 1e-45, 3.4028235e38, -2].forEach((value, i) => p.store(floats, i, value));
        [-2147483648, -1, 2147483647].forEach((value, i) => p.store(ints, i, value));
      });
    });
    const { code } = printWgsl(program).passes[0]!;
    expect(code.split('\n').filter((line) => line.startsWith('  floats') || line.startsWith('  ints'))).toMatchInlineSnapshot(`
      [
        "  floats_0[0i] = tf_nan();",
        "  floats_0[1i] = tf_infinity();",
        "  floats_0[2i] = -tf_infinity();",
        "  floats_0[3i] = -0f;",
        "  floats_0[4i] = 0.10000000149011612f;",
        "  floats_0[5i] = 1.401298464324817e-45f;",
        "  floats_0[6i] = 3.4028234663852886e+38f;",
        "  floats_0[7i] = -2f;",
        "  ints_1[0i] = i32(-2147483648);",
        "  ints_1[1i] = -1i;",
        "  ints_1[2i] = 2147483647i;",
      ]
    `);
  });

  it('takes along the functions that are called, and those that they call, once', () => {
    const text = functionsFor('tf_sigmoid(x) + tf_exp(y)');
    expect([...text.matchAll(/^fn (\w+)/gm)].map(([, name]) => name)).toEqual(['tf_exp', 'tf_exp_parts', 'tf_is_nan', 'tf_pow2', 'tf_sigmoid']);
  });

  it('refuses in words what WGSL lacks', () => {
    const refusal = (dtype: 'int64' | 'float64') => webgpuTable.map[0]!.supports({ inputs: [dtype], outputs: [unary('neg', input(0, dtype))] });
    expect(refusal('int64')).toBe('the device holds no int64');
    expect(refusal('float64')).toBe('the device holds no float64');
    const chosen = select(compare('lt', input(0, 'uint8'), constant(3, 'uint8')), input(0, 'uint8'), constant(0, 'uint8'));
    expect(webgpuTable.map[0]!.supports({ inputs: ['uint8'], outputs: [chosen] })).toBe(true);
  });
});
