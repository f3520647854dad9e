"""An OpenID Connect issuer on loopback that signs what a test asks, also what no honest one would. The code, PKCE and client are checked for real.

A test sets what should be wrong: `claims` (None removes one), `header`, `signer`, `published`, `metadata`, `userinfo`.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class OidcIssuer:
    def __init__(self, clock: Callable[[], datetime], *, client: str, secret: str) -> None:
        self.clock, self.client, self.secret = clock, client, secret
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published: list[RSAKey | ECKey] = [self.key]
        self.signer: RSAKey | ECKey | None = None
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.token_status = 200
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self._say(*outer.answer(self.path))

            def do_POST(self) -> None:
                outer.asked.append(self.path)
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._say(*outer.token(body, self.headers.get("authorization", "")))

            def _say(self, status: int, found: Any) -> None:
                body = json.dumps(found).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("location", f"{outer.issuer}/elsewhere")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def visit(self, address: str, *, code: str = "code-1") -> str:
        """What the browser does at the authorization endpoint, the person being known there: the code is bound to what was asked. The state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        self.codes[code] = asked
        return asked["state"]

    def answer(self, path: str) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            names = ("authorization", "token", "userinfo")
            found: dict[str, Any] = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
            found |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
            return 200, {name: value for name, value in {**found, **self.metadata}.items() if value is not None}
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/userinfo" and self.userinfo is not None:
            return 200, self.userinfo
        return 404, {}

    def token(self, body: str, authorization: str) -> tuple[int, Any]:
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.codes.pop(fields.get("code", ""), None)
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        challenge = b64(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        if (unquote_plus(name), unquote_plus(secret)) != (self.client, self.secret):
            return 401, {"error": "invalid_client"}
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if self.token_status != 200:
            return self.token_status, {"error": "server_error"}
        return 200, {"access_token": "opaque-token", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": self.client, "sub": "u-1", "nonce": nonce, "iat": now, "exp": now + 300}
        claims |= {"email": "theo@harborview.example.com", "email_verified": True}
        payload = json.dumps({name: value for name, value in {**claims, **self.claims}.items() if value is not None}).encode()
        signer = self.signer or self.key
        header = {"alg": "RS256" if isinstance(signer, RSAKey) else "ES256", "kid": signer.kid, **self.header}
        if header["kid"] is None:
            del header["kid"]
        if header["alg"] == "none":
            return f"{b64(json.dumps(header).encode())}.{b64(payload)}."
        if header["alg"] == "HS256":
            return self._by_the_public_key(header, payload)
        if header["alg"] in ("RS256", "PS256", "ES256"):
            return jws.serialize_compact(header, payload, signer, algorithms=[header["alg"]])
        good = jws.serialize_compact({**header, "alg": "RS256"}, payload, signer, algorithms=["RS256"])
        return ".".join([b64(json.dumps(header).encode()), *good.split(".")[1:]])  # a good signature under another name

    def _by_the_public_key(self, header: dict[str, Any], payload: bytes) -> str:
        """The old trick: the public key, which everybody knows, used as a shared secret."""
        import hmac

        signed = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
        return f"{signed}.{b64(hmac.new(self.key.as_pem(private=False), signed.encode(), hashlib.sha256).digest())}"

    def __enter__(self) -> "OidcIssuer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
