"""The labelling configuration of Rasid's scheme for Label Studio: five labels, relations for roles, choices and numbers per region."""

from __future__ import annotations

from collections.abc import Sequence

from rasid.convert.graph import RELATIONS
from rasid.convert.label_studio import AGGREGATE, APPROX, HIGH, KIND, LABEL, LOW, STATUS, TEXT, TYPE
from rasid.markup import inert
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES

# Told apart by hue and by lightness, and readable under black letters.
_COLOURS = {"ACTOR": "#9ecae9", "NUMBER": "#f2cf5b", "LOCATION": "#88d27a", "DATE": "#d8b5e8", "TRIGGER": "#ff9d98"}
_ARABIC = {
    "ACTOR": "فاعل أو متضرر",
    "NUMBER": "عدد",
    "LOCATION": "مكان",
    "DATE": "تاريخ",
    "TRIGGER": "كلمة الحدث",
}
_YES = ("yes",)


def labelling_config() -> str:
    """The configuration as XML: paste it under Settings, Labeling Interface, Code."""
    labels = "\n".join(
        f'    <Label value="{label}" background="{_COLOURS[label]}" hotkey="{n}" hint="{inert(_ARABIC[label])}"/>'
        for n, label in enumerate(LABELS, 1)
    )
    relations = "\n".join(f'    <Relation value="{relation}"/>' for relation in RELATIONS)
    event = "\n".join(
        [
            '    <Header value="Event (on its main trigger) · الحدث" size="5"/>',
            _choices(TYPE, EVENT_TYPES),
            _choices(STATUS, STATUSES),
            _choices(AGGREGATE, _YES, hint="a toll over a period or a campaign"),
        ]
    )
    casualty = "\n".join(
        [
            '    <Header value="Casualty (on its number; without one on its first victim or on the trigger) · الضحايا" size="5"/>',
            _choices(KIND, CASUALTY_KINDS),
            _number(LOW),
            _number(HIGH),
            _choices(APPROX, _YES, hint="about, some, dozens"),
        ]
    )
    # white-space: pre-wrap keeps runs of spaces, which count in the offsets; the direction is that of Arabic.
    return f"""<View>
  <Style>.htx-text, .lsf-richtext__content {{ white-space: pre-wrap; direction: rtl; text-align: right; line-height: 2; }}</Style>
  <Relations>
{relations}
  </Relations>
  <Labels name="{LABEL}" toName="{TEXT}">
{labels}
  </Labels>
  <Text name="{TEXT}" value="${TEXT}" granularity="word" saveTextResult="yes"/>
  <View visibleWhen="region-selected" whenTagName="{LABEL}" whenLabelValue="TRIGGER">
{event}
  </View>
  <View visibleWhen="region-selected" whenTagName="{LABEL}" whenLabelValue="NUMBER,ACTOR,TRIGGER">
{casualty}
  </View>
</View>
"""


def _choices(name: str, values: Sequence[str], *, hint: str = "") -> str:
    inside = "".join(f'<Choice value="{value}"' + (f' hint="{inert(hint)}"' if hint else "") + "/>" for value in values)
    several = "multiple" if values == _YES else "single"  # a box that can be unticked
    return f'    <Choices name="{name}" toName="{TEXT}" perRegion="true" choice="{several}" showInline="true">{inside}</Choices>'


def _number(name: str) -> str:
    return f'    <Number name="{name}" toName="{TEXT}" perRegion="true" min="0" step="1"/>'
