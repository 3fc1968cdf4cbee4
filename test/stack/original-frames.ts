// The frames of a bundle's stack as places in the sources. The image carries no map, since one that Node reads at run time costs more memory
// than the controller itself.
import { SourceMap } from 'node:module';

const FRAME = /[^\s("]*\.mjs:(\d+):(\d+)/g;

/** Replaces each place in the bundle (`/app/egress-intent.mjs:LINE:COLUMN`) by that in the sources. What the map does not know stays. `map` is the JSON of the source map. */
export function withOriginalFrames(text: string, map: string): string {
  const sourceMap = new SourceMap(JSON.parse(map));
  return text.replaceAll(FRAME, (frame, line: string, column: string) => {
    const origin = sourceMap.findOrigin(Number(line), Number(column));
    if (!('fileName' in origin)) return frame;
    const file = origin.fileName.replace(/^(\.\.\/)+/, '');
    return `${file}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}
