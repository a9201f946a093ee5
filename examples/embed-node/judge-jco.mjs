// Judges a repository's workflows with the component, as jco makes it a module of JavaScript:
// node judge-jco.mjs component/gatepost_component.js REPOSITORY
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { frame, main, opened, request } from './repository.mjs'

await main(async (module, repository) => {
  const { evaluate } = await import(pathToFileURL(resolve(module)))
  return opened(evaluate(frame(request(repository))))
})
