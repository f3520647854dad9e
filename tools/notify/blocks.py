"""Block Kit: notices as Slack messages, and the confirmation as a modal. Pure; the limits are Slack's (docs.slack.dev/reference/block-kit)."""

from typing import Any

from tools.notify.port import Entry, Item, Letter

BLOCKS_MAX, MODAL_BLOCKS_MAX = 50, 100
TEXT_MAX = 3000
TITLE_MAX = 24
REASON_MAX = 500
CALLBACK = "decide"
REASON_BLOCK, REASON_ACTION = "reason", "words"

Json = dict[str, Any]


def message(letter: Letter) -> Json:
    """`text` (what a notification on a phone shows) and `blocks`. What does not fit is a count and a link."""
    blocks: list[Json] = []
    shown = 0
    for entry in letter.entries:
        one = _entry(letter, entry)
        if len(blocks) + len(one) > BLOCKS_MAX - 1:
            break
        blocks += one
        shown += 1
    left = letter.more + len(letter.entries) - shown
    if left:
        blocks.append(_section(f"And {left:,} more: {_link(f'{letter.desk_url}/notices', 'all notices')}"))
    return {"text": letter.subject, "blocks": blocks}


def _entry(letter: Letter, entry: Entry) -> list[Json]:
    words = entry.words
    head = f"*{escaped(words.subject)}*\n{escaped(words.sentence)}"
    if not entry.items:
        return [_section(head), _actions(f"{entry.key}", [_open(letter.desk_url + words.path)])]
    blocks = [_section(head)]
    for item in entry.items:
        blocks.append(_section(f"{escaped(item.line)}{f' — *{escaped(item.state)}*' if item.state else ''}"))
        blocks.append(_actions(f"{entry.key}:{item.action}", [_open(f"{letter.desk_url}/actions/{item.action}"), *_verbs(item)]))
    return blocks


def _verbs(item: Item) -> list[Json]:
    """Buttons that open a confirmation. They carry an id and the version the reader saw, and decide nothing."""
    if not item.decidable or item.state:
        return []
    value = f"{item.action}:v{item.version}"
    return [
        {"type": "button", "action_id": "approve", "text": plain("Approve…"), "value": value},
        {"type": "button", "action_id": "reject", "text": plain("Reject…"), "value": value},
    ]


def confirmation(*, verb: str, prompt: str, lines: list[str]) -> Json:
    """The modal that asks once more. Only its submission decides; `prompt` names what it is about, kept on our side."""
    blocks = [_section(escaped(line)) for line in lines]
    if verb == "reject":
        blocks.append(
            {
                "type": "input",
                "block_id": REASON_BLOCK,
                "label": plain("Why?"),
                "hint": plain("A few words for the colleagues. No names and no contact details of patients."),
                "element": {"type": "plain_text_input", "action_id": REASON_ACTION, "multiline": True, "max_length": REASON_MAX},
            }
        )
    title, submit = ("Approve this item?", "Approve") if verb == "approve" else ("Reject this item?", "Reject")
    return {**told(title, []), "callback_id": CALLBACK, "private_metadata": prompt, "submit": plain(submit), "blocks": blocks}


def told(title: str, lines: list[str], *, url: str = "") -> Json:
    """A modal that only says something, to the one person who clicked."""
    blocks = [_section(escaped(line)) for line in lines]
    if url:
        blocks.append(_actions("desk", [_open(url)]))
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": blocks}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def escaped(text: str) -> str:
    """mrkdwn takes these three for its own: an unescaped < would start a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:TEXT_MAX]}}


def _actions(block: str, elements: list[Json]) -> Json:
    return {"type": "actions", "block_id": block, "elements": elements}


def _open(url: str) -> Json:
    return {"type": "button", "action_id": "open", "text": plain("Open in the desk"), "url": url}


def _link(url: str, text: str) -> str:
    return f"<{url}|{text}>"
