/**
 * Writes the contract's types, `src/contract/*.ts`, from the documents that the server generates from its own code.
 *
 *     npm run generate               write them
 *     npm run generate:check         fail if they are not current
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Which document becomes which file, and whose values the client needs when it runs. */
const SOURCES = [
  { document: 'docs/openapi.json', file: 'src/contract/api.ts', values: { STATUSES: 'Status', CANCEL_REASONS: 'CancelReason' } },
];

/** The types of a document's `components.schemas`, which OpenAPI 3.1 and AsyncAPI 3.0 both write in JSON Schema. */
async function types({ document, values }) {
  const { components } = JSON.parse(readFileSync(at(`../../../${document}`), 'utf8'));
  const { schemas } = components;
  const source = { openapi: '3.1.0', info: { title: '', version: '' }, paths: {}, components: { schemas } };
  const nodes = await openapiTS(source, { rootTypes: true, rootTypesNoSchemaPrefix: true, silent: true });
  const text = astToString(nodes)
    // Of a whole OpenAPI document; ours are schemas only.
    .replace(/^export type (paths|webhooks|operations|\$defs) = .*;\n/gm, '')
    .replace(/^ {4}(responses|parameters|requestBodies|headers|pathItems): never;\n/gm, '')
    .replace(/^\s*\* Format: u?int\d+\n/gm, '');
  const lists = Object.entries(values).map(([name, schema]) => {
    const list = schemas[schema].enum.map((value) => `'${value}'`).join(', ');
    return `\n/** Every {@link ${schema}}. */\nexport const ${name} = [${list}] as const satisfies readonly ${schema}[];\n`;
  });
  return `// Generated from ${document} by \`npm run generate\`: change the server's types, not this file.\n\n${text}${lists.join('')}`;
}

/** The files that the documents ask for, by path, with what should be in them. */
export async function generated() {
  return Promise.all(SOURCES.map(async (source) => ({ path: at(`../${source.file}`), name: source.file, text: await types(source) })));
}

/** Names of the files that are not what the documents ask for. */
export async function stale() {
  const files = await generated();
  return files.filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text).map(({ name }) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const names = await stale();
    if (names.length > 0) {
      console.error(`Not current: ${names.join(', ')}. Mend it with:  cd web && npm run generate`);
      process.exitCode = 1;
    }
  } else {
    for (const { path, text } of await generated()) writeFileSync(path, text);
  }
}
