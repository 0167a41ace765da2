import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"

const { root } = readPageData()
startHeader(root)
