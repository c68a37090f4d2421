// Draws a profile as a flame graph: `node bench/build/flame.js <file.cpuprofile> <out.svg>`. `npm run bench -- --profile <dir>` writes profiles.
import { readFileSync, writeFileSync } from 'node:fs';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Calls of one function from one place, in microseconds. */
interface Frame {
  readonly name: string;
  readonly url: string;
  us: number;
  readonly calls: Map<string, Frame>;
}

const width = 1_200;
const rowHeight = 18;
const leastShare = 0.002;
const charWidth = 6.6;
/** Waiting, and the start of the program, are not the work. */
const leftOut = /^\((idle|program|root)\)$/;
const starting = /modules\/(esm|cjs|run_main)|internal\/(bootstrap|main|process\/esm)/;

const [, , source, target] = process.argv;
if (source === undefined || target === undefined) throw new Error('give a profile and where to write the picture');
const profile = JSON.parse(readFileSync(source, 'utf8')) as Profile;

function frames({ nodes, samples, timeDeltas }: Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<number, number>();
  samples.forEach((id, index) => {
    own.set(id, (own.get(id) ?? 0) + timeDeltas[index]);
  });
  const root: Frame = { name: 'all', url: '', us: 0, calls: new Map() };
  const add = (id: number, into: Frame): number => {
    const node = byId.get(id);
    if (node === undefined || starting.test(node.callFrame.url)) return 0;
    const { functionName, url } = node.callFrame;
    const isFrame = !leftOut.test(functionName);
    const name = functionName || '(anonymous)';
    const key = `${name} ${url}`;
    const frame = isFrame ? (into.calls.get(key) ?? { name, url, us: 0, calls: new Map() }) : into;
    if (isFrame) into.calls.set(key, frame);
    const us = (isFrame ? (own.get(id) ?? 0) : 0) + (node.children ?? []).reduce((sum, child) => sum + add(child, frame), 0);
    if (isFrame) frame.us += us;
    return us;
  };
  root.us = add(nodes[0].id, root);
  return root;
}

function colour(url: string): string {
  if (/packages\/core|core\/dist/.test(url)) return '#8fb8de';
  if (/packages\/kafka|kafka\/dist/.test(url)) return '#9ad1a3';
  if (/bench\/build/.test(url)) return '#f2c879';
  return '#d8d2c8';
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function draw(root: Frame): string {
  const boxes: string[] = [];
  let depth = 0;
  const place = (frame: Frame, x: number, level: number): void => {
    const share = frame.us / root.us;
    if (share < leastShare) return;
    depth = Math.max(depth, level);
    const w = share * width;
    const label = w > 30 ? escaped(frame.name.slice(0, Math.floor(w / charWidth))) : '';
    const title = escaped(`${frame.name}, ${(share * 100).toFixed(1)} %`);
    boxes.push(
      `<g><title>${title}</title><rect x="${x.toFixed(1)}" y="${level * rowHeight}" width="${Math.max(w - 0.5, 0.5).toFixed(1)}" height="${rowHeight - 1}" fill="${colour(frame.url)}"/><text x="${(x + 3).toFixed(1)}" y="${level * rowHeight + 13}">${label}</text></g>`,
    );
    let at = x;
    for (const call of [...frame.calls.values()].sort((a, b) => b.us - a.us)) {
      place(call, at, level + 1);
      at += (call.us / root.us) * width;
    }
  };
  place(root, 0, 0);
  const height = (depth + 1) * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11" role="img">\n<title>Where the time goes</title>\n${boxes.join('\n')}\n</svg>\n`;
}

writeFileSync(target, draw(frames(profile)));
