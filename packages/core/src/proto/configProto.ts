/** ConfigProto and RunOptions from whatever a program or a file gives: an options object in camelCase, JSON, text format, or bytes. */
import { decode } from './decode.js';
import { ConfigProto, RunOptions } from './generated/config.js';
import { fromJson } from './json.js';
import { InvalidArgumentError } from '../errors.js';
import { type Message, type MessageType, shortName } from './schema.js';
import { parseText } from './text/parse.js';

/**
 * What a program may write for a message: its fields in camelCase; maps as objects (or Maps), enums by name or number. In particular any
 * message object of the type itself.
 */
export type MessageInput<T> =
  T extends Uint8Array ? Uint8Array | string
    : T extends ReadonlyMap<infer K, infer V> ? ReadonlyMap<K, MessageInput<V>> | Readonly<Record<K extends bigint ? string : K & PropertyKey, MessageInput<V>>>
      : T extends readonly (infer V)[] ? readonly MessageInput<V>[]
        : T extends Message ? { readonly [K in keyof T as K extends 'unknownFields' ? never : K]?: MessageInput<NonNullable<T[K]>> | undefined }
          : T;

/** A session's configuration as a program writes it: `{ allowSoftPlacement: true, deviceCount: { CPU: 1 } }`. */
export type ConfigInput = MessageInput<ConfigProto>;

/** A run's options as a program writes them: `{ traceLevel: 'FULL_TRACE', timeoutInMs: 1000 }`. */
export type RunOptionsInput = MessageInput<RunOptions>;

/**
 * Reads a message of bytes (binary), a string (JSON if it begins with `{`, else text format) or an object. A copy: later changes of the
 * object are not seen. Unknown or ill-typed fields are InvalidArgumentErrors with their path; anything else than these a TypeError.
 */
export function parseMessage<T extends object>(type: MessageType<T>, input: Uint8Array | string | MessageInput<T>, what: string): T {
  if (input instanceof Uint8Array) return decode(type, input, what);
  if (typeof input === 'string') return /^\s*\{/.test(input) ? fromJson(type, parseJson(input, what), { what }) : parseText(type, input, what);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError(`${what} must be a tf.${shortName(type)}, but got ${input === null ? 'null' : Array.isArray(input) ? 'an array' : typeof input}`);
  }
  return fromJson(type, input, { what });
}

/** `JSON.parse` with an InvalidArgumentError that names the file. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidArgumentError(`${what}: not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Reads a ConfigProto; `what` names it in errors. */
export function parseConfig(input: Uint8Array | string | ConfigInput, what = 'config'): ConfigProto {
  return parseMessage(ConfigProto, input, what);
}

/** Reads a RunOptions; `what` names it in errors. */
export function parseRunOptions(input: Uint8Array | string | RunOptionsInput, what = 'options'): RunOptions {
  return parseMessage(RunOptions, input, what);
}
