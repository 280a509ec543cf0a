/** Short programs as a user of TensorFlow 1 would write them; what they print is what the same programs of `programs/` print in TensorFlow. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as tf from '@sessionflow/core';
import { basics } from './programs/basics.js';
import { controlFlow } from './programs/controlFlow.js';
import { elements } from './programs/elements.js';
import { plain, type Programs } from './programs/program.js';
import { scopes } from './programs/scopes.js';
import { sessions } from './programs/sessions.js';
import { traces } from './programs/traces.js';
import { variables } from './programs/variables.js';

const { outputs } = JSON.parse(readFileSync(new URL('../vectors/programs.json', import.meta.url), 'utf8')) as { outputs: Readonly<Record<string, readonly string[]>> };
const programs: Programs = { ...basics, ...controlFlow, ...elements, ...scopes, ...sessions, ...traces, ...variables };

it('has every program that TensorFlow ran', () => {
  expect(Object.keys(programs)).toEqual(Object.keys(outputs));
});

it.each(Object.entries(programs))('%s', async (name, run) => {
  const lines: unknown[] = [];
  await new tf.Graph().asDefault(() => run((...values) => { lines.push(values.map(plain)); }));
  expect(lines).toEqual(outputs[name]?.map((line) => JSON.parse(line) as unknown));
});
