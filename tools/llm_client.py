"""One question to an OpenAI-compatible server: typed answer, money and time limits, every request past the egress guard.

Refusal, truncation, a filter, invalid JSON and an empty answer all raise DraftRefused: "needs a person", never "allowed". The bytes pass the
guard inside the HTTP transport, so what is scanned is what is sent.
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, NoReturn, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from policies.records import Record
from tools.egress import DestinationPolicy, Egress
from tools.errors import DraftRefused, EgressRefused
from tools.retry import Transient, retry_after_s, retrying

if TYPE_CHECKING:
    import httpx2
    from openai import OpenAI


Api = Literal["responses", "chat"]

PRICES_AS_OF = "2026-03"
PRICES_USD_PER_MILLION: dict[str, tuple[float, float]] = {
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5": (1.25, 10.00),
    "gpt-5.1": (1.25, 10.00),
    "gpt-5.4": (2.50, 15.00),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
}
"""Input and output price per million tokens at list, as published in `PRICES_AS_OF`. A model that is not here counts as the dearest row."""

BYTES_PER_TOKEN = 3  # English is about 4; fewer bytes per token makes the estimate err upwards
REASONING_TOKENS = 2_000  # room for hidden reasoning before the visible answer
API_WORDS = ("max_output_tokens", "max_completion_tokens")  # keys of the request in which a scanner sees a first name


class Usage(Record):
    """What one call cost. `outcome` is "ok" or why the draft was refused."""

    model: str
    outcome: str
    input_tokens: int
    output_tokens: int
    cost_usd: float


AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True)
class Question(Generic[AnswerT]):
    """`what` and `subject` name it in errors and in the egress log, never content. `fences` are our own marks in the prompt."""

    what: str
    subject: str
    system: str
    prompt: str
    answer: type[AnswerT]
    max_chars: int
    fences: tuple[str, ...] = ()

    @property
    def max_tokens(self) -> int:
        return self.max_chars // BYTES_PER_TOKEN + REASONING_TOKENS


class ModelClient:
    """Asks any OpenAI-compatible server. One instance serves one run, one question at a time: the money limit counts over its life."""

    def __init__(
        self,
        *,
        api_key: SecretStr,
        model: str,
        egress: Egress,
        record: Callable[[Usage], None],
        base_url: str | None = None,
        api: Api | None = None,
        timeout_s: float = 45.0,
        max_usd: float = 2.0,
    ) -> None:
        self.model = model
        # The Responses API is OpenAI's own; chat completions is the path other servers have.
        self.api: Api = api or ("chat" if base_url else "responses")
        self.spent_usd = 0.0
        self._api_key, self._base_url, self._egress, self._record = api_key, base_url, egress, record
        self._timeout_s, self._max_usd = timeout_s, max_usd
        self._policy = DestinationPolicy("llm", baa=False)  # clean text needs no BAA, and nothing else is let through
        self._subject = ""
        self._fences: tuple[str, ...] = ()  # random letters may read like a name
        self._opened: OpenAI | None = None

    def ask(self, question: Question[AnswerT], objection: Callable[[AnswerT], tuple[str, str] | None]) -> tuple[AnswerT, Usage]:
        """The answer and what it cost. `objection` gives an outcome and a reason when the answer may not be used.

        Raises DraftRefused naming the subject and why; EgressRefused when the prompt held an identifier.
        """
        worst = cost_usd(self.model, len((question.system + question.prompt).encode()) // BYTES_PER_TOKEN + 400, question.max_tokens)
        if self.spent_usd + worst > self._max_usd:
            self._refuse(question, "money limit", f"the run has spent {self.spent_usd:.2f} of {self._max_usd:.2f} USD", cost=0.0)
        try:
            answer, tokens_in, tokens_out = retrying(lambda: self._ask(question, worst=worst), deadline_s=2 * self._timeout_s)
        except Transient as error:
            self._refuse(question, "unreachable", str(error), cost=0.0)
        cost = cost_usd(self.model, tokens_in, tokens_out)
        if problem := objection(answer):
            self._refuse(question, *problem, cost=cost, tokens=(tokens_in, tokens_out))
        usage = Usage(model=self.model, outcome="ok", input_tokens=tokens_in, output_tokens=tokens_out, cost_usd=cost)
        self._book(usage)
        return answer, usage

    def _ask(self, question: Question[AnswerT], *, worst: float) -> tuple[AnswerT, int, int]:
        """One call. Transient errors rise as Transient; an unusable answer as DraftRefused, booked at `worst` when its usage is not told."""
        import openai

        try:
            self._subject, self._fences = question.subject, question.fences
            parse = self._parse_chat if self.api == "chat" else self._parse
            return parse(self._client(), question)
        except openai.LengthFinishReasonError:
            self._refuse(question, "truncated", "the answer was cut at the length limit", cost=worst)
        except openai.ContentFilterFinishReasonError:
            self._refuse(question, "filtered", "the server's content filter withheld the answer", cost=worst)
        except (ValidationError, json.JSONDecodeError, AttributeError, TypeError, RecursionError):
            # The last two are how the client meets an answer that has not the API's shape, such as a proxy's HTML page.
            self._refuse(question, "invalid", "the answer is not the JSON that was asked for", cost=worst)
        except openai.APITimeoutError:
            raise Transient(f"no answer within {self._timeout_s:g} s") from None
        except openai.APIConnectionError:
            raise Transient("the server cannot be reached") from None
        except openai.APIStatusError as error:
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise Transient(
                    f"the server answered {error.status_code}", retry_after_s=retry_after_s(error.response.headers.get("retry-after"))
                ) from None
            self._refuse(
                question, "rejected", f"the server answered {error.status_code}: check LIAISON_OPENAI_API_KEY and _MODEL", cost=0.0
            )

    def _client(self) -> "OpenAI":
        """The client, opened at the first draft: importing it costs over a second."""
        if self._opened is None:
            import openai

            # At DEBUG the client logs whole requests; content never goes into a log.
            logging.getLogger("openai").setLevel(logging.WARNING)
            http = _guarded_client(self._release, timeout_s=self._timeout_s)
            self._opened = openai.OpenAI(
                api_key=self._api_key.get_secret_value(), base_url=self._base_url, max_retries=0, timeout=self._timeout_s, http_client=http
            )
        return self._opened

    def _release(self, body: bytes) -> bytes:
        return self._egress.release(self._policy, subject=self._subject, body=body, opaque=(self.model, *API_WORDS, *self._fences))

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _parse(self, client: "OpenAI", question: Question[AnswerT]) -> tuple[AnswerT, int, int]:
        max_tokens = question.max_tokens
        response = client.responses.parse(
            model=self.model,
            instructions=question.system,
            input=question.prompt,
            text_format=question.answer,
            max_output_tokens=max_tokens,
            store=False,
        )
        usage = response.usage
        used = counted(usage.input_tokens, usage.output_tokens, max_tokens) if usage else counted(None, None, max_tokens)
        if response.status == "incomplete":
            reason = response.incomplete_details.reason if response.incomplete_details else None
            self._unusable(question, "filtered" if reason == "content_filter" else "truncated", used)
        if response.output_parsed is None:
            self._unusable(question, "refused", used)
        return response.output_parsed, *used

    def _parse_chat(self, client: "OpenAI", question: Question[AnswerT]) -> tuple[AnswerT, int, int]:
        max_tokens = question.max_tokens
        completion = client.chat.completions.parse(
            model=self.model,
            messages=[{"role": "system", "content": question.system}, {"role": "user", "content": question.prompt}],
            response_format=question.answer,
            max_completion_tokens=max_tokens,
            store=False,
        )
        usage = completion.usage
        used = counted(usage.prompt_tokens, usage.completion_tokens, max_tokens) if usage else counted(None, None, max_tokens)
        if not completion.choices or (parsed := completion.choices[0].message.parsed) is None:
            self._unusable(question, "refused", used)
        return parsed, *used

    def _unusable(self, question: Question[AnswerT], outcome: str, used: tuple[int, int]) -> NoReturn:
        self._refuse(question, outcome, f"the answer was {outcome}", cost=cost_usd(self.model, *used), tokens=used)

    def _refuse(self, question: Question[AnswerT], outcome: str, why: str, *, cost: float, tokens: tuple[int, int] = (0, 0)) -> NoReturn:
        self._book(Usage(model=self.model, outcome=outcome, input_tokens=tokens[0], output_tokens=tokens[1], cost_usd=cost))
        raise DraftRefused(f"{self.model} gave no usable {question.what}: {why}; a person writes it")

    def _book(self, usage: Usage) -> None:
        self.spent_usd += usage.cost_usd
        self._record(usage)


def counted(tokens_in: object, tokens_out: object, max_tokens: int) -> tuple[int, int]:
    """The server's token counts where they are counts; otherwise the most the call could have used, so that the money limit still holds."""
    sane = [
        value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else max_tokens for value in (tokens_in, tokens_out)
    ]
    return sane[0], sane[1]


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float:
    """Price of a call at list (`PRICES_AS_OF`); dated model names such as gpt-5-mini-2025-08-07 count as their family."""
    family = re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model)
    price_in, price_out = PRICES_USD_PER_MILLION.get(family, max(PRICES_USD_PER_MILLION.values()))
    return (input_tokens * price_in + output_tokens * price_out) / 1_000_000


def _guarded_client(release: Callable[[bytes], bytes], *, timeout_s: float) -> "httpx2.Client":
    """An HTTP client that lets no request out before `release` has seen its body. It follows no redirect."""
    import httpx2

    class Guarded(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            body = request.read()
            if release(body) != body:
                raise EgressRefused("the egress guard changed a request to the language model: nothing was sent")
            return super().handle_request(request)

    return httpx2.Client(transport=Guarded(), timeout=timeout_s, follow_redirects=False)
