/** New values of variables in smaller ops, from the old value and the other inputs. */
import type { OpBody } from './opDef.js';

export const sumOf: OpBody = (b, [old, value]) => b.op('AddV2', [old!, value!]);

export const differenceOf: OpBody = (b, [old, value]) => b.op('Sub', [old!, value!]);
