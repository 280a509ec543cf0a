import { expect, test } from 'vitest';
import { sortFiles } from './files.js';

const file = (name: string, type = ''): File => new File([], name, { type });

test('a model is told from a picture, model.json from other .json files', () => {
  const files = [file('labels.json'), file('group1-shard1of1.bin'), file('model.json'), file('cat.jpg', 'image/jpeg')];
  expect(sortFiles(files)).toEqual({ model: { files, main: 'model.json' }, picture: files[3] });
  expect(sortFiles([file('frozen.pb')]).model?.main).toBe('frozen.pb');
  expect(sortFiles([file('notes.txt')])).toEqual({ model: undefined, picture: undefined });
});
