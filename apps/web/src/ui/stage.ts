/** The picture, with what was found drawn over it. */
import { h } from '@sessionflow/placement-view/dom';
import { overlayShapes, overlaySvg, visible, type Finding } from '@sessionflow/vision';

export class Stage {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas', { class: 'picture', role: 'img' });
  private readonly overlay = h('div', { class: 'overlay', 'aria-hidden': 'true' });
  private readonly words = h('figcaption', { 'aria-live': 'polite' });

  constructor() {
    this.element = h('figure', { class: 'stage' }, h('div', { class: 'frame' }, this.canvas, this.overlay), this.words);
  }

  /** Shows a picture; what was drawn over the one before goes. */
  show(picture: ImageBitmap): void {
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
      this.overlay.replaceChildren();
    }
    this.canvas.getContext('2d')?.drawImage(picture, 0, 0);
  }

  /** Draws a finding, in pixels of the picture. */
  draw(finding: Finding | null): void {
    const { width, height } = this.canvas;
    if (finding === null) {
      this.clear('');
      return;
    }
    const weight = Math.min(3, Math.max(0.4, Math.max(width, height) / 400));
    this.overlay.innerHTML = overlaySvg(width, height, overlayShapes(finding, weight));
    const text = inWords(finding);
    this.canvas.setAttribute('aria-label', `Picture: ${text}`);
    this.words.textContent = text;
  }

  clear(words: string): void {
    this.overlay.replaceChildren();
    this.words.textContent = words;
  }
}

export function inWords({ keypoints, boxes, mesh }: Finding): string {
  const seen = keypoints.filter(({ score }) => score >= visible).length;
  const labels = new Map<string, number>();
  for (const { label } of boxes) labels.set(label === '' ? 'face' : label, (labels.get(label === '' ? 'face' : label) ?? 0) + 1);
  const parts = [
    keypoints.length > 0 && `${seen} of ${keypoints.length} keypoints`, mesh.length > 0 && `${mesh.length} points`,
    ...[...labels].map(([label, count]) => (count === 1 ? `one ${label}` : `${count} × ${label}`)),
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing found' : parts.join(', ');
}
