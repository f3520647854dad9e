"""A late export that shows two leads to be one person: nobody is handed to sales twice; and a file named after a patient stays unnamed."""

import json
import shutil
from pathlib import Path

from tests.journeys.support import NOW, SAMPLE, environment, liaison, open_home, state

LATE = ("web/segment_2026-08-10.jsonl", "web/segment_2026-08-24.jsonl", "email/sendgrid_events_2026-09-07.json")


def test_leads_merged_by_a_late_export_are_handed_over_once(tmp_path: Path) -> None:
    practice = shutil.copytree(SAMPLE, tmp_path / "practice")
    kept = tmp_path / "kept"
    for name in LATE:
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        (practice / "exports" / name).rename(kept / name)
    for number, name in enumerate(("Xanthippe_Zolnierowicz_baddate.eml", "ZolnierowiczScan.eml")):
        (practice / "exports" / "email" / "replies" / name).write_text("not a mail" if number else "Subject: hello\n\nno date\n")
    env = environment(tmp_path / "home", practice)
    early = liaison("run", "--json", "--now", NOW, env=env)
    for name in LATE:
        (kept / name).rename(practice / "exports" / name)

    late = liaison("run", "--json", "--now", NOW, env=env)

    database = open_home(tmp_path / "home")
    dump = state(database)
    database.close()
    actions = [json.loads(row) for row in dump["actions"]]
    merged = {json.loads(row)["id"]: json.loads(row)["merged_into"] for row in dump["leads"]}
    open_handoffs = [row for row in actions if row["kind"] == "mql_handoff" and row["status"] == "queued"]
    about = [merged[row["lead"]] or row["lead"] for row in open_handoffs]
    lines = [row["subject"].split(":")[1] for row in open_handoffs]
    assert len(set(zip(about, lines, strict=True))) == len(open_handoffs)
    assert all(merged[row["lead"]] is None for row in actions if row["status"] == "queued" and row["lead"])
    everything = early.stdout + early.stderr + late.stdout + late.stderr + json.dumps(dump)
    everything += liaison("doctor", env=env, check=False).stdout + liaison("brief", env=env).stdout
    assert "zolnierowicz" not in everything.casefold()
    assert "xanthippe" not in everything.casefold()
