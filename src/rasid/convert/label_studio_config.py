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
            '    <Header value="Event (on its main trigger) · الحدث" size="4"/>',
            _field("type · النوع", _choices(TYPE, EVENT_TYPES)),
            _field("status · الحالة (none: asserted)", _choices(STATUS, STATUSES)),
            _field("aggregate: a toll over a period · حصيلة إجمالية", _choices(AGGREGATE, _YES)),
        ]
    )
    casualty = "\n".join(
        [
            '    <Header value="Casualty (on its number; without one on its first victim or on the trigger) · الضحايا" size="4"/>',
            _field("kind · النوع", _choices(KIND, CASUALTY_KINDS)),
            _field("low: at least · الأدنى", _number(LOW)),
            _field("high: at most (0 where there is none) · الأعلى", _number(HIGH)),
            _field("approx: about, some, dozens · تقريبي", _choices(APPROX, _YES)),
        ]
    )
    # Label Studio 1.23.2 shows a Text in an element of class lsf-htx-richtext (its source alone says htx-richtext), each line in one
    # of lsf-richtext__line. white-space: pre-wrap keeps runs of spaces, which count in the offsets; the direction is that of Arabic;
    # the height of a line leaves room for the names of the relations above it.
    return f"""<View>
  <Style>
    .lsf-htx-richtext, .htx-richtext {{ white-space: pre-wrap; direction: rtl; text-align: right; line-height: 2.6; }}
    .lsf-richtext__line {{ padding-left: 0; }}
  </Style>
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


def _field(caption: str, control: str) -> str:
    """A control with its name beside it: Label Studio shows a number or a box to tick without one."""
    header = f'<Header value="{inert(caption)}" size="5" style="margin: 0"/>'
    return f'    <View style="display: flex; flex-wrap: wrap; align-items: center; gap: 8px">{header}{control}</View>'


def _choices(name: str, values: Sequence[str]) -> str:
    inside = "".join(f'<Choice value="{value}"/>' for value in values)
    several = "multiple" if values == _YES else "single"  # a box that can be unticked
    return f'<Choices name="{name}" toName="{TEXT}" perRegion="true" choice="{several}" showInline="true">{inside}</Choices>'


def _number(name: str) -> str:
    return f'<Number name="{name}" toName="{TEXT}" perRegion="true" min="0" step="1"/>'
