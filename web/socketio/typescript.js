// Lets Node import the TypeScript of `seeds/`: `node --import ./typescript.js`.
import { register } from 'node:module';

register(new URL('./typescript-hooks.js', import.meta.url));
