"""Settings: the only reader of the environment. Everything else receives the value it needs."""

import os
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tools.errors import SettingsError


class Settings(BaseSettings):
    """With nothing set, everything runs offline on the embedded defaults. Each field is documented in docs/settings.md (a test compares)."""

    model_config = SettingsConfigDict(env_prefix="LIAISON_", frozen=True, extra="ignore")

    home: Path = Field(Path(".liaison"), description="Where state lives: database, keys, audit head, logs")
    practice: Path = Field(Path("examples/practice"), description="The practice directory")
    database_url: SecretStr | None = Field(None, description="postgresql://… for teams; default is SQLite in the home")
    keys: SecretStr | None = Field(None, description="Key ring as JSON; default is keys.json (0600) in the home")
    openai_api_key: SecretStr | None = Field(None, description="Turns the language model on; without it the playbook drafts everything")
    openai_base_url: str | None = Field(None, description="Any OpenAI-compatible server")
    openai_model: str = Field("gpt-5-mini", description="Model name at that server")
    llm_timeout_s: float = Field(45.0, gt=0, le=300, description="Longest wait for one draft, seconds")
    llm_max_usd_per_run: float = Field(2.0, ge=0, description="Money limit for drafts in one run, US dollars")
    collect_timeout_s: float = Field(300.0, gt=0, description="Longest time one channel may take to collect, seconds")
    batch_size: int = Field(1000, ge=1, le=20000, description="Records per transaction")
    api_requests_per_minute: int = Field(600, ge=1, description="Requests of one API token in a minute, counted by each process")
    trusted_proxies: str | None = Field(None, description="Addresses or networks whose X-Forwarded-For and -Proto are believed")
    session_idle_minutes: int = Field(480, ge=5, le=1440, description="A session ends after this long without a click, minutes")
    session_hours: int = Field(12, ge=1, le=72, description="A session ends this long after sign-in whatever happens, hours")
    keep_trace_days: int = Field(90, ge=1, description="How long the trace of each node is kept, days")
    keep_letters_days: int = Field(90, ge=1, description="How long dead letters that were read or given up are kept, days")
    keep_jobs_days: int = Field(90, ge=1, description="How long jobs that are over are kept, days")
    keep_usage_days: int = Field(730, ge=31, description="How long the cost of the language model is kept, days")
    log_level: str = Field("WARNING", description="DEBUG, INFO, WARNING or ERROR; logs go to stderr and carry no content")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: str | None) -> str | None:
        for part in (value or "").split(","):
            if part.strip():
                ip_network(part.strip(), strict=False)  # a ValueError names what is no address; "*" would believe anybody
        return value

    def proxies(self) -> list[str]:
        return [part.strip() for part in (self.trusted_proxies or "").split(",") if part.strip()]

    def sqlite_path(self) -> Path:
        return self.home / "liaison.db"

    def database(self) -> str:
        """The database URL."""
        return self.database_url.get_secret_value() if self.database_url else f"sqlite:///{self.sqlite_path().absolute()}"


def load_settings() -> Settings:
    """Read the environment once. Raises SettingsError naming the variable and its allowed range."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "LIAISON_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}; see docs/settings.md for its range") from None


def secret(name: str) -> SecretStr | None:
    """The secret that `practice.yaml` names by its environment variable; None when it is not set."""
    value = os.environ.get(name)
    return SecretStr(value) if value else None


def keep_plotting_files(home: Path) -> None:
    """Let matplotlib keep its font list inside `home`, unless somebody chose a place for it. Before its first import only."""
    os.environ.setdefault("MPLCONFIGDIR", str(home.absolute() / "plotting"))
