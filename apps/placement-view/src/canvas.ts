/** The drawing: boxes and edges as SVG, panned and zoomed; keeps what the reader looks at where it is when the layout changes. */
import { select, type BaseType, type Selection } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';
import type { Layout, PlacedBox, Point } from './layout.js';
import { deviceColor, deviceLabel } from './palette.js';
import { bytesOf, type PlacementReport } from './report.js';
import { shortLabel, type SceneBox, type SceneEdge, type SceneLevel } from './scene.js';
import type { Leaf, Group } from './scopes.js';

export interface CanvasEvents {
  /** A box was clicked, or chosen by key; undefined: nothing is chosen. */
  readonly choose: (id: string | undefined) => void;
  /** A group is to be opened or closed. */
  readonly toggle: (id: string) => void;
}

/** A box where it lies, and what it stands for. */
interface Drawn {
  readonly box: SceneBox;
  readonly at: PlacedBox;
  readonly depth: number;
}

interface DrawnEdge {
  readonly key: string;
  readonly edge: SceneEdge;
  readonly points: readonly Point[];
}

/** Below this scale no text can be read: it is left out, and drawing is fast. */
const readable = 0.28;

export class GraphCanvas {
  private readonly stage: Selection<SVGGElement, unknown, null, undefined>;
  private readonly svg: Selection<SVGSVGElement, unknown, null, undefined>;
  private readonly behavior: ZoomBehavior<SVGSVGElement, unknown>;
  private transform: ZoomTransform = zoomIdentity;
  private drawn = new Map<string, Drawn>();
  private size = { width: 1, height: 1 };

  constructor(private readonly element: SVGSVGElement, private readonly events: CanvasEvents) {
    this.svg = select(element);
    this.stage = this.svg.append('g');
    for (const layer of ['areas', 'edges', 'boxes', 'labels']) this.stage.append('g').attr('class', layer);
    this.behavior = zoom<SVGSVGElement, unknown>().scaleExtent([0.02, 3]).on('zoom', ({ transform }: { transform: ZoomTransform }) => {
      this.transform = transform;
      this.stage.attr('transform', transform.toString());
      element.classList.toggle('far', transform.k < readable);
    });
    // A double click opens a group; it does not zoom.
    this.svg.call(this.behavior).on('dblclick.zoom', null);
    this.svg.on('click', (event: MouseEvent) => {
      if (event.target === element) events.choose(undefined);
    });
  }

  /** Draws a scene; `anchor` is the box that stays where it is on the screen. */
  draw(report: PlacementReport, scene: SceneLevel, layout: Layout, anchor?: string): void {
    const before = anchor === undefined ? undefined : this.drawn.get(anchor)?.at;
    this.size = layout;
    const placed = new Map(layout.boxes.map((box) => [box.id, box]));
    const paths = new Map(layout.edges.map((edge) => [`${edge.level} ${edge.index}`, edge.points]));
    const drawn: Drawn[] = [];
    const edges: DrawnEdge[] = [];
    const walk = (level: SceneLevel, id: string, depth: number): void => {
      level.edges.forEach((edge, index) => edges.push({ key: `${id} ${edge.from} ${edge.to}`, edge, points: paths.get(`${id} ${index}`) ?? [] }));
      for (const box of level.boxes) {
        const at = placed.get(box.id);
        if (at === undefined) continue;
        drawn.push({ box, at, depth });
        if (box.inside !== undefined) walk(box.inside, box.id, depth + 1);
      }
    };
    walk(scene, '', 1);
    this.drawn = new Map(drawn.map((entry) => [entry.box.id, entry]));
    this.drawBoxes('areas', drawn.filter(({ box }) => box.inside !== undefined), report);
    this.drawBoxes('boxes', drawn.filter(({ box }) => box.inside === undefined), report);
    this.drawEdges(edges);
    const after = anchor === undefined ? undefined : this.drawn.get(anchor)?.at;
    if (before !== undefined && after !== undefined) {
      const k = this.transform.k;
      this.behavior.transform(this.svg, zoomIdentity.translate(this.transform.x + (before.x - after.x + (before.width - after.width) / 2) * k, this.transform.y + (before.y - after.y) * k).scale(k));
    }
  }

