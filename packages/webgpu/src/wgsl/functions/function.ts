/** WGSL functions that programs call: one text each, put into a module with what it calls. */

export interface WgslFunction {
  readonly name: string;
  readonly code: string;
}

/** A function by its text: `fn name(…) …`. */
export function wgsl(code: string): WgslFunction {
  const name = /^fn (\w+)\(/m.exec(code)?.[1];
  if (name === undefined) throw new Error('internal: a WGSL function without a name.');
  return { name, code: code.trim() };
}

/** A float32 constant. */
export function number(value: number): string {
  const text = String(Math.fround(value));
  return `${text}f`;
}

/** Horner's scheme in `x`, from the highest coefficient down. */
export function horner(x: string, coefficients: readonly number[]): string {
  return coefficients.slice(1).reduce((sum, coefficient) => {
    const sign = Math.fround(coefficient) < 0 ? '-' : '+';
    return `(${sum}) * ${x} ${sign} ${number(Math.abs(coefficient))}`;
  }, number(coefficients[0]!));
}
