// Judges a repository's workflows with the package for npm: node judge-package.mjs REPOSITORY
import { evaluate } from 'gatepost'
import { frame, main, request } from './repository.mjs'

await main((repository) => {
  // As a frame, since a file may hold bytes that are no text. An object with the text of each file would do otherwise.
  const report = evaluate(frame(request(repository)))
  if (report.need) throw new Error(`the module asks for more files: ${JSON.stringify(report.need)}`)
  return report
})
