"""What the language model is asked per action kind. The port (`tools/llm.py`) adds the standing rules, the facts and the fences."""

from policies.actions import ActionKind

INSTRUCTIONS: dict[ActionKind, str] = {
    ActionKind.REVIEW_REPLY: (
        "Write a public reply to the review in the DATA fence, two or three sentences, calm and human. It must read the same whether or not "
        "the writer was ever at the practice: confirm nothing, thank for the feedback only, mention no care, condition, date or person, and "
        "quote nothing. When the tone is low, invite a call to the phone number given. Leave the title empty."
    ),
    ActionKind.COMMENT_REPLY: (
        "Write a public reply to the video comment in the DATA fence, at most three sentences. Give no medical advice and answer no health "
        "question; point to the web address or phone number given, and to 911 for an emergency. Leave the title empty."
    ),
    ActionKind.NURTURE_EMAIL: (
        "Write one short e-mail that helps somebody who asked to hear from the practice take the next step. The title is the subject line: "
        "neutral, no condition, no procedure, no urgency, no 'Re:'. The text greets with the first-name token and has no footer: it is added."
    ),
    ActionKind.QUERY_COVERAGE: (
        "Write a brief for a web page that would answer the search topic: audience, outline, author with degree, medical reviewer, "
        "and what must not be claimed. It is a brief for a writer, not the page. Leave the title empty."
    ),
}
