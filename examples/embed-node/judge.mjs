// Judges a repository's workflows with the core module: node judge.mjs gatepost_core.wasm REPOSITORY
import { load } from './module.mjs'
import { frame, main, opened, request } from './repository.mjs'

const EVALUATE = 3

await main(async (module, repository) => {
  const call = await load(module)
  return opened(call(EVALUATE, frame(request(repository))))
})
