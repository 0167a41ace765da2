/** ntfy, by its JSON form (docs.ntfy.sh/publish/#publish-as-json): other than headers, it takes any character. */
import { type AlertMessage, titleOf } from "../message.ts"
import type { NtfySettings } from "../settings.ts"
import type { Channel } from "./channel.ts"
import { post } from "./post.ts"

/** Of 1 to 5: 4 makes a phone ring, 2 is shown without a sound (docs.ntfy.sh/publish/#message-priority). */
const priorities = { raised: 4, resolved: 2, test: 3 }
const tags = { raised: ["warning"], resolved: ["white_check_mark"], test: ["wrench"] }

export function ntfyChannel({ server, topic, token, ca }: NtfySettings): Channel {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { "content-type": "application/json", ...authorization }
    const send = (message: AlertMessage) => {
        const { event, text } = message
        const content = {
            topic,
            title: titleOf(message),
            message: text,
            priority: priorities[event],
            tags: tags[event],
        }
        return post({ url: server, headers, body: JSON.stringify(content), ca })
    }
    return { name: "ntfy", place: server.origin, send }
}
