"""Tell whether counted people are civilians or combatants, and which group they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from rasid.actors.tables import tables
from rasid.actors.words import MentionWord, cores, owned

_ARMED = ("state force", "police", "non-state", "coalition", "militant", "intergovernmental")
_RELIEF = ("ngo",)


def classify_victims(words: Sequence[MentionWord], kind: str, named: bool) -> tuple[str | None, str | None]:
    """Class (`civilian`, `combatant` or None) and group (`women`, `children`, ... or None) of the people a mention counts.

    Args:
        words: the words of the mention.
        kind: the kind of the actor it names; decides for members (عناصر, أفراد).
        named: an actor is named, so that `kind` is its kind.
    """
    data = tables()
    victim_class: str | None = None
    group: str | None = None
    for word in words:
        forms = cores(word.folded) if any(form in data.victims for form in cores(word.folded)) else owned(word.folded)
        entry = next((data.victims[form] for form in forms if form in data.victims), None)
        if entry is None:
            continue
        found, found_group = entry
        if found == "member":
            if named and kind in _RELIEF:
                found, found_group = "civilian", "aid workers"
            elif named and kind not in _ARMED:
                continue
            else:
                # `أفراد عائلة` are not fighters: a later civilian noun decides.
                victim_class = victim_class or ("combatant?" if not named else "combatant")
                continue
        if victim_class in (None, "combatant?"):
            victim_class = found
        if found == "civilian" and victim_class == "civilian" and group in (None, "workers"):
            group = found_group or group  # `عاملين` says least: a nearer class replaces it
    if victim_class == "combatant?":
        victim_class = "combatant" if _fighter_noun(words) else None
    return victim_class, group


def _fighter_noun(words: Sequence[MentionWord]) -> bool:
    """`عناصر` by itself means fighters in this kind of news; `أفراد`, `رجال`, `أعضاء` and volunteers do not."""
    return any(form.startswith(("عنصر", "عناصر")) for word in words[:2] for form in cores(word.folded))