  /** Marks the chosen box and the edges at it, and dims what is not among `lit`. */
  mark(chosen: string | undefined, lit: ((leaf: Leaf | Group) => boolean) | undefined): void {
    this.stage.selectAll<SVGGElement, Drawn>('.box')
      .classed('chosen', ({ box }) => box.id === chosen)
      .attr('aria-selected', ({ box }) => String(box.id === chosen))
      .classed('dim', ({ box }) => lit !== undefined && box.inside === undefined && !lit(box.item));
    this.stage.selectAll<SVGGElement, DrawnEdge>('.edge').classed('near', ({ edge }) => chosen !== undefined && (edge.from === chosen || edge.to === chosen));
    this.stage.select('.edges').selectAll<SVGGElement, DrawnEdge>('.near').raise();
    if (chosen !== undefined && this.drawn.has(chosen)) this.element.setAttribute('aria-activedescendant', elementId(chosen));
    else this.element.removeAttribute('aria-activedescendant');
  }

  /** Brings a box into view: not at all if it is well visible. */
  reveal(id: string): void {
    const at = this.drawn.get(id)?.at;
    if (at === undefined) return;
    const { width, height } = this.element.getBoundingClientRect();
    const { k, x, y } = this.transform;
    const [left, top] = [at.x * k + x, at.y * k + y];
    const isVisible = left > 20 && top > 20 && left + Math.min(at.width * k, width) <= width + 1 - 20 && top + Math.min(at.height * k, height / 2) < height - 20;
    if (isVisible && k >= readable) return;
    const scale = Math.max(k, 0.8);
    this.moveTo(width / 2 - (at.x + at.width / 2) * scale, Math.max(height / 2 - (at.y + at.height / 2) * scale, 30 - at.y * scale), scale);
  }

  /** The whole graph, if text stays readable that way; else its top, where the inputs are. */
  fit(whole = false): void {
    const { width, height } = this.element.getBoundingClientRect();
    const all = Math.min((width - 40) / this.size.width, (height - 40) / this.size.height);
    const k = whole ? Math.min(all, 1) : Math.min(1, Math.max(all, Math.min((width - 40) / this.size.width, 0.9), 0.5));
    const scale = Number.isFinite(k) && k > 0 ? k : 1;
    const top = this.size.height * scale < height - 40 ? (height - this.size.height * scale) / 2 : 24;
    this.moveTo((width - this.size.width * scale) / 2, top, scale);
  }

  zoomBy(factor: number): void {
    this.behavior.scaleBy(this.svg, factor);
  }

  panBy(x: number, y: number): void {
    this.behavior.translateBy(this.svg, x / this.transform.k, y / this.transform.k);
  }

