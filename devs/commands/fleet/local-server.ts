/** The server of a class set as its database, which is opened for each step: a server may run on it meanwhile. */
import { addDevice, idOrName, rotateToken } from "../../api/device-registry.ts"
import { storePins } from "../../api/pins/device-pins.ts"
import { checkedDocument } from "../../api/site/document-schema.ts"
import { groupOf } from "../../api/site/site.ts"
import { readSite, writeSite } from "../../api/site/site-store.ts"
import { listDevices } from "../../api/store/devices.ts"
import { isPostgresUrl } from "../../api/store/postgres/url.ts"
import type { Terminal } from "../../display/terminal.ts"
import { withGroups } from "../../fleet/groups.ts"
import type { FleetServer } from "../../fleet/server.ts"
import { pinsIn } from "../service/device-pins.ts"
import { withDatabase } from "../service/open-database.ts"

const nowS = () => Math.floor(Date.now() / 1000)

export function localServer(place: string, terminal: Terminal): FleetServer {
    return {
        place: isPostgresUrl(place) ? "the database" : place,
        list: () => withDatabase(place, terminal, ({ sql }) => listDevices(sql)),
        add: name =>
            withDatabase(place, terminal, async db => {
                const { device, token } = await addDevice(db, { ...idOrName(name), createdAt: nowS() })
                return { id: device.id, token }
            }),
        rotate: id => withDatabase(place, terminal, db => rotateToken(db, id)),
        setGroups: groups =>
            withDatabase(place, terminal, async db => {
                const site = await readSite(db.sql)
                const changed = [...groups].filter(([id, group]) => groupOf(site, id) !== group).length
                if (changed > 0) await writeSite(db, checkedDocument(withGroups(site, groups)), nowS())
                return changed
            }),
        storePins: (id, manifest) => withDatabase(place, terminal, db => storePins(db, id, pinsIn(manifest), nowS())),
    }
}
