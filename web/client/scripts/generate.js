/**
 * Writes the contract's types, `src/contract.ts`, from the documents that the server generates from its own code:
 * requests and answers from `docs/openapi.json`, frames from `docs/asyncapi.json`.
 *
 *     npm run generate          write them
 *     npm run generate:check    fail if they are not current
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const DOCUMENTS = ['docs/openapi.json', 'docs/asyncapi.json'];
const TARGET = at('../src/contract.ts');
/** What the client and its users have to do with; with it comes what these are made of. */
const ROOTS = [
  'ServerFrame', 'ClientFrame',
  'EventPage', 'OrderEventPage', 'TimelinePage', 'OrderPage', 'OrderAnswer', 'Me', 'Problem',
  'NewOrder', 'ChangeStatus', 'Cancel', 'DetailsPatch', 'Written', 'BulkStatus', 'BulkCancel', 'BulkResult',
  'NodeState', 'ProjectionPage', 'RebuildBegun', 'ParkedPage', 'Redriven', 'Figures',
];
/** Whose values the client needs when it runs. */
const LISTS = { STATUSES: 'Status', CANCEL_REASONS: 'CancelReason' };

function at(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The documents' `components.schemas`, which OpenAPI 3.1 and AsyncAPI 3.0 both write in JSON Schema. */
function schemas() {
  const all = {};
  for (const document of DOCUMENTS) {
    const { components } = JSON.parse(readFileSync(at(`../../../${document}`), 'utf8'));
    for (const [name, schema] of Object.entries(components.schemas)) {
      if (name in all && !isDeepStrictEqual(all[name], schema)) throw new Error(`${document} has another ${name} than the document before it`);
      all[name] = schema;
    }
  }
  return all;
}

/** Of all schemas the roots and what they refer to, themselves or by others. */
function reachable(all) {
  const found = {};
  const visit = (name) => {
    if (name in found) return;
    if (!(name in all)) throw new Error(`the documents have no ${name}`);
    found[name] = all[name];
    for (const [, other] of JSON.stringify(all[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g)) visit(other);
  };
  ROOTS.forEach(visit);
  return found;
}

/** What the file should say. */
async function generated() {
  const all = reachable(schemas());
  const source = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {}, components: { schemas: all } };
  const nodes = await openapiTS(source, { rootTypes: true, rootTypesNoSchemaPrefix: true, alphabetize: true, silent: true });
  const types = astToString(nodes)
    // Of a whole OpenAPI document; ours are schemas only.
    .replace(/^export type (paths|webhooks|operations|\$defs) = .*;\n/gm, '')
    .replace(/^ {4}(responses|parameters|requestBodies|headers|pathItems): never;\n/gm, '')
    .replace(/^\s*\* Format: u?int\d+\n/gm, '');
  const lists = Object.entries(LISTS).map(([name, schema]) => {
    const list = all[schema].enum.map((value) => `'${value}'`).join(', ');
    return `\n/** Every {@link ${schema}}. */\nexport const ${name} = [${list}] as const satisfies readonly ${schema}[];\n`;
  });
  const sources = DOCUMENTS.join(' and ');
  return `// Generated from ${sources} by \`npm run generate\`: change the server's types, not this file.\n\n${types}${lists.join('')}`;
}

/** Whether the file says what the documents say. */
export async function isCurrent() {
  return readFileSync(TARGET, 'utf8') === (await generated());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) {
    writeFileSync(TARGET, await generated());
  } else if (!(await isCurrent())) {
    console.error('web/client/src/contract.ts is not current:  cd web && npm run generate');
    process.exitCode = 1;
  }
}
