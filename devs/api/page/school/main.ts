import type { Site } from "../../site/site.ts"
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { startHeatMap } from "./heat-map-page.ts"
import { startSiteForm } from "./site-form.ts"

const { root, state, t } = readPageData<Site | null>()
startHeader(root)
const map = document.querySelector<HTMLTableElement>("table.map")
if (map) startHeatMap(map, t)
const print = document.querySelector<HTMLButtonElement>("#print")
print?.addEventListener("click", () => window.print())
print?.removeAttribute("hidden")
const form = document.querySelector<HTMLFormElement>("form#settings")
if (form && state) startSiteForm(form, state, root, t)
