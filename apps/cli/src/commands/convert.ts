/** `sessionflow convert`: any model that it reads, as a frozen GraphDef of TensorFlow's own ops. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { frozenGraphBytes, toStandardOps } from '@sessionflow/io';
import { loadModel } from '@sessionflow/io/node';
import type { Streams } from '../streams.js';
import { UsageError, flagTexts } from '../usage.js';

export function convert(streams: Streams): Command {
  return new Command('convert')
    .description("writes a model as a frozen GraphDef of TensorFlow's own ops")
    .argument('<model>', flagTexts.model)
    .argument('<out>', 'the file to write: .pb or .pbtxt')
    .action(async (path: string, out: string) => {
      const format = /\.(pb|pbtxt)$/.exec(out)?.[1];
      if (format !== 'pb' && format !== 'pbtxt') throw new UsageError(`OUT must end in .pb or .pbtxt, but '${out}' was given`);
      const { graphDef } = await loadModel(path);
      await writeFile(out, frozenGraphBytes(toStandardOps(graphDef), format));
      streams.out(`${out}\n`);
    });
}
