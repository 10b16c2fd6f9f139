/** Merging what two people did to the same thing, field by field: nobody's change gets lost, and where both touched a field it is asked. */

/** A field's text, or a group of fields. A field that is empty is not there. */
export type Node = string | boolean | Tree;
export interface Tree {
  readonly [name: string]: Node;
}
export type Path = readonly string[];

/** A field, or a group that one side has taken away, which both sides changed, and differently. */
export interface Clash {
  readonly path: Path;
  readonly base: Node | undefined;
  readonly mine: Node | undefined;
  readonly theirs: Node | undefined;
}

export interface Merged {
  /** With mine where there is a clash, until somebody decides. */
  readonly tree: Tree;
  readonly clashes: readonly Clash[];
  /** What only they changed. */
  readonly taken: readonly Path[];
}

export function isTree(node: Node | undefined): node is Tree {
  return typeof node === 'object';
}

/** A field's text; empty for what is none. */
export function text(node: Node | undefined): string {
  return typeof node === 'string' ? node : '';
}

export function same(a: Node | undefined, b: Node | undefined): boolean {
  if (!isTree(a) || !isTree(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(a[name], b[name]));
}

/** What both made of `base`. */
export function merge(base: Tree, mine: Tree, theirs: Tree): Merged {
  const clashes: Clash[] = [];
  const taken: Path[] = [];
  function one(path: Path, base: Node | undefined, mine: Node | undefined, theirs: Node | undefined): Node | undefined {
    // Only what all three have is looked into: half of an address that somebody took away would be none.
    if (isTree(base) && isTree(mine) && isTree(theirs)) return all(path, base, mine, theirs);
    if (same(mine, theirs) || same(base, theirs)) return mine;
    if (same(base, mine)) taken.push(path);
    else {
      clashes.push({ path, base, mine, theirs });
      return mine;
    }
    return theirs;
  }
  function all(path: Path, base: Tree, mine: Tree, theirs: Tree): Tree {
    // Theirs first, so that lines keep the order that everybody else sees.
    const names = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
    const merged: Record<string, Node> = {};
    for (const name of names) {
      const node = one([...path, name], base[name], mine[name], theirs[name]);
      if (node !== undefined) merged[name] = node;
    }
    return merged;
  }
  return { tree: all([], base, mine, theirs), clashes, taken };
}

export function at(tree: Tree, path: Path): Node | undefined {
  let node: Node | undefined = tree;
  for (const name of path) node = isTree(node) ? node[name] : undefined;
  return node;
}

/** The tree with another node at a path; without one if it is undefined or an empty text. */
export function put(tree: Tree, [name, ...rest]: Path, node: Node | undefined): Tree {
  if (name === undefined) return tree;
  const below = tree[name];
  if (node === undefined && rest.length > 0 && !isTree(below)) return tree;
  const next = rest.length === 0 ? node : put(isTree(below) ? below : {}, rest, node);
  const { [name]: old, ...others } = tree;
  if (next === undefined || next === '') return others;
  // In its old place, if it had one.
  return old === undefined ? { ...tree, [name]: next } : Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, key === name ? next : value]));
}

/** The fields in which two trees differ; a group that only one of them has counts as one. */
export function differences(before: Tree, after: Tree): { path: Path; before: Node | undefined; after: Node | undefined }[] {
  const found: { path: Path; before: Node | undefined; after: Node | undefined }[] = [];
  function walk(path: Path, before: Tree, after: Tree): void {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [a, b] = [before[name], after[name]];
      if (isTree(a) && isTree(b)) walk([...path, name], a, b);
      else if (!same(a, b)) found.push({ path: [...path, name], before: a, after: b });
    }
  }
  walk([], before, after);
  return found;
}
