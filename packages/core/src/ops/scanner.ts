/** A cursor over one line of text, for the small grammars of op signatures. Mistakes name the text and the place. */
import { InternalError } from '../errors.js';

export class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Skips blanks, then tells whether `word` comes next, taking it if so. A word made of letters must end there. */
  take(word: string): boolean {
    this.blanks();
    if (!this.text.startsWith(word, this.at)) return false;
    if (/\w$/.test(word) && /\w/.test(this.text[this.at + word.length] ?? '')) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) this.fail(`'${word}'`);
  }

  /** The text that `pattern` (sticky) matches here. */
  match(pattern: RegExp, what: string): string {
    this.blanks();
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found === null) return this.fail(what);
    this.at += found[0].length;
    return found[0];
  }

  /** What `match` would take, without taking it; `undefined` when it would fail. */
  peek(pattern: RegExp): string | undefined {
    this.blanks();
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    return sticky.exec(this.text)?.[0];
  }

  atEnd(): boolean {
    this.blanks();
    return this.at === this.text.length;
  }

  fail(expected: string): never {
    throw new InternalError(`internal: op signature: expected ${expected} at column ${this.at + 1} of '${this.text}'.`);
  }

  private blanks(): void {
    while (this.text[this.at] === ' ') this.at++;
  }
}