  /** The nearest box in a direction; of the first box when none is chosen. */
  neighbour(from: string | undefined, direction: 'up' | 'down' | 'left' | 'right'): string | undefined {
    const boxes = [...this.drawn.values()].filter(({ box }) => box.inside === undefined);
    const start = from === undefined ? undefined : this.drawn.get(from)?.at;
    if (start === undefined) return boxes.sort((a, b) => a.at.y - b.at.y)[0]?.box.id;
    const [dx, dy] = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] }[direction] as [number, number];
    let best: { readonly id: string; readonly cost: number } | undefined;
    for (const { box, at } of boxes) {
      const x = at.x + at.width / 2 - start.x - start.width / 2;
      const y = at.y + at.height / 2 - start.y - start.height / 2;
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (box.id === from || along <= 1 || along < aside / 4) continue;
      const cost = along + 2 * aside;
      if (best === undefined || cost < best.cost) best = { id: box.id, cost };
    }
    return best?.id;
  }

  private moveTo(x: number, y: number, k: number): void {
    this.behavior.transform(this.svg, zoomIdentity.translate(x, y).scale(k));
  }

  private drawBoxes(layer: 'areas' | 'boxes', data: readonly Drawn[], report: PlacementReport): void {
    const made = this.stage.select(`.${layer}`).selectAll<SVGGElement, Drawn>('g.box').data(data, ({ box }) => box.id).join('g')
      .attr('class', ({ box }) => `box ${box.item.kind}${box.inside === undefined ? '' : ' open'}`)
      .attr('id', ({ box }) => elementId(box.id))
      .attr('role', 'treeitem').attr('aria-level', ({ depth }) => depth)
      .attr('aria-expanded', ({ box }) => (box.item.kind === 'group' ? String(box.inside !== undefined) : null))
      .attr('aria-label', ({ box }) => describe(report, box.item))
      .attr('transform', ({ at }) => `translate(${at.x},${at.y})`)
      .on('click', (event: MouseEvent, { box }) => {
        if (event.defaultPrevented) return;
        this.events.choose(box.id);
      })
      .on('dblclick', (_event: MouseEvent, { box }) => { if (box.item.kind === 'group') this.events.toggle(box.id); });
    // Few boxes change from one drawing to the next, and none is large: their insides are made anew.
    made.selectAll('*').remove();
    made.append('title').text(({ box }) => describe(report, box.item));
    made.append('rect').attr('class', 'body').attr('rx', ({ box }) => (box.item.kind === 'leaf' ? 6 : 9))
      .attr('width', ({ at }) => at.width).attr('height', ({ at }) => at.height)
      .attr('style', ({ box }) => `--device: ${box.item.kind === 'leaf' ? deviceColor(report, box.item.node.device) : 'var(--faint)'}`);
    const leaves = made.filter(({ box }) => box.item.kind === 'leaf');
    leaves.append('text').attr('class', 'op').attr('x', ({ at }) => at.width / 2).attr('y', 16).text(({ box }) => (box.item.kind === 'leaf' ? box.item.node.op : ''));
    leaves.append('text').attr('class', 'name').attr('x', ({ at }) => at.width / 2).attr('y', 30).text(({ box }) => shortLabel(box.item.label));
    const groups = made.filter(({ box }) => box.item.kind === 'group');
    groups.append('text').attr('class', 'title').attr('x', ({ box, at }) => (box.inside === undefined ? at.width / 2 : 26)).attr('y', ({ box }) => (box.inside === undefined ? 17 : 20)).text(({ box }) => shortLabel(box.item.label));
    groups.filter(({ box }) => box.inside === undefined).append('text').attr('class', 'name').attr('x', ({ at }) => at.width / 2).attr('y', 31).text(({ box }) => (box.item.kind === 'group' ? `${box.item.leaves.length} nodes` : ''));
    this.drawShares(groups, report);
    const toggle = groups.append('g').attr('class', 'toggle').attr('transform', ({ box, at }) => (box.inside === undefined ? `translate(${at.width - 10},10)` : 'translate(14,16)'))
      .on('click', (event: MouseEvent, { box }) => {
        event.stopPropagation();
        this.events.toggle(box.id);
      });
    toggle.append('circle').attr('r', 7);
    toggle.append('path').attr('d', ({ box }) => (box.inside === undefined ? 'M-3.5,0H3.5M0,-3.5V3.5' : 'M-3.5,0H3.5'));
  }

  /** A bar under a group's name: its nodes by device. */
  private drawShares(groups: Selection<SVGGElement, Drawn, BaseType, unknown>, report: PlacementReport): void {
    groups.each(function each({ box, at }) {
      if (box.item.kind !== 'group') return;
      const { leaves } = box.item;
      const [left, top, length] = box.inside === undefined ? [10, 36, at.width - 20] : [26, 25, Math.min(at.width - 40, 140)];
      let x = left;
      const bar = select(this);
      for (const { name } of report.devices) {
        const width = (length * leaves.filter(({ device }) => device === name).length) / leaves.length;
        if (width > 0) bar.append('rect').attr('class', 'share').attr('x', x).attr('y', top).attr('width', width).attr('height', 3).attr('style', `--device: ${deviceColor(report, name)}`);
        x += width;
      }
    });
  }

  private drawEdges(edges: readonly DrawnEdge[]): void {
    const made = this.stage.select('.edges').selectAll<SVGGElement, DrawnEdge>('g.edge').data(edges, ({ key }) => key).join('g')
      .attr('class', ({ edge }) => `edge${edge.copies.length > 0 ? ' copy' : ''}${edge.isControl ? ' control' : ''}`);
    made.selectAll('*').remove();
    made.append('path').attr('d', ({ points }) => curve(points));
    made.append('title').text(({ edge }) => edgeTitle(edge));
    const crossing = edges.filter(({ edge }) => edge.copies.length > 0);
    const labels = this.stage.select('.labels').selectAll<SVGGElement, DrawnEdge>('g').data(crossing, ({ key }) => key).join('g')
      .attr('class', 'bytes').attr('transform', ({ points }) => {
        const { x, y } = middle(points);
        return `translate(${x},${y})`;
      });
    labels.selectAll('*').remove();
    labels.append('title').text(({ edge }) => edgeTitle(edge));
    labels.append('rect').attr('rx', 8).attr('height', 16).attr('y', -8).attr('width', ({ edge }) => copyLabel(edge).length * 6 + 12).attr('x', ({ edge }) => -(copyLabel(edge).length * 6 + 12) / 2);
    labels.append('text').attr('y', 3.5).text(({ edge }) => copyLabel(edge));
  }
}

