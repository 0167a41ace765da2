import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { startHeatMap } from "./heat-map-page.ts"

const { root, t } = readPageData()
startHeader(root)
const map = document.querySelector<HTMLTableElement>("table.map")
if (map) startHeatMap(map, t)
const print = document.querySelector<HTMLButtonElement>("#print")
print?.addEventListener("click", () => window.print())
print?.removeAttribute("hidden")
