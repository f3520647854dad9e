"""The roles a person of a practice may have: one closed list, read by `practice.yaml` and by everything that asks who may do what."""

from typing import Literal

Role = Literal["marketing", "compliance", "clinical_reviewer", "sales", "privacy_officer", "admin", "auditor"]
