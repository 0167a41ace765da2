/** Error codes of what belongs to the whole school: devs/api/site. Those of sites of nginx stand in site.ts. */
import type { ErrorRow } from "./row.ts"

export const siteDocumentErrors = {
    SITE_DOCUMENT_INVALID: {
        exit: 2,
        http: 422,
        what: "The name, limits, lessons, holidays or rooms of the site have a value that they cannot have.",
        next: "correct the field that the message names; devs/api/site/README.md lists them",
    },
    SITE_CHANGED: {
        exit: 1,
        http: 409,
        what: "The site was changed since it was read; nothing was stored.",
        next: "make the change again, in the site as it is now",
    },
    SITE_ROOMS_INVALID: {
        exit: 2,
        what: "A line of the file of rooms cannot be read; nothing was stored.",
        next: "write the columns room,group or room,group,fair,poor, with a device's id or name as room",
    },
} satisfies Record<string, ErrorRow>