/** What a box says to somebody who does not see it. */
export function describe(report: PlacementReport, item: Leaf | Group): string {
  if (item.kind === 'leaf') return `${item.node.op} ${item.node.name} on ${deviceLabel(report, item.node.device)}`;
  const devices = report.devices.map(({ name }) => [deviceLabel(report, name), item.leaves.filter(({ device }) => device === name).length] as const).filter(([, nodes]) => nodes > 0);
  return `Group ${item.id.replace(/\/$/, '')}, ${item.leaves.length} nodes: ${devices.map(([device, nodes]) => `${nodes} on ${device}`).join(', ')}`;
}

function copyLabel({ copies }: SceneEdge): string {
  const bytes = copies.every((copy) => copy.bytes !== null) ? bytesOf(copies) : copies.length === 1 ? 'copy' : `${copies.length} copies`;
  return copies.length > 1 && !bytes.includes('copies') ? `${copies.length} · ${bytes}` : bytes;
}

function edgeTitle({ tensors, copies, isControl }: SceneEdge): string {
  if (isControl) return 'control dependency';
  if (copies.length === 0) return tensors === 1 ? '1 tensor' : `${tensors} tensors`;
  return [`${copies.length === 1 ? '1 copy' : `${copies.length} copies`} between devices, ${bytesOf(copies)}`, ...copies.slice(0, 8).map(({ tensor }) => tensor), ...(copies.length > 8 ? ['…'] : [])].join('\n');
}

function elementId(id: string): string {
  return `box-${id}`;
}

/** A smooth line through the way's middles; it begins and ends on its ends. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.pop();
  if (last === undefined) return '';
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1] ?? last;
    path += i === rest.length - 1 ? `Q${point.x},${point.y} ${last.x},${last.y}` : `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`;
  });
  return rest.length === 0 ? `${path}L${last.x},${last.y}` : path;
}

function middle(points: readonly Point[]): Point {
  const at = Math.floor((points.length - 1) / 2);
  const [a, b] = [points[at], points[Math.min(at + 1, points.length - 1)]];
  if (a === undefined || b === undefined) return { x: 0, y: 0 };
  return points.length % 2 === 1 ? a : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
